-- An order leaves in several shipments (G-39).

-- The owner of the tables sees no row without a tenant, and what follows concerns all of them.
select set_config('app.org_id', '*', true);

alter table orders add column shipments jsonb not null default '[]';
alter table order_items add column shipped_quantity integer not null default 0
  check (shipped_quantity between 0 and quantity);

update order_items set shipped_quantity = quantity
  from orders where orders.id = order_items.order_id and orders.carrier is not null;
update orders set shipments = json_build_array(json_build_object(
    'reference', tracking_number, 'carrier', carrier, 'trackingNumber', tracking_number,
    'items', (select json_agg(json_build_object('line', position + 1, 'quantity', quantity) order by position)
      from order_items where order_id = orders.id),
    'shippedAt', to_char(shipped_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'deliveredAt', to_char(delivered_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
  where carrier is not null;

alter table orders drop column carrier, drop column tracking_number;
