import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bucketOf, LATENCY_BUCKETS, percentileOf, upperEdge } from './latency-buckets.ts';

test('V1-117 a percentile from the buckets is never below the true one, and at most 9 % above it', () => {
  const latency = fc.double({ min: 0.07, max: 60_000, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(latency, { minLength: 1, maxLength: 200 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (all, share) => {
        const counts = new Array<number>(LATENCY_BUCKETS).fill(0);
        for (const each of all) counts[bucketOf(each)]! += 1;
        const sorted = [...all].sort((a, b) => a - b);
        const truth = sorted[Math.ceil(all.length * share) - 1]!;
        const told = percentileOf(counts, share)!;
        assert.ok(told >= truth * 0.999_9 - 0.001 && told <= truth * 1.091 + 0.001, `${told} for ${truth}`);
      },
    ),
  );
});

test('V1-117 what is too short, too long or no number is counted in the first or the last bucket', () => {
  assert.deepEqual([0, -1, Number.NaN, 1 / 16].map(bucketOf), [0, 0, 0, 0]);
  assert.equal(bucketOf(Number.POSITIVE_INFINITY), LATENCY_BUCKETS - 1);
  assert.ok(upperEdge(LATENCY_BUCKETS - 1) > 60_000);
  assert.equal(percentileOf(new Array(LATENCY_BUCKETS).fill(0), 0.5), null);
});
