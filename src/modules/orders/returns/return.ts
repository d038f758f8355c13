import { DomainError, invalidField } from '#kernel/errors.ts';
import type { NewEvent } from '#kernel/events/event.ts';
import type { CustomerId, Id, OrderId, ProductId } from '#kernel/ids.ts';

import type { Order } from '../order.ts';
import { checkedLines, type LineQuantity } from '../shipments.ts';

export type ReturnId = Id<'rtn'>;
export type RefundId = Id<'ref'>;

export const RETURN_STATUSES = ['requested', 'approved', 'rejected', 'received', 'refunded', 'exchanged'] as const;
export type ReturnStatus = (typeof RETURN_STATUSES)[number];

export const RETURN_REASONS = [
  'defective',
  'wrong_item',
  'damaged_in_transit',
  'not_as_described',
  'not_needed',
  'other',
] as const;
export type ReturnReason = (typeof RETURN_REASONS)[number];

export const RETURN_RESOLUTIONS = ['refund', 'exchange'] as const;
export type ReturnResolution = (typeof RETURN_RESOLUTIONS)[number];

export const PIECE_CONDITIONS = ['restock', 'damaged'] as const;
/** Pieces that arrived: to be sold again, or not. */
export type ReceivedPieces = LineQuantity & { condition: (typeof PIECE_CONDITIONS)[number] };

export type ReturnItem = LineQuantity & { productId: ProductId; unitPrice: number; tracksStock: boolean };

export interface OrderReturn {
  id: ReturnId;
  version: number;
  orderId: OrderId;
  customerId: CustomerId;
  status: ReturnStatus;
  reason: ReturnReason;
  resolution: ReturnResolution;
  items: ReturnItem[];
  /** What arrived; empty until then. It may be less than what was announced, never more. */
  received: ReceivedPieces[];
  /** Minor units of the order's currency; null until it is settled. */
  refundAmount: number | null;
  refundId: RefundId | null;
  /** The draft that replaces what came back, for an exchange. */
  replacementOrderId: OrderId | null;
  createdAt: string;
  updatedAt: string;
}

export interface NewReturn {
  orderId: OrderId;
  reason: ReturnReason;
  resolution: ReturnResolution;
  items: LineQuantity[];
}

/** Merchants get each under its own name. */
export const RETURN_EVENTS = [
  'return.requested',
  'return.approved',
  'return.rejected',
  'return.received',
  'return.refunded',
  'return.exchanged',
  /** The money did not arrive after all; the return is received again, to be settled once more. */
  'return.refund_failed',
] as const;
export type ReturnEventType = (typeof RETURN_EVENTS)[number];

export function returnEvent(type: ReturnEventType, after: OrderReturn): NewEvent {
  return { type, streamId: after.id, streamVersion: after.version, data: { return: { ...after } as never } };
}

/** The next version. */
export function changedReturn(current: OrderReturn, changes: Partial<OrderReturn>, now: Date): OrderReturn {
  return { ...current, ...changes, version: current.version + 1, updatedAt: now.toISOString() };
}

/** Errors: `invalid_state`. */
export function requireReturnStatus(current: OrderReturn, needed: readonly ReturnStatus[], verb: string): void {
  if (needed.includes(current.status)) return;
  const message = `Only a return that is ${needed.join(' or ')} can be ${verb}; this one is ${current.status}.`;
  throw new DomainError('invalid_state', message);
}

/**
 * What of an order can still be announced: what left, less what came back and less what is on its way (`open` are the
 * order's returns that are requested or approved).
 */
export function returnableLines(order: Order, open: readonly Pick<OrderReturn, 'items'>[]): LineQuantity[] {
  const announced = sumByLine(open.flatMap(({ items }) => items));
  return order.items.flatMap(({ line, shippedQuantity, returnedQuantity }) => {
    const quantity = shippedQuantity - returnedQuantity - (announced.get(line) ?? 0);
    return quantity > 0 ? [{ line, quantity }] : [];
  });
}

