import type { Row } from '#kernel/database/connection.ts';
import {
  atLeast,
  before,
  equals,
  isIn,
  listPage,
  mapPage,
  type Page,
  type PageRequest,
} from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { insertMany, prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import { type CustomerId, lowestId, type OrderId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import type { Order, OrderItem, OrderStatus } from './order.ts';

export interface OrderFilter {
  customerId?: CustomerId;
  status?: OrderStatus;
  /** Created at this instant or later, ISO 8601 UTC. */
  createdAfter?: string;
  /** Created before this instant. */
  createdBefore?: string;
  /** Minor units, in whatever currency the order has unless `currency` is given too. */
  minTotal?: number;
  currency?: Currency;
  poNumber?: string;
  externalId?: string;
}

const OWN_COLUMNS = `id, version, customer_id, status, payment_status, payment_id, payment_method_id, capture_on, total,
  discount_total, tax_total, shipping_total, currency, po_number, external_id, sealed_details, shipments, approval, rest_canceled, cancel_reason, metadata, confirmed_at, shipped_at, delivered_at,
  canceled_at, created_at, updated_at`;
/** With the items in the same statement, so that both are of one moment. */
const COLUMNS = `${OWN_COLUMNS}, (select json_agg(json_build_object('id', item.id, 'line', item.position + 1,
    'productId', item.product_id, 'quantity', item.quantity, 'unitPrice', item.unit_price,
    'tracksStock', item.tracks_stock, 'shippedQuantity', item.shipped_quantity, 'returnedQuantity', item.returned_quantity,
    'canceledQuantity', item.canceled_quantity) order by item.position)
  from orders.order_items item where item.order_id = orders.id) as items`;

const find = prepared(`select ${COLUMNS} from orders.orders where id = $1`);
const exists = prepared('select 1 from orders.orders where id = $1');
const lock = prepared('select 1 from orders.orders where id = $1 for update');
const openSaga = prepared("select 1 from orders.sagas where subject_id = $1 and status in ('running', 'compensating')");
const eventsOfStream = prepared('select * from orders.events where stream_id = $1 order by stream_version');
const eventsUntil = prepared(`select * from orders.events where stream_id = $1 and occurred_at <= $2
  order by stream_version`);
const insert = prepared(`insert into orders.orders (id, org_id, livemode, version, customer_id, status, payment_status,
  payment_method_id, capture_on, total, discount_total, tax_total, shipping_total, currency, po_number, external_id,
  sealed_details, metadata, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`);
const update = prepared(`update orders.orders set version = $2, status = $3, payment_status = $4, payment_id = $5,
  payment_method_id = $6, capture_on = $7, total = $8, po_number = $9, shipments = $10, cancel_reason = $11,
  metadata = $12, confirmed_at = $13, shipped_at = $14, delivered_at = $15, canceled_at = $16, updated_at = $17,
  discount_total = $18, tax_total = $19, shipping_total = $20, external_id = $21, sealed_details = $22,
  approval = $23, rest_canceled = $24
  where id = $1`);
const findNamed = prepared(`select ${COLUMNS} from orders.orders
  where org_id = $1 and livemode = $2 and external_id = any($3)`);
const lockNamed = prepared(`select ${COLUMNS} from orders.orders
  where org_id = $1 and livemode = $2 and external_id = any($3) order by id for update`);
const insertOrders = insertMany('orders.orders', {
  id: 'text',
  org_id: 'text',
  livemode: 'boolean',
  version: 'int',
  customer_id: 'text',
  status: 'text',
  payment_status: 'text',
  capture_on: 'text',
  total: 'bigint',
  discount_total: 'bigint',
  tax_total: 'bigint',
  shipping_total: 'bigint',
  currency: 'text',
  po_number: 'text',
  external_id: 'text',
  metadata: 'jsonb',
  shipped_at: 'timestamptz',
  delivered_at: 'timestamptz',
  canceled_at: 'timestamptz',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
});
const deleteItems = prepared('delete from orders.order_items where order_id = $1');
const insertItems = insertMany('orders.order_items', {
  order_id: 'text',
  position: 'int',
  id: 'text',
  org_id: 'text',
  livemode: 'boolean',
  product_id: 'text',
  quantity: 'int',
  unit_price: 'bigint',
  tracks_stock: 'boolean',
  shipped_quantity: 'int',
  returned_quantity: 'int',
  canceled_quantity: 'int',
});

export async function orderFind(database: ModuleDatabase, scope: Scope, id: OrderId): Promise<Order | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toOrder(row) : null;
}

export async function orderExists(database: ModuleDatabase, scope: Scope, id: OrderId): Promise<boolean> {
  return (await database.read(scope, exists([id]))).length > 0;
}

export async function ordersList(
  database: ModuleDatabase,
  scope: Scope,
  filter: OrderFilter & { customerIds?: readonly CustomerId[] },
  page: PageRequest,
): Promise<Page<Order>> {
  const conditions = [
    isIn('customer_id', filter.customerIds),
    equals('status', filter.status),
    atLeast('created_at', filter.createdAfter),
    // Ids are made at the creation or later, so the list, which is ordered by them, need not be read further back.
    atLeast('id', filter.createdAfter && lowestId('ord', Date.parse(filter.createdAfter))),
    before('created_at', filter.createdBefore),
    atLeast('total', filter.minTotal),
    equals('currency', filter.currency),
    equals('po_number', filter.poNumber),
    equals('external_id', filter.externalId),
  ];
  return mapPage(
    await listPage(database, scope, { from: 'orders.orders', columns: COLUMNS, conditions, page }),
    toOrder,
  );
}

/** The row lock comes first, so that what follows in the same flight is the newest: the events, and a saga at work. */
export function orderLock(id: OrderId): Statement[] {
  return [lock([id]), eventsOfStream([id]), openSaga([id])];
}

/** The events of an order, oldest first; those up to an instant when one is given. */
export function orderEventsFind(database: ModuleDatabase, scope: Scope, id: OrderId, until?: string): Promise<Row[]> {
  return database.read(scope, until === undefined ? eventsOfStream([id]) : eventsUntil([id, until]));
}

/** A new draft with its items. */
export function orderInsert(tenant: Tenant, order: Order): Statement[] {
  const row = insert([
    order.id,
    tenant.orgId,
    tenant.livemode,
    order.version,
    order.customerId,
    order.status,
    order.paymentStatus,
    order.paymentMethodId,
    order.captureOn,
    order.total,
    order.discountTotal,
    order.taxTotal,
    order.shippingTotal,
    order.currency,
    order.poNumber,
    order.externalId,
    order.sealedDetails,
    order.metadata,
    order.createdAt,
    order.updatedAt,
  ]);
  return [row, itemsInsert(tenant, order)];
}

/** Stores the next state under the lock of `orderLock`; items only when they changed. */
export function orderUpdate(tenant: Tenant, order: Order, previousItems: readonly OrderItem[]): Statement[] {
  const row = update([
    order.id,
    order.version,
    order.status,
    order.paymentStatus,
    order.paymentId,
    order.paymentMethodId,
    order.captureOn,
    order.total,
    order.poNumber,
    JSON.stringify(order.shipments),
    order.cancelReason,
    order.metadata,
    order.confirmedAt,
    order.shippedAt,
    order.deliveredAt,
    order.canceledAt,
    order.updatedAt,
    order.discountTotal,
    order.taxTotal,
    order.shippingTotal,
    order.externalId,
    order.sealedDetails,
    order.approval,
    order.restCanceled,
  ]);
  if (order.items === previousItems) return [row];
  return [row, deleteItems([order.id]), itemsInsert(tenant, order)];
}

/** Orders with these external ids; locked when they may be changed. */
export function ordersNamed(tenant: Tenant, externalIds: readonly string[], locked: boolean): Statement {
  return (locked ? lockNamed : findNamed)([tenant.orgId, tenant.livemode, externalIds]);
}

/** Many new orders in two statements, in whatever status they are imported. */
export function ordersInsert(tenant: Tenant, orders: readonly Order[]): Statement[] {
  const rows = orders.map((order) => ({
    id: order.id,
    org_id: tenant.orgId,
    livemode: tenant.livemode,
    version: order.version,
    customer_id: order.customerId,
    status: order.status,
    payment_status: order.paymentStatus,
    capture_on: order.captureOn,
    total: order.total,
    discount_total: order.discountTotal,
    tax_total: order.taxTotal,
    shipping_total: order.shippingTotal,
    currency: order.currency,
    po_number: order.poNumber,
    external_id: order.externalId,
    metadata: JSON.stringify(order.metadata),
    shipped_at: order.shippedAt,
    delivered_at: order.deliveredAt,
    canceled_at: order.canceledAt,
    created_at: order.createdAt,
    updated_at: order.updatedAt,
  }));
  return [insertOrders(rows), itemsInsert(tenant, ...orders)];
}

function itemsInsert(tenant: Tenant, ...orders: readonly Order[]): Statement {
  return insertItems(orders.flatMap((order) => itemRows(tenant, order)));
}

function itemRows(tenant: Tenant, order: Order) {
  return order.items.map((item) => ({
    order_id: order.id,
    position: item.line - 1,
    id: item.id,
    org_id: tenant.orgId,
    livemode: tenant.livemode,
    product_id: item.productId,
    quantity: item.quantity,
    unit_price: item.unitPrice,
    tracks_stock: item.tracksStock,
    shipped_quantity: item.shippedQuantity,
    returned_quantity: item.returnedQuantity,
    canceled_quantity: item.canceledQuantity,
  }));
}

export function toOrder(row: Row): Order {
  return {
    id: row.id,
    version: row.version,
    customerId: row.customer_id,
    status: row.status,
    paymentStatus: row.payment_status,
    paymentId: row.payment_id,
    paymentMethodId: row.payment_method_id,
    captureOn: row.capture_on,
    items: row.items,
    total: row.total,
    discountTotal: row.discount_total,
    taxTotal: row.tax_total,
    shippingTotal: row.shipping_total,
    currency: row.currency,
    poNumber: row.po_number,
    externalId: row.external_id,
    sealedDetails: row.sealed_details,
    shipments: row.shipments,
    approval: row.approval,
    restCanceled: row.rest_canceled,
    cancelReason: row.cancel_reason,
    metadata: row.metadata,
    confirmedAt: row.confirmed_at,
    shippedAt: row.shipped_at,
    deliveredAt: row.delivered_at,
    canceledAt: row.canceled_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
