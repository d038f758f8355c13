import type { Json, NewEvent } from '#kernel/events/event.ts';
import type { ShippingQuote } from './quotes/quote.ts';
import type { StoredRateTable } from './quotes/rate-table.ts';
import type { ShipmentRecord } from './shipments/shipment.ts';
import type { ShipmentStatus } from './shipments/status.ts';
import type { CarrierAccount } from './tracking/account.ts';

export function quoteEvent(quote: ShippingQuote): NewEvent {
  const data = { quote: { ...quote } } as unknown as Record<string, Json>;
  return { type: 'shipping_quote.created', streamId: quote.id, streamVersion: 1, data };
}

export function rateTableEvent(type: 'rate_table.created' | 'rate_table.retired', table: StoredRateTable): NewEvent {
  const data: Record<string, Json> = { rate_table: { ...table } };
  return { type, streamId: table.id, streamVersion: table.version, data };
}

export type ShipmentEventType = 'shipment.created' | 'shipment.updated';
export const SHIPMENT_EVENTS: readonly ShipmentEventType[] = ['shipment.created', 'shipment.updated'];

/** The open fields after the change, and the names of what changed; addresses never enter an event (C-89). */
export function shipmentEvent(
  type: ShipmentEventType,
  shipment: ShipmentRecord,
  changed: readonly string[],
  previousStatus: ShipmentStatus = shipment.status,
): NewEvent {
  const open = Object.fromEntries(OPEN_FIELDS.map((name) => [name, shipment[name]])) as Record<string, Json>;
  const data: Record<string, Json> = { shipment: open, changed: [...changed], previous_status: previousStatus };
  return { type, streamId: shipment.id, streamVersion: shipment.version, data };
}

/** Named one by one, so that a field that is personal must be let in by hand to get out. */
const OPEN_FIELDS = [
  'id',
  'orderId',
  'customerId',
  'status',
  'leftAt',
  'deliveredAt',
  'carrier',
  'trackingNumber',
  'trackingTemplate',
  'estimatedDelivery',
  'warehouseId',
  'items',
  'parcels',
  'customs',
  'quoteId',
  'cost',
  'orderReference',
  'orderStep',
  'orderRefusal',
  'metadata',
  'createdAt',
  'updatedAt',
] as const satisfies readonly (keyof ShipmentRecord)[];

export type AccountEventType = 'carrier_account.created' | 'carrier_account.secret_rotated' | 'carrier_account.deleted';

/** Never with the secret. */
export function accountEvent(type: AccountEventType, account: CarrierAccount): NewEvent {
  const { id, carrier, label, previousSecretUntil, createdAt, updatedAt } = account;
  const data: Record<string, Json> = {
    carrier_account: { id, carrier, label, previousSecretUntil, createdAt, updatedAt },
  };
  return { type, streamId: id, streamVersion: account.version, data };
}
