-- Partial captures, refunds and disputes as objects, verification of bank accounts, challenges of the simulator.

-- Where the owner of the tables is no superuser, row-level security holds for this file too.
select set_config('app.org_id', '*', true);

alter table payments drop constraint payments_check;
alter table payments add constraint payments_captured_check check (captured_amount between 0 and amount);
alter table payments add column return_url text;
alter table payments add column disputed_amount bigint not null default 0 check (disputed_amount >= 0);
alter table payments add column dispute_fee_amount bigint not null default 0 check (dispute_fee_amount >= 0);
alter table payments add column disputes jsonb not null default '[]';
create unique index payments_transaction_key on payments (org_id, livemode, transaction_id) where transaction_id is not null;

create table refunds (
  id text not null constraint refunds_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  payment_id text not null,
  customer_id text,
  order_id text,
  amount bigint not null check (amount > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  reason text,
  lines jsonb not null,
  status text not null check (status in ('pending', 'succeeded', 'failed')),
  failure jsonb,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table refunds is 'One row per refund, projected from payments.events in the same transaction, so that refunds can be listed (G-24).';
create index refunds_list_idx on refunds (org_id, livemode, id);
create index refunds_payment_idx on refunds (payment_id, id);
select kernel.tenant_table('payments.refunds');

insert into refunds
  select each ->> 'id', p.org_id, p.livemode, p.id, p.customer_id, p.order_id, (each ->> 'amount')::bigint, p.currency,
    each ->> 'reason', '[]', each ->> 'status', null, (each ->> 'createdAt')::timestamptz, p.updated_at
  from payments p cross join jsonb_array_elements(p.refunds) as each;
update payments set refunds = (
  select jsonb_agg(each || jsonb_build_object('lines', '[]'::jsonb, 'failure', null, 'updatedAt', each -> 'createdAt'))
  from jsonb_array_elements(refunds) as each) where refunds <> '[]';

create table disputes (
  id text not null constraint disputes_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  payment_id text not null,
  customer_id text,
  order_id text,
  processor_id text not null,
  amount bigint not null check (amount > 0),
  fee_amount bigint not null check (fee_amount >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  reason text not null,
  status text not null check (status in ('needs_response', 'under_review', 'won', 'lost')),
  evidence_due_at timestamptz,
  evidence_submitted_at timestamptz,
  opened_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table disputes is 'One row per dispute, projected from payments.events in the same transaction. Evidence goes to the processor and is not kept here.';
create index disputes_list_idx on disputes (org_id, livemode, id);
create index disputes_payment_idx on disputes (payment_id, id);
select kernel.tenant_table('payments.disputes');

alter table payment_methods add column verification text not null default 'not_required'
  check (verification in ('not_required', 'pending', 'verified', 'failed'));
alter table payment_methods add column verification_attempts integer not null default 0;
update payment_methods set verification = 'verified' where type = 'bank_transfer';

alter table simulator_operations drop constraint simulator_operations_kind_check;
alter table simulator_operations add constraint simulator_operations_kind_check
  check (kind in ('authorize', 'charge', 'capture', 'void', 'refund', 'evidence'));
create unique index simulator_operations_challenge_key on simulator_operations ((result -> 'challenge' ->> 'hash'))
  where result -> 'challenge' is not null;
