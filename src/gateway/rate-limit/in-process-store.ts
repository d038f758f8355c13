import { SECOND_MS } from '#kernel/clock.ts';
import type { BucketCheck, RateLimitStore, Verdict } from './rate-limit-store.ts';
import { SlidingWindow } from './sliding-window.ts';

export interface InProcessRateLimitStore extends RateLimitStore {
  hit(checks: readonly BucketCheck[], nowMs: number): Verdict;
  /** How many buckets are in memory. */
  readonly size: number;
}

export interface InProcessStoreOptions {
  /** The most buckets of unregistered clients (those with an `overflowKey`) kept at once, about 300 bytes each. */
  maxAnonymousBuckets?: number;
}

/** Counters in the memory of this process; synchronous, no timers. */
export function createInProcessStore(options: InProcessStoreOptions = {}): InProcessRateLimitStore {
  return new InProcessStore(options.maxAnonymousBuckets ?? 50_000);
}

const SWEEP_EVERY_MS = 10 * SECOND_MS;
/** A hit makes at most five buckets, so a sweep of fifty per hit always comes to its end. */
const SWEPT_PER_HIT = 50;
const FULL_SWEEP_EVERY_MS = SECOND_MS;
const OVERFLOW_SLOTS = 1024;

/**
 * Memory is bounded in two ways. Idle buckets go: every ten seconds a sweep starts that looks at some buckets with each
 * hit. And buckets of unregistered clients are capped, because an attacker may have any number of addresses: at the
 * cap a new address is counted together with its wider network (/16 of IPv4, /32 of IPv6) in one of 1,024 shared
 * buckets of the same limit. Nobody escapes counting by bringing more addresses, known addresses keep their own
 * bucket, and newcomers from other networks are rarely hit. Dropping the oldest buckets instead would let such an
 * attacker guess passwords without limit.
 */
class InProcessStore implements InProcessRateLimitStore {
  #windows = new Map<string, SlidingWindow>();
  #maxCapped: number;
  #capped = 0;
  #sweep: Iterator<[string, SlidingWindow]> | null = null;
  #nextSweepMs = Number.NEGATIVE_INFINITY;
  #nextFullSweepMs = Number.NEGATIVE_INFINITY;
  /** The machine's clock may be set back; time inside the buckets then stands still for a moment and goes on from
   * there, otherwise hits "of the future" would lock clients out. */
  #lastMs = Number.NEGATIVE_INFINITY;
  #shiftMs = 0;
  /** The windows of the request at hand; reused, because a hit never yields. */
  #found: SlidingWindow[] = [];

  constructor(maxCapped: number) {
    this.#maxCapped = maxCapped;
  }

  get size(): number {
    return this.#windows.size;
  }

  hit(checks: readonly BucketCheck[], nowMs: number): Verdict {
    if (checks.length === 0) throw new Error('A request without any bucket has no limit to report');
    const innerMs = this.#innerTime(nowMs);
    this.#sweepSome(innerMs);
    this.#sweepAtCap(innerMs);
    let refusing = -1;
    let longestWaitMs = -1;
    for (let index = 0; index < checks.length; index += 1) {
      const check = checks[index]!;
      const window = this.#windows.get(check.key) ?? this.#create(check);
      this.#found[index] = window;
      window.expire(innerMs);
      const excess = window.used + (check.cost ?? 1) - check.limit;
      if (excess <= 0) continue;
      const waitMs = window.msUntilFreed(excess, innerMs);
      if (waitMs > longestWaitMs) {
        refusing = index;
        longestWaitMs = waitMs;
      }
    }
    if (refusing >= 0) return this.#verdict(checks, refusing, nowMs, innerMs, longestWaitMs);

    let described = 0;
    let fewest = Number.POSITIVE_INFINITY;
    for (let index = 0; index < checks.length; index += 1) {
      const check = checks[index]!;
      const window = this.#found[index]!;
      window.add(innerMs, check.cost ?? 1);
      const remaining = check.limit - window.used;
      if (remaining < fewest && check.name !== 'burst') {
        fewest = remaining;
        described = index;
      }
    }
    return this.#verdict(checks, described, nowMs, innerMs, 0);
  }

  #verdict(checks: readonly BucketCheck[], index: number, nowMs: number, innerMs: number, waitMs: number): Verdict {
    const check = checks[index]!;
    const window = this.#found[index]!;
    return {
      allowed: waitMs === 0,
      bucket: check.name,
      limit: check.limit,
      // A limit that was lowered a moment ago may already be exceeded.
      remaining: Math.max(0, check.limit - window.used),
      resetUnixSeconds: Math.ceil((nowMs + window.msUntilEmpty(innerMs)) / SECOND_MS),
      windowSeconds: check.windowMs / SECOND_MS,
      retryAfterSeconds: Math.ceil(waitMs / SECOND_MS),
    };
  }

  #innerTime(nowMs: number): number {
    const shifted = nowMs + this.#shiftMs;
    if (shifted < this.#lastMs) {
      this.#shiftMs = this.#lastMs - nowMs;
      return this.#lastMs;
    }
    this.#lastMs = shifted;
    return shifted;
  }

  #create(check: BucketCheck): SlidingWindow {
    const isCapped = check.overflowKey !== undefined;
    if (isCapped && this.#capped >= this.#maxCapped) return this.#overflow(check, check.overflowKey);
    const window = new SlidingWindow(check.limit, check.windowMs, isCapped);
    this.#windows.set(check.key, window);
    if (isCapped) this.#capped += 1;
    return window;
  }

  #overflow(check: BucketCheck, overflowKey: string): SlidingWindow {
    const key = `overflow:${check.name}:${check.windowMs}:${hashOf(overflowKey) % OVERFLOW_SLOTS}`;
    let window = this.#windows.get(key);
    if (window === undefined) {
      window = new SlidingWindow(check.limit, check.windowMs, false);
      this.#windows.set(key, window);
    }
    return window;
  }

  #sweepSome(innerMs: number): void {
    if (this.#sweep === null) {
      if (innerMs < this.#nextSweepMs) return;
      this.#nextSweepMs = innerMs + SWEEP_EVERY_MS;
      this.#sweep = this.#windows.entries();
    }
    for (let count = 0; count < SWEPT_PER_HIT; count += 1) {
      const next = this.#sweep.next();
      if (next.done) {
        this.#sweep = null;
        return;
      }
      this.#dropIfIdle(next.value[0], next.value[1], innerMs);
    }
  }

  /** Before strangers have to share, everything idle goes; at most once a second, because it looks at all buckets. It
   * must come before the windows of a request are looked up: it would drop one that is found but not yet used. */
  #sweepAtCap(innerMs: number): void {
    if (this.#capped < this.#maxCapped || innerMs < this.#nextFullSweepMs) return;
    this.#nextFullSweepMs = innerMs + FULL_SWEEP_EVERY_MS;
    for (const [key, window] of this.#windows) this.#dropIfIdle(key, window, innerMs);
  }

  #dropIfIdle(key: string, window: SlidingWindow, innerMs: number): void {
    if (window.msUntilEmpty(innerMs) > 0) return;
    this.#windows.delete(key);
    if (window.isCapped) this.#capped -= 1;
  }
}

/** FNV-1a, 32 bits: spreads network names over the shared buckets. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
