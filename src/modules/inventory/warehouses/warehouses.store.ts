import type { Row } from '#kernel/database/connection.ts';
import { type Condition, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { WarehouseId } from '#kernel/ids.ts';
import type { Warehouse } from '../stock.ts';

const COLUMNS = 'id, version, name, is_default, priority, archived_at, created_at, updated_at';

const find = prepared(`select ${COLUMNS} from inventory.warehouses where id = $1`);
const lockTenant = prepared('select pg_advisory_xact_lock(hashtextextended($1, 0))');
const findDefault = prepared(`select ${COLUMNS} from inventory.warehouses
  where org_id = $1 and livemode = $2 and is_default`);
const insert = prepared(`insert into inventory.warehouses
  (id, org_id, livemode, version, name, is_default, priority, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`);
const update = prepared(`update inventory.warehouses
  set version = $3, name = $4, is_default = $5, priority = $6, archived_at = $7, updated_at = $8
  where org_id = $1 and id = $2`);
const lockOne = prepared(`select ${COLUMNS} from inventory.warehouses
  where org_id = $1 and livemode = $2 and id = $3 for update`);
const hold = prepared(`select id, archived_at from inventory.warehouses
  where org_id = $1 and livemode = $2 and id = any($3::text[]) order by id for key share`);
const holdDefault = prepared(`select id from inventory.warehouses
  where org_id = $1 and livemode = $2 and is_default for key share`);
const byName = prepared(`select id, name from inventory.warehouses
  where org_id = $1 and livemode = $2 and archived_at is null and (name = any($3::text[]) or id = any($3::text[]))`);
const contents = prepared(`select 1 as something from inventory.levels
  where org_id = $1 and livemode = $2 and warehouse_id = $3 and (available > 0 or reserved > 0 or damaged > 0) limit 1`);

export async function warehouseFind(
  database: ModuleDatabase,
  scope: Scope,
  id: WarehouseId,
): Promise<Warehouse | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toWarehouse(row) : null;
}

export async function warehousesList(
  database: ModuleDatabase,
  scope: Scope,
  filter: { archived?: boolean },
  page: PageRequest,
): Promise<Page<Warehouse>> {
  const conditions: Condition[] = filter.archived ? [] : [{ column: 'archived_at', operator: 'is null' }];
  const query = { from: 'inventory.warehouses', columns: COLUMNS, conditions, page };
  return mapPage(await listPage(database, scope, query), toWarehouse);
}

/** Until the transaction ends no other one decides which warehouse of this tenant is the default. */
export function warehousesLock(tenant: Tenant): Statement {
  return lockTenant([`inventory.warehouses|${tenant.orgId}|${tenant.livemode}`]);
}

/** The default warehouse, or no row; read it with `toWarehouse`. */
export function warehouseFindDefault(tenant: Tenant): Statement {
  return findDefault([tenant.orgId, tenant.livemode]);
}

export function warehouseInsert(tenant: Tenant, warehouse: Warehouse): Statement {
  return insert([
    warehouse.id,
    tenant.orgId,
    tenant.livemode,
    warehouse.version,
    warehouse.name,
    warehouse.isDefault,
    warehouse.priority,
    warehouse.createdAt,
    warehouse.updatedAt,
  ]);
}

/** Only under the tenant's lock. */
export function warehouseUpdate(tenant: Tenant, warehouse: Warehouse): Statement {
  const { id, version, name, isDefault, priority, archivedAt, updatedAt } = warehouse;
  return update([tenant.orgId, id, version, name, isDefault, priority, archivedAt, updatedAt]);
}

/** Locks the row against everything that brings stock in. */
export function warehouseLock(tenant: Tenant, id: WarehouseId): Statement {
  return lockOne([tenant.orgId, tenant.livemode, id]);
}

/** Rows of these warehouses, which cannot be closed before this transaction ends. */
export function warehousesHold(tenant: Tenant, ids: readonly WarehouseId[]): Statement {
  return hold([tenant.orgId, tenant.livemode, ids]);
}

/** The id of the default warehouse, which cannot be closed before this transaction ends. */
export function warehouseHoldDefault(tenant: Tenant): Statement {
  return holdDefault([tenant.orgId, tenant.livemode]);
}

/** Open warehouses by their ids or names. */
export function warehousesNamed(tenant: Tenant, idsOrNames: readonly string[]): Statement {
  return byName([tenant.orgId, tenant.livemode, idsOrNames]);
}

/** A row when the warehouse holds anything. */
export function warehouseContents(tenant: Tenant, id: WarehouseId): Statement {
  return contents([tenant.orgId, tenant.livemode, id]);
}

export function toWarehouse(row: Row): Warehouse {
  return {
    id: row.id,
    version: row.version,
    name: row.name,
    isDefault: row.is_default,
    priority: row.priority,
    archivedAt: row.archived_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
