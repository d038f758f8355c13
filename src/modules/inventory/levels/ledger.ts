import type { Tenant } from '#kernel/database/tenant.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { newId, type StockAdjustmentId, type StockReservationId } from '#kernel/ids.ts';
import { lowStockJob } from '../alerts/low-stock-mail.ts';
import { depletedEvent, levelEvent } from '../events.ts';
import { fillPlan } from '../reservations/backorders.store.ts';
import type { MovementKind, Quantities, RecordedReason, StockLevel } from '../stock.ts';
import { depleted, fallsLow } from './level-rules.ts';
import { levelsChange } from './levels.store.ts';
import { movementsInsert } from './movements.store.ts';

/** Why stock moves. */
export interface Cause {
  kind: MovementKind;
  id: StockAdjustmentId | StockReservationId;
  referenceId: string;
  reason?: RecordedReason;
  note?: string | null;
}

/** One level, locked by this transaction, what changes on it and why. */
export interface Entry {
  level: StockLevel;
  change: Quantities;
  cause: Cause;
}

/**
 * The only place where stock changes: adds a movement for each entry, changes the levels by the same numbers, and tells
 * of each that falls low. Returns the levels as they will be. Each level appears once.
 *
 * Whoever takes from what is available hands over in `ofProducts` every level of those products, locked: only so it is
 * certain whether a product ran out everywhere.
 */
export function recordMovements(
  tx: WriteTransaction,
  tenant: Tenant,
  now: Date,
  entries: readonly Entry[],
  ofProducts: readonly StockLevel[] = [],
): StockLevel[] {
  if (entries.length === 0) return [];
  const createdAt = now.toISOString();
  const movements = entries.map(({ level, change, cause }) => ({
    id: newId('mov', now.getTime()),
    levelId: level.id,
    productId: level.productId,
    warehouseId: level.warehouseId,
    kind: cause.kind,
    reason: cause.reason ?? null,
    change,
    causeId: cause.id,
    referenceId: cause.referenceId,
    note: cause.note ?? null,
    createdAt,
  }));
  const levels = entries.map(({ level, change }) => changed(level, change, createdAt));
  tx.add(levelsChange(tenant, createdAt, entries), movementsInsert(tenant, movements));
  entries.forEach(({ level }, index) => {
    const after = levels[index]!;
    if (fallsLow(level, after)) tellLow(tx, after);
  });
  const more = entries.filter(({ change }) => change.available > 0).map(({ level }) => level.productId);
  if (more.length > 0) tx.add(fillPlan(tenant, [...new Set(more)], now));
  for (const productId of depleted(ofProducts, entries)) {
    const last = movements.findLast((movement) => movement.productId === productId)!;
    tx.append(depletedEvent(productId, last.id, last.warehouseId));
  }
  return levels;
}

/** Says that a level fell low: an event for whoever listens, and a mail to the organisation's administrators. */
export function tellLow(tx: WriteTransaction, level: StockLevel): void {
  tx.append(levelEvent('stock.low', level));
  tx.enqueue(lowStockJob(level));
}

function changed(level: StockLevel, change: Quantities, updatedAt: string): StockLevel {
  return {
    ...level,
    available: level.available + change.available,
    reserved: level.reserved + change.reserved,
    damaged: level.damaged + change.damaged,
    version: level.version + 1,
    updatedAt,
  };
}
