-- The audit trail and the blocks that seal it.

comment on schema audit is 'Who did or saw what, when and from where, chained against changes.';

create table entries (
  position bigint generated always as identity,
  transaction_id xid8 not null default pg_current_xact_id(),
  id text not null,
  org_id text not null,
  livemode boolean not null,
  occurred_at timestamptz not null,
  actor_kind text not null,
  actor_id text not null,
  user_id text,
  platform boolean not null,
  action text not null,
  object_id text,
  outcome text not null,
  request_id text not null,
  origin bytea,
  event_id text,
  event_type text,
  detail jsonb,
  constraint entries_pkey primary key (transaction_id, position)
);
comment on table entries is 'The audit trail. Append-only. origin holds address and user agent, sealed; org_id is "platform" where no organisation is concerned.';
create unique index entries_id_key on entries (org_id, livemode, id);
create index entries_object_idx on entries (org_id, livemode, object_id, id) where object_id is not null;
create index entries_actor_idx on entries (org_id, livemode, actor_id, id);
select kernel.tenant_table('audit.entries');
create trigger entries_append_only before update or delete or truncate on entries
  for each statement execute function kernel.refuse_change();

create table blocks (
  number bigint not null constraint blocks_pkey primary key,
  first_transaction_id xid8 not null,
  first_position bigint not null,
  last_transaction_id xid8 not null,
  last_position bigint not null,
  entry_count integer not null check (entry_count > 0),
  digests bytea not null,
  previous_hash bytea not null,
  hash bytea not null,
  sealed_at timestamptz not null,
  constraint blocks_digests_check check (octet_length(digests) = entry_count * 32)
);
comment on table blocks is 'The chain over the trail of all organisations. Append-only. digests holds SHA-256 of each entry in order, hash an HMAC over the block and the one before.';
create trigger blocks_append_only before update or delete or truncate on blocks
  for each statement execute function kernel.refuse_change();
