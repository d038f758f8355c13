-- Who may tell us where parcels are.

create table carrier_accounts (
  id text not null constraint carrier_accounts_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  version integer not null,
  carrier text not null check (carrier in ('ups', 'fedex', 'dhl', 'usps', 'custom')),
  label text,
  secret bytea,
  previous_secret bytea,
  previous_secret_until timestamptz,
  deleted_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table carrier_accounts is 'Accounts with carriers that send us news. secret signs what comes in, sealed for the organisation; the one before a rotation is good for a day more.';
create index carrier_accounts_list_idx on carrier_accounts (org_id, livemode, id);
select kernel.tenant_table('shipping.carrier_accounts');
