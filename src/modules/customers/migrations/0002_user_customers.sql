-- Which customer stands for a person who signs in and buys for themselves (C-59).

create table user_customers (
  org_id text not null,
  livemode boolean not null,
  user_id text not null,
  customer_id text not null constraint user_customers_customer_id_fkey references customers (id),
  created_at timestamptz not null,
  constraint user_customers_pkey primary key (org_id, livemode, user_id)
);
comment on table user_customers is 'The customer of a user who is a buyer too: one for one, made together.';
create unique index user_customers_customer_key on user_customers (org_id, livemode, customer_id);
select kernel.tenant_table('customers.user_customers');
