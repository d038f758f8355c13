-- News name a transaction and no organisation.
create index payments_transaction_idx on payments (transaction_id) where transaction_id is not null;

-- What the processor Stripe needs beside its own API: which object of theirs a key of ours made, and which news came.

create table stripe_references (
  org_id text not null,
  livemode boolean not null,
  idempotency_key text not null,
  object_id text not null,
  created_at timestamptz not null,
  constraint stripe_references_pkey primary key (org_id, livemode, idempotency_key)
);
comment on table stripe_references is 'Which object at Stripe belongs to a key of ours; written before an object may move money, so that it is found after a crash.';
select kernel.tenant_table('payments.stripe_references');

create table inbound_events (
  source text not null,
  event_id text not null,
  org_id text not null,
  livemode boolean not null,
  payment_id text not null,
  received_at timestamptz not null,
  constraint inbound_events_pkey primary key (source, event_id)
);
comment on table inbound_events is 'Which news of a processor came already, so that a replayed one has no effect. Their content is not kept.';
create index inbound_events_received_idx on inbound_events (received_at);
select kernel.tenant_table('payments.inbound_events');
