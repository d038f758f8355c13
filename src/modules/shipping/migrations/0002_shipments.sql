-- Goods on their way.

create table shipments (
  id text not null constraint shipments_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  version integer not null,
  order_id text not null,
  customer_id text not null,
  status text not null check (status in ('created', 'picked_up', 'in_transit', 'out_for_delivery', 'delivered', 'failed', 'returned')),
  left_at timestamptz,
  delivered_at timestamptz,
  carrier text not null check (carrier in ('ups', 'fedex', 'dhl', 'usps', 'custom')),
  tracking_number text not null check (char_length(tracking_number) between 1 and 40),
  tracking_key text not null,
  tracking_template text not null,
  estimated_delivery timestamptz not null,
  warehouse_id text,
  addresses bytea not null,
  items jsonb not null,
  parcels jsonb not null,
  customs jsonb,
  quote_id text,
  cost jsonb,
  order_step text not null check (order_step in ('none', 'shipped', 'delivered')),
  order_refusal jsonb,
  metadata jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table shipments is 'One row per shipment: a part of an order with one tracking number. addresses is sender and recipient, sealed under the shipment''s key.';
create index shipments_list_idx on shipments (org_id, livemode, id);
create index shipments_order_idx on shipments (org_id, livemode, order_id, id);
create index shipments_customer_idx on shipments (org_id, livemode, customer_id, id);
create index shipments_status_idx on shipments (org_id, livemode, status, id);
create unique index shipments_tracking_key on shipments (org_id, livemode, carrier, tracking_key);
select kernel.tenant_table('shipping.shipments');

create table tracking_updates (
  shipment_id text not null constraint tracking_updates_shipment_id_fkey references shipments (id),
  event_key text not null,
  org_id text not null,
  livemode boolean not null,
  status text check (status in ('created', 'picked_up', 'in_transit', 'out_for_delivery', 'delivered', 'failed', 'returned')),
  raw_status text not null,
  detail bytea,
  occurred_at timestamptz not null,
  received_at timestamptz not null,
  constraint tracking_updates_pkey primary key (shipment_id, event_key)
);
comment on table tracking_updates is 'What carriers told about shipments, each once by event_key, a hash of the carrier''s own id of it. status is null for words we do not know; detail is the carrier''s text and place, sealed.';
select kernel.tenant_table('shipping.tracking_updates');
