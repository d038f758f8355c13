import type { Row } from '#kernel/database/connection.ts';
import { equals, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { CustomerId, OrderId } from '#kernel/ids.ts';
import type { OrderReturn, ReturnId, ReturnStatus } from './return.ts';

export interface ReturnFilter {
  orderId?: OrderId;
  customerId?: CustomerId;
  status?: ReturnStatus;
}

const COLUMNS = `id, version, order_id, customer_id, status, reason, resolution, items, received, refund_amount, refund_id,
  replacement_order_id, created_at, updated_at`;

const find = prepared(`select ${COLUMNS} from orders.order_returns where id = $1`);
const lock = prepared(`select ${COLUMNS} from orders.order_returns where id = $1 for update`);
const ofOrder = prepared(`select ${COLUMNS} from orders.order_returns where order_id = $1 order by id`);
const insert = prepared(`insert into orders.order_returns (${COLUMNS}, org_id, livemode)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`);
const update = prepared(`with changed as (
    update orders.order_returns set version = $2, status = $3, received = $4, refund_amount = $5, refund_id = $6,
      replacement_order_id = $7, updated_at = $8
    where id = $1 and version = $2 - 1 returning 1)
  select kernel.require((select count(*) from changed) = 1, 'return changed meanwhile')`);

export async function returnFind(database: ModuleDatabase, scope: Scope, id: ReturnId): Promise<OrderReturn | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toReturn(row) : null;
}

export function returnLock(id: ReturnId): Statement {
  return lock([id]);
}

/** All returns of an order. Read them under the lock of the order, under which they are made. */
export function returnsOfOrder(orderId: OrderId): Statement {
  return ofOrder([orderId]);
}

export async function returnsList(
  database: ModuleDatabase,
  scope: Scope,
  filter: ReturnFilter,
  page: PageRequest,
): Promise<Page<OrderReturn>> {
  const conditions = [
    equals('order_id', filter.orderId),
    equals('customer_id', filter.customerId),
    equals('status', filter.status),
  ];
  const query = { from: 'orders.order_returns', columns: COLUMNS, conditions, page };
  return mapPage(await listPage(database, scope, query), toReturn);
}

export function returnInsert(tenant: Tenant, made: OrderReturn): Statement {
  return insert([
    made.id,
    made.version,
    made.orderId,
    made.customerId,
    made.status,
    made.reason,
    made.resolution,
    JSON.stringify(made.items),
    JSON.stringify(made.received),
    made.refundAmount,
    made.refundId,
    made.replacementOrderId,
    made.createdAt,
    made.updatedAt,
    tenant.orgId,
    tenant.livemode,
  ]);
}

/** Stores the next version; aborts the transaction when the stored version is not the one before. */
export function returnUpdate(changed: OrderReturn): Statement {
  return update([
    changed.id,
    changed.version,
    changed.status,
    JSON.stringify(changed.received),
    changed.refundAmount,
    changed.refundId,
    changed.replacementOrderId,
    changed.updatedAt,
  ]);
}

export function toReturn(row: Row): OrderReturn {
  return {
    id: row.id,
    version: row.version,
    orderId: row.order_id,
    customerId: row.customer_id,
    status: row.status,
    reason: row.reason,
    resolution: row.resolution,
    items: row.items,
    received: row.received,
    refundAmount: row.refund_amount,
    refundId: row.refund_id,
    replacementOrderId: row.replacement_order_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
