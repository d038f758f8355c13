import type { Json, NewEvent } from '#kernel/events/event.ts';
import type { Adjustment, Reservation, StockLevel, Warehouse } from './stock.ts';

export type InventoryEventType =
  | 'warehouse.created'
  | 'warehouse.updated'
  | 'stock.adjusted'
  | 'stock.reserved'
  | 'stock.released'
  | 'stock.committed'
  | 'stock.low'
  | 'stock.reorder_point_set';

export const INVENTORY_EVENTS: readonly InventoryEventType[] = [
  'warehouse.created',
  'warehouse.updated',
  'stock.adjusted',
  'stock.reserved',
  'stock.released',
  'stock.committed',
  'stock.low',
  'stock.reorder_point_set',
];

export function warehouseEvent(type: 'warehouse.created' | 'warehouse.updated', warehouse: Warehouse): NewEvent {
  return { type, streamId: warehouse.id, streamVersion: warehouse.version, data: { warehouse: { ...warehouse } } };
}

/** The note stays in the ledger: people write anything into notes, and events go out to others. */
export function adjustedEvent(adjustment: Adjustment, level: StockLevel): NewEvent {
  const { note: _note, ...told } = adjustment;
  const data = { adjustment: { ...told }, level: { ...level } };
  return { type: 'stock.adjusted', streamId: adjustment.id, streamVersion: 1, data };
}

export function reservationEvent(
  type: 'stock.reserved' | 'stock.released' | 'stock.committed',
  reservation: Reservation,
): NewEvent {
  const allocations: Json = reservation.allocations.map((allocation) => ({ ...allocation }));
  const data = { reservation: { ...reservation, allocations } };
  return { type, streamId: reservation.id, streamVersion: reservation.version, data };
}

export function levelEvent(type: 'stock.low' | 'stock.reorder_point_set', level: StockLevel): NewEvent {
  return { type, streamId: level.id, streamVersion: level.version, data: { level: { ...level } } };
}
