import { isDeepStrictEqual } from 'node:util';
import { type CommandContext, innerContext } from '#kernel/context.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import type { CustomerId } from '#kernel/ids.ts';
import { newId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import {
  type BatchOutcome,
  batchOutcome,
  type RowOutcome,
  refusedBy,
  refusedRow,
  wavesOf,
} from '#kernel/row-outcome.ts';
import { changedFields, type NewCustomer } from '../customer.ts';
import { newCustomer, patchedCustomer, refusePersonal } from '../customer-changes.ts';
import { customersLockByExternalId, customerUpdate, type SealedCustomer, toSealed } from '../customers.store.ts';
import { customerEvent, customersImportedEvent } from '../events.ts';
import type { ProfileSealer } from '../sealed-profile.ts';
import { customersInsertNew } from './import.store.ts';

/** More rows are longer transactions and larger statements for nothing. */
export const CUSTOMER_ROWS_MAX = 1_000;

export interface CustomerImport {
  /**
   * Creates or updates customers, found by external id; a row without one is always a new customer. Rows are checked and
   * normalised as for `createCustomer`; an update takes what a row has and leaves the rest. All rows that can be stored
   * are, in one transaction. At most 1,000 rows. Idempotency keys are ignored: with external ids, repeating it changes
   * nothing. With `dryRun` all is tried and nothing is stored. Errors: `resource_locked`, `unavailable`; never for a row.
   */
  importBatch(
    context: CommandContext,
    rows: readonly NewCustomer[],
    options?: { dryRun?: boolean },
  ): Promise<BatchOutcome>;
}

export function createCustomerImport({ writes, clock }: ModuleKit, profiles: ProfileSealer): CustomerImport {
  return {
    async importBatch(context, rows, { dryRun = false } = {}) {
      if (rows.length > CUSTOMER_ROWS_MAX) throw new Error(`A batch has at most ${CUSTOMER_ROWS_MAX} rows`);
      if (rows.length === 0) return batchOutcome([]);
      const inner = innerContext(context);
      const work = async (tx: WriteTransaction) =>
        batchOutcome(await storeRows({ tx, context: inner, profiles }, rows, clock.now()));
      return dryRun ? writes.rehearse(inner, work) : writes.run(inner, work);
    },
  };
}

interface ImportParts {
  tx: WriteTransaction;
  context: CommandContext;
  profiles: ProfileSealer;
}

async function storeRows(parts: ImportParts, rows: readonly NewCustomer[], now: Date): Promise<RowOutcome[]> {
  const { tx, context, profiles } = parts;
  const outcomes: RowOutcome[] = new Array(rows.length);
  const created: CustomerId[] = [];
  for (const wave of wavesOf(rows, keysOf)) {
    // Batches that run at once take their keys in one order, so that none waits for the other in a circle.
    wave.sort((left, right) => ((rows[left]!.externalId ?? '') < (rows[right]!.externalId ?? '') ? -1 : 1));
    const fresh = wave.flatMap((place) => {
      try {
        const customer = newCustomer(rows[place]!, now);
        return [{ place, customer, sealed: profiles.create(context.tenant, customer) }];
      } catch (error) {
        outcomes[place] = refusedBy(error);
        return [];
      }
    });
    if (fresh.length === 0) continue;
    const made = await tx.query(
      customersInsertNew(
        context.tenant,
        fresh.map(({ sealed }) => sealed),
      ),
    );
    const stored = new Set(made.map((row) => row.id as CustomerId));
    const known: number[] = [];
    for (const { place, customer } of fresh) {
      if (!stored.has(customer.id)) {
        known.push(place);
        continue;
      }
      created.push(customer.id);
      outcomes[place] = { outcome: 'created' };
    }
    if (known.length > 0) await updateKnown(parts, { rows, places: known, now }, outcomes);
  }
  if (created.length > 0) tx.append(customersImportedEvent(newId('bat', now.getTime()), created));
  return outcomes;
}

function keysOf({ externalId }: NewCustomer): string[] {
  return externalId ? [externalId] : [];
}

async function updateKnown(
  { tx, context, profiles }: ImportParts,
  { rows, places, now }: { rows: readonly NewCustomer[]; places: readonly number[]; now: Date },
  outcomes: RowOutcome[],
): Promise<void> {
  const { tenant } = context;
  const found = await tx.query(
    customersLockByExternalId(
      tenant,
      places.map((place) => rows[place]!.externalId!),
    ),
  );
  const byExternalId = new Map(found.map((row) => [row.external_id as string, toSealed(row)]));
  for (const place of places) {
    const sealed = byExternalId.get(rows[place]!.externalId!)!;
    try {
      outcomes[place] = await update(sealed, rows[place]!);
    } catch (error) {
      outcomes[place] = refusedBy(error);
    }
  }

  async function update(sealed: SealedCustomer, row: NewCustomer): Promise<RowOutcome> {
    if (sealed.status === 'archived')
      return refusedRow('external_id', 'archived', 'The customer is archived; restore it.');
    if (sealed.status === 'merged') {
      return refusedRow('external_id', 'merged', `The customer was merged into ${sealed.mergedInto}; import that one.`);
    }
    const before = profiles.open(sealed);
    const after = { ...before, ...patchedCustomer(before, row) };
    if (isDeepStrictEqual(before, after)) return { outcome: 'unchanged' };
    if (!sealed.wrappedKey) refusePersonal(changedFields(before, after));
    const next = { ...after, version: before.version + 1, updatedAt: now.toISOString() };
    await tx.run(customerUpdate(tenant, profiles.reseal(next, sealed)));
    tx.append(customerEvent('customer.updated', next, before));
    return { outcome: 'updated' };
  }
}
