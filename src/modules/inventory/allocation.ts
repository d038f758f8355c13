import { DomainError, type ErrorDetail, invalidField } from '#kernel/errors.ts';
import type { ProductId } from '#kernel/ids.ts';
import type { AdjustmentReason, Allocation, Quantities, ReservationRequest, StockLevel } from './stock.ts';

/** A level that a reservation may take from, with its warehouse's place in the row. */
export interface Candidate extends Pick<StockLevel, 'id' | 'productId' | 'warehouseId' | 'available'> {
  isDefault: boolean;
  priority: number;
}

type Items = ReservationRequest['items'];

/** Pieces per product; an order may name one product on several lines. */
export function totalsOf(items: Items): Map<ProductId, number> {
  const totals = new Map<ProductId, number>();
  for (const { productId, quantity } of items) totals.set(productId, (totals.get(productId) ?? 0) + quantity);
  return totals;
}

/**
 * Chooses warehouses for every item: the default one first, then by priority, splitting where one has too little (G-37).
 * Errors: `insufficient_stock` with a detail for each line whose product falls short; then nothing is allocated.
 */
export function allocate(items: Items, candidates: readonly Candidate[]): Allocation[] {
  const totals = totalsOf(items);
  const inOrder = candidates.toSorted(byPreference);
  const allocations: Allocation[] = [];
  const shortOf = new Map<ProductId, number>();
  for (const [productId, wanted] of totals) {
    const own = inOrder.filter((candidate) => candidate.productId === productId && candidate.available > 0);
    const available = own.reduce((sum, candidate) => sum + candidate.available, 0);
    if (available < wanted) shortOf.set(productId, available);
    else allocations.push(...taken(own, wanted));
  }
  if (shortOf.size > 0) throw insufficientStock(items, totals, shortOf);
  return allocations;
}

function byPreference(one: Candidate, other: Candidate): number {
  if (one.isDefault !== other.isDefault) return one.isDefault ? -1 : 1;
  if (one.priority !== other.priority) return one.priority - other.priority;
  return one.warehouseId < other.warehouseId ? -1 : 1;
}

function taken(candidates: readonly Candidate[], wanted: number): Allocation[] {
  const allocations: Allocation[] = [];
  let left = wanted;
  for (const { id, productId, warehouseId, available } of candidates) {
    if (left === 0) break;
    const quantity = Math.min(left, available);
    allocations.push({ levelId: id, productId, warehouseId, quantity });
    left -= quantity;
  }
  return allocations;
}

function insufficientStock(items: Items, totals: Map<ProductId, number>, shortOf: Map<ProductId, number>): DomainError {
  const details: ErrorDetail[] = [];
  items.forEach(({ productId }, index) => {
    const available = shortOf.get(productId);
    if (available === undefined) return;
    const message = `${totals.get(productId)} of ${productId} are wanted and ${available} are available.`;
    details.push({ field: `items[${index}].product_id`, code: 'insufficient_stock', message });
  });
  const summary = 'Not enough stock for this order; lower the quantities that `details` names, or restock.';
  return new DomainError('insufficient_stock', summary, { details });
}

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
