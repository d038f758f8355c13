/**
 * The port of the request counters. One process counts in its own memory (in-process-store.ts); several processes
 * share the numbers behind the same port.
 */
export type BucketName =
  | 'credential'
  | 'organization'
  | 'user'
  | 'burst'
  | 'endpoint'
  | 'anonymous'
  | 'batch'
  | 'inbound'
  | 'plan'
  | 'plan_day';

/** One limit that applies to a request: at most `limit` within any `windowMs`. */
export interface BucketCheck {
  /** Names the bucket; the same key always comes with the same `windowMs`, and only once in one request. */
  readonly key: string;
  readonly name: BucketName;
  readonly limit: number;
  readonly windowMs: number;
  /** What the request uses, a whole number from 1, 1 if absent; a batch uses one per item. A cost above the limit is
   * never admitted. */
  readonly cost?: number;
  /** Only on buckets of clients that nobody registered, whose number is therefore capped: the wider network that is
   * counted together when the cap is reached. */
  readonly overflowKey?: string;
}

/**
 * The answer for one request and the numbers of one bucket: of the refusing one (if several refuse, the one that takes
 * longest), else of the one with the fewest remaining (C-01). The burst bucket is described only when it refuses: it
 * refills within the second, so its numbers would be stale when they arrive, and a client that starts would see 49
 * remaining instead of a number that decreases with each request (RATE-12).
 */
export interface Verdict {
  readonly allowed: boolean;
  readonly bucket: BucketName;
  readonly limit: number;
  /** After this request. */
  readonly remaining: number;
  /** When the bucket is full again if no more requests come (C-04), Unix seconds. */
  readonly resetUnixSeconds: number;
  readonly windowSeconds: number;
  /** Whole seconds, at least 1, after which the same request is admitted if no other comes first; 0 when allowed. */
  readonly retryAfterSeconds: number;
}

export interface RateLimitStore {
  /**
   * Counts one request in all of `checks` (at least one), or in none: it is admitted only if every bucket admits it,
   * and a refused request uses nothing anywhere. So a client that keeps knocking is not locked out any longer, and one
   * bucket's refusal never eats another's allowance. `nowMs` is the clock's time.
   */
  hit(checks: readonly BucketCheck[], nowMs: number): Verdict | Promise<Verdict>;
}
