-- Cycle counts: what people find in a warehouse, compared with what the ledger says.

create table counts (
  id text not null constraint counts_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  version integer not null,
  warehouse_id text not null constraint counts_warehouse_id_fkey references warehouses (id),
  status text not null check (status in ('open', 'submitted', 'approved', 'rejected', 'canceled')),
  round integer not null check (round >= 1),
  started_by text not null,
  decided_by text,
  note text,
  created_at timestamptz not null,
  submitted_at timestamptz,
  decided_at timestamptz,
  updated_at timestamptz not null
);
comment on table counts is 'One cycle count of a warehouse. Stock changes when it is approved, and by nobody who counted.';
create index counts_list_idx on counts (org_id, livemode, id);
select kernel.tenant_table('inventory.counts');

create table count_lines (
  count_id text not null constraint count_lines_count_id_fkey references counts (id),
  level_id text not null constraint count_lines_level_id_fkey references levels (id),
  org_id text not null,
  livemode boolean not null,
  product_id text not null,
  open boolean not null,
  expected bigint,
  counted bigint check (counted >= 0),
  expected_damaged bigint,
  counted_damaged bigint check (counted_damaged >= 0),
  counted_at timestamptz,
  counted_by text,
  constraint count_lines_pkey primary key (count_id, level_id),
  constraint count_lines_complete_check check ((counted is null) = (expected is null) and (counted is null) = (counted_by is null))
);
comment on table count_lines is 'What was found of one product, and what the ledger said at that very moment. Lines without a difference stay as evidence.';
create index count_lines_list_idx on count_lines (org_id, livemode, count_id, level_id);
create unique index count_lines_open_level_key on count_lines (level_id) where open;
select kernel.tenant_table('inventory.count_lines');

-- Who entered numbers of a count may not approve it, also when somebody else counted the product again.
create table counters (
  count_id text not null constraint counters_count_id_fkey references counts (id),
  person text not null,
  org_id text not null,
  livemode boolean not null,
  constraint counters_pkey primary key (count_id, person)
);
comment on table counters is 'Everybody who entered a number of a count.';
select kernel.tenant_table('inventory.counters');
