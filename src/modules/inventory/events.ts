import type { Tenant } from '#kernel/database/tenant.ts';
import type { Json, NewEvent, StoredEvent } from '#kernel/events/event.ts';
import type { ProductId, StockMovementId, WarehouseId } from '#kernel/ids.ts';
import { type CountLine, isDiscrepant, type StockCount } from './counts/count.ts';
import type { InventorySettings } from './settings/settings.ts';
import type { Adjustment, Reservation, ReturnRequest, StockLevel, StockLine, Transfer, Warehouse } from './stock.ts';

/** The steps of a cycle count. */
export const COUNT_EVENTS = [
  'stock.count_started',
  'stock.counted',
  'stock.count_submitted',
  'stock.count_reopened',
  'stock.count_canceled',
  'stock.count_approved',
  'stock.count_rejected',
] as const;
export type CountEventType = (typeof COUNT_EVENTS)[number];

export type InventoryEventType =
  | 'inventory_settings.updated'
  | CountEventType
  | 'warehouse.created'
  | 'warehouse.updated'
  | 'warehouse.archived'
  | 'stock.adjusted'
  | 'stock.reserved'
  | 'stock.released'
  | 'stock.committed'
  | 'stock.returned'
  | 'stock.low'
  | 'stock.depleted'
  | 'stock.transferred'
  | 'stock.reorder_point_set';

export const INVENTORY_EVENTS: readonly InventoryEventType[] = [
  'warehouse.created',
  'warehouse.updated',
  'warehouse.archived',
  'stock.adjusted',
  'stock.reserved',
  'stock.released',
  'stock.committed',
  'stock.returned',
  'stock.low',
  'stock.depleted',
  'stock.transferred',
  'stock.reorder_point_set',
  'inventory_settings.updated',
  ...COUNT_EVENTS,
];

export function warehouseEvent(
  type: 'warehouse.created' | 'warehouse.updated' | 'warehouse.archived',
  warehouse: Warehouse,
): NewEvent {
  return { type, streamId: warehouse.id, streamVersion: warehouse.version, data: { warehouse: { ...warehouse } } };
}

/** The note stays in the ledger: people write anything into notes, and events go out to others. */
export function adjustedEvent(adjustment: Adjustment, level: StockLevel): NewEvent {
  const { note: _note, ...told } = adjustment;
  const data = { adjustment: { ...told }, level: { ...level } };
  return { type: 'stock.adjusted', streamId: adjustment.id, streamVersion: 1, data };
}

export function reservationEvent(type: 'stock.reserved' | 'stock.released', reservation: Reservation): NewEvent {
  return { type, streamId: reservation.id, streamVersion: reservation.version, data: reservationData(reservation) };
}

/** Which pieces left, and with which shipment; `shipment` is null when the caller named none. */
export function committedEvent(
  reservation: Reservation,
  shipment: string | null,
  lines: readonly StockLine[],
): NewEvent {
  const data = { ...reservationData(reservation), shipment, lines: lines.map((line) => ({ ...line })) };
  return { type: 'stock.committed', streamId: reservation.id, streamVersion: reservation.version, data };
}

export function returnedEvent(reservation: Reservation, { reference, lines }: ReturnRequest): NewEvent {
  const data = { ...reservationData(reservation), reference, lines: lines.map((line) => ({ ...line })) };
  return { type: 'stock.returned', streamId: reservation.id, streamVersion: reservation.version, data };
}

function reservationData(reservation: Reservation) {
  const allocations: Json = reservation.allocations.map((allocation) => ({ ...allocation }));
  const backordered: Json = reservation.backordered.map((line) => ({ ...line }));
  return { reservation: { ...reservation, allocations, backordered } };
}

export function levelEvent(type: 'stock.low' | 'stock.reorder_point_set', level: StockLevel): NewEvent {
  return { type, streamId: level.id, streamVersion: level.version, data: { level: { ...level } } };
}

/** The stream is the movement that took the last piece, of which there is one for each time a product runs out. */
export function depletedEvent(productId: ProductId, movementId: StockMovementId, warehouseId: WarehouseId): NewEvent {
  const data = { product_id: productId, warehouse_id: warehouseId, movement_id: movementId };
  return { type: 'stock.depleted', streamId: movementId, streamVersion: 1, data };
}

/** Without the note, as with adjustments. */
export function transferredEvent({ note: _note, ...transfer }: Transfer): NewEvent {
  const items = transfer.items.map((item) => ({ ...item }));
  return {
    type: 'stock.transferred',
    streamId: transfer.id,
    streamVersion: 1,
    data: { transfer: { ...transfer, items } },
  };
}

/** A step of a count, with the lines it is about and among them those that differ (STK-13); without the note. */
export function countEvent(
  type: CountEventType,
  { note: _note, ...count }: StockCount,
  lines: readonly CountLine[],
): NewEvent {
  const data = {
    count: { ...count },
    entered: type === 'stock.counted' ? lines.map(lineData) : [],
    discrepancies: lines.filter(isDiscrepant).map(lineData),
  };
  return { type, streamId: count.id, streamVersion: count.version, data };
}

function lineData(line: CountLine): Json {
  return {
    product_id: line.productId,
    expected: line.expected,
    counted: line.counted,
    expected_damaged: line.expectedDamaged,
    counted_damaged: line.countedDamaged,
  };
}

/** The products whose quantities a stored event of this module may have changed. */
export function productsIn({ type, data }: Pick<StoredEvent, 'type' | 'data'>): ProductId[] {
  const named = linesOf(type, data);
  const lines = (Array.isArray(named) ? named : [named]) as { productId?: ProductId; product_id?: ProductId }[];
  return [...new Set(lines.flatMap(({ productId, product_id }) => productId ?? product_id ?? []))];
}

function linesOf(type: string, data: Record<string, Json>): Json {
  if (type === 'stock.transferred') return (data.transfer as { items: Json }).items;
  if (data.reservation) return (data.reservation as { allocations: Json }).allocations;
  return data.adjustment ?? data.discrepancies ?? [];
}

/** The stream is the organisation's own for each mode. */
export function settingsEvent({ orgId, livemode }: Tenant, settings: InventorySettings): NewEvent {
  const streamId = `${orgId}/inventory_settings/${livemode ? 'live' : 'test'}`;
  return {
    type: 'inventory_settings.updated',
    streamId,
    streamVersion: settings.version,
    data: { settings: { ...settings } },
  };
}
