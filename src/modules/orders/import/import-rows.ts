import { holdsCardNumber } from '#kernel/card-number.ts';
import { DomainError, type ErrorDetail } from '#kernel/errors.ts';
import type { CustomerId, OrderId, ProductId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import type { Product } from '#modules/catalog/index.ts';
import type { Order, OrderChanges, OrderItem } from '../order.ts';
import { requireOneCurrency, requirePayable, totalOf } from '../order-total.ts';
import { amountsOf, draftOf } from '../service/drafts.ts';
import { itemsOf, type NewOrderItem } from '../service/item-checks.ts';

/** What an imported order may be: something to go on with, or history that is only read. */
export const IMPORT_STATUSES = ['draft', 'delivered', 'canceled'] as const;
export type ImportStatus = (typeof IMPORT_STATUSES)[number];

/** An order of another system. The same `externalId` again means the same order. */
export interface OrderImportRow {
  externalId: string;
  customerId: CustomerId;
  items: NewOrderItem[];
  /** Computed from the items when absent; exact when sent (ORD-09). */
  total?: number | null;
  currency: Currency;
  /** `draft` unless given. History touches neither stock nor money. */
  status?: ImportStatus;
  /** When it was ordered, ISO 8601 UTC; now unless given, and never in the future. */
  createdAt?: string | null;
  discountTotal?: number;
  taxTotal?: number;
  shippingTotal?: number;
  poNumber?: string | null;
  metadata?: Record<string, string>;
}

/** What is wrong with one value of one row; `row` is its index in the batch. */
export interface OrderImportFinding {
  row: number;
  column: string;
  code: string;
  message: string;
}

/** Each row counts once: as created, updated, unchanged, or by its findings. */
export interface OrderImportOutcome {
  created: number;
  updated: number;
  unchanged: number;
  findings: OrderImportFinding[];
}

/** What the other modules know about the rows of a batch. */
export interface ImportKnowledge {
  products: readonly Product[];
  customers: ReadonlySet<CustomerId>;
}

/** What a row asks for, when nothing is wrong with it. */
export type RowPlan =
  | { kind: 'create'; order: Order }
  | { kind: 'change'; order: Order; changes: OrderChanges }
  | { kind: 'unchanged' };

/** Errors: `validation` and `invalid_state`, with details that name the columns. */
export function planRow(
  row: OrderImportRow,
  existing: Order | undefined,
  known: ImportKnowledge,
  make: { id: () => OrderId; now: Date },
): RowPlan {
  refuseCards(row);
  requireOneCurrency(row.currency, row.items);
  const total = totalOf(row.items);
  if (row.total !== undefined && row.total !== null && row.total !== total) {
    throw refusal('total', 'total_mismatch', `total must be ${total}, the sum of quantity × unit_price.`);
  }
  requirePayable({ ...amountsOf(row), total });
  requireKnownCustomer(row.customerId, known);
  const status = row.status ?? 'draft';
  if (existing) return planExisting(row, existing, status, known, make.now);
  const items = itemsOf(row.items, allowed(known.products, status), make.now.getTime());
  const at = orderedAt(row, make.now);
  const draft = draftOf({ ...row, total }, { id: make.id(), items, sealedDetails: null, at });
  return { kind: 'create', order: asHistory(draft, status) };
}

/** Old orders may hold products that are not sold any more; new ones may not (PRD-18). */
function allowed(products: readonly Product[], status: ImportStatus): Product[] {
  return status === 'draft' ? [...products] : products.map((product) => ({ ...product, active: true }));
}

function planExisting(
  row: OrderImportRow,
  existing: Order,
  status: ImportStatus,
  known: ImportKnowledge,
  now: Date,
): RowPlan {
  const items = sameLines(row.items, existing.items)
    ? existing.items
    : itemsOf(row.items, allowed(known.products, status), now.getTime());
  const wanted = { items, ...amountsOf(row), poNumber: row.poNumber ?? null, metadata: row.metadata ?? {} };
  const isSame = Object.entries(wanted).every(
    ([field, value]) => JSON.stringify(value) === JSON.stringify(existing[field as keyof Order]),
  );
  for (const [column, left, right] of [
    ['customer_id', row.customerId, existing.customerId],
    ['currency', row.currency, existing.currency],
    ['status', status, existing.status],
  ] as const) {
    if (left === right) continue;
    throw refusal(
      column,
      'immutable',
      `The order ${row.externalId} exists with ${column} ${right}; it does not change.`,
    );
  }
  if (isSame) return { kind: 'unchanged' };
  if (existing.status === 'draft') return { kind: 'change', order: existing, changes: wanted };
  const message = `The order ${row.externalId} is ${existing.status}; only a draft can be changed.`;
  throw new DomainError('invalid_state', message, {
    details: [{ field: 'external_id', code: 'immutable', message }],
  });
}

function sameLines(lines: readonly NewOrderItem[], items: readonly OrderItem[]): boolean {
  return (
    lines.length === items.length &&
    lines.every(({ productId, quantity, unitPrice }, index) => {
      const item = items[index]!;
      return productId === item.productId && quantity === item.quantity && unitPrice === item.unitPrice;
    })
  );
}

function asHistory(draft: Order, status: ImportStatus): Order {
  const { createdAt } = draft;
  if (status === 'canceled') return { ...draft, status, canceledAt: createdAt };
  if (status === 'draft') return draft;
  const items = draft.items.map((item) => ({ ...item, shippedQuantity: item.quantity }));
  return { ...draft, status, items, shippedAt: createdAt, deliveredAt: createdAt };
}

function orderedAt({ createdAt }: OrderImportRow, now: Date): string {
  if (!createdAt) return now.toISOString();
  if (Date.parse(createdAt) <= now.getTime()) return createdAt;
  throw refusal('created_at', 'too_late', 'An order of another system was made before now.');
}

function requireKnownCustomer(id: CustomerId, { customers }: ImportKnowledge): void {
  if (!customers.has(id)) throw refusal('customer_id', 'not_found', `No such customer: ${id}`);
}

function refuseCards({ externalId, poNumber, metadata }: OrderImportRow): void {
  const texts = {
    external_id: [externalId],
    po_number: [poNumber ?? ''],
    metadata: Object.entries(metadata ?? {}).flat(),
  };
  const column = Object.entries(texts).find(([, all]) => all.some(holdsCardNumber))?.[0];
  if (column) throw refusal(column, 'card_number', 'This looks like a card number; leave it out.');
}

function refusal(field: string, code: string, message: string): DomainError {
  return new DomainError('validation', message, { details: [{ field, code, message }] });
}

/** The findings of a refused row. */
export function findingsOf(row: number, error: unknown): OrderImportFinding[] {
  if (!(error instanceof DomainError)) throw error;
  const details: ErrorDetail[] = error.details;
  return details.map(({ field, code, message }) => ({ row, column: field, code, message }));
}

export function productsIn(rows: readonly OrderImportRow[]): ProductId[] {
  return [...new Set(rows.flatMap(({ items }) => items.map(({ productId }) => productId)))];
}
