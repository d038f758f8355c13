import { type CommandContext, innerContext } from '#kernel/context.ts';
import { violatedUnique } from '#kernel/database/database-errors.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { isSingle, type Scope, type Tenant } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import { DomainError, invalidField, notFound } from '#kernel/errors.ts';
import type { CustomerId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { type AddressBook, createAddressBook } from './addresses/address-book.ts';
import { type Contacts, createContacts } from './contacts/contacts.service.ts';
import {
  type Customer,
  type CustomerPatch,
  type CustomerStatus,
  type CustomerTerms,
  type CustomerType,
  changedFields,
  type NewCustomer,
} from './customer.ts';
import { newCustomer, patchedCustomer, refusePersonal } from './customer-changes.ts';
import * as store from './customers.store.ts';
import type { CustomersDependencies } from './dependencies.ts';
import type { CustomerErasure } from './erasure/erasure.ts';
import { type CustomerEventType, customerEvent } from './events.ts';
import { type CustomerImport, createCustomerImport } from './import/customer-import.ts';
import { createStatements, type Statements } from './ledger/statements.ts';
import { type CustomerMerge, createMerge } from './merge/merge.ts';
import { createParties } from './parties.ts';
import { createProfileSealer, type ProfileSealer } from './sealed-profile.ts';
import { createUserCustomers, type NewCustomerParts, type UserCustomers } from './user-customers.ts';

/** E-mail addresses are compared without case; everything else exactly. */
export interface CustomerSearch {
  email?: string;
  externalId?: string;
  type?: CustomerType;
  status?: CustomerStatus;
  parentId?: CustomerId;
  tag?: string;
}

/** Who buys. Each method names the errors it may raise. */
export interface Customers
  extends Contacts,
    AddressBook,
    Statements,
    CustomerMerge,
    CustomerImport,
    CustomerErasure,
    UserCustomers {
  /** Errors: `duplicate` (external id). */
  createCustomer(context: CommandContext, input: NewCustomer): Promise<Customer>;
  /** Errors: `not_found`. */
  getCustomer(scope: Scope, id: CustomerId): Promise<Customer>;
  /**
   * Terms of trade without any personal data, for the order's hot path; archived customers too. Of a merged customer
   * those of the one it was merged into. Errors: `not_found`.
   */
  getCustomerTerms(tenant: Tenant, id: CustomerId): Promise<CustomerTerms>;
  /** The customer who is meant by `id` and everybody merged into it; `id` alone when there is none. */
  partiesOf(scope: Scope, id: CustomerId): Promise<CustomerId[]>;
  /** Errors: `validation` (an e-mail filter over every organisation). */
  listCustomers(scope: Scope, search: CustomerSearch, page: PageRequest): Promise<Page<Customer>>;
  /** Errors: `not_found`, `gone` (archived, merged or erased), `duplicate`, `validation` (also a payment method of somebody else), `precondition_failed`, `resource_locked`. */
  updateCustomer(context: CommandContext, id: CustomerId, patch: CustomerPatch): Promise<Customer>;
  /** Brings the customer to what payments say its default is. */
  noteDefaultPaymentMethod(context: CommandContext, id: CustomerId): Promise<void>;
  /** Keeps everything; no new orders. Errors: `not_found`, `gone` (archived before), `precondition_failed`, `resource_locked`. */
  archiveCustomer(context: CommandContext, id: CustomerId): Promise<Customer>;
  /**
   * Makes an archived customer active, or parts a merged one again. Errors: `not_found`, `gone` (erased), `invalid_state`
   * (neither; or the one it was merged into was merged itself), `precondition_failed`, `resource_locked`.
   */
  restoreCustomer(context: CommandContext, id: CustomerId): Promise<Customer>;
}

/** All but the erasure, which is made of these. */
export function createCustomersService(
  kit: ModuleKit,
  dependencies: CustomersDependencies,
): Omit<Customers, keyof CustomerErasure> {
  const { database, writes, clock } = kit;
  const profiles = createProfileSealer(kit);
  const parties = createParties(database);
  const change = changer(kit, profiles);
  const { merge, part } = createMerge(kit, profiles);
  const parts: NewCustomerParts = {
    make: (input) => newCustomer(input, clock.now()),
    insert: (tenant, customer) => store.customerInsert(tenant, profiles.create(tenant, customer)),
  };

  return {
    ...createUserCustomers(kit, parts),
    ...createContacts(kit, parties, dependencies),
    ...createAddressBook(kit, parties),
    ...createStatements(database, parties.all),
    ...createCustomerImport(kit, profiles),
    getCustomerTerms: parties.terms,
    partiesOf: async (scope, id) => (isSingle(scope) ? parties.all(scope, id).catch(aloneWhenUnknown(id)) : [id]),
    mergeCustomers: (context, into, from) => writes.orStored(context, () => merge(context, into, from)),
    getCustomer: async (scope, id) => profiles.open(await find(database, scope, id)),

    async listCustomers(scope, { email, ...filter }, page) {
      if (email !== undefined && !isSingle(scope)) {
        throw invalidField('email', 'not_allowed', 'Name one organisation to look for an e-mail address in it.');
      }
      const emailIndex = email === undefined ? undefined : profiles.emailIndex(scope.orgId, email);
      const found = await store.customersList(database, scope, { ...filter, emailIndex }, page);
      return { ...found, items: found.items.map(profiles.open) };
    },

    async createCustomer(context, input) {
      const customer = newCustomer(input, clock.now());
      if (customer.parentId) await requireParent(database, context.tenant, customer.parentId, customer.id);
      const statements = store.customerInsert(context.tenant, profiles.create(context.tenant, customer));
      const events = [customerEvent('customer.created', customer)];
      return writes.store(context, { statements, events, result: customer }).catch(refuseDuplicate);
    },

    updateCustomer(context, id, patch) {
      return change(context, id, 'customer.updated', async (current) => {
        refuseArchived(current);
        if (patch.parentId) await requireParent(database, context.tenant, patch.parentId, id);
        await chooseMethod(dependencies, context, id, patch);
        return patchedCustomer(current, patch);
      });
    },

    async noteDefaultPaymentMethod(context, id) {
      const told = await dependencies.paymentMethods.defaultOf(context.tenant, id);
      if ((await find(database, context.tenant, id)).defaultPaymentMethodId === told) return;
      await change(context, id, 'customer.updated', () => ({ defaultPaymentMethodId: told }));
    },

    archiveCustomer(context, id) {
      return change(context, id, 'customer.archived', (current) => {
        refuseArchived(current);
        return { status: 'archived' };
      });
    },

    async restoreCustomer(context, id) {
      const { mergedInto, erasedAt } = await find(database, context.tenant, id);
      if (erasedAt) throw new DomainError('gone', 'The customer was erased; create a new one.');
      if (mergedInto) return writes.orStored(context, () => part(context, id, mergedInto));
      return change(context, id, 'customer.restored', (current) => {
        if (current.status === 'archived') return { status: 'active' };
        throw new DomainError('invalid_state', 'The customer is not archived; there is nothing to restore.');
      });
    },
  };
}

function aloneWhenUnknown(id: CustomerId): (error: unknown) => CustomerId[] {
  return (error) => {
    if (error instanceof DomainError && error.kind === 'not_found') return [id];
    throw error;
  };
}

/** Payments decide, so they come first; if we end between, their event brings the customer after. */
async function chooseMethod(
  { paymentMethods }: CustomersDependencies,
  context: CommandContext,
  id: CustomerId,
  { defaultPaymentMethodId: chosen }: CustomerPatch,
): Promise<void> {
  if (chosen !== undefined) await paymentMethods.choose(innerContext(context), id, chosen);
}

async function find(database: ModuleDatabase, scope: Scope, id: CustomerId): Promise<store.SealedCustomer> {
  const found = await store.customerFind(database, scope, id);
  if (!found) throw notFound('customer', id);
  return found;
}

/** Stores the next version of a customer, as `decide` makes it from the current one, with its event. */
function changer({ database, writes, clock }: ModuleKit, profiles: ProfileSealer) {
  return (
    context: CommandContext,
    id: CustomerId,
    type: CustomerEventType,
    decide: (current: Customer) => Partial<Customer> | Promise<Partial<Customer>>,
  ): Promise<Customer> =>
    writes.orStored(context, async () => {
      const sealed = await find(database, context.tenant, id);
      const current = profiles.open(sealed);
      expectVersion(context, 'customer', current.version);
      const customer: Customer = {
        ...current,
        ...(await decide(current)),
        version: current.version + 1,
        updatedAt: clock.now().toISOString(),
      };
      if (!sealed.wrappedKey) refusePersonal(changedFields(current, customer));
      const statements = store.customerUpdate(context.tenant, profiles.reseal(customer, sealed));
      const events = [customerEvent(type, customer, current)];
      return writes.store(context, { statements, events, result: customer }).catch(refuseDuplicate);
    });
}

function refuseArchived({ status, mergedInto, erasedAt }: Customer): void {
  if (status === 'active') return;
  if (mergedInto) {
    throw new DomainError('gone', `The customer was merged into ${mergedInto}; change that one, or restore this one.`);
  }
  if (erasedAt) throw new DomainError('gone', 'The customer was erased; create a new one.');
  throw new DomainError('gone', 'The customer is archived; restore it with POST /customers/:id/restore to change it.');
}

const PARENTS_MAX = 20;

/** Errors: `validation` when the parent does not exist, or is the customer itself or below it. */
async function requireParent(
  database: ModuleDatabase,
  tenant: Tenant,
  parentId: CustomerId,
  id: CustomerId,
): Promise<void> {
  let above: CustomerId | null = parentId;
  for (let level = 0; above !== null; level++) {
    const circle = above === id || level === PARENTS_MAX;
    if (circle)
      throw invalidField('parent_id', 'not_allowed', 'A customer cannot belong to itself, nor 20 levels deep.');
    const parent: store.SealedCustomer | null = await store.customerFind(database, tenant, above);
    if (!parent) throw invalidField('parent_id', 'not_found', `No such customer: ${above}`);
    above = parent.parentId;
  }
}

function refuseDuplicate(error: unknown): never {
  if (violatedUnique(error) !== 'customers_external_id_key') throw error;
  throw new DomainError('duplicate', 'A customer with this external id exists; use it, or choose another id.', {
    cause: error,
  });
}
