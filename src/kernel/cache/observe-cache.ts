import type { Metrics } from '../telemetry/metrics.ts';
import type { Cache } from './cache.ts';

/** What /metrics tells of the cache: how many look-ups of each resource it answered (CCH-09), and how full it is. */
export function observeCache(metrics: Metrics, cache: Cache): void {
  metrics.gauge(
    'cache',
    'hit',
    'ratio',
    () =>
      cache.statistics().resources.map(({ name, hits, misses }) => ({
        value: hits / Math.max(1, hits + misses),
        attributes: { cache: name },
      })),
    { description: 'Share of look-ups that the cache answered; the target is 0.95 (CCH-09).', attributes: ['cache'] },
  );
  metrics.gauge(
    'cache',
    'lookups',
    'count',
    () =>
      cache.statistics().resources.flatMap(({ name, hits, stale, misses }) => [
        { value: hits - stale, attributes: { cache: name, outcome: 'hit' } },
        { value: stale, attributes: { cache: name, outcome: 'stale' } },
        { value: misses, attributes: { cache: name, outcome: 'miss' } },
      ]),
    { description: 'Look-ups since the start, by what they found.', attributes: ['cache', 'outcome'] },
  );
  metrics.gauge('cache', 'entries', 'count', () => cache.statistics().entries, {
    description: 'Answers that are kept.',
  });
  metrics.gauge('cache', 'size', 'bytes', () => cache.statistics().bytes, {
    description: 'Bytes of the answers that are kept, large ones as they are compressed.',
  });
}
