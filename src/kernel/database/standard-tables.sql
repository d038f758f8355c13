-- The tables that every module schema has. `{schema}` is replaced by the migration runner.

create table {schema}.events (
  position bigint generated always as identity,
  transaction_id xid8 not null default pg_current_xact_id(),
  id text not null,
  stream_id text not null,
  stream_version integer not null check (stream_version > 0),
  type text not null,
  org_id text not null,
  livemode boolean not null,
  occurred_at timestamptz not null,
  data jsonb not null,
  metadata jsonb not null,
  constraint events_pkey primary key (transaction_id, position),
  constraint events_stream_version_key unique (stream_id, stream_version)
);
comment on table {schema}.events is 'The log of what happened; it is also the outbox. Append-only. Read in the order (transaction_id, position) below the transaction horizon, which leaves no gaps.';
select kernel.tenant_table('{schema}.events');
create trigger events_append_only before update or delete or truncate on {schema}.events
  for each statement execute function kernel.refuse_change();

create table {schema}.inbox (
  consumer text not null,
  event_id text not null,
  processed_at timestamptz not null default now(),
  constraint inbox_pkey primary key (consumer, event_id)
);
comment on table {schema}.inbox is 'Which event a consumer of this module has dealt with; written in the transaction of its effect.';

create table {schema}.idempotency_keys (
  org_id text not null,
  livemode boolean not null,
  route text not null,
  key text not null,
  fingerprint bytea not null,
  result bytea,
  request_id text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  constraint idempotency_keys_pkey primary key (org_id, livemode, route, key)
);
comment on table {schema}.idempotency_keys is 'Answers by idempotency key for 24 hours (C-52); `result` is sealed because it may hold personal data.';
create index idempotency_keys_expires_at_idx on {schema}.idempotency_keys (expires_at);
select kernel.tenant_table('{schema}.idempotency_keys');

create table {schema}.jobs (
  id text not null constraint jobs_pkey primary key,
  kind text not null,
  org_id text not null,
  livemode boolean not null,
  payload jsonb not null,
  run_at timestamptz not null,
  attempts integer not null default 0,
  locked_until timestamptz,
  last_error text,
  created_at timestamptz not null
);
comment on table {schema}.jobs is 'Work to do later, inserted in the transaction that decided it. A row is deleted in the transaction of its effect.';
create index jobs_run_at_idx on {schema}.jobs (run_at);
select kernel.tenant_table('{schema}.jobs');

create table {schema}.sagas (
  id text not null constraint sagas_pkey primary key,
  name text not null,
  subject_id text not null,
  org_id text not null,
  livemode boolean not null,
  status text not null check (status in ('running', 'compensating', 'completed', 'failed')),
  step integer not null,
  state jsonb not null,
  context jsonb not null,
  outcome jsonb,
  attempts integer not null default 0,
  locked_until timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table {schema}.sagas is 'Multi-module work in progress: the step it is at and what its compensations need.';
create unique index sagas_open_subject_key on {schema}.sagas (subject_id) where status in ('running', 'compensating');
create index sagas_locked_until_idx on {schema}.sagas (locked_until) where status in ('running', 'compensating');
select kernel.tenant_table('{schema}.sagas');

create table {schema}.subject_keys (
  subject_id text not null constraint subject_keys_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  wrapped_key bytea not null,
  created_at timestamptz not null default now()
);
comment on table {schema}.subject_keys is 'One wrapped AES-256 key per person; deleting the row makes every sealed field of that person unreadable.';
select kernel.tenant_table('{schema}.subject_keys');
