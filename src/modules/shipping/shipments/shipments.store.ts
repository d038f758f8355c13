import type { Row } from '#kernel/database/connection.ts';
import { equals, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { CustomerId, OrderId } from '#kernel/ids.ts';
import { type Carrier, trackingKey } from '../carrier.ts';
import type { SealedShipment } from './sealed-shipment.ts';
import type { ShipmentId } from './shipment.ts';
import type { ShipmentStatus } from './status.ts';

export interface ShipmentFilter {
  orderId?: OrderId;
  customerId?: CustomerId;
  carrier?: Carrier;
  status?: ShipmentStatus;
  trackingNumber?: string;
}

const COLUMNS = `id, org_id, version, order_id, customer_id, status, left_at, delivered_at, carrier, tracking_number,
  tracking_template, estimated_delivery, warehouse_id, addresses, items, parcels, customs, quote_id, cost,
  order_reference, order_step, order_refusal, metadata, created_at, updated_at,
  (select wrapped_key from shipping.subject_keys where subject_id = shipments.id) as wrapped_key`;

const find = prepared(`select ${COLUMNS} from shipping.shipments where id = $1`);
const findForUpdate = prepared(`select ${COLUMNS} from shipping.shipments
  where org_id = $1 and livemode = $2 and id = $3 for update`);
const findByOrder = prepared(`select ${COLUMNS} from shipping.shipments
  where org_id = $1 and livemode = $2 and order_id = $3 order by id`);
const findByTracking = prepared(`with named as (
    select id, status = 'failed' and left_at is null as is_given_up from shipping.shipments
    where org_id = $1 and livemode = $2 and carrier = $3 and tracking_key = $4)
  select id from named where not is_given_up or not exists (select from named where not is_given_up) order by id`);
const lockOrder = prepared("select pg_advisory_xact_lock(hashtextextended('shipping.order:' || $1, 0))");
const deleteKeys = prepared(`delete from shipping.subject_keys where subject_id in (
  select id from shipping.shipments where org_id = $1 and livemode = $2 and customer_id = $3)`);
const insertKey = prepared(
  'insert into shipping.subject_keys (subject_id, org_id, livemode, wrapped_key) values ($1, $2, $3, $4)',
);
const insert = prepared(`insert into shipping.shipments
  (id, org_id, livemode, version, order_id, customer_id, status, carrier, tracking_number, tracking_key,
   tracking_template, estimated_delivery, warehouse_id, addresses, items, parcels, customs, quote_id, cost, order_step,
   metadata, created_at, updated_at, order_reference)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)`);
const update = prepared(`with changed as (
    update shipping.shipments set version = $3, status = $4, left_at = $5, delivered_at = $6, order_step = $7,
      order_refusal = $8, updated_at = $9, order_reference = $10
    where org_id = $1 and id = $2 and version = $3 - 1 returning 1)
  select kernel.require((select count(*) from changed) = 1, 'shipment changed meanwhile')`);

export async function shipmentFind(
  database: ModuleDatabase,
  scope: Scope,
  id: ShipmentId,
): Promise<SealedShipment | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toSealedShipment(row) : null;
}

/** Locks the shipment in the transaction that runs it; read the row with `toSealedShipment`. */
export function shipmentLock({ orgId, livemode }: Tenant, id: ShipmentId): Statement {
  return findForUpdate([orgId, livemode, id]);
}

/** Makes those who pack goods of one order wait for each other until the transaction ends. */
export function orderLock(id: OrderId): Statement {
  return lockOrder([id]);
}

const findAllOfOrder = prepared(`select ${COLUMNS} from shipping.shipments where order_id = $1 order by id`);

export async function shipmentsFindOfOrder(
  database: ModuleDatabase,
  scope: Scope,
  id: OrderId,
): Promise<SealedShipment[]> {
  return (await database.read(scope, findAllOfOrder([id]))).map(toSealedShipment);
}

export function shipmentsOfOrder({ orgId, livemode }: Tenant, id: OrderId): Statement {
  return findByOrder([orgId, livemode, id]);
}

/** The shipments that travel under a number; those that were given up only when there are no others. */
export async function shipmentsByTracking(
  database: ModuleDatabase,
  { orgId, livemode }: Tenant,
  carrier: Carrier,
  trackingNumber: string,
): Promise<ShipmentId[]> {
  const rows = await database.read(
    { orgId, livemode },
    findByTracking([orgId, livemode, carrier, trackingKey(trackingNumber)]),
  );
  return rows.map(({ id }) => id);
}

export async function shipmentsList(
  database: ModuleDatabase,
  scope: Scope,
  { orderId, customerId, carrier, status, trackingNumber }: ShipmentFilter,
  page: PageRequest,
): Promise<Page<SealedShipment>> {
  const conditions = [
    equals('order_id', orderId),
    equals('customer_id', customerId),
    equals('carrier', carrier),
    equals('status', status),
    equals('tracking_key', trackingNumber === undefined ? undefined : trackingKey(trackingNumber)),
  ];
  const query = { from: 'shipping.shipments', columns: COLUMNS, conditions, page };
  return mapPage(await listPage(database, scope, query), toSealedShipment);
}

export function shipmentInsert({ orgId, livemode }: Tenant, shipment: SealedShipment): Statement[] {
  return [
    insertKey([shipment.id, orgId, livemode, shipment.wrappedKey]),
    insert([
      shipment.id,
      orgId,
      livemode,
      shipment.version,
      shipment.orderId,
      shipment.customerId,
      shipment.status,
      shipment.carrier,
      shipment.trackingNumber,
      trackingKey(shipment.trackingNumber),
      shipment.trackingTemplate,
      shipment.estimatedDelivery,
      shipment.warehouseId,
      shipment.addresses,
      JSON.stringify(shipment.items),
      JSON.stringify(shipment.parcels),
      shipment.customs,
      shipment.quoteId,
      shipment.cost,
      shipment.orderStep,
      shipment.metadata,
      shipment.createdAt,
      shipment.updatedAt,
      shipment.orderReference,
    ]),
  ];
}

/** Destroys the keys of every shipment of a customer. */
export function keysDelete({ orgId, livemode }: Tenant, customerId: CustomerId): Statement {
  return deleteKeys([orgId, livemode, customerId]);
}

/** Stores the next version; aborts the transaction when the stored version is not the one before. */
export function shipmentUpdate({ orgId }: Tenant, shipment: SealedShipment): Statement {
  const { id, version, status, leftAt, deliveredAt, orderStep, orderRefusal, updatedAt, orderReference } = shipment;
  return update([orgId, id, version, status, leftAt, deliveredAt, orderStep, orderRefusal, updatedAt, orderReference]);
}

export function toSealedShipment(row: Row): SealedShipment {
  return {
    id: row.id,
    orgId: row.org_id,
    version: row.version,
    orderId: row.order_id,
    customerId: row.customer_id,
    status: row.status,
    leftAt: row.left_at,
    deliveredAt: row.delivered_at,
    carrier: row.carrier,
    trackingNumber: row.tracking_number,
    trackingTemplate: row.tracking_template,
    estimatedDelivery: row.estimated_delivery,
    warehouseId: row.warehouse_id,
    addresses: row.addresses,
    wrappedKey: row.wrapped_key,
    items: row.items,
    parcels: row.parcels,
    customs: row.customs,
    quoteId: row.quote_id,
    cost: row.cost,
    orderReference: row.order_reference,
    orderStep: row.order_step,
    orderRefusal: row.order_refusal,
    metadata: row.metadata,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
