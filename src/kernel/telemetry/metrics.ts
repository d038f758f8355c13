import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import type { Clock } from '../clock.ts';
import {
  type AttributeValues,
  type Collector,
  type Counter,
  createCounter,
  createHistogram,
  type Histogram,
} from './accumulators.ts';
import { checkAttributeNames, type MetricAttribute, type MetricUnit, metricName } from './metric-names.ts';

/**
 * Metrics on the OpenTelemetry SDK, read by Prometheus (OBS-05) under names `{service}_{metric}_{unit}` (OBS-06).
 * Counters and histograms are kept in accumulators.ts for speed and join the SDK's reader as a metric producer; gauges
 * are the SDK's own observable instruments, asked only when somebody scrapes.
 */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export interface InstrumentOptions<Names extends MetricAttribute> {
  /** One sentence for people who read /metrics. */
  description: string;
  /** What splits the metric; each of few values. */
  attributes?: readonly Names[];
}

export interface Observation<Names extends string> {
  value: number;
  attributes: AttributeValues<Names>;
}

/** Every method throws on a name that breaks the rule or is taken: instruments are made once, at start. */
export interface Metrics {
  counter<Names extends MetricAttribute = never>(
    service: string,
    metric: string,
    unit: 'total',
    options: InstrumentOptions<Names>,
  ): Counter<Names>;
  histogram<Names extends MetricAttribute = never>(
    service: string,
    metric: string,
    unit: 'seconds' | 'bytes' | 'count',
    buckets: readonly number[],
    options: InstrumentOptions<Names>,
  ): Histogram<Names>;
  /** A value that is read when somebody scrapes: a number, or one for each combination of attributes. */
  gauge<Names extends MetricAttribute = never>(
    service: string,
    metric: string,
    unit: Exclude<MetricUnit, 'total'>,
    read: () => number | Iterable<Observation<Names>>,
    options: InstrumentOptions<Names>,
  ): void;
  /** A total that something else counts, such as the operating system. */
  observedTotal(service: string, metric: string, unit: 'total', read: () => number, description: string): void;
  /** The text of GET /metrics, of type METRICS_CONTENT_TYPE. */
  render(): Promise<string>;
  close(): Promise<void>;
}

/** A reader that only reads when asked: Prometheus pulls. */
class ScrapeReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

export function createMetrics(options: { serviceName: string; clock: Clock }): Metrics {
  const { serviceName, clock } = options;
  const resource = resourceFromAttributes({ 'service.name': serviceName });
  const collectors = new Map<string, Collector | undefined>();
  const startTime = timeOf(clock);
  const accumulated = {
    async collect() {
      const endTime = timeOf(clock);
      const metrics = [...collectors.values()].flatMap((collect) => (collect ? [collect(startTime, endTime)] : []));
      return { resourceMetrics: { resource, scopeMetrics: [{ scope: { name: serviceName }, metrics }] }, errors: [] };
    },
  };
  const reader = new ScrapeReader({ metricProducers: [accumulated] });
  const provider = new MeterProvider({ resource, readers: [reader] });
  const meter = provider.getMeter(serviceName);

  function register(service: string, metric: string, unit: MetricUnit, attributeNames: readonly string[] = []): string {
    const name = metricName(service, metric, unit);
    checkAttributeNames(attributeNames);
    if (collectors.has(name)) throw new Error(`The metric ${name} exists already`);
    collectors.set(name, undefined);
    return name;
  }

  return {
    counter(service, metric, unit, { description, attributes = [] }) {
      const name = register(service, metric, unit, attributes);
      const made = createCounter<(typeof attributes)[number]>({ name, description, attributeNames: attributes });
      collectors.set(name, made.collect);
      return made.counter;
    },
    histogram(service, metric, unit, buckets, { description, attributes = [] }) {
      const name = register(service, metric, unit, attributes);
      const instrument = { name, description, attributeNames: attributes };
      const made = createHistogram<(typeof attributes)[number]>(instrument, buckets);
      collectors.set(name, made.collect);
      return made.histogram;
    },
    gauge(service, metric, unit, read, { description, attributes }) {
      const gauge = meter.createObservableGauge(register(service, metric, unit, attributes), { description });
      gauge.addCallback((result) => {
        const values = read();
        if (typeof values === 'number') result.observe(values);
        else for (const observation of values) result.observe(observation.value, observation.attributes);
      });
    },
    observedTotal(service, metric, unit, read, description) {
      const total = meter.createObservableCounter(register(service, metric, unit), { description });
      total.addCallback((result) => result.observe(read()));
    },
    async render() {
      const { resourceMetrics } = await reader.collect();
      return (await prometheusSerializer()).serialize(resourceMetrics);
    },
    close: () => provider.shutdown(),
  };
}

/** Loaded at the first scrape: the package brings a second copy of the SDK (4.5 MB) that an idle process can spare. */
async function prometheusSerializer() {
  const { PrometheusSerializer } = await import('@opentelemetry/exporter-prometheus');
  // No prefix, no timestamps, no constant labels, no target_info series, no scope labels.
  return new PrometheusSerializer(undefined, false, undefined, true, true);
}

function timeOf(clock: Clock): [number, number] {
  const nowMs = clock.nowMs();
  return [Math.floor(nowMs / 1_000), (nowMs % 1_000) * 1_000_000];
}
