import { parseTraceparent } from './trace-context.ts';
import type { Tracing } from './tracing.ts';

/** Runs work as a span of the trace that caused it (OBS-03, OBS-04); costs nothing when that trace is not sampled. */
export type TraceWork = <Result>(
  name: string,
  traceparent: string | undefined,
  work: () => Promise<Result>,
) => Promise<Result>;

export const untraced: TraceWork = (_name, _traceparent, work) => work();

export function traceWork(tracing: Tracing): TraceWork {
  return (name, traceparent, work) => {
    const parent = parseTraceparent(traceparent);
    // Without a cause there is no request to explain; background loops would only fill the trace store.
    return parent?.sampled ? tracing.span(name, {}, parent, work) : work();
  };
}
