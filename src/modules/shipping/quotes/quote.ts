import { createHash } from 'node:crypto';
import { MINUTE_MS } from '#kernel/clock.ts';
import type { Id } from '#kernel/ids.ts';
import type { Rate, Route } from './pricing.ts';

export type ShippingQuoteId = Id<'shq'>;

/** How long the prices of a quote hold, and the same question finds the same quote (SHP-13, C-104). */
export const QUOTE_TTL_MS = 15 * MINUTE_MS;

/** What the carriers ask for a route, held until it expires. */
export interface ShippingQuote extends Route {
  id: ShippingQuoteId;
  rates: Rate[];
  createdAt: string;
  expiresAt: string;
}

/** What a route is found by; pass it as `normalRoute` gives it. */
export function fingerprintOf(route: Route): Buffer {
  return createHash('sha256').update(JSON.stringify(route)).digest();
}
