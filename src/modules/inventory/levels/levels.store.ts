import type { Row } from '#kernel/database/connection.ts';
import { atMost, equals, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import { everyTenant, type Scope, type Tenant } from '#kernel/database/tenant.ts';
import type { OrderId, ProductId, StockLevelId, WarehouseId } from '#kernel/ids.ts';
import type { Candidate } from '../reservations/allocation.ts';
import type { LevelFilter, LevelMismatch, ProductStock, Quantities, StockLevel } from '../stock.ts';

const COLUMNS = `id, version, product_id, warehouse_id, available, reserved, damaged, reorder_point, created_at,
  updated_at`;
const OF_LEVEL = COLUMNS.replaceAll(/\w+/g, 'level.$&');

const find = prepared(`select ${COLUMNS} from inventory.levels where id = $1`);
const openLevels = prepared(`insert into inventory.levels
  (id, org_id, livemode, version, product_id, warehouse_id, available, reserved, damaged, created_at, updated_at)
  select place.id, warehouse.org_id, warehouse.livemode, 1, place.product_id, warehouse.id, 0, 0, 0, $6, $6
  from unnest($3::text[], $4::text[], $5::text[]) as place (id, product_id, warehouse_id)
  join inventory.warehouses warehouse on warehouse.org_id = $1 and warehouse.livemode = $2
    and warehouse.archived_at is null
    and (warehouse.id = place.warehouse_id or (place.warehouse_id is null and warehouse.is_default))
  where not exists (select 1 from inventory.levels level
    where level.warehouse_id = warehouse.id and level.product_id = place.product_id)
  order by place.product_id, warehouse.id
  on conflict (warehouse_id, product_id) do nothing`);
// No key update: a level's id never changes, and the checks of rows that refer to levels must not wait for these locks.
const lockById = prepared(`select ${COLUMNS} from inventory.levels
  where org_id = $1 and livemode = $2 and id = $3 for no key update`);
const lockForProducts = prepared(`select ${OF_LEVEL}, warehouses.is_default, warehouses.priority
  from inventory.levels level join inventory.warehouses on warehouses.id = level.warehouse_id
  where level.org_id = $1 and level.livemode = $2 and level.product_id = any($3::text[])
  order by level.id for no key update of level`);
const lockForOrder = prepared(`with open as (
    select allocations, backordered from inventory.reservations
    where org_id = $1 and livemode = $2 and order_id = $3 and status = 'reserved')
  select ${OF_LEVEL}, warehouses.is_default, warehouses.priority
  from inventory.levels level join inventory.warehouses on warehouses.id = level.warehouse_id
  where level.org_id = $1 and level.livemode = $2 and level.id in (
    select allocation->>'levelId' from open, jsonb_array_elements(allocations) as allocation
    union all
    select waited.id from open, jsonb_array_elements(backordered) as line
    join inventory.levels waited on waited.org_id = $1 and waited.livemode = $2
      and waited.product_id = line->>'productId')
  order by level.id for no key update of level`);
const lockByIds = prepared(`select ${COLUMNS} from inventory.levels
  where org_id = $1 and livemode = $2 and id = any($3::text[]) order by id for no key update`);
/** One statement, hence one snapshot: a level and its movements can only be read together. */
const asOf = prepared(`select ${OF_LEVEL.replace(/level\.(available|reserved|damaged), ?/g, '')},
    level.available - coalesce(sum(later.available_change), 0)::bigint as available,
    level.reserved - coalesce(sum(later.reserved_change), 0)::bigint as reserved,
    level.damaged - coalesce(sum(later.damaged_change), 0)::bigint as damaged
  from inventory.levels level
  left join inventory.movements later on later.level_id = level.id and later.created_at > $2
  where level.id = any($1::text[]) group by level.id`);
const change = prepared(`update inventory.levels level
  set available = level.available + step.available, reserved = level.reserved + step.reserved,
      damaged = level.damaged + step.damaged, version = level.version + 1, updated_at = $3
  from unnest($4::text[], $5::bigint[], $6::bigint[], $7::bigint[]) as step (id, available, reserved, damaged)
  where level.org_id = $1 and level.livemode = $2 and level.id = step.id`);
const updateReorderPoint = prepared(`update inventory.levels set version = $3, reorder_point = $4, updated_at = $5
  where org_id = $1 and id = $2`);
const totals = prepared(`select product_id, sum(available)::bigint as available, sum(reserved)::bigint as reserved,
    sum(damaged)::bigint as damaged
  from inventory.levels where org_id = $1 and livemode = $2 and product_id = any($3::text[]) group by product_id`);
const mismatches = prepared(`with ledger as (
    select level_id, sum(available_change)::bigint as available, sum(reserved_change)::bigint as reserved,
      sum(damaged_change)::bigint as damaged
    from inventory.movements group by level_id)
  select level.id, level.available, level.reserved, level.damaged, coalesce(ledger.available, 0) as ledger_available,
    coalesce(ledger.reserved, 0) as ledger_reserved, coalesce(ledger.damaged, 0) as ledger_damaged
  from inventory.levels level left join ledger on ledger.level_id = level.id
  where (level.available, level.reserved, level.damaged)
    is distinct from (coalesce(ledger.available, 0), coalesce(ledger.reserved, 0), coalesce(ledger.damaged, 0))
  limit 20`);

export async function levelFind(database: ModuleDatabase, scope: Scope, id: StockLevelId): Promise<StockLevel | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toLevel(row) : null;
}

