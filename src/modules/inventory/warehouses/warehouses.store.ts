import type { Row } from '#kernel/database/connection.ts';
import { listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { WarehouseId } from '#kernel/ids.ts';
import type { Warehouse } from '../stock.ts';

const COLUMNS = 'id, version, name, is_default, priority, created_at, updated_at';

const find = prepared(`select ${COLUMNS} from inventory.warehouses where id = $1`);
const lockTenant = prepared('select pg_advisory_xact_lock(hashtextextended($1, 0))');
const findDefault = prepared(`select ${COLUMNS} from inventory.warehouses
  where org_id = $1 and livemode = $2 and is_default`);
const insert = prepared(`insert into inventory.warehouses
  (id, org_id, livemode, version, name, is_default, priority, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`);
const updateDefault = prepared(`update inventory.warehouses set version = $3, is_default = $4, updated_at = $5
  where org_id = $1 and id = $2`);

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
  page: PageRequest,
): Promise<Page<Warehouse>> {
  const query = { from: 'inventory.warehouses', columns: COLUMNS, conditions: [], page };
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
export function warehouseUpdateDefault(tenant: Tenant, warehouse: Warehouse): Statement {
  return updateDefault([tenant.orgId, warehouse.id, warehouse.version, warehouse.isDefault, warehouse.updatedAt]);
}

export function toWarehouse(row: Row): Warehouse {
  return {
    id: row.id,
    version: row.version,
    name: row.name,
    isDefault: row.is_default,
    priority: row.priority,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
