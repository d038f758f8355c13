-- An order that is shipped by hand has its parcel here too (C-68).

-- The name under which the order knows the shipment; its own id when nobody gave one.
alter table shipments add column order_reference text;
-- Whoever only says that a parcel left may not know when it arrives, and a small carrier may have no page.
alter table shipments alter column tracking_template drop not null, alter column estimated_delivery drop not null;
alter table shipments drop constraint shipments_tracking_number_check;
alter table shipments add constraint shipments_tracking_number_check check (char_length(tracking_number) between 1 and 100);

-- Goods of several orders may travel in one parcel, and a parcel that never left gives its number back.
drop index shipments_tracking_key;
create unique index shipments_tracking_key on shipments (org_id, livemode, order_id, carrier, tracking_key)
  where status <> 'failed' or left_at is not null;
create index shipments_tracking_idx on shipments (org_id, livemode, carrier, tracking_key);
