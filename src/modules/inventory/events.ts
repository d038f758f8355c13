import type { Json, NewEvent } from '#kernel/events/event.ts';
import type { ProductId, StockMovementId, WarehouseId } from '#kernel/ids.ts';
import type { Adjustment, Reservation, ReturnRequest, StockLevel, StockLine, Transfer, Warehouse } from './stock.ts';

export type InventoryEventType =
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
  return { reservation: { ...reservation, allocations } };
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
