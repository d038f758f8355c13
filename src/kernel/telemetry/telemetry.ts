import type { Clock } from '../clock.ts';
import type { LogOutput } from './log-output.ts';
import { createLogging, type Logging, type LogLevel } from './logging.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { observeProcess } from './process-metrics.ts';
import { createTracing, type Tracing, type TracingOptions } from './tracing.ts';

export interface TelemetryOptions {
  /** Name of this program in traces, such as `techcorp-platform`. */
  serviceName: string;
  clock: Clock;
  logLevel?: LogLevel;
  /** Default: standard output, buffered. */
  logDestination?: LogOutput;
  tracing?: Omit<TracingOptions, 'serviceName'>;
}

/** Logs, traces and metrics of one process (OBS-01). */
export interface Telemetry {
  logging: Logging;
  tracing: Tracing;
  metrics: Metrics;
  /** Sends waiting spans, then writes waiting log lines. */
  close(): Promise<void>;
}

export async function createTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const { serviceName, clock } = options;
  const logging = createLogging({ level: options.logLevel, clock, destination: options.logDestination });
  const tracing = await createTracing({ sampleRatio: 0, ...options.tracing, serviceName });
  const metrics = createMetrics({ serviceName, clock });
  const stopObserving = observeProcess(metrics);
  return {
    logging,
    tracing,
    metrics,
    async close() {
      stopObserving();
      await Promise.all([tracing.close(), metrics.close()]);
      await logging.flush();
    },
  };
}
