-- Mails that were asked for.

comment on schema notifications is 'Messages to people and what became of them.';

create table messages (
  id text not null constraint messages_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  version integer not null,
  key text not null,
  purpose text not null,
  recipient bytea not null,
  recipient_index bytea not null,
  subject bytea not null,
  status text not null check (status in ('sending', 'sent', 'failed')),
  attempts integer not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table messages is 'One row per mail. Recipient and subject are sealed; the text is not kept.';
create unique index messages_key_key on messages (org_id, livemode, key);
create index messages_recipient_idx on messages (org_id, recipient_index);
select kernel.tenant_table('notifications.messages');
