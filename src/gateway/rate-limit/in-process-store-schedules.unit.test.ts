import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HOUR_MS, SECOND_MS } from '#kernel/clock.ts';
import { bucket, counter } from './counter-under-test.ts';

interface Step {
  waitMs: number;
  cost: number;
}

const schedule = fc.array(
  fc.record({
    waitMs: fc.oneof(fc.constant(0), fc.nat(40), fc.nat(1500)),
    cost: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 6 })),
  }),
  { maxLength: 120 },
);

/** What was admitted in the window that ends with `nowMs`. */
function usedWithin(log: readonly { atMs: number; cost: number }[], nowMs: number, windowMs: number): number {
  return log.reduce((sum, { atMs, cost }) => (nowMs - atMs < windowMs ? sum + cost : sum), 0);
}

test('RATE-10 for any schedule the store admits exactly what fits into every window of every bucket', () => {
  const wide = bucket('credential', 12, { windowMs: 2000 });
  const narrow = bucket('burst', 7, { windowMs: 300 });
  fc.assert(
    fc.property(schedule, (steps: Step[]) => {
      const { hit, clock } = counter();
      const log: { atMs: number; cost: number }[] = [];
      for (const { waitMs, cost } of steps) {
        clock.advance(waitMs);
        const fits = [wide, narrow].every(
          ({ limit, windowMs }) => usedWithin(log, clock.nowMs(), windowMs) + cost <= limit,
        );
        const verdict = hit({ ...wide, cost }, { ...narrow, cost });
        assert.equal(verdict.allowed, fits);
        if (fits) log.push({ atMs: clock.nowMs(), cost });
        if (verdict.bucket === 'credential') {
          assert.equal(verdict.remaining, 12 - usedWithin(log, clock.nowMs(), 2000));
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('RATE-03 for any schedule the request is admitted after Retry-After seconds', () => {
  const checks = [bucket('credential', 12, { windowMs: 5000 }), bucket('burst', 7, { windowMs: 1000 })];
  fc.assert(
    fc.property(schedule, (steps: Step[]) => {
      const { hit, clock } = counter();
      for (const { waitMs, cost } of steps) {
        clock.advance(waitMs);
        const costly = checks.map((check) => ({ ...check, cost }));
        const verdict = hit(...costly);
        if (verdict.allowed) continue;
        assert.ok(Number.isInteger(verdict.retryAfterSeconds) && verdict.retryAfterSeconds >= 1);
        assert.ok(verdict.retryAfterSeconds <= verdict.resetUnixSeconds - Math.floor(clock.nowMs() / SECOND_MS));
        clock.advance(verdict.retryAfterSeconds * SECOND_MS);
        assert.equal(hit(...costly).allowed, true);
      }
    }),
    { numRuns: 300 },
  );
});

test('C-03 a large limit is never exceeded in any window and refuses only what is within 0.1 % of it', () => {
  const limit = 30_000;
  const windowMs = 24 * HOUR_MS;
  const roundedMs = Math.ceil(windowMs / 1024);
  const large = fc.array(fc.record({ waitMs: fc.nat(2 * HOUR_MS), cost: fc.integer({ min: 1, max: 9_000 }) }), {
    minLength: 20,
    maxLength: 80,
  });
  fc.assert(
    fc.property(large, (steps) => {
      const { hit, clock } = counter();
      const log: { atMs: number; cost: number }[] = [];
      for (const { waitMs, cost } of steps) {
        clock.advance(waitMs);
        const verdict = hit(bucket('organization', limit, { windowMs, cost }));
        if (verdict.allowed) log.push({ atMs: clock.nowMs(), cost });
        else assert.ok(usedWithin(log, clock.nowMs(), windowMs + roundedMs) + cost > limit);
        assert.ok(usedWithin(log, clock.nowMs(), windowMs) <= limit);
      }
    }),
    { numRuns: 200 },
  );
});
