-- Webhook endpoints, public events and their deliveries.

comment on schema webhooks is 'Where organisations want to be told of events, and every delivery.';

create table endpoints (
  id text not null constraint endpoints_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  version integer not null,
  url text not null check (url ~* '^https://' and char_length(url) <= 2048),
  events text[] not null check (cardinality(events) > 0),
  description text check (char_length(description) <= 255),
  ordering text not null check (ordering in ('none', 'per_object')),
  paused boolean not null default false,
  failing_since timestamptz,
  secret bytea,
  previous_secret bytea,
  previous_secret_until timestamptz,
  deleted_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint endpoints_secret_check check ((secret is null) = (deleted_at is not null))
);
comment on table endpoints is 'Where an organisation wants its events sent. A deleted one keeps its row for its deliveries, without its secrets.';
create index endpoints_list_idx on endpoints (org_id, livemode, id) where deleted_at is null;
select kernel.tenant_table('webhooks.endpoints');

create table messages (
  id text not null constraint messages_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  type text not null,
  object_id text not null,
  sequence integer not null check (sequence > 0),
  traceparent text not null,
  body text not null,
  occurred_at timestamptz not null,
  created_at timestamptz not null
);
comment on table messages is 'Public events as the bytes that are sent, for 30 days. sequence counts the changes of one object.';
create index messages_list_idx on messages (org_id, livemode, id);
create index messages_created_at_idx on messages using brin (created_at);
select kernel.tenant_table('webhooks.messages');

-- No foreign keys: both sides are written by this module in one transaction, and checks would cost every delivery.
create table deliveries (
  id text not null constraint deliveries_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  webhook_id text not null,
  message_id text not null,
  type text not null,
  object_id text not null,
  sequence integer not null,
  kind text not null check (kind in ('event', 'test', 'replay')),
  ordered boolean not null,
  status text not null default 'pending' check (status in ('pending', 'succeeded', 'failed', 'canceled')),
  attempt_count integer not null default 0,
  attempts jsonb not null default '[]',
  claims integer not null default 0,
  next_attempt_at timestamptz,
  created_at timestamptz not null,
  completed_at timestamptz,
  constraint deliveries_next_attempt_check check ((status = 'pending') = (next_attempt_at is not null))
);
comment on table deliveries is 'One event on its way to one endpoint, with every attempt. A pending row is claimed by moving next_attempt_at on; claims fences a claimer whose lease ended.';
create index deliveries_list_idx on deliveries (webhook_id, id);
create index deliveries_due_idx on deliveries (webhook_id, next_attempt_at) where status = 'pending';
create index deliveries_order_idx on deliveries (webhook_id, object_id, sequence, id) where status = 'pending' and ordered;
create index deliveries_created_at_idx on deliveries using brin (created_at);
select kernel.tenant_table('webhooks.deliveries');
