import type { CommandContext } from '#kernel/context.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { CustomerId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Customer, CustomerPatch, CustomerStatus, CustomerTerms, CustomerType, NewCustomer } from './customer.ts';

/** E-mail addresses are compared without case; everything else exactly. */
export interface CustomerSearch {
  email?: string;
  externalId?: string;
  type?: CustomerType;
  status?: CustomerStatus;
}

/** Who buys. Each method names the errors it may raise. */
export interface Customers {
  /** Errors: `duplicate` (external id). */
  createCustomer(context: CommandContext, input: NewCustomer): Promise<Customer>;
  /** Errors: `not_found`. */
  getCustomer(scope: Scope, id: CustomerId): Promise<Customer>;
  /** Terms of trade without any personal data, for the order's hot path; archived customers too. Errors: `not_found`. */
  getCustomerTerms(tenant: Tenant, id: CustomerId): Promise<CustomerTerms>;
  /** Errors: `validation` (an e-mail filter over every organisation). */
  listCustomers(scope: Scope, search: CustomerSearch, page: PageRequest): Promise<Page<Customer>>;
  /** Errors: `not_found`, `gone` (archived), `duplicate`, `validation`, `precondition_failed`, `resource_locked`. */
  updateCustomer(context: CommandContext, id: CustomerId, patch: CustomerPatch): Promise<Customer>;
  /** Keeps everything; no new orders. Errors: `not_found`, `gone` (archived before), `precondition_failed`, `resource_locked`. */
  archiveCustomer(context: CommandContext, id: CustomerId): Promise<Customer>;
  /** Errors: `not_found`, `invalid_state` (not archived), `precondition_failed`, `resource_locked`. */
  restoreCustomer(context: CommandContext, id: CustomerId): Promise<Customer>;
}

export function createCustomersService(_kit: ModuleKit): Customers {
  throw new Error('customers is being built');
}
