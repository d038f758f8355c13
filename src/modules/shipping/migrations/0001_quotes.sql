-- What it costs to ship.
comment on schema shipping is 'The way of goods to a customer: prices of carriers, shipments, labels and news of carriers.';

create table rate_tables (
  id text not null constraint rate_tables_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  version integer not null,
  carrier text not null check (carrier in ('ups', 'fedex', 'dhl', 'usps', 'custom')),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  volumetric_divisor integer not null check (volumetric_divisor > 0),
  zones jsonb not null,
  retired_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table rate_tables is 'Prices of carriers that organisations brought. The newest of a carrier that is not retired is in force; without one the prices that come with the product are.';
create index rate_tables_list_idx on rate_tables (org_id, livemode, id);
select kernel.tenant_table('shipping.rate_tables');

create table quotes (
  id text not null constraint quotes_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  route jsonb not null,
  rates jsonb not null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
comment on table quotes is 'What the carriers asked for a route and until when that holds. A row is never changed.';
create index quotes_expires_at_idx on quotes (expires_at);
select kernel.tenant_table('shipping.quotes');

create table current_quotes (
  org_id text not null,
  livemode boolean not null,
  fingerprint bytea not null,
  quote_id text not null,
  expires_at timestamptz not null,
  constraint current_quotes_pkey primary key (org_id, livemode, fingerprint)
);
comment on table current_quotes is 'Which quote answers a route just now. The first to ask after it expired takes the row over, so that all others get the same one.';
create index current_quotes_expires_at_idx on current_quotes (expires_at);
select kernel.tenant_table('shipping.current_quotes');
