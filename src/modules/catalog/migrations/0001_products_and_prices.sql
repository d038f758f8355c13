-- Products and their prices.

create table products (
  id text not null constraint products_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  version integer not null,
  name text not null check (char_length(name) between 1 and 255),
  description text not null check (char_length(description) between 1 and 2000),
  category text not null check (category in ('software', 'hardware', 'service', 'subscription', 'addon')),
  active boolean not null,
  sku text not null,
  price_amount bigint not null check (price_amount > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  price_count integer not null check (price_count > 0),
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table products is 'What an organisation sells. price_amount and currency repeat the default price, so that lists need no join.';
create index products_list_idx on products (org_id, livemode, id);
create index products_category_idx on products (org_id, livemode, category, id);
create unique index products_sku_key on products (org_id, livemode, sku);
select kernel.tenant_table('catalog.products');

create table prices (
  id text not null constraint prices_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  product_id text not null constraint prices_product_id_fkey references products (id),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  unit_amount bigint not null check (unit_amount > 0),
  billing_interval text not null check (billing_interval in ('one_time', 'day', 'week', 'month', 'year')),
  is_default boolean not null,
  created_at timestamptz not null,
  constraint prices_product_currency_interval_key unique (product_id, currency, billing_interval)
);
comment on table prices is 'One price per product, currency and billing interval (PRD-22, PRD-23).';
select kernel.tenant_table('catalog.prices');
