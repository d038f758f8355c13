import type { CommandContext } from '#kernel/context.ts';
import { violatedUnique } from '#kernel/database/database-errors.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { DomainError, invalidField } from '#kernel/errors.ts';
import type { NewEvent } from '#kernel/events/event.ts';
import { type CustomerId, newId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { OrdersDependencies } from '../dependencies.ts';
import { orderEvents } from '../events.ts';
import type { Order } from '../order.ts';
import { decide } from '../order-decisions.ts';
import * as store from '../orders.store.ts';
import {
  findingsOf,
  type ImportKnowledge,
  type OrderImportOutcome,
  type OrderImportRow,
  planRow,
  productsIn,
  type RowPlan,
} from './import-rows.ts';

const MOST_ROWS = 1_000;

export interface OrderImport {
  /**
   * Takes orders of another system in one transaction, as drafts unless a row says that it is history. An `externalId`
   * that is known updates that draft or changes nothing; a row that breaks a rule is told and left out, and the others
   * are stored. With `dryRun` nothing is. Errors: `validation` (more than 1,000 rows).
   */
  importBatch(
    context: CommandContext,
    rows: readonly OrderImportRow[],
    options?: { dryRun?: boolean },
  ): Promise<OrderImportOutcome>;
}

export function createOrderImport(
  { database, writes, clock }: ModuleKit,
  { catalog, customers }: OrdersDependencies,
): OrderImport {
  async function knowledgeOf(tenant: Tenant, rows: readonly OrderImportRow[]): Promise<ImportKnowledge> {
    const ids = [...new Set(rows.map(({ customerId }) => customerId))];
    const isKnown = (id: CustomerId) => customers.getCustomerTerms(tenant, id).then(() => [id], noneWhenMissing);
    const [products, ...found] = await Promise.all([
      catalog.getProducts(tenant, productsIn(rows)),
      ...ids.map(isKnown),
    ]);
    // By the ids that the rows name: the terms of a merged customer are those of the one that stays.
    return { products, customers: new Set(found.flat()) };
  }

  function plan(rows: readonly OrderImportRow[], existing: readonly Order[], known: ImportKnowledge) {
    const byName = new Map(existing.map((order) => [order.externalId!, order]));
    const now = clock.now();
    const seen = new Set<string>();
    const plans: RowPlan[] = [];
    const findings: OrderImportOutcome['findings'] = [];
    for (const [index, row] of rows.entries()) {
      try {
        if (seen.has(row.externalId)) throw twice(row.externalId);
        seen.add(row.externalId);
        const make = { id: () => newId('ord', now.getTime()), now };
        plans.push(planRow(row, byName.get(row.externalId), known, make));
      } catch (error) {
        findings.push(...findingsOf(index, error));
      }
    }
    const count = (kind: RowPlan['kind']) => plans.filter((each) => each.kind === kind).length;
    const outcome = { created: count('create'), updated: count('change'), unchanged: count('unchanged'), findings };
    return { plans, outcome };
  }

  function storePlans(context: CommandContext, rows: readonly OrderImportRow[], known: ImportKnowledge) {
    return writes.run(context, async (tx) => {
      const found = await tx.query(store.ordersNamed(context.tenant, namesIn(rows), true));
      const { plans, outcome } = plan(rows, found.map(store.toOrder), known);
      const made: Order[] = [];
      for (const each of plans) {
        if (each.kind === 'create') {
          made.push(each.order);
          tx.append(...eventsOf({ type: 'create', order: each.order }, { status: 'none' }).events);
        } else if (each.kind === 'change') {
          const at = clock.now().toISOString();
          const { events, state } = eventsOf({ type: 'change', changes: each.changes, at }, each.order);
          tx.append(...events);
          tx.add(...store.orderUpdate(context.tenant, state as Order, each.order.items));
        }
      }
      if (made.length > 0) tx.add(...store.ordersInsert(context.tenant, made));
      return outcome;
    });
  }

  return {
    async importBatch(context, rows, { dryRun = false } = {}) {
      if (rows.length > MOST_ROWS) throw invalidField('rows', 'too_many', `At most ${MOST_ROWS} rows in one batch.`);
      const known = await knowledgeOf(context.tenant, rows);
      if (dryRun) {
        const found = await database.read(context.tenant, store.ordersNamed(context.tenant, namesIn(rows), false));
        return plan(rows, found.map(store.toOrder), known).outcome;
      }
      return storePlans(context, rows, known).catch((error) => {
        // Another import made one of these orders in the same moment; now it can be seen.
        if (violatedUnique(error) !== 'orders_external_id_key') throw error;
        return storePlans(context, rows, known);
      });
    },
  };
}

function eventsOf(...input: Parameters<typeof decide>): {
  events: NewEvent[];
  state: ReturnType<typeof orderEvents>['state'];
} {
  const [command, state] = input;
  return orderEvents(state, decide(command, state));
}

function namesIn(rows: readonly OrderImportRow[]): string[] {
  return [...new Set(rows.map(({ externalId }) => externalId))];
}

function noneWhenMissing(error: unknown): [] {
  if (error instanceof DomainError && error.kind === 'not_found') return [];
  throw error;
}

function twice(externalId: string): DomainError {
  const message = `${externalId} is in this batch twice; the first row counts.`;
  return new DomainError('validation', message, { details: [{ field: 'external_id', code: 'duplicate', message }] });
}
