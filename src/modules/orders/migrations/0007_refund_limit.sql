-- What returns give back together never exceeds the share of their goods in the price of the order, plus its shipping: the
-- program refuses it before money moves, and the database holds it whatever the program does.
create function check_refund_limit() returns trigger language plpgsql as $$
declare
  given numeric;
  worth numeric;
  ordered record;
begin
  select sum(settled.refund_amount), sum((
      select sum((piece ->> 'quantity')::numeric * (item ->> 'unitPrice')::numeric)
      from jsonb_array_elements(settled.received) piece
      join jsonb_array_elements(settled.items) item on item ->> 'line' = piece ->> 'line'))
    into given, worth
    from orders.order_returns settled
    where settled.order_id = new.order_id and settled.status in ('refunded', 'exchanged');
  select total::numeric, discount_total, tax_total, shipping_total, coalesce((rest_canceled ->> 'amount')::numeric, 0) as rest,
      (select coalesce(sum(item.canceled_quantity * item.unit_price::numeric), 0) from orders.order_items item
        where item.order_id = orders.id) as canceled
    into ordered from orders.orders where id = new.order_id for share;
  if given + ordered.rest > div((worth + ordered.canceled) * (ordered.total - ordered.discount_total + ordered.tax_total),
      ordered.total) + ordered.shipping_total then
    raise exception 'the returns of order % give back more than their goods are worth', new.order_id
      using errcode = '23514', constraint = 'order_returns_refund_limit';
  end if;
  return null;
end $$;
comment on function check_refund_limit is 'Counts as refundLimit of returns/return.ts does.';
create trigger order_returns_refund_limit after insert or update of status, refund_amount on order_returns
  for each row when (new.status in ('refunded', 'exchanged') and new.refund_amount > 0)
  execute function check_refund_limit();
