-- Money that a customer pays without an order settles what they owe on account. Who paid more than they owe has something
-- to their credit, which is below zero here; it never makes their limit larger.
alter table credit_usage drop constraint credit_usage_used_amount_check;
comment on column credit_usage.used_amount is 'What is owed on account less what was paid without an order; below zero when more was paid.';
