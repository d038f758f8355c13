/**
 * Latencies are counted in buckets whose edges grow by an eighth of an octave, from 1/16 ms to a minute and more: a
 * percentile that is read from them is at most 9 % above the true one. The edges are kept with the counts of past hours,
 * so they never change.
 */
const SMALLEST_MS = 1 / 16;
const PER_OCTAVE = 8;
export const LATENCY_BUCKETS = 168;

/** The bucket of a latency in milliseconds. */
export function bucketOf(milliseconds: number): number {
  if (!(milliseconds > SMALLEST_MS)) return 0;
  return Math.min(LATENCY_BUCKETS - 1, Math.ceil(Math.log2(milliseconds / SMALLEST_MS) * PER_OCTAVE));
}

/** The longest latency of a bucket, in milliseconds. */
export function upperEdge(bucket: number): number {
  return SMALLEST_MS * 2 ** (bucket / PER_OCTAVE);
}

/** What this share of the counted requests did not exceed, in milliseconds; null without requests. */
export function percentileOf(counts: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const wanted = Math.ceil(total * share);
  let bucket = 0;
  for (let seen = counts[0]!; seen < wanted; seen += counts[bucket]!) bucket += 1;
  return Math.round(upperEdge(bucket) * 1_000) / 1_000;
}
