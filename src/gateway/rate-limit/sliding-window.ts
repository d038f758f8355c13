/** Up to this limit every hit is remembered by its millisecond; above it times are rounded (see SlidingWindow). */
export const EXACT_LIMIT = 20_000;
const SLICES = 1024;
const FIRST_CAPACITY = 8;

/**
 * The hits of one bucket in the last `windowMs`, oldest first, in a ring of (time, cost) that grows as needed. Hits of
 * one time share an entry, so a hit is O(1) amortised whatever its cost.
 *
 * Exact for limits up to 20,000: a hit at time t counts while now < t + windowMs. For larger limits times are rounded
 * up to 1/1024 of the window, which bounds the ring to 1,026 entries: a hit then counts up to 0.1 % of the window too
 * long (59 ms of a minute, 85 s of a day), never too short. So in every window at most `limit` is admitted, which the
 * usual weighted pair of fixed windows cannot promise: it admits up to twice the limit when traffic comes in waves.
 */
export class SlidingWindow {
  readonly windowMs: number;
  /** Whether the bucket counts towards the cap of buckets for unregistered clients. */
  readonly isCapped: boolean;
  /** The sum of costs in the window, as of the last `expire`. */
  used = 0;
  #roundMs: number;
  #times = new Float64Array(FIRST_CAPACITY);
  #costs = new Uint32Array(FIRST_CAPACITY);
  #head = 0;
  #count = 0;

  constructor(limit: number, windowMs: number, isCapped: boolean) {
    this.windowMs = windowMs;
    this.isCapped = isCapped;
    this.#roundMs = limit <= EXACT_LIMIT ? 1 : Math.ceil(windowMs / SLICES);
  }

  /** Forgets the hits that have left the window. Times given to this object never decrease. */
  expire(nowMs: number): void {
    const mask = this.#times.length - 1;
    const expiredMs = nowMs - this.windowMs;
    while (this.#count > 0 && this.#times[this.#head]! <= expiredMs) {
      this.used -= this.#costs[this.#head]!;
      this.#head = (this.#head + 1) & mask;
      this.#count -= 1;
    }
  }

  add(nowMs: number, cost: number): void {
    const timeMs = this.#roundMs === 1 ? nowMs : Math.ceil(nowMs / this.#roundMs) * this.#roundMs;
    this.used += cost;
    const last = (this.#head + this.#count - 1) & (this.#times.length - 1);
    if (this.#count > 0 && this.#times[last] === timeMs) {
      this.#costs[last]! += cost;
      return;
    }
    if (this.#count === this.#times.length) this.#grow();
    const next = (this.#head + this.#count) & (this.#times.length - 1);
    this.#times[next] = timeMs;
    this.#costs[next] = cost;
    this.#count += 1;
  }

  /** Milliseconds until `freed` of what is used has left the window; the whole window if so much is not used. */
  msUntilFreed(freed: number, nowMs: number): number {
    const mask = this.#times.length - 1;
    let sum = 0;
    for (let offset = 0; offset < this.#count; offset += 1) {
      const index = (this.#head + offset) & mask;
      sum += this.#costs[index]!;
      if (sum >= freed) return this.#times[index]! + this.windowMs - nowMs;
    }
    return this.windowMs;
  }

  /** Milliseconds until the window is empty if nothing more is added. */
  msUntilEmpty(nowMs: number): number {
    if (this.#count === 0) return 0;
    const last = (this.#head + this.#count - 1) & (this.#times.length - 1);
    return Math.max(0, this.#times[last]! + this.windowMs - nowMs);
  }

  #grow(): void {
    const capacity = this.#times.length;
    const times = new Float64Array(capacity * 2);
    const costs = new Uint32Array(capacity * 2);
    for (let offset = 0; offset < capacity; offset += 1) {
      const index = (this.#head + offset) & (capacity - 1);
      times[offset] = this.#times[index]!;
      costs[offset] = this.#costs[index]!;
    }
    this.#times = times;
    this.#costs = costs;
    this.#head = 0;
  }
}
