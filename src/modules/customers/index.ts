import { locateIn } from '#kernel/database/list.ts';
import type { SchemaSource } from '#kernel/database/migrations.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { CustomerId } from '#kernel/ids.ts';
import type { Module, ModuleKit } from '#kernel/module.ts';
import { type Customers, createCustomersService } from './customers.service.ts';
import { NOTE_DEFAULT_JOB, noteDefaultJob, paymentMethodsConsumer } from './default-payment-method.ts';
import type { CustomersDependencies } from './dependencies.ts';
import { createErasure } from './erasure/erasure.ts';
import { erasedUsersConsumer, erasureJobs } from './erasure/erasure-jobs.ts';
import { CUSTOMER_CHANGES } from './events.ts';
import { bookkeeper } from './ledger/bookkeeper.ts';
import { createParties } from './parties.ts';

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
export type { CustomersDependencies, ErasedSubject, PersonalDataHolder } from './dependencies.ts';
export type { CustomerErasure } from './erasure/erasure.ts';
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
  openOrders: () => Promise.resolve([]),
  paymentMethods: { defaultOf: () => Promise.resolve(null), choose: () => Promise.resolve() },
  holders: [],
};

export function createCustomers(kit: ModuleKit, others: Partial<CustomersDependencies> = {}): Module<Customers> {
  const dependencies = { ...ALONE, ...others };
  const customer = (event: { streamId: string }) => [
    { service: 'customers', resource: 'customer', id: event.streamId },
  ];
  const customers = createCustomersService(kit, dependencies);
  const { getCustomer, archiveCustomer, restoreCustomer } = customers;
  const erasure = createErasure(
    kit,
    {
      get: getCustomer,
      all: createParties(kit.database).all,
      archive: archiveCustomer,
      restore: restoreCustomer,
      emailAddresses: (tenant, ids) => emailAddressesOf(customers, tenant, ids),
    },
    dependencies,
  );
  return {
    service: { ...customers, eraseCustomer: erasure.eraseCustomer },
    consumers: [bookkeeper(dependencies.readOrder), erasedUsersConsumer(kit.clock), paymentMethodsConsumer(kit.clock)],
    jobs: { ...erasureJobs(kit, erasure), [NOTE_DEFAULT_JOB]: noteDefaultJob(customers) },
    locate: {
      cus: locateIn(kit.database, 'customers.customers'),
      con: locateIn(kit.database, 'customers.contacts'),
      adr: locateIn(kit.database, 'customers.addresses'),
    },
    invalidates: Object.fromEntries(CUSTOMER_CHANGES.map((type) => [type, customer])),
  };
}

/** What mails to the customers and their contacts are found by. */
async function emailAddressesOf(
  { getCustomer, listContacts }: Pick<Customers, 'getCustomer' | 'listContacts'>,
  tenant: Tenant,
  ids: readonly CustomerId[],
): Promise<string[]> {
  const found: (string | null)[] = [];
  for (const id of ids) {
    found.push((await getCustomer(tenant, id)).email);
    for (let after: string | undefined; ; ) {
      const page = await listContacts(tenant, id, { limit: 100, after });
      found.push(...page.items.map(({ email }) => email));
      if (!page.hasMore) break;
      after = page.items.at(-1)!.id;
    }
  }
  return found.filter((address) => address !== null);
}
