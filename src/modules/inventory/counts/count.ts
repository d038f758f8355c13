import { DomainError, type ErrorDetail } from '#kernel/errors.ts';
import type { ProductId, StockCountId, StockLevelId, WarehouseId } from '#kernel/ids.ts';
import type { Quantities, StockLevel } from '../stock.ts';

export const COUNT_STATUSES = ['open', 'submitted', 'approved', 'rejected', 'canceled'] as const;
export type CountStatus = (typeof COUNT_STATUSES)[number];

/** One cycle count of a warehouse. */
export interface StockCount {
  id: StockCountId;
  version: number;
  warehouseId: WarehouseId;
  status: CountStatus;
  /** 1, and one more each time that somebody asked for a recount. */
  round: number;
  startedBy: string;
  decidedBy: string | null;
  /** Why it was rejected, or what the approver remarked. */
  note: string | null;
  createdAt: string;
  submittedAt: string | null;
  decidedAt: string | null;
  updatedAt: string;
  /** How many products it covers, how many of them were counted, and how many differ. */
  lines: number;
  counted: number;
  discrepancies: number;
}

/** One product of a count. Everything is null until it was counted. */
export interface CountLine {
  countId: StockCountId;
  levelId: StockLevelId;
  productId: ProductId;
  /** Sound pieces that the ledger had in the house when they were counted: available and reserved ones. */
  expected: number | null;
  counted: number | null;
  expectedDamaged: number | null;
  countedDamaged: number | null;
  countedAt: string | null;
  countedBy: string | null;
}

export interface NewCount {
  /** The default warehouse when absent. */
  warehouseId?: WarehouseId | null;
  /** Everything that the warehouse has levels of when absent. */
  productIds?: readonly ProductId[];
}

/** What somebody found. */
export interface CountEntry {
  productId: ProductId;
  /** Sound pieces on the shelf, whether they are promised to somebody or not. */
  counted: number;
  /** Damaged pieces; not looked at when absent. */
  damaged?: number | null;
  /** When it was counted; now when absent. Not before the count was started. */
  countedAt?: string | null;
}

export interface CountFilter {
  status?: CountStatus;
  warehouseId?: WarehouseId;
}

/** What a line says is different from the ledger: found minus expected, of sound and of damaged pieces. */
export function differenceOf(line: CountLine): { sound: number; damaged: number } {
  const sound = line.counted === null ? 0 : line.counted - line.expected!;
  const damaged = line.countedDamaged === null ? 0 : line.countedDamaged - line.expectedDamaged!;
  return { sound, damaged };
}

export function isDiscrepant(line: CountLine): boolean {
  const { sound, damaged } = differenceOf(line);
  return sound !== 0 || damaged !== 0;
}

/** What a count found at a level that had these quantities at the moment of counting. */
export function countedLine(line: CountLine, entry: CountEntry, then: Quantities, by: string, at: string): CountLine {
  const looked = entry.damaged !== undefined && entry.damaged !== null;
  return {
    ...line,
    expected: then.available + then.reserved,
    counted: entry.counted,
    expectedDamaged: looked ? then.damaged : null,
    countedDamaged: looked ? entry.damaged! : null,
    countedAt: at,
    countedBy: by,
  };
}

/**
 * What approving does to a level: the difference that was found is applied to what the level has by now, so that
 * movements since the counting stay in force. Errors: `insufficient_stock`, told by `shortages`.
 */
export function correctionOf(line: CountLine): Quantities {
  const { sound, damaged } = differenceOf(line);
  return { available: sound, reserved: 0, damaged };
}

/**
 * Pieces that are missing can only come off what is available: those promised to orders, or gone meanwhile, cannot.
 * Errors: `insufficient_stock` with a detail for each such product.
 */
export function refuseShortages(corrections: readonly { level: StockLevel; change: Quantities }[]): void {
  const details = corrections.flatMap(({ level, change }): ErrorDetail[] => {
    const lacking = level.available + change.available < 0 || level.damaged + change.damaged < 0;
    if (!lacking) return [];
    const message = `${-change.available} of ${level.productId} are missing and only ${level.available} are available; the others are reserved or gone.`;
    return [{ field: 'product_id', code: 'insufficient_stock', message }];
  });
  if (details.length === 0) return;
  const summary =
    'What is missing is promised to orders or gone; cancel orders that `details` touches, or count again.';
  throw new DomainError('insufficient_stock', summary, { details });
}

/** Errors: `invalid_state`. */
export function requireStatus(count: StockCount, status: CountStatus): void {
  if (count.status === status) return;
  throw new DomainError('invalid_state', `The count is ${count.status}; this is possible while it is ${status}.`);
}

/** Errors: `invalid_state` when products are not counted yet. */
export function requireComplete(count: StockCount): void {
  const left = count.lines - count.counted;
  if (left === 0) return;
  throw new DomainError('invalid_state', `${left} of ${count.lines} products are not counted yet; enter them first.`);
}

/** Whoever found a difference does not decide about it (STK-14). Errors: `forbidden`. */
export function requireOther(counters: readonly string[], person: string): void {
  if (!counters.includes(person)) return;
  throw new DomainError('forbidden', 'You counted some of this; somebody else must approve it.');
}
