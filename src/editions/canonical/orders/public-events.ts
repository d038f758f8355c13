import type { Json, StoredEvent } from '#kernel/events/event.ts';
import { type OrderReturn, QUOTE_EVENTS, RETURN_EVENTS, type SeenQuote } from '#modules/orders/index.ts';
import { orderPublicEvents } from './order-views.ts';
import { quoteView } from './quotes.ts';
import { returnView } from './returns.ts';

/** What webhook endpoints get for an event of the orders module: the order, return or quote as it is after the change. */
export function sellingPublicEvents(event: StoredEvent): { type: string; data: Json }[] {
  const { type, data } = event;
  if ((RETURN_EVENTS as readonly string[]).includes(type)) {
    return [{ type, data: { return: returnView(data.return as unknown as OrderReturn) } as Json }];
  }
  if ((QUOTE_EVENTS as readonly string[]).includes(type)) {
    return [{ type, data: { quote: quoteView(data.quote as unknown as SeenQuote) } as unknown as Json }];
  }
  return orderPublicEvents(event);
}
