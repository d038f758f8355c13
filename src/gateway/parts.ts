import type { Cache } from '#kernel/cache/cache.ts';
import type { BlindIndex } from '#kernel/crypto/blind-index.ts';
import type { Locators } from './authorize.ts';
import type { BeginTrace } from './identify-request.ts';
import type { NoteTakers } from './notes.ts';
import type { RateLimits } from './rate-limit/limits.ts';
import type { Counting } from './throttle.ts';

/** What the pipelines of all editions are made of; each adds how it authenticates. */
export interface GatewayParts {
  proxies: readonly string[];
  corsOrigins: readonly string[];
  beginTrace: BeginTrace;
  counting: Counting;
  limits: RateLimits;
  locators: Locators;
  cache: Cache;
  /** What is kept of a request with an idempotency key is keyed by it. */
  blindIndex: BlindIndex;
  notes: NoteTakers;
}
