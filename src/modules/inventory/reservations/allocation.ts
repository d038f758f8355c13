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
  const { allocations, backordered } = allocateWhatIsThere(items, candidates);
  if (backordered.length === 0) return allocations;
  const totals = totalsOf(items);
  const shortOf = new Map(backordered.map(({ productId, quantity }) => [productId, totals.get(productId)! - quantity]));
  throw insufficientStock(items, totals, shortOf);
}

/** The same choice, and what there is too little for. */
export function allocateWhatIsThere(
  items: readonly StockLine[],
  candidates: readonly Candidate[],
): { allocations: Allocation[]; backordered: StockLine[] } {
  const inOrder = candidates.toSorted(byPreference);
  const allocations: Allocation[] = [];
  const backordered: StockLine[] = [];
  for (const [productId, wanted] of totalsOf(items)) {
    const own = inOrder.filter((candidate) => candidate.productId === productId && candidate.available > 0);
    const there = taken(own, wanted);
    allocations.push(...there);
    const missing = there.reduce((left, { quantity }) => left - quantity, wanted);
    if (missing > 0) backordered.push({ productId, quantity: missing });
  }
  return { allocations, backordered };
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
