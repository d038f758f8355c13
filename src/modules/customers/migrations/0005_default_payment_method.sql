-- What a customer pays with unless an order says otherwise. Payments decide it; here stands what they told last.
alter table customers add column default_payment_method_id text;
comment on column customers.default_payment_method_id is 'As payments told it last; their own table decides.';
