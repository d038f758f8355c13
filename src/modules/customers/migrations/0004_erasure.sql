-- When a customer was erased: its personal data cannot be read any more, and it takes no new ones (C-89).
alter table customers add column erased_at timestamptz,
  add constraint customers_erased_check check (erased_at is null or status <> 'active');
comment on column customers.erased_at is 'When the key of the customer was destroyed; the row stays for the orders and books that name it.';
