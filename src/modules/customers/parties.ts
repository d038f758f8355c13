import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { DomainError, notFound } from '#kernel/errors.ts';
import type { CustomerId } from '#kernel/ids.ts';
import type { CustomerTerms } from './customer.ts';
import { customerFindTerms } from './customers.store.ts';

/** More merges in a row than anybody does. */
const HOPS_MAX = 50;

/** Who is meant by the id of a customer, now that customers are merged. */
export interface Parties {
  /** The terms of the customer, or of the one it was merged into. Errors: `not_found`. */
  terms(tenant: Tenant, id: CustomerId): Promise<CustomerTerms>;
  /** The customer that is meant and everybody merged into it. Errors: `not_found`. */
  all(tenant: Tenant, id: CustomerId): Promise<CustomerId[]>;
  /** Errors: `not_found`, `gone` when this very customer is archived or merged. */
  requireActive(tenant: Tenant, id: CustomerId): Promise<void>;
}

export function createParties(database: ModuleDatabase): Parties {
  async function terms(tenant: Tenant, id: CustomerId): Promise<CustomerTerms> {
    let meant = id;
    for (let hop = 0; hop < HOPS_MAX; hop++) {
      const found = await customerFindTerms(database, tenant, meant);
      if (!found) throw notFound('customer', id);
      if (found.mergedInto === null) return found.terms;
      meant = found.mergedInto;
    }
    throw new Error(`The customer ${id} was merged in a circle`);
  }

  return {
    terms,
    async all(tenant, id) {
      const meant = await terms(tenant, id);
      return [meant.id, ...meant.mergedIds];
    },
    async requireActive(tenant, id) {
      const { id: meant, status } = await terms(tenant, id);
      if (meant !== id) throw new DomainError('gone', `The customer was merged into ${meant}; use that one.`);
      if (status === 'active') return;
      throw new DomainError(
        'gone',
        'The customer is archived; restore it with POST /customers/:id/restore to change it.',
      );
    },
  };
}
