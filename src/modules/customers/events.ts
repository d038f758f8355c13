import type { Json, NewEvent } from '#kernel/events/event.ts';
import { type Customer, changedFields } from './customer.ts';

export type CustomerEventType = 'customer.created' | 'customer.updated' | 'customer.archived' | 'customer.restored';

export const CUSTOMER_EVENTS: readonly CustomerEventType[] = [
  'customer.created',
  'customer.updated',
  'customer.archived',
  'customer.restored',
];

/** The open fields of the customer and the names of the changed ones; a sealed value never enters an event (C-89). */
export function customerEvent(type: CustomerEventType, customer: Customer, before?: Customer): NewEvent {
  const { id, status, currency, creditLimit, paymentTerms, tags, metadata, externalId, createdAt, updatedAt } =
    customer;
  const open = { id, type: customer.type, status, currency, creditLimit, paymentTerms, tags, metadata, externalId };
  const data: Record<string, Json> = { customer: { ...open, createdAt, updatedAt } };
  if (before) data.changed = changedFields(before, customer);
  return { type, streamId: id, streamVersion: customer.version, data };
}
