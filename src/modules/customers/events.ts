import type { Json, NewEvent } from '#kernel/events/event.ts';
import type { CustomerId } from '#kernel/ids.ts';
import type { BookedAddress } from './addresses/address-book.ts';
import type { ContactRecord } from './contacts/contact.ts';
import { type Customer, type CustomerStatus, changedFields } from './customer.ts';

export type CustomerEventType =
  | 'customer.created'
  | 'customer.updated'
  | 'customer.archived'
  | 'customer.restored'
  | 'customer.merged'
  | 'customer.erased';

type ContactEventType = 'contact.added' | 'contact.changed' | 'contact.removed';
type AddressEventType = 'address.added' | 'address.changed' | 'address.removed';

/** Of a whole batch of an import; `data.customers` names the customers that it created. */
const CUSTOMERS_IMPORTED = 'customers.imported';

/** Those after which a customer reads differently. */
export const CUSTOMER_CHANGES: readonly CustomerEventType[] = [
  'customer.created',
  'customer.updated',
  'customer.archived',
  'customer.restored',
  'customer.merged',
  'customer.erased',
];

export const CUSTOMER_EVENTS: readonly string[] = [
  ...CUSTOMER_CHANGES,
  'contact.added',
  'contact.changed',
  'contact.removed',
  'address.added',
  'address.changed',
  'address.removed',
  CUSTOMERS_IMPORTED,
];

/**
 * The terms of trade and the names of the changed fields. Neither a sealed value nor a label of the seller's enters an
 * event, which is never changed and could not be erased (C-89).
 */
export function customerEvent(type: CustomerEventType, customer: Customer, before?: Customer): NewEvent {
  const { name: _name, email: _email, phone: _phone, taxIds: _taxIds, ...rest } = customer;
  const { billingAddress: _billing, shippingAddress: _shipping, tags: _tags, metadata: _metadata, ...terms } = rest;
  const { externalId: _externalId, version: _version, ...open } = terms;
  const data: Record<string, Json> = { customer: { ...open } };
  if (before) data.changed = changedFields(before, customer);
  return { type, streamId: customer.id, streamVersion: customer.version, data };
}

/** The last event of a customer; the row is empty from here on. */
export function customerErased(id: CustomerId, version: number, status: CustomerStatus): NewEvent {
  return { type: 'customer.erased', streamId: id, streamVersion: version, data: { customer: { id, status } } };
}

/** What a contact may do; who it is stays sealed. */
export function contactEvent(type: ContactEventType, contact: ContactRecord): NewEvent {
  const { id, version, customerId, userId, roles, spendingLimit } = contact;
  const data = { contact: { id, customerId, userId, roles, spendingLimit } };
  return { type, streamId: id, streamVersion: version, data };
}

export function addressEvent(
  type: AddressEventType,
  { id, version, customerId, types }: Pick<BookedAddress, 'id' | 'version' | 'customerId' | 'types'>,
): NewEvent {
  return { type, streamId: id, streamVersion: version, data: { address: { id, customerId, types } } };
}

export function customersImportedEvent(batchId: string, customers: readonly CustomerId[]): NewEvent {
  return { type: CUSTOMERS_IMPORTED, streamId: batchId, streamVersion: 1, data: { customers: [...customers] } };
}
