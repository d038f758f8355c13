import { DomainError, invalidField } from '#kernel/errors.ts';
import type { NewEvent } from '#kernel/events/event.ts';
import type { CustomerId, Id, OrderId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import type { OrderAmounts } from '../order-total.ts';
import type { LineToPrice, PricedLine } from '../service/pricing.ts';

export type QuoteId = Id<'quo'>;

export const QUOTE_STATUSES = ['draft', 'sent', 'accepted', 'declined', 'expired'] as const;
export type QuoteStatus = (typeof QUOTE_STATUSES)[number];

/** An offer; its prices hold until `validUntil`. */
export interface Quote extends OrderAmounts {
  id: QuoteId;
  version: number;
  customerId: CustomerId;
  /** As it is stored: an open offer counts as expired once `validUntil` is past; ask `statusOf`. */
  status: Exclude<QuoteStatus, 'expired'>;
  items: PricedLine[];
  currency: Currency;
  poNumber: string | null;
  metadata: Record<string, string>;
  validUntil: string;
  /** The order that it became. */
  orderId: OrderId | null;
  sentAt: string | null;
  acceptedAt: string | null;
  declinedAt: string | null;
  createdAt: string;
  updatedAt: string;
}

/** A quote with its status as of now. */
export type SeenQuote = Omit<Quote, 'status'> & { status: QuoteStatus };

export interface NewQuote {
  customerId: CustomerId;
  currency: Currency;
  items: LineToPrice[];
  discountTotal?: number;
  taxTotal?: number;
  shippingTotal?: number;
  poNumber?: string | null;
  metadata?: Record<string, string>;
  /** 30 days from now unless given. */
  validUntil?: string | null;
}

/** Only the fields to change; null clears, or resets `validUntil`. Items are replaced as a whole and priced anew. */
export type QuotePatch = Partial<Omit<NewQuote, 'customerId' | 'currency' | 'metadata'>> & {
  metadata?: Record<string, string | null> | null;
};

/** Merchants get each under its own name. */
export const QUOTE_EVENTS = [
  'quote.created',
  'quote.updated',
  'quote.sent',
  'quote.accepted',
  'quote.declined',
] as const;
export type QuoteEventType = (typeof QUOTE_EVENTS)[number];

export function quoteEvent(type: QuoteEventType, quote: Quote): NewEvent {
  return { type, streamId: quote.id, streamVersion: quote.version, data: { quote: { ...quote } as never } };
}

export function statusOf({ status, validUntil }: Pick<Quote, 'status' | 'validUntil'>, now: Date): QuoteStatus {
  const isOpen = status === 'draft' || status === 'sent';
  return isOpen && Date.parse(validUntil) <= now.getTime() ? 'expired' : status;
}

/** Errors: `invalid_state`, with the order that an accepted quote became. */
export function requireQuoteStatus(quote: Quote, needed: QuoteStatus, verb: string, now: Date): void {
  const status = statusOf(quote, now);
  if (status === needed) return;
  const more = quote.orderId ? ` Its order is ${quote.orderId}.` : '';
  throw new DomainError(
    'invalid_state',
    `Only a quote that is ${needed} can be ${verb}; this one is ${status}.${more}`,
  );
}

/** Errors: `validation` when the offer would be over before it is made. */
export function requireFuture(validUntil: string, now: Date): string {
  if (Date.parse(validUntil) > now.getTime()) return validUntil;
  throw invalidField('valid_until', 'too_early', 'An offer must hold for a while: name an instant in the future.');
}

export function changedQuote(current: Quote, changes: Partial<Quote>, now: Date): Quote {
  return { ...current, ...changes, version: current.version + 1, updatedAt: now.toISOString() };
}
