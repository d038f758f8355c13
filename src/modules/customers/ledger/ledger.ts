import type { Tenant } from '#kernel/database/tenant.ts';
import type { CustomerId, EventId, OrderId, PaymentId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';

export const ENTRY_KINDS = ['order', 'order_canceled', 'credit_note', 'payment', 'refund'] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** A line of a customer's statement. `debit`: the customer owes more; `credit`: less. */
export interface LedgerEntry {
  id: string;
  customerId: CustomerId;
  currency: Currency;
  kind: EntryKind;
  direction: 'debit' | 'credit';
  /** Minor units, above zero. */
  amount: number;
  orderId: OrderId | null;
  paymentId: PaymentId | null;
  /** ISO 8601 UTC. */
  occurredAt: string;
}

/** What an event tells about an order or a payment as it stands after it; amounts in minor units. */
export type LedgerNews = {
  tenant: Tenant;
  customerId: CustomerId;
  currency: Currency;
  eventId: EventId;
  occurredAt: string;
} & (
  | {
      about: 'order';
      orderId: OrderId;
      /** What is owed for it: nothing for drafts and canceled orders. */
      due: number;
    }
  | {
      about: 'payment';
      paymentId: PaymentId;
      orderId: OrderId | null;
      captured: number;
      refunded: number;
      /** On account no money moves: what is taken stays owed, what is refunded is forgiven. */
      isOnAccount: boolean;
    }
);

export interface OrderAccount {
  due: number;
  refunded: number;
}

export interface PaymentAccount {
  captured: number;
  refunded: number;
}

/** What is booked of an order: what it is owed for, less what was given back of its payments. */
export function bookedFor({ due, refunded }: OrderAccount): number {
  return Math.max(0, due - refunded);
}

export type NewEntry = Pick<LedgerEntry, 'kind' | 'direction' | 'amount'>;

/** The entries that bring the books from one state to another. Each state decides alone, so the order of news is all one. */
export function entriesForOrder(before: OrderAccount, after: OrderAccount, cause: 'order' | 'refund'): NewEntry[] {
  const more = bookedFor(after) - bookedFor(before);
  if (more === 0) return [];
  if (more > 0) return [{ kind: 'order', direction: 'debit', amount: more }];
  return [{ kind: cause === 'refund' ? 'credit_note' : 'order_canceled', direction: 'credit', amount: -more }];
}

/** Money that came and money that went back. */
export function entriesForPayment(before: PaymentAccount, after: PaymentAccount): NewEntry[] {
  const entries: NewEntry[] = [];
  const came = after.captured - before.captured;
  const left = after.refunded - before.refunded;
  if (came > 0) entries.push({ kind: 'payment', direction: 'credit', amount: came });
  if (left > 0) entries.push({ kind: 'refund', direction: 'debit', amount: left });
  return entries;
}
