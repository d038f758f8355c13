-- Orders and their items.

create table orders (
  id text not null constraint orders_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  version integer not null,
  customer_id text not null,
  status text not null check (status in ('draft', 'confirmed', 'processing', 'shipped', 'delivered', 'canceled')),
  payment_status text not null check (payment_status in ('none', 'authorized', 'captured', 'refunded', 'failed')),
  payment_id text,
  payment_method_id text,
  capture_on text not null check (capture_on in ('confirm', 'ship', 'manual')),
  total bigint not null check (total > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  po_number text,
  carrier text,
  tracking_number text,
  cancel_reason text,
  metadata jsonb not null,
  confirmed_at timestamptz,
  shipped_at timestamptz,
  delivered_at timestamptz,
  canceled_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table orders is 'The fold of orders.events, one row per order, written in the transaction of its events.';
-- Filters by total and date are answered inside this index: its last columns are compared without visiting the table,
-- while the order of the list comes from the id. Every index costs on the hottest write, so there are only three.
create index orders_list_idx on orders (org_id, livemode, id, total, created_at);
create index orders_customer_idx on orders (org_id, livemode, customer_id, id);
create index orders_status_idx on orders (org_id, livemode, status, id);
select kernel.tenant_table('orders.orders');

create table order_items (
  order_id text not null,
  position integer not null,
  id text not null,
  org_id text not null,
  livemode boolean not null,
  product_id text not null,
  quantity integer not null check (quantity > 0),
  unit_price bigint not null check (unit_price > 0),
  tracks_stock boolean not null,
  constraint order_items_pkey primary key (order_id, position)
);
comment on table order_items is 'The lines of an order. No foreign key to orders: both are written in one transaction and orders are never deleted, and the check costs on every line; an empty table analysed too early makes it cost a scan.';
select kernel.tenant_table('orders.order_items');
