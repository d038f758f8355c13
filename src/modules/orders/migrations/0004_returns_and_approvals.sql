-- Goods that come back (G-34), and orders that somebody else must approve (G-33).

alter table order_items add column returned_quantity integer not null default 0
  check (returned_quantity between 0 and shipped_quantity);
alter table orders add column approval jsonb;

create table order_returns (
  id text not null constraint order_returns_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  version integer not null,
  order_id text not null,
  customer_id text not null,
  status text not null check (status in ('requested', 'approved', 'rejected', 'received', 'refunded', 'exchanged')),
  reason text not null,
  resolution text not null check (resolution in ('refund', 'exchange')),
  items jsonb not null,
  received jsonb not null,
  refund_amount bigint check (refund_amount >= 0),
  refund_id text,
  replacement_order_id text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table order_returns is 'Goods that a customer sends back: what was asked, what arrived in which condition, and what was given for it.';
create index order_returns_list_idx on order_returns (org_id, livemode, id);
create index order_returns_order_idx on order_returns (order_id);
select kernel.tenant_table('orders.order_returns');

create table approval_rules (
  id text not null constraint approval_rules_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  version integer not null,
  currency text check (currency ~ '^[A-Z]{3}$'),
  amount_over bigint check (amount_over >= 0),
  products_over integer check (products_over >= 0),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check ((amount_over is null) = (currency is null)),
  check (amount_over is not null or products_over is not null)
);
comment on table approval_rules is 'Orders above an amount, or with more products, are confirmed only after somebody else approved them.';
create index approval_rules_list_idx on approval_rules (org_id, livemode, id);
select kernel.tenant_table('orders.approval_rules');
