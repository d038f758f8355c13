import type { CommandContext } from '#kernel/context.ts';
import { violatedUnique } from '#kernel/database/database-errors.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { isSingle, type Scope, type Tenant } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import { DomainError, invalidField, notFound } from '#kernel/errors.ts';
import { mergeMetadata } from '#kernel/http/fields.ts';
import { type CustomerId, newId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import {
  type Customer,
  type CustomerPatch,
  type CustomerStatus,
  type CustomerTerms,
  type CustomerType,
  changedFields,
  ERASED_PROFILE,
  type NewCustomer,
  patchProfile,
  profileOf,
} from './customer.ts';
import * as store from './customers.store.ts';
import { type CustomerEventType, customerEvent } from './events.ts';
import { createProfileSealer, type ProfileSealer } from './sealed-profile.ts';
import { createUserCustomers, type NewCustomerParts, type UserCustomers } from './user-customers.ts';

/** E-mail addresses are compared without case; everything else exactly. */
export interface CustomerSearch {
  email?: string;
  externalId?: string;
  type?: CustomerType;
  status?: CustomerStatus;
}

/** Who buys. Each method names the errors it may raise. */
export interface Customers extends UserCustomers {
  /** Errors: `duplicate` (external id). */
  createCustomer(context: CommandContext, input: NewCustomer): Promise<Customer>;
  /** Errors: `not_found`. */
  getCustomer(scope: Scope, id: CustomerId): Promise<Customer>;
  /** Terms of trade without any personal data, for the order's hot path; archived customers too. Errors: `not_found`. */
  getCustomerTerms(tenant: Tenant, id: CustomerId): Promise<CustomerTerms>;
  /** Errors: `validation` (an e-mail filter over every organisation). */
  listCustomers(scope: Scope, search: CustomerSearch, page: PageRequest): Promise<Page<Customer>>;
  /** Errors: `not_found`, `gone` (archived or erased), `duplicate`, `validation`, `precondition_failed`, `resource_locked`. */
  updateCustomer(context: CommandContext, id: CustomerId, patch: CustomerPatch): Promise<Customer>;
  /** Keeps everything; no new orders. Errors: `not_found`, `gone` (archived before), `precondition_failed`, `resource_locked`. */
  archiveCustomer(context: CommandContext, id: CustomerId): Promise<Customer>;
  /** Errors: `not_found`, `invalid_state` (not archived), `precondition_failed`, `resource_locked`. */
  restoreCustomer(context: CommandContext, id: CustomerId): Promise<Customer>;
}

export function createCustomersService(kit: ModuleKit): Customers {
  const { database, writes, clock } = kit;
  const profiles = createProfileSealer(kit);
  const change = changer(kit, profiles);
  const parts: NewCustomerParts = {
    make: (input) => newCustomer(input, clock.now()),
    insert: (tenant, customer) => store.customerInsert(tenant, profiles.create(tenant, customer)),
  };

  return {
    ...createUserCustomers(kit, parts),
    getCustomer: async (scope, id) => profiles.open(await find(database, scope, id)),

    async getCustomerTerms(tenant, id) {
      const terms = await store.customerFindTerms(database, tenant, id);
      if (!terms) throw notFound('customer', id);
      return terms;
    },

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
      const statements = store.customerInsert(context.tenant, profiles.create(context.tenant, customer));
      const events = [customerEvent('customer.created', customer)];
      return writes.store(context, { statements, events, result: customer }).catch(refuseDuplicate);
    },

    updateCustomer(context, id, patch) {
      return change(context, id, 'customer.updated', (current) => {
        refuseArchived(current);
        return patched(current, patch);
      });
    },

    archiveCustomer(context, id) {
      return change(context, id, 'customer.archived', (current) => {
        refuseArchived(current);
        return { status: 'archived' };
      });
    },

    restoreCustomer(context, id) {
      return change(context, id, 'customer.restored', (current) => {
        if (current.status === 'archived') return { status: 'active' };
        throw new DomainError('invalid_state', 'The customer is not archived; there is nothing to restore.');
      });
    },
  };
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
    decide: (current: Customer) => Partial<Customer>,
  ): Promise<Customer> =>
    writes.orStored(context, async () => {
      const sealed = await find(database, context.tenant, id);
      const current = profiles.open(sealed);
      expectVersion(context, 'customer', current.version);
      const customer: Customer = {
        ...current,
        ...decide(current),
        version: current.version + 1,
        updatedAt: clock.now().toISOString(),
      };
      if (!sealed.wrappedKey) refusePersonal(changedFields(current, customer));
      const statements = [store.customerUpdate(context.tenant, profiles.reseal(customer, sealed))];
      const events = [customerEvent(type, customer, current)];
      return writes.store(context, { statements, events, result: customer }).catch(refuseDuplicate);
    });
}

function newCustomer(input: NewCustomer, now: Date): Customer {
  const createdAt = now.toISOString();
  return {
    id: newId('cus', now.getTime()),
    version: 1,
    type: input.type,
    status: 'active',
    ...profileOf(input),
    currency: input.currency ?? 'USD',
    creditLimit: input.creditLimit ?? null,
    paymentTerms: input.paymentTerms ?? null,
    tags: input.tags ?? [],
    metadata: input.metadata ?? {},
    externalId: input.externalId ?? null,
    createdAt,
    updatedAt: createdAt,
  };
}

function patched(current: Customer, patch: CustomerPatch): Partial<Customer> {
  return {
    ...patchProfile(current, patch),
    type: patch.type ?? current.type,
    currency: patch.currency ?? current.currency,
    creditLimit: patch.creditLimit === undefined ? current.creditLimit : patch.creditLimit,
    paymentTerms: patch.paymentTerms === undefined ? current.paymentTerms : patch.paymentTerms,
    tags: patch.tags === undefined ? current.tags : (patch.tags ?? []),
    externalId: patch.externalId === undefined ? current.externalId : patch.externalId,
    metadata: mergeMetadata(current.metadata, patch.metadata),
  };
}

function refuseArchived(customer: Customer): void {
  if (customer.status !== 'archived') return;
  throw new DomainError('gone', 'The customer is archived; restore it with POST /customers/:id/restore to change it.');
}

/** Whoever was erased stays erased: there is no key to seal new personal data with (C-89). */
function refusePersonal(changed: readonly string[]): void {
  if (!changed.some((name) => name in ERASED_PROFILE)) return;
  throw new DomainError('gone', 'The customer was erased; create a new customer to keep personal data again.');
}

function refuseDuplicate(error: unknown): never {
  if (violatedUnique(error) !== 'customers_external_id_key') throw error;
  throw new DomainError('duplicate', 'A customer with this external id exists; use it, or choose another id.', {
    cause: error,
  });
}
