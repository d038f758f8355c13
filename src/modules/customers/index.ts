import { locateIn } from '#kernel/database/list.ts';
import type { SchemaSource } from '#kernel/database/migrations.ts';
import type { Module, ModuleKit } from '#kernel/module.ts';
import { type Customers, createCustomersService } from './customers.service.ts';
import type { CustomersDependencies } from './dependencies.ts';
import { CUSTOMER_CHANGES } from './events.ts';
import { bookkeeper } from './ledger/bookkeeper.ts';

export {
  ADDRESS_TYPES,
  type AddressType,
  type BookedAddress,
  type BookedAddressPatch,
  type NewBookedAddress,
} from './addresses/address-book.ts';
export {
  CONTACT_ROLES,
  type Contact,
  type ContactPatch,
  type ContactRole,
  type NewContact,
} from './contacts/contact.ts';
export * from './customer.ts';
export type { CustomerSearch, Customers } from './customers.service.ts';
export type { CustomersDependencies } from './dependencies.ts';
export { CUSTOMER_EVENTS } from './events.ts';
export { ENTRY_KINDS, type LedgerEntry } from './ledger/ledger.ts';
export type { Balance, Statement } from './ledger/statements.ts';
export type { UserCustomers } from './user-customers.ts';

export const customersSchema: SchemaSource = {
  schema: 'customers',
  directory: new URL('./migrations/', import.meta.url),
  personalData: {
    'customers.profile': 'sealed',
    'customers.email_index': 'index',
    'contacts.profile': 'sealed',
    'contacts.email_index': 'index',
    'addresses.content': 'sealed',
  },
};

/** Without other modules nobody is a user and nothing is owed. */
const ALONE: CustomersDependencies = {
  isUser: () => Promise.resolve(false),
  readOrder: () => {
    throw new Error('There are no orders');
  },
};

export function createCustomers(kit: ModuleKit, dependencies: CustomersDependencies = ALONE): Module<Customers> {
  const customer = (event: { streamId: string }) => [
    { service: 'customers', resource: 'customer', id: event.streamId },
  ];
  return {
    service: createCustomersService(kit, dependencies),
    consumers: [bookkeeper(dependencies.readOrder)],
    locate: {
      cus: locateIn(kit.database, 'customers.customers'),
      con: locateIn(kit.database, 'customers.contacts'),
      adr: locateIn(kit.database, 'customers.addresses'),
    },
    invalidates: Object.fromEntries(CUSTOMER_CHANGES.map((type) => [type, customer])),
  };
}
