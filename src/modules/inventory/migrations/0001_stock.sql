-- Warehouses, stock levels, the ledger of movements and reservations.

create table warehouses (
  id text not null constraint warehouses_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  version integer not null,
  name text not null check (char_length(name) between 1 and 255),
  is_default boolean not null,
  priority integer not null check (priority >= 0),
  created_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table warehouses is 'Where stock lies. Reservations take from the default one first, then by rising priority.';
create index warehouses_list_idx on warehouses (org_id, livemode, id);
create unique index warehouses_name_key on warehouses (org_id, livemode, name);
create unique index warehouses_default_key on warehouses (org_id, livemode) where is_default;
select kernel.tenant_table('inventory.warehouses');

create table levels (
  id text not null constraint levels_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  version integer not null,
  product_id text not null,
  warehouse_id text not null constraint levels_warehouse_id_fkey references warehouses (id),
  available bigint not null constraint levels_available_check check (available >= 0),
  reserved bigint not null constraint levels_reserved_check check (reserved >= 0),
  damaged bigint not null constraint levels_damaged_check check (damaged >= 0),
  reorder_point bigint check (reorder_point >= 0),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint levels_warehouse_product_key unique (warehouse_id, product_id)
);
comment on table levels is 'What one product has in one warehouse: the sum of its movements, kept in the same transaction.';
create index levels_list_idx on levels (org_id, livemode, id);
create index levels_product_idx on levels (org_id, livemode, product_id, id);
select kernel.tenant_table('inventory.levels');

create table movements (
  id text not null constraint movements_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  level_id text not null constraint movements_level_id_fkey references levels (id),
  product_id text not null,
  warehouse_id text not null,
  kind text not null check (kind in ('adjustment', 'reservation', 'release', 'commit')),
  reason text check (reason in ('restock', 'damage', 'loss', 'correction', 'return', 'opening')),
  available_change bigint not null,
  reserved_change bigint not null,
  damaged_change bigint not null,
  cause_id text not null,
  reference_id text not null,
  note text,
  created_at timestamptz not null,
  check ((kind = 'adjustment') = (reason is not null)),
  check (available_change <> 0 or reserved_change <> 0 or damaged_change <> 0)
);
comment on table movements is 'The ledger of stock: signed, append-only. cause_id is the adjustment or reservation, reference_id the caller''s reference or the order.';
create index movements_list_idx on movements (org_id, livemode, id);
create index movements_adjustments_idx on movements (org_id, livemode, cause_id) where kind = 'adjustment';
create index movements_product_idx on movements (org_id, livemode, product_id, id);
create index movements_cause_idx on movements (cause_id);
create index movements_level_idx on movements (level_id);
select kernel.tenant_table('inventory.movements');
create trigger movements_append_only before update or delete or truncate on movements
  for each statement execute function kernel.refuse_change();

create table reservations (
  id text not null constraint reservations_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  version integer not null,
  order_id text not null,
  status text not null check (status in ('reserved', 'released', 'committed')),
  allocations jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table reservations is 'Stock promised to an order: from which level how many pieces.';
create index reservations_order_idx on reservations (org_id, livemode, order_id, id);
create unique index reservations_open_order_key on reservations (org_id, livemode, order_id) where status <> 'released';
select kernel.tenant_table('inventory.reservations');
