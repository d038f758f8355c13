import type { Json, NewEvent, StoredEvent } from '#kernel/events/event.ts';
import { evolve, type Order, type OrderEventType, type OrderFact, type OrderState } from './order.ts';
import { currentOrder } from './stored-order.ts';

export type OrderPublicEvent = 'order.created' | 'order.updated' | 'order.completed';

/** Every event of this module and the names under which merchants get it (C-67, C-87). */
const PUBLIC_NAMES: Readonly<Record<OrderEventType, readonly OrderPublicEvent[]>> = {
  'order.created': ['order.created'],
  'order.changed': ['order.updated'],
  'order.approved': ['order.updated'],
  'order.approval_rejected': ['order.updated'],
  'order.confirmed': ['order.updated'],
  'order.payment_failed': ['order.updated'],
  'order.payment_captured': ['order.updated'],
  'order.payment_released': ['order.updated'],
  'order.payment_refunded': ['order.updated'],
  'order.processing_started': ['order.updated'],
  'order.partially_shipped': ['order.updated'],
  'order.shipped': ['order.updated'],
  'order.shipment_delivered': ['order.updated'],
  'order.delivered': ['order.updated', 'order.completed'],
  'order.items_returned': ['order.updated'],
  'order.rest_canceled': ['order.updated'],
  'order.canceled': ['order.updated'],
};

export const ORDER_EVENTS = Object.keys(PUBLIC_NAMES) as OrderEventType[];

/** The names of the canonical catalogue under which an event of this module is sent to webhook endpoints. */
export function publicEventsOf(event: { type: string }): readonly OrderPublicEvent[] {
  return PUBLIC_NAMES[event.type as OrderEventType] ?? [];
}

/** Fields that change with every event and say nothing. */
const SILENT: ReadonlySet<string> = new Set(['version', 'updatedAt']);

/**
 * Facts as events of the log: `data` holds the facts, the order as it is after them, the fields that changed and the
 * status before, so that a webhook needs no reading back. Gives the events and the new state.
 */
export function orderEvents(state: OrderState, facts: readonly OrderFact[]): { events: NewEvent[]; state: OrderState } {
  const events: NewEvent[] = [];
  let current = state;
  for (const fact of facts) {
    const order = evolve(current, fact);
    const { type, ...rest } = fact;
    const data = {
      ...rest,
      order: { ...order },
      changed: namedDetails(changedFields(current, order), fact),
      previous_status: current.status === 'none' ? null : current.status,
    } as Record<string, Json>;
    events.push({ type, streamId: order.id, streamVersion: order.version, data });
    current = order;
  }
  return { events, state: current };
}

function changedFields(before: OrderState, after: Order): string[] {
  if (before.status === 'none') return [];
  const fields = Object.keys(after) as (keyof Order)[];
  return fields.filter((field) => !SILENT.has(field) && !isSame((before as Order)[field], after[field])).sort();
}

/** Of what is sealed the event tells the names of the fields; the values differ with every sealing. */
function namedDetails(changed: string[], fact: OrderFact): string[] {
  if (!changed.includes('sealedDetails')) return changed;
  const details = fact.type === 'order.changed' ? (fact.details ?? []) : [];
  return [...changed.filter((field) => field !== 'sealedDetails'), ...details].sort();
}

/** Values that evolve did not touch are the same objects; new ones are compared by what they hold. */
function isSame(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}

/** An event of the log as the fact it tells. */
export function factOf(row: { type: string; data: Record<string, unknown> }): OrderFact {
  const { changed: _changed, previous_status: _previous, order, ...facts } = row.data;
  // Only the first event rebuilds from the whole order; the copy in the others is for consumers.
  const fact = row.type === 'order.created' ? { order } : facts;
  return { type: row.type, ...fact } as OrderFact;
}

/** The order as it was after an event of the log, whatever its age. */
export function orderIn(event: Pick<StoredEvent, 'data'>): Order {
  return currentOrder(event.data.order as unknown as Order);
}

/** A row of the log as an event. */
export function toStoredEvent(row: Record<string, unknown>): StoredEvent {
  return {
    id: row.id,
    source: 'orders',
    type: row.type,
    streamId: row.stream_id,
    streamVersion: row.stream_version,
    tenant: { orgId: row.org_id, livemode: row.livemode },
    occurredAt: row.occurred_at,
    data: row.data,
    metadata: row.metadata,
  } as StoredEvent;
}
