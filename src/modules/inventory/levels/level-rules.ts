import { invalidField } from '#kernel/errors.ts';
import type { ProductId } from '#kernel/ids.ts';
import type { AdjustmentReason, Quantities, StockLevel } from '../stock.ts';

const ONLY_UP: readonly AdjustmentReason[] = ['restock', 'return', 'opening'];
const ONLY_DOWN: readonly AdjustmentReason[] = ['damage', 'loss'];

/**
 * What an adjustment does to a level: damaged pieces stay in the house but cannot be sold (STK-02, STK-05). Errors:
 * `validation` for zero (STK-06) or a sign that contradicts the reason.
 */
export function changeOf(reason: AdjustmentReason, quantityChange: number): Quantities {
  if (quantityChange === 0) {
    throw invalidField('quantity_change', 'not_allowed', 'An adjustment of zero changes nothing; send another number.');
  }
  if (quantityChange < 0 && ONLY_UP.includes(reason)) {
    throw invalidField('quantity_change', 'too_small', `With the reason ${reason} send a positive number.`);
  }
  if (quantityChange > 0 && ONLY_DOWN.includes(reason)) {
    throw invalidField('quantity_change', 'too_large', `With the reason ${reason} send a negative number.`);
  }
  return { available: quantityChange, reserved: 0, damaged: reason === 'damage' ? -quantityChange : 0 };
}

/** Whether a level falls below its reorder point by this step, and was not below before (STK-09: once per crossing). */
export function fallsLow(
  before: Pick<StockLevel, 'available' | 'reorderPoint'>,
  after: Pick<StockLevel, 'available' | 'reorderPoint'>,
): boolean {
  return isLow(after) && !isLow(before);
}

function isLow({ available, reorderPoint }: Pick<StockLevel, 'available' | 'reorderPoint'>): boolean {
  return reorderPoint !== null && available < reorderPoint;
}

/** The products of `levels` that have something available before these changes, and nothing anywhere after them. */
export function depleted(
  levels: readonly Pick<StockLevel, 'id' | 'productId' | 'available'>[],
  entries: readonly { level: Pick<StockLevel, 'id'>; change: Quantities }[],
): ProductId[] {
  const changes = new Map(entries.map(({ level, change }) => [level.id, change.available]));
  const before = new Map<ProductId, number>();
  const after = new Map<ProductId, number>();
  for (const { id, productId, available } of levels) {
    before.set(productId, (before.get(productId) ?? 0) + available);
    after.set(productId, (after.get(productId) ?? 0) + available + (changes.get(id) ?? 0));
  }
  return [...before.keys()].filter((productId) => before.get(productId)! > 0 && after.get(productId) === 0);
}
