-- Offers with fixed prices that become orders (G-33).

create table quotes (
  id text not null constraint quotes_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  version integer not null,
  customer_id text not null,
  status text not null check (status in ('draft', 'sent', 'accepted', 'declined')),
  is_open boolean not null generated always as (status in ('draft', 'sent')) stored,
  items jsonb not null,
  total bigint not null check (total > 0),
  discount_total bigint not null check (discount_total between 0 and total),
  tax_total bigint not null check (tax_total >= 0),
  shipping_total bigint not null check (shipping_total >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  po_number text,
  metadata jsonb not null,
  valid_until timestamptz not null,
  order_id text,
  sent_at timestamptz,
  accepted_at timestamptz,
  declined_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check ((status = 'accepted') = (order_id is not null))
);
comment on table quotes is 'Offers to customers; the prices stand in the items and hold until valid_until. An offer that was not answered by then counts as expired, by the clock alone.';
create index quotes_list_idx on quotes (org_id, livemode, id);
create index quotes_customer_idx on quotes (org_id, livemode, customer_id, id);
select kernel.tenant_table('orders.quotes');
