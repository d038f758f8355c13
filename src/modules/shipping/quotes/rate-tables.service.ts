import type { CommandContext } from '#kernel/context.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import { DomainError, notFound } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Carrier } from '../carrier.ts';
import { rateTableEvent } from '../events.ts';
import { DEFAULT_RATE_TABLES } from './default-rates.ts';
import {
  checkRateTable,
  type NewRateTable,
  type RateTable,
  type RateTableId,
  type StoredRateTable,
} from './rate-table.ts';
import * as store from './rate-tables.store.ts';

/** What carriers charge an organisation. Each method names the errors it may raise. */
export interface RateTables {
  /** In force from now on for its carrier; quotes that are out keep their prices. Errors: `validation`. */
  createRateTable(context: CommandContext, input: NewRateTable): Promise<StoredRateTable>;
  /** Errors: `not_found`. */
  getRateTable(scope: Scope, id: RateTableId): Promise<StoredRateTable>;
  listRateTables(scope: Scope, filter: { carrier?: Carrier }, page: PageRequest): Promise<Page<StoredRateTable>>;
  /** The one before it is in force again, or the one that comes with the product. Errors: `not_found`, `gone`,
   * `precondition_failed`, `resource_locked`. */
  retireRateTable(context: CommandContext, id: RateTableId): Promise<StoredRateTable>;
}

export function createRateTables({ database, writes, clock }: ModuleKit): RateTables {
  async function getRateTable(scope: Scope, id: RateTableId): Promise<StoredRateTable> {
    const table = await store.rateTableFind(database, scope, id);
    if (!table) throw notFound('rate table', id);
    return table;
  }

  return {
    getRateTable,
    listRateTables: (scope, filter, page) => store.rateTablesList(database, scope, filter, page),

    async createRateTable(context, input) {
      checkRateTable(input);
      const now = clock.now();
      const at = now.toISOString();
      const id = newId('rtb', now.getTime());
      const table: StoredRateTable = { ...input, id, version: 1, retiredAt: null, createdAt: at, updatedAt: at };
      const statements = [store.rateTableInsert(context.tenant, table)];
      return writes.store(context, {
        statements,
        events: [rateTableEvent('rate_table.created', table)],
        result: table,
      });
    },

    retireRateTable: (context, id) =>
      writes.orStored(context, async () => {
        const current = await getRateTable(context.tenant, id);
        expectVersion(context, 'rate table', current.version);
        if (current.retiredAt)
          throw new DomainError('gone', 'The rate table was withdrawn before; nothing is left to do.');
        const at = clock.now().toISOString();
        const table = { ...current, version: current.version + 1, retiredAt: at, updatedAt: at };
        const statements = [store.rateTableRetire(context.tenant, table)];
        const events = [rateTableEvent('rate_table.retired', table)];
        return writes.store(context, { statements, events, result: table });
      }),
  };
}

/** The table of each carrier that holds for an organisation: its own, else the one that comes with the product. */
export async function tablesInForce({ database }: Pick<ModuleKit, 'database'>, tenant: Tenant): Promise<RateTable[]> {
  const own = await store.rateTablesInForce(database, tenant);
  const carriers = new Set(own.map(({ carrier }) => carrier));
  return [...own, ...DEFAULT_RATE_TABLES.filter(({ carrier }) => !carriers.has(carrier))];
}
