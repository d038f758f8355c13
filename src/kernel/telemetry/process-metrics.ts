import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Metrics } from './metrics.ts';

/** How often the event loop is probed; Node counts this interval into what it measures. */
const PROBE_MS = 20;
const NANOSECONDS_PER_SECOND = 1e9;

/** Memory, processor, event loop and age of this process; returns a function that ends the probing. */
export function observeProcess(metrics: Metrics): () => void {
  const delay = monitorEventLoopDelay({ resolution: PROBE_MS });
  delay.enable();
  const lagSeconds = (nanoseconds: number) =>
    Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / NANOSECONDS_PER_SECOND - PROBE_MS / 1_000) : 0;

  metrics.gauge('process', 'resident_memory', 'bytes', () => process.memoryUsage.rss(), {
    description: 'Memory of this process as the operating system counts it.',
  });
  metrics.gauge('process', 'heap_used', 'bytes', () => process.memoryUsage().heapUsed, {
    description: 'JavaScript heap in use.',
  });
  metrics.gauge('process', 'uptime', 'seconds', () => process.uptime(), { description: 'Age of this process.' });
  metrics.gauge(
    'process',
    'event_loop_lag',
    'seconds',
    () => {
      const observations = [
        { value: lagSeconds(delay.percentile(50)), attributes: { quantile: '0.5' } },
        { value: lagSeconds(delay.percentile(99)), attributes: { quantile: '0.99' } },
        { value: lagSeconds(delay.max), attributes: { quantile: '1' } },
      ];
      delay.reset();
      return observations;
    },
    { description: 'How late timers ran since the last scrape.', attributes: ['quantile'] },
  );
  const readProcessor = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  metrics.observedTotal('process', 'cpu_seconds', 'total', readProcessor, 'Processor time used by this process.');
  return () => {
    delay.disable();
  };
}
