import type { Verdict } from './rate-limit-store.ts';

/** Writes the numbers of a verdict into the headers of an answer: on every answer, and `Retry-After` on a refusal
 * (C-04, C-05, C-07). */
export function writeRateLimitHeaders(headers: Record<string, string>, verdict: Verdict): void {
  headers['x-ratelimit-limit'] = `${verdict.limit}`;
  headers['x-ratelimit-remaining'] = `${verdict.remaining}`;
  headers['x-ratelimit-reset'] = `${verdict.resetUnixSeconds}`;
  headers['x-ratelimit-window'] = `${verdict.windowSeconds}`;
  if (!verdict.allowed) headers['retry-after'] = `${verdict.retryAfterSeconds}`;
}
