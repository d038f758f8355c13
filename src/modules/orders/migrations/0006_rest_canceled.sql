-- What is left of an order that has left in part can be canceled.
alter table orders add column rest_canceled jsonb;
alter table order_items add column canceled_quantity integer not null default 0
  check (canceled_quantity between 0 and quantity - shipped_quantity);
