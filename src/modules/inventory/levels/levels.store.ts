import type { Row } from '#kernel/database/connection.ts';
import { equals, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
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
const openLevel = prepared(`insert into inventory.levels
  (id, org_id, livemode, version, product_id, warehouse_id, available, reserved, damaged, created_at, updated_at)
  select $3, org_id, livemode, 1, $4, id, 0, 0, 0, $6, $6 from inventory.warehouses
  where org_id = $1 and livemode = $2 and (id = $5 or ($5::text is null and is_default))
  on conflict (warehouse_id, product_id) do nothing`);
const lockOne = prepared(`select ${OF_LEVEL} from inventory.levels level
  join inventory.warehouses on warehouses.id = level.warehouse_id
  where level.org_id = $1 and level.livemode = $2 and level.product_id = $3
    and (warehouses.id = $4 or ($4::text is null and warehouses.is_default))
  for update of level`);
const lockById = prepared(`select ${COLUMNS} from inventory.levels
  where org_id = $1 and livemode = $2 and id = $3 for update`);
const lockForProducts = prepared(`select ${OF_LEVEL}, warehouses.is_default, warehouses.priority
  from inventory.levels level join inventory.warehouses on warehouses.id = level.warehouse_id
  where level.org_id = $1 and level.livemode = $2 and level.product_id = any($3::text[])
  order by level.id for update of level`);
const lockForOrder = prepared(`select ${COLUMNS} from inventory.levels
  where org_id = $1 and livemode = $2 and id in (
    select level_id from inventory.movements where kind = 'reservation' and cause_id in (
      select id from inventory.reservations
      where org_id = $1 and livemode = $2 and order_id = $3 and status = 'reserved'))
  order by id for update`);
const lockByIds = prepared(`select ${COLUMNS} from inventory.levels
  where org_id = $1 and livemode = $2 and id = any($3::text[]) order by id for update`);
const lockByWarehouse = prepared(`select ${COLUMNS} from inventory.levels
  where org_id = $1 and livemode = $2 and warehouse_id = $3 and product_id = any($4::text[]) order by id for update`);
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

/** Makes the level of a product in a warehouse (the default one for null) unless it exists or the warehouse does not. */
export function levelOpen(
  tenant: Tenant,
  level: { id: StockLevelId; productId: ProductId; warehouseId: WarehouseId | null; createdAt: string },
): Statement {
  return openLevel([tenant.orgId, tenant.livemode, level.id, level.productId, level.warehouseId, level.createdAt]);
}

export function levelLock(tenant: Tenant, productId: ProductId, warehouseId: WarehouseId | null): Statement {
  return lockOne([tenant.orgId, tenant.livemode, productId, warehouseId]);
}

export function levelLockById(tenant: Tenant, id: StockLevelId): Statement {
  return lockById([tenant.orgId, tenant.livemode, id]);
}

/** Locks every level of these products, in the order of level ids; read the rows with `toCandidate`. */
export function levelsLockByProducts(tenant: Tenant, productIds: readonly ProductId[]): Statement {
  return lockForProducts([tenant.orgId, tenant.livemode, productIds]);
}

/** Locks the levels that an order's open reservation holds, in the order of level ids. */
export function levelsLockByOrder(tenant: Tenant, orderId: OrderId): Statement {
  return lockForOrder([tenant.orgId, tenant.livemode, orderId]);
}

/** Locks these levels, in the order of their ids. */
export function levelsLockByIds(tenant: Tenant, ids: readonly StockLevelId[]): Statement {
  return lockByIds([tenant.orgId, tenant.livemode, ids]);
}

/** Locks what a warehouse has of these products, in the order of level ids. */
export function levelsLockByWarehouse(
  tenant: Tenant,
  warehouseId: WarehouseId,
  productIds: readonly ProductId[],
): Statement {
  return lockByWarehouse([tenant.orgId, tenant.livemode, warehouseId, productIds]);
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
