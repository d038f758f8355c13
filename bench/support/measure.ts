import type { LoadClient } from '../load/load-client.ts';
import type { LoadOrder, LoadResult } from '../load/load-order.ts';
import type { BenchOptions } from './options.ts';
import { processorMicros } from './process-usage.ts';
import { type Duel, duel } from './rounds.ts';
import { milliseconds, number, type ResultRow } from './table.ts';

/** One measurement: the rate, the latencies, and the processor time of the server's process per request. */
export interface Measured {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  microsPerRequest: number;
}

/** A server and what it is asked. */
export interface Contender {
  processId: number;
  port: number;
  requests: string[];
  expected: number[];
  keyMark?: string;
}

let runs = 0;

/** Loads a server once. Errors: an unexpected answer. */
export async function loadOnce(load: LoadClient, options: BenchOptions, contender: Contender): Promise<Measured> {
  const { processId, ...target } = contender;
  const { connections, warmUpMs, durationMs } = options;
  const keyPrefix = `b${(runs++).toString(36)}x`;
  const before = processorMicros(processId);
  const order: LoadOrder = { ...target, connections, warmUpMs, durationMs, keyPrefix };
  const result: LoadResult = await load.run(order);
  const answers = Object.values(result.statuses).reduce((sum, count) => sum + count, 0);
  const { perSecond, p50Ms, p99Ms } = result;
  return { perSecond, p50Ms, p99Ms, microsPerRequest: (processorMicros(processId) - before) / answers };
}

/** Both contenders in turn, after a round of each that is thrown away. */
export async function loadDuel(
  load: LoadClient,
  options: BenchOptions,
  contenders: { baseline: Contender; ours: Contender },
): Promise<Duel<Measured>> {
  const measure = {
    baseline: () => loadOnce(load, options, contenders.baseline),
    ours: () => loadOnce(load, options, contenders.ours),
  };
  await measure.baseline();
  await measure.ours();
  return duel(options.rounds, measure, (measured) => measured.perSecond);
}

/** The line of a duel that is judged by the ratio of rates. */
export function ratioRow(work: string, { baseline, ours }: Duel<Measured>, goal: number, notes: string[]): ResultRow {
  const ratio = ours.perSecond / baseline.perSecond;
  return {
    work,
    baseline: number(baseline.perSecond),
    ours: number(ours.perSecond),
    ratio: ratio.toFixed(2),
    goal: `≥ ${goal.toFixed(2)}`,
    met: ratio >= goal,
    notes: [...notes, `baseline ${describe(baseline)}`, `ours ${describe(ours)}`],
  };
}

export function describe({ p50Ms, p99Ms, microsPerRequest }: Measured): string {
  const processor = Number.isNaN(microsPerRequest) ? '' : `, ${Math.round(microsPerRequest)} µs of its processor each`;
  return `p50 ${milliseconds(p50Ms)}, p99 ${milliseconds(p99Ms)}${processor}`;
}
