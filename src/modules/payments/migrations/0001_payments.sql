-- Payments, payment methods, credit on account and the books of the simulated processor.

create table payments (
  id text not null constraint payments_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  version integer not null,
  intent text not null check (intent in ('charge', 'authorization')),
  method_type text not null check (method_type in ('card', 'bank_transfer', 'wallet', 'on_account')),
  method_id text,
  customer_id text,
  order_id text,
  amount bigint not null check (amount > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  status text not null check (status in
    ('pending', 'requires_action', 'processing', 'authorized', 'succeeded', 'failed', 'canceled', 'refunded')),
  description text not null,
  metadata jsonb not null,
  transaction_id text,
  captured_amount bigint not null check (captured_amount in (0, amount)),
  refunded_amount bigint not null check (refunded_amount between 0 and captured_amount),
  fee_amount bigint not null check (fee_amount >= 0),
  failure jsonb,
  next_action jsonb,
  settles_at timestamptz,
  refunds jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table payments is 'The fold of payments.events, one row per payment, written in the transaction of its events. Failed payments stay.';
create index payments_list_idx on payments (org_id, livemode, id);
create index payments_customer_idx on payments (org_id, livemode, customer_id, id);
create index payments_order_idx on payments (order_id) where order_id is not null;
select kernel.tenant_table('payments.payments');

create table payment_methods (
  id text not null constraint payment_methods_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  version integer not null,
  customer_id text not null,
  type text not null check (type in ('card', 'bank_transfer', 'wallet')),
  brand text not null,
  last4 text not null check (last4 ~ '^[0-9A-Za-z]{4}$'),
  exp_month integer check (exp_month between 1 and 12),
  exp_year integer,
  fingerprint text not null,
  token bytea not null,
  is_default boolean not null,
  status text not null check (status in ('attached', 'detached')),
  created_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table payment_methods is 'What a customer can pay with. `token` is the processor''s, sealed for the organisation; a card number never comes here (PCI-02).';
create index payment_methods_customer_idx on payment_methods (org_id, livemode, customer_id, id);
create unique index payment_methods_default_key on payment_methods (org_id, livemode, customer_id) where is_default;
select kernel.tenant_table('payments.payment_methods');

create table credit_usage (
  customer_id text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  org_id text not null,
  livemode boolean not null,
  used_amount bigint not null check (used_amount >= 0),
  constraint credit_usage_pkey primary key (customer_id, currency)
);
comment on table credit_usage is 'What a customer owes on account; its row lock makes two orders at once respect the credit limit (C-86).';
select kernel.tenant_table('payments.credit_usage');

create table simulator_operations (
  id text not null constraint simulator_operations_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  idempotency_key text not null,
  kind text not null check (kind in ('authorize', 'charge', 'capture', 'void', 'refund')),
  transaction_id text not null,
  amount bigint not null,
  result jsonb not null,
  created_at timestamptz not null,
  constraint simulator_operations_key unique (org_id, livemode, idempotency_key)
);
comment on table simulator_operations is 'The books of the simulated payment processor, durable as a real one''s: one row per operation and key.';
create index simulator_operations_transaction_idx on simulator_operations (transaction_id);
select kernel.tenant_table('payments.simulator_operations');
