-- Transfers between warehouses, warehouses that are closed, and what stock was at an instant.

create table transfers (
  id text not null constraint transfers_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  from_warehouse_id text not null constraint transfers_from_fkey references warehouses (id),
  to_warehouse_id text not null constraint transfers_to_fkey references warehouses (id),
  items jsonb not null,
  reference_id text,
  note text,
  created_at timestamptz not null,
  constraint transfers_places_check check (from_warehouse_id <> to_warehouse_id)
);
comment on table transfers is 'Stock that went from one warehouse to another; two adjustments for each item, which sum to zero.';
create index transfers_list_idx on transfers (org_id, livemode, id);
select kernel.tenant_table('inventory.transfers');
create trigger transfers_append_only before update or delete or truncate on transfers
  for each statement execute function kernel.refuse_change();

alter table movements drop constraint movements_reason_check;
alter table movements add constraint movements_reason_check check (reason in
  ('restock', 'damage', 'loss', 'correction', 'return', 'opening', 'transfer', 'count'));

-- The sum of what came after an instant is read from here; a search by level alone uses it as well.
create index movements_level_created_idx on movements (level_id, created_at);
drop index movements_level_idx;

alter table warehouses add column archived_at timestamptz;
alter table warehouses add constraint warehouses_archived_check check (archived_at is null or not is_default);
drop index warehouses_name_key;
create unique index warehouses_name_key on warehouses (org_id, livemode, name) where archived_at is null;
