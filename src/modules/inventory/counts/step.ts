import type { CommandContext } from '#kernel/context.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { notFound } from '#kernel/errors.ts';
import type { StockCountId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { type CountEventType, countEvent } from '../events.ts';
import { type CountLine, type CountStatus, requireStatus, type StockCount } from './count.ts';
import * as store from './counts.store.ts';

/** What a step makes of a count, and what it tells. */
interface Changed {
  count: StockCount;
  type: CountEventType;
  lines?: readonly CountLine[];
}

/** One step of a count under its lock. Errors: `not_found`, `precondition_failed`, `invalid_state`. */
export function changeCount(
  kit: ModuleKit,
  context: CommandContext,
  id: StockCountId,
  status: CountStatus,
  step: (tx: WriteTransaction, count: StockCount, now: Date) => Promise<Changed>,
): Promise<StockCount> {
  const { tenant } = context;
  return kit.writes.run(context, async (tx) => {
    const [, found] = await tx.run(store.countLock(tenant, id));
    const [row] = found!.rows;
    if (!row) throw notFound('stock count', id);
    const current = store.toCount(row);
    expectVersion(context, 'stock count', current.version);
    requireStatus(current, status);
    const { type, lines = [], ...changed } = await step(tx, current, kit.clock.now());
    tx.add(store.countUpdate(tenant, changed.count));
    tx.append(countEvent(type, changed.count, lines));
    // The numbers of the lines are read again: the step may have changed them.
    const [, after] = await tx.run(store.countLock(tenant, id));
    const { lines: total, counted, discrepancies } = store.toCount(after!.rows[0]!);
    return { ...changed.count, lines: total, counted, discrepancies };
  });
}

export function next(count: StockCount, now: Date, change: Partial<StockCount>): StockCount {
  return { ...count, ...change, version: count.version + 1, updatedAt: now.toISOString() };
}
