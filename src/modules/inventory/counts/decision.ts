import { type CommandContext, responsibleFor } from '#kernel/context.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { newId, type StockCountId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { adjustedEvent } from '../events.ts';
import { recordMovements } from '../levels/ledger.ts';
import { lockLevels } from '../levels/open-levels.ts';
import type { Adjustment } from '../stock.ts';
import { type CountLine, correctionOf, refuseShortages, requireOther, type StockCount } from './count.ts';
import * as store from './counts.store.ts';
import { changeCount, next } from './step.ts';

/** The only step of a count that changes stock, and only by somebody who did not count (STK-14). */
export function decide(
  kit: ModuleKit,
  context: CommandContext,
  id: StockCountId,
  decision: { status: 'approved' | 'rejected'; note: string | null },
): Promise<StockCount> {
  const { tenant } = context;
  return changeCount(kit, context, id, 'submitted', async (tx, count, now) => {
    const person = responsibleFor(context.actor);
    const [who, found] = await tx.run([store.countersFind(tenant, id), store.countDifferences(tenant, id)]);
    const differences = found!.rows.map(store.toLine);
    if (decision.status === 'approved') {
      requireOther(
        who!.rows.map((row) => row.person),
        person,
      );
      await correct(tx, context, count, differences, now);
    }
    tx.add(store.countLinesClose(tenant, id));
    const decided = next(count, now, { ...decision, decidedBy: person, decidedAt: now.toISOString() });
    return { count: decided, type: `stock.count_${decision.status}`, lines: differences };
  });
}

/** One adjustment for each product that differs, with the count's id as its reference. */
async function correct(
  tx: WriteTransaction,
  { tenant }: CommandContext,
  count: StockCount,
  differences: readonly CountLine[],
  now: Date,
): Promise<void> {
  if (differences.length === 0) return;
  const { warehouseId } = count;
  const places = differences.map(({ productId }) => ({ productId, warehouseId }));
  const locked = await lockLevels(tx, tenant, places, now);
  const corrections = differences.map((line, index) => ({
    level: locked.at(places[index]!),
    change: correctionOf(line),
  }));
  refuseShortages(corrections);
  const adjustments = corrections.map(
    ({ level, change }): Adjustment => ({
      id: newId('adj', now.getTime()),
      productId: level.productId,
      warehouseId,
      quantityChange: change.available,
      damagedChange: change.damaged,
      reason: 'count',
      referenceId: count.id,
      note: null,
      createdAt: now.toISOString(),
    }),
  );
  const entries = corrections.map((correction, index) => {
    const { id, referenceId } = adjustments[index]!;
    return { ...correction, cause: { kind: 'adjustment' as const, id, referenceId, reason: 'count' as const } };
  });
  const after = recordMovements(tx, tenant, now, entries, locked.all);
  tx.append(...after.map((level, index) => adjustedEvent(adjustments[index]!, level)));
}
