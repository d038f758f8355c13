/**
 * The one clock. Nothing outside this file asks the machine for the time of a business fact, so that tests and test
 * clocks can move renewals, retries and expiries. `monotonicMs` is for measuring durations only.
 */
export interface Clock {
  /** The current instant, UTC. */
  now(): Date;
  /** Milliseconds since the Unix epoch; the cheap form of `now()` for hot paths. */
  nowMs(): number;
}

export const systemClock: Clock = {
  now: () => new Date(),
  nowMs: () => Date.now(),
};

export interface ManualClock extends Clock {
  /** Moves the clock forward; negative steps are refused because business time never runs backwards. */
  advance(milliseconds: number): void;
  set(instant: Date): void;
}

/** A clock that only moves when told to; for tests and for test clocks of an organisation. */
export function manualClock(start: Date = new Date()): ManualClock {
  let current = start.getTime();
  return {
    now: () => new Date(current),
    nowMs: () => current,
    advance(milliseconds) {
      if (milliseconds < 0) throw new Error('A clock never runs backwards');
      current += milliseconds;
    },
    set(instant) {
      if (instant.getTime() < current) throw new Error('A clock never runs backwards');
      current = instant.getTime();
    },
  };
}

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
