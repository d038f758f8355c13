-- Whoever decides about an order that came of a quote must not have priced that quote.
create index quotes_order_idx on quotes (order_id) where order_id is not null;
