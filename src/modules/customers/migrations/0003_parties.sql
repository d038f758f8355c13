-- What belongs to a customer: contacts, addresses, tags, its parent, what it was merged with, and what it owes.

alter table customers
  add column parent_id text,
  add column merged_into text,
  add column merged_ids text[] not null default '{}',
  drop constraint customers_status_check,
  add constraint customers_status_check check (status in ('active', 'archived', 'merged')),
  add constraint customers_merged_into_check check ((status = 'merged') = (merged_into is not null)),
  add constraint customers_parent_check check (parent_id <> id);
create index customers_parent_idx on customers (org_id, livemode, parent_id, id) where parent_id is not null;
comment on column customers.merged_into is 'The customer that this one was merged into; what refers to this one means that one.';
comment on column customers.merged_ids is 'Every customer that was merged into this one, also by way of another.';

create table customer_tags (
  org_id text not null,
  livemode boolean not null,
  tag text not null,
  customer_id text not null,
  constraint customer_tags_pkey primary key (org_id, livemode, tag, customer_id)
);
comment on table customer_tags is 'The tags of customers once more, to find by: row-level security lets no index of arrays be used.';
create index customer_tags_customer_id_idx on customer_tags (customer_id);
select kernel.tenant_table('customers.customer_tags');
insert into customer_tags (org_id, livemode, tag, customer_id)
  select org_id, livemode, unnest(tags), id from customers on conflict do nothing;

create table contacts (
  id text not null constraint contacts_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  customer_id text not null constraint contacts_customer_id_fkey references customers (id),
  version integer not null,
  user_id text,
  roles text[] not null check (roles <@ array['buyer', 'approver', 'accountant']),
  spending_limit bigint check (spending_limit >= 0),
  profile bytea not null,
  email_index bytea,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table contacts is 'People of a customer (G-03). profile is name, e-mail, phone and job title, sealed under the contact''s own key.';
create index contacts_customer_id_idx on contacts (org_id, livemode, customer_id, id);
create unique index contacts_user_id_key on contacts (customer_id, user_id) where user_id is not null;
select kernel.tenant_table('customers.contacts');

create table addresses (
  id text not null constraint addresses_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  customer_id text not null constraint addresses_customer_id_fkey references customers (id),
  version integer not null,
  types text[] not null check (types <@ array['billing', 'shipping', 'office', 'other'] and cardinality(types) > 0),
  content bytea not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table addresses is 'Further addresses of a customer. content is the label and the lines, sealed under the customer''s key.';
create index addresses_customer_id_idx on addresses (org_id, livemode, customer_id, id);
select kernel.tenant_table('customers.addresses');

create table ledger_orders (
  order_id text not null constraint ledger_orders_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  customer_id text not null,
  currency text not null,
  due_amount bigint not null check (due_amount >= 0),
  refunded_amount bigint not null check (refunded_amount >= 0)
);
comment on table ledger_orders is 'What an order is owed for now and what was given back of its payments; their difference is what is booked.';
select kernel.tenant_table('customers.ledger_orders');

create table ledger_payments (
  payment_id text not null constraint ledger_payments_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  customer_id text not null,
  currency text not null,
  captured_amount bigint not null check (captured_amount >= 0),
  refunded_amount bigint not null check (refunded_amount >= 0)
);
comment on table ledger_payments is 'How much of a payment was booked so far.';
select kernel.tenant_table('customers.ledger_payments');

create table ledger_entries (
  id text not null constraint ledger_entries_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  customer_id text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  kind text not null check (kind in ('order', 'order_canceled', 'credit_note', 'payment', 'refund')),
  direction text not null check (direction in ('debit', 'credit')),
  amount bigint not null check (amount > 0),
  order_id text,
  payment_id text,
  event_id text not null,
  occurred_at timestamptz not null
);
comment on table ledger_entries is 'What changed the balance of a customer: a projection of the events of orders and payments. Append-only.';
create index ledger_entries_list_idx on ledger_entries (org_id, livemode, customer_id, currency, id);
create trigger ledger_entries_append_only before update or delete or truncate on ledger_entries
  for each statement execute function kernel.refuse_change();
select kernel.tenant_table('customers.ledger_entries');
