import type { Row } from '#kernel/database/connection.ts';
import { equals, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { StockTransferId } from '#kernel/ids.ts';
import type { Transfer, TransferFilter } from '../stock.ts';

const COLUMNS = 'id, from_warehouse_id, to_warehouse_id, items, reference_id, note, created_at';

const find = prepared(`select ${COLUMNS} from inventory.transfers where id = $1`);
const insert = prepared(`insert into inventory.transfers
  (org_id, livemode, id, from_warehouse_id, to_warehouse_id, items, reference_id, note, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`);

export async function transferFind(
  database: ModuleDatabase,
  scope: Scope,
  id: StockTransferId,
): Promise<Transfer | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toTransfer(row) : null;
}

export async function transfersList(
  database: ModuleDatabase,
  scope: Scope,
  filter: TransferFilter,
  page: PageRequest,
): Promise<Page<Transfer>> {
  const conditions = [
    equals('from_warehouse_id', filter.fromWarehouseId),
    equals('to_warehouse_id', filter.toWarehouseId),
  ];
  const query = { from: 'inventory.transfers', columns: COLUMNS, conditions, page };
  return mapPage(await listPage(database, scope, query), toTransfer);
}

export function transferInsert(tenant: Tenant, transfer: Transfer): Statement {
  return insert([
    tenant.orgId,
    tenant.livemode,
    transfer.id,
    transfer.fromWarehouseId,
    transfer.toWarehouseId,
    JSON.stringify(transfer.items),
    transfer.referenceId,
    transfer.note,
    transfer.createdAt,
  ]);
}

function toTransfer(row: Row): Transfer {
  return {
    id: row.id,
    fromWarehouseId: row.from_warehouse_id,
    toWarehouseId: row.to_warehouse_id,
    items: row.items,
    referenceId: row.reference_id,
    note: row.note,
    createdAt: row.created_at,
  };
}