/** The lines of a new return. Errors: `invalid_state` (nothing left the house), `validation` (more than can come back). */
export function itemsToReturn(
  order: Order,
  asked: readonly LineQuantity[],
  open: readonly OrderReturn[],
): ReturnItem[] {
  if (order.shipments.length === 0) {
    const message =
      order.status === 'delivered'
        ? 'This order was imported as history: its goods and money never were in these books. Book what comes back with POST /inventory/adjust, and give money back where it was taken.'
        : `Only what was shipped here can come back; this order is ${order.status} and has no shipment.`;
    throw new DomainError('invalid_state', message);
  }
  return checkedLines(asked, returnableLines(order, open), 'left to return').map(({ line, quantity }) => {
    const { productId, unitPrice, tracksStock } = order.items.find((item) => item.line === line)!;
    return { line, quantity, productId, unitPrice, tracksStock };
  });
}

/** Errors: `validation` when more of a line arrived than was announced. Everything to be sold again unless told. */
export function receivedPieces(
  current: OrderReturn,
  arrived: readonly ReceivedPieces[] | null | undefined,
): ReceivedPieces[] {
  if (!arrived) return current.items.map(({ line, quantity }) => ({ line, quantity, condition: 'restock' as const }));
  const sums = [...sumByLine(arrived)].map(([line, quantity]) => ({ line, quantity }));
  checkedLines(sums, current.items, 'in this return');
  return arrived.map(({ line, quantity, condition }) => ({ line, quantity, condition }));
}

export function sumByLine(lines: readonly LineQuantity[]): Map<number, number> {
  const sums = new Map<number, number>();
  for (const { line, quantity } of lines) sums.set(line, (sums.get(line) ?? 0) + quantity);
  return sums;
}

/**
 * What is given back for pieces: their share of total − discount + tax, in whole minor units. It is the difference of
 * two shares that count from the first piece ever returned, so that returns of everything add up to exactly that sum,
 * however they are cut; pieces that were canceled before they left count as returned. Shipping stays paid. `before` is
 * `settledWorth`.
 */
export function refundShare(order: Order, before: number, value: number): number {
  const { total, discountTotal, taxTotal } = order;
  const payable = BigInt(total - discountTotal) + BigInt(taxTotal);
  const share = (part: number) => (BigInt(part) * payable) / BigInt(total);
  return Number(share(before + value) - share(before));
}

/**
 * The most that a settlement may give back: with everything that was given for pieces before, no more than the share of
 * all these pieces, and the shipping besides. The database holds the same (`order_returns_refund_limit`).
 */
export function refundLimit(order: Order, returns: readonly OrderReturn[], value: number): number {
  const settled = returns.reduce((sum, { refundAmount }) => sum + (refundAmount ?? 0), 0);
  const given = settled + (order.restCanceled?.amount ?? 0);
  return Math.max(0, refundShare(order, 0, settledWorth(order, returns) + value) + order.shippingTotal - given);
}

/** Errors: `validation` when somebody names more than the limit of these pieces. */
export function requireAtMost(limit: number, amount: number, pieces: string): void {
  if (amount <= limit) return;
  const message = `At most ${limit} can be given back for ${pieces}: its share of the price and the shipping, less what was given for earlier pieces.`;
  throw invalidField('amount', 'too_large', message);
}

/** Σ quantity × unit price of what arrived. */
export function worthOf({ items, received }: Pick<OrderReturn, 'items' | 'received'>): number {
  const prices = new Map(items.map(({ line, unitPrice }) => [line, unitPrice]));
  return received.reduce((sum, { line, quantity }) => sum + quantity * prices.get(line)!, 0);
}

export function isSettled({ status }: Pick<OrderReturn, 'status'>): boolean {
  return status === 'refunded' || status === 'exchanged';
}

/** The value of the pieces whose money was settled earlier: they came back, or were canceled before they left. */
export function settledWorth(order: Order, returns: readonly OrderReturn[]): number {
  const canceled = order.items.reduce((sum, { canceledQuantity, unitPrice }) => sum + canceledQuantity * unitPrice, 0);
  return returns.filter(isSettled).reduce((sum, each) => sum + worthOf(each), canceled);
}
