import { type CommandContext, responsibleFor } from '#kernel/context.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { invalidField } from '#kernel/errors.ts';
import type { StockCountId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { levelsLockByIds, toLevel } from '../levels/levels.store.ts';
import type { Quantities } from '../stock.ts';
import { type CountEntry, type CountLine, countedLine, type StockCount } from './count.ts';
import * as store from './counts.store.ts';
import { changeCount, next } from './step.ts';

/**
 * Notes what somebody found, and beside it what the ledger had at that very moment: the level under its lock, less what
 * moved since. So stock may come and go during a count without making differences that are none.
 */
export function enter(
  kit: ModuleKit,
  context: CommandContext,
  id: StockCountId,
  entries: readonly CountEntry[],
): Promise<StockCount> {
  const { tenant } = context;
  return changeCount(kit, context, id, 'open', async (tx, count, now) => {
    const products = entries.map(({ productId }) => productId);
    const lines = (await tx.query(store.countLinesFind(tenant, id, products))).map(store.toLine);
    const moments = entries.map((entry, index) => momentOf(entry, index, entries, lines, count, now));
    const then = await quantitiesAt(tx, context, moments);
    const person = responsibleFor(context.actor);
    const found = moments.map(({ line, entry, at }) => countedLine(line, entry, then.get(line.levelId)!, person, at));
    await tx.run(store.countLinesEnter(tenant, id, found, person));
    return { count: next(count, now, {}), type: 'stock.counted', lines: found };
  });
}

interface Moment {
  entry: CountEntry;
  line: CountLine;
  at: string;
}

/** Errors: `validation` (a product that is not part of the count or named twice, a quantity, an instant). */
function momentOf(
  entry: CountEntry,
  index: number,
  entries: readonly CountEntry[],
  lines: readonly CountLine[],
  count: StockCount,
  now: Date,
): Moment {
  const refuse = (field: string, code: string, message: string) =>
    invalidField(`entries[${index}].${field}`, code, message);
  const line = lines.find(({ productId }) => productId === entry.productId);
  if (!line) throw refuse('product_id', 'not_found', 'This product is not part of the count.');
  if (entries.findIndex(({ productId }) => productId === entry.productId) < index) {
    throw refuse('product_id', 'duplicate', 'Name each product once.');
  }
  for (const [field, pieces] of [
    ['counted', entry.counted],
    ['damaged', entry.damaged ?? 0],
  ] as const) {
    if (!Number.isSafeInteger(pieces) || pieces < 0)
      throw refuse(field, 'too_small', 'Send a whole number, 0 or more.');
  }
  const at = entry.countedAt ?? now.toISOString();
  if (at < count.createdAt) throw refuse('counted_at', 'too_small', 'That was before the count was started.');
  if (at > now.toISOString()) throw refuse('counted_at', 'too_large', 'That is in the future.');
  return { entry, line, at };
}

async function quantitiesAt(
  tx: WriteTransaction,
  { tenant }: CommandContext,
  moments: readonly Moment[],
): Promise<ReadonlyMap<string, Quantities>> {
  const asked = moments.map(({ line, at }) => ({ levelId: line.levelId, at }));
  const [locked, moved] = await tx.run([
    levelsLockByIds(
      tenant,
      asked.map(({ levelId }) => levelId),
    ),
    store.movedSince(asked),
  ]);
  return new Map(
    locked!.rows.map(toLevel).map((level) => {
      const since = moved!.rows.find(({ level_id }) => level_id === level.id)!;
      const then = {
        available: level.available - since.available,
        reserved: level.reserved - since.reserved,
        damaged: level.damaged - since.damaged,
      };
      return [level.id, then] as const;
    }),
  );
}
