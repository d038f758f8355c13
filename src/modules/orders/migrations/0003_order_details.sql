-- What an order says besides its items: amounts beside the total, the caller's own names, notes and addresses.

alter table orders add column discount_total bigint not null default 0 check (discount_total between 0 and total);
alter table orders add column tax_total bigint not null default 0 check (tax_total >= 0);
alter table orders add column shipping_total bigint not null default 0 check (shipping_total >= 0);
alter table orders add column external_id text;
alter table orders add column sealed_details text;
comment on column orders.sealed_details is 'Notes and addresses under the order''s own subject key; the events hold the same sealed text.';

-- Partial, so that an order without these fields costs no index entry on the hottest write.
create unique index orders_external_id_key on orders (org_id, livemode, external_id) where external_id is not null;
create index orders_po_number_idx on orders (org_id, livemode, po_number, id) where po_number is not null;
