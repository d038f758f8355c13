import type { Verdict } from './rate-limit-store.ts';

/** Writes the numbers of a verdict into the headers of an answer: on every answer, and `Retry-After` on a refusal
 * (C-04, C-05, C-07). */
export function writeRateLimitHeaders(headers: Record<string, string>, verdict: Verdict): void {
  headers['X-RateLimit-Limit'] = `${verdict.limit}`;
  headers['X-RateLimit-Remaining'] = `${verdict.remaining}`;
  headers['X-RateLimit-Reset'] = `${verdict.resetUnixSeconds}`;
  headers['X-RateLimit-Window'] = `${verdict.windowSeconds}`;
  if (!verdict.allowed) headers['Retry-After'] = `${verdict.retryAfterSeconds}`;
}