export async function levelsList(
  database: ModuleDatabase,
  scope: Scope,
  filter: LevelFilter,
  page: PageRequest,
): Promise<Page<StockLevel>> {
  const conditions = [equals('product_id', filter.productId), equals('warehouse_id', filter.warehouseId)];
  return mapPage(
    await listPage(database, scope, { from: 'inventory.levels', columns: COLUMNS, conditions, page }),
    toLevel,
  );
}

/** The same page with the quantities of then; levels that did not exist yet are left out. */
export async function levelsListAsOf(
  database: ModuleDatabase,
  scope: Scope,
  filter: LevelFilter & { asOf: string },
  page: PageRequest,
): Promise<Page<StockLevel>> {
  const conditions = [
    equals('product_id', filter.productId),
    equals('warehouse_id', filter.warehouseId),
    atMost('created_at', filter.asOf),
  ];
  const found = await listPage(database, scope, { from: 'inventory.levels', columns: 'id', conditions, page });
  const rows = await database.read(scope, asOf([found.items.map(({ id }) => id), filter.asOf]));
  return mapPage(found, (row) => toLevel(rows.find(({ id }) => id === row.id)!));
}

export async function stockTotals(
  database: ModuleDatabase,
  tenant: Tenant,
  productIds: readonly ProductId[],
): Promise<ProductStock[]> {
  const rows = await database.read(tenant, totals([tenant.orgId, tenant.livemode, productIds]));
  return rows.map((row) => ({
    productId: row.product_id,
    available: row.available,
    reserved: row.reserved,
    damaged: row.damaged,
  }));
}

export async function levelMismatches(database: ModuleDatabase): Promise<LevelMismatch[]> {
  const rows = await database.read(everyTenant, mismatches([]));
  return rows.map((row) => ({
    levelId: row.id,
    level: { available: row.available, reserved: row.reserved, damaged: row.damaged },
    movements: { available: row.ledger_available, reserved: row.ledger_reserved, damaged: row.ledger_damaged },
  }));
}

/** Makes the levels of these places (the default warehouse for null) that are missing, where the warehouse is open. */
export function levelsOpen(
  tenant: Tenant,
  places: readonly { id: StockLevelId; productId: ProductId; warehouseId: WarehouseId | null }[],
  createdAt: string,
): Statement {
  return openLevels([
    tenant.orgId,
    tenant.livemode,
    places.map(({ id }) => id),
    places.map(({ productId }) => productId),
    places.map(({ warehouseId }) => warehouseId),
    createdAt,
  ]);
}

export function levelLockById(tenant: Tenant, id: StockLevelId): Statement {
  return lockById([tenant.orgId, tenant.livemode, id]);
}

/** Locks every level of these products, in the order of level ids; read the rows with `toCandidate`. */
export function levelsLockByProducts(tenant: Tenant, productIds: readonly ProductId[]): Statement {
  return lockForProducts([tenant.orgId, tenant.livemode, productIds]);
}

/**
 * Locks the levels that an order's open reservation holds, and every level of the products that it waits for, in the
 * order of level ids; read the rows with `toCandidate`.
 */
export function levelsLockByOrder(tenant: Tenant, orderId: OrderId): Statement {
  return lockForOrder([tenant.orgId, tenant.livemode, orderId]);
}

/** Locks these levels, in the order of their ids. */
export function levelsLockByIds(tenant: Tenant, ids: readonly StockLevelId[]): Statement {
  return lockByIds([tenant.orgId, tenant.livemode, ids]);
}

export function levelsChange(
  tenant: Tenant,
  updatedAt: string,
  steps: readonly { level: StockLevel; change: Quantities }[],
): Statement {
  return change([
    tenant.orgId,
    tenant.livemode,
    updatedAt,
    steps.map((step) => step.level.id),
    steps.map((step) => step.change.available),
    steps.map((step) => step.change.reserved),
    steps.map((step) => step.change.damaged),
  ]);
}

/** Only for a level that this transaction has locked. */
export function levelUpdateReorderPoint(tenant: Tenant, level: StockLevel): Statement {
  return updateReorderPoint([tenant.orgId, level.id, level.version, level.reorderPoint, level.updatedAt]);
}

export function toLevel(row: Row): StockLevel {
  return {
    id: row.id,
    version: row.version,
    productId: row.product_id,
    warehouseId: row.warehouse_id,
    available: row.available,
    reserved: row.reserved,
    damaged: row.damaged,
    reorderPoint: row.reorder_point,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function toCandidate(row: Row): StockLevel & Candidate {
  return { ...toLevel(row), isDefault: row.is_default, priority: row.priority };
}
