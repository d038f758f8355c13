import { DomainError, type ErrorDetail } from '#kernel/errors.ts';
import type { ProductId } from '#kernel/ids.ts';
import type { Allocation, ReservationRequest, StockLevel, StockLine } from '../stock.ts';

/** A level that a reservation may take from, with its warehouse's place in the row. */
export interface Candidate extends Pick<StockLevel, 'id' | 'productId' | 'warehouseId' | 'available'> {
  isDefault: boolean;
  priority: number;
}

type Items = ReservationRequest['items'];

/** Pieces per product; an order may name one product on several lines. */
export function totalsOf(items: readonly StockLine[]): Map<ProductId, number> {
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
    allocations.push({ levelId: id, productId, warehouseId, quantity, committed: 0, returned: 0 });
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
