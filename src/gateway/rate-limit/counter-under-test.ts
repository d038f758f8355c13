import { MINUTE_MS, manualClock } from '#kernel/clock.ts';
import { createInProcessStore } from './in-process-store.ts';
import type { BucketCheck, Verdict } from './rate-limit-store.ts';

/** What the tests of the store share. */
export const START_MS = Date.parse('2027-03-01T12:00:00.250Z');

export function bucket(name: BucketCheck['name'], limit: number, options: Partial<BucketCheck> = {}): BucketCheck {
  return { key: `${name}:a`, name, limit, windowMs: MINUTE_MS, ...options };
}

/** A store with its own clock. */
export function counter(maxAnonymousBuckets?: number) {
  const store = createInProcessStore({ maxAnonymousBuckets });
  const clock = manualClock(new Date(START_MS));
  const hit = (...checks: BucketCheck[]): Verdict => store.hit(checks, clock.nowMs());
  return { store, clock, hit };
}

export function admitted(times: number, hit: () => Verdict): number {
  let count = 0;
  for (let index = 0; index < times; index += 1) if (hit().allowed) count += 1;
  return count;
}
