-- Every amount is kept exactly below 2^53, and what the books of a customer add up to must be as well: the balance, the
-- statement, the credit that is used. All of them stay below what their payments add up to, so that sum has the limit.

-- Where the owner of the tables is no superuser, row-level security holds for this file too.
select set_config('app.org_id', '*', true);

alter table credit_usage add column open_amount bigint not null default 0
  constraint credit_usage_open_amount_check check (open_amount <= 9007199254740991);
comment on column credit_usage.open_amount is 'What the payments of the customer are for, unless they failed or were released, less what was given back.';
insert into credit_usage as credit (customer_id, currency, org_id, livemode, used_amount, open_amount)
  select customer_id, currency, org_id, livemode, 0,
    least(sum((case when status in ('succeeded', 'refunded') then captured_amount else amount end) - refunded_amount), 9007199254740991)
  from payments where customer_id is not null and status not in ('failed', 'canceled')
  group by customer_id, currency, org_id, livemode
  on conflict (customer_id, currency) do update set open_amount = excluded.open_amount;
