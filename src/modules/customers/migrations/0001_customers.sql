-- Who buys.

create table customers (
  id text not null constraint customers_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  version integer not null,
  type text not null check (type in ('company', 'person')),
  status text not null check (status in ('active', 'archived')),
  profile bytea not null,
  email_index bytea,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  credit_limit bigint check (credit_limit >= 0),
  payment_terms text check (payment_terms in ('net-15', 'net-30', 'net-60')),
  tags text[] not null default '{}',
  metadata jsonb not null default '{}',
  external_id text check (char_length(external_id) between 1 and 255),
  created_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table customers is 'Companies and persons who buy. profile is name, e-mail, phone, tax ids and addresses, sealed under the customer''s key.';
create index customers_list_idx on customers (org_id, livemode, id);
create index customers_email_idx on customers (org_id, livemode, email_index, id) where email_index is not null;
create unique index customers_external_id_key on customers (org_id, livemode, external_id) where external_id is not null;
select kernel.tenant_table('customers.customers');
