import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { CustomerId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import { balancesFind, entriesList, type StatementFilter, sumsFind } from './ledger.store.ts';
import type { LedgerEntry } from './ledger.ts';

/** Above zero the customer owes, below it has something to its credit. Minor units. */
export interface Balance {
  currency: Currency;
  balance: number;
}

export interface Statement {
  currency: Currency;
  openingBalance: number;
  closingBalance: number;
  entries: Page<LedgerEntry>;
}

/** What customers owe, as the events of orders and payments have made it; at most a moment behind them. */
export interface Statements {
  /** One for each currency that ever had an entry; those of merged customers count. Errors: `not_found`, `invalid_state` (2^53). */
  getBalances(tenant: Tenant, id: CustomerId): Promise<Balance[]>;
  /** Errors: `not_found`, `invalid_state` (a sum past 2^53). */
  getStatement(tenant: Tenant, id: CustomerId, filter: StatementFilter, page: PageRequest): Promise<Statement>;
}

/** `partiesOf` answers the customer and everybody merged into it. Errors: `not_found`. */
export function createStatements(
  database: ModuleDatabase,
  partiesOf: (tenant: Tenant, id: CustomerId) => Promise<CustomerId[]>,
): Statements {
  return {
    async getBalances(tenant, id) {
      return balancesFind(database, tenant, await partiesOf(tenant, id));
    },
    async getStatement(tenant, id, filter, page) {
      const parties = await partiesOf(tenant, id);
      const [sums, entries] = await Promise.all([
        sumsFind(database, tenant, parties, filter),
        entriesList(database, tenant, parties, filter, page),
      ]);
      return { currency: filter.currency, openingBalance: sums.opening, closingBalance: sums.closing, entries };
    },
  };
}
