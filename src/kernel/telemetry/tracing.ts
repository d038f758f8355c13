import { ROOT_CONTEXT, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type SpanExporter,
  type SpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { describeError } from './log-fields.ts';
import { scrubText } from './scrub.ts';
import { formatTraceparent, newSpanId, newTraceId, parseTraceparent, type TraceContext } from './trace-context.ts';

/**
 * Tracing on the OpenTelemetry SDK (OBS-02), with spans made by hand where they tell something: the request, the calls
 * that leave the process, jobs and consumers. There is no automatic instrumentation: patching http and pg cost half of
 * the throughput of a small handler even for requests that were not sampled, and loads 29 MB of packages. Here a
 * request that is not sampled costs two random ids.
 */
export type SpanAttributes = Record<string, string | number | boolean>;

export interface ActiveSpan {
  /** Pass it on as parent, and out as `traceparent`. */
  readonly context: TraceContext;
  /** Ignored when the trace is not sampled. Texts are scrubbed like log lines. */
  setAttribute(name: string, value: string | number | boolean): void;
  /** Marks the span as failed, with code and scrubbed message of what was thrown. */
  fail(error: unknown): void;
  end(): void;
}

export interface FinishedSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  kind: 'server' | 'internal';
  attributes: Record<string, unknown>;
  failed: boolean;
}

export interface TracingOptions {
  /** Share of new requests that are recorded, 0 to 1: 0.1 in production, 1 in staging (OBS-11, OBS-12). */
  sampleRatio: number;
  exporter?: 'none' | 'memory' | 'otlp';
  serviceName: string;
  /** URL of the OTLP/HTTP collector, such as `http://collector:4318/v1/traces`; for `otlp`. */
  endpoint?: string;
  /** Circuit breaker around each export (ARC-12). */
  exportBreaker?: { execute<Result>(call: () => Promise<Result>): Promise<Result> };
  /**
   * Whether a caller's sampled flag decides instead of the ratio. Off by default: anybody may send the flag, and a
   * recorded request costs more. Switch it on behind a proxy of your own that sets the header.
   */
  followIncomingSampling?: boolean;
}

export interface Tracing {
  /** Begins the span of an incoming request: the trace of a valid `traceparent` goes on, else a new one begins. */
  startRequest(traceparent: string | readonly string[] | undefined, name: string): ActiveSpan;
  /**
   * Runs `work` inside a span below `parent`, whose sampled flag decides (without a parent the ratio does). The span
   * ends with the work and is marked as failed when it throws.
   */
  span<Result>(
    name: string,
    attributes: SpanAttributes,
    parent: TraceContext | undefined,
    work: (span: ActiveSpan) => Promise<Result>,
  ): Promise<Result>;
  /** The `traceparent` header value of a context. */
  headerOf(context: TraceContext): string;
  /** Spans kept by the `memory` exporter, in the order in which they ended; empty for others. */
  finishedSpans(): FinishedSpan[];
  /** Sends what waits and releases the exporter. */
  close(): Promise<void>;
}

/** Asynchronous because the OTLP exporter (6 MB) is only loaded when it is configured. */
export async function createTracing(options: TracingOptions): Promise<Tracing> {
  const { sampleRatio, exporter = 'none' } = options;
  if (!(sampleRatio >= 0 && sampleRatio <= 1)) throw new RangeError('sampleRatio must be between 0 and 1');
  if (exporter === 'none') return tracingOf(options, undefined, undefined, undefined);

  const memory = exporter === 'memory' ? new InMemorySpanExporter() : undefined;
  const processor: SpanProcessor = memory
    ? new SimpleSpanProcessor({ exporter: memory })
    : new BatchSpanProcessor({ exporter: await otlpExporter(options) });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': options.serviceName }),
    // Whether a trace is recorded was decided before the SDK is asked for a span.
    sampler: new AlwaysOnSampler(),
    idGenerator: { generateTraceId: newTraceId, generateSpanId: newSpanId },
    spanProcessors: [processor],
  });
  return tracingOf(options, provider.getTracer(options.serviceName), provider, memory);
}

async function otlpExporter(options: TracingOptions): Promise<SpanExporter> {
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const exporter = new OTLPTraceExporter(options.endpoint ? { url: options.endpoint } : {});
  const breaker = options.exportBreaker;
  if (!breaker) return exporter;
  return {
    export(spans, done) {
      const send = () =>
        new Promise<void>((resolve, reject) => {
          exporter.export(spans, (result) => (result.code === 0 ? resolve() : reject(result.error)));
        });
      breaker.execute(send).then(
        () => done({ code: 0 }),
        (error: Error) => done({ code: 1, error }),
      );
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}

function tracingOf(
  options: TracingOptions,
  tracer: Tracer | undefined,
  provider: TracerProvider | undefined,
  memory: InMemorySpanExporter | undefined,
): Tracing {
  function decide(parent: TraceContext | undefined): boolean {
    if (parent && options.followIncomingSampling) return parent.sampled;
    return Math.random() < options.sampleRatio;
  }

  function start(name: string, kind: SpanKind, parent: TraceContext | undefined, sampled: boolean): ActiveSpan {
    if (tracer && sampled) return new RecordedSpan(tracer, name, kind, parent);
    return new UnrecordedSpan({ traceId: parent?.traceId ?? newTraceId(), spanId: newSpanId(), sampled: false });
  }

  return {
    startRequest(traceparent, name) {
      const parent = parseTraceparent(traceparent);
      return start(name, SpanKind.SERVER, parent, decide(parent));
    },
    async span(name, attributes, parent, work) {
      // An unrecorded parent is handed on as it is: nobody will look for a span in between.
      if (parent && !(tracer && parent.sampled)) return work(new UnrecordedSpan(parent));
      const span = start(name, SpanKind.INTERNAL, parent, parent ? parent.sampled : decide(undefined));
      if (span.context.sampled) for (const key in attributes) span.setAttribute(key, attributes[key]!);
      try {
        return await work(span);
      } catch (error) {
        span.fail(error);
        throw error;
      } finally {
        span.end();
      }
    },
    headerOf: formatTraceparent,
    finishedSpans: () => memory?.getFinishedSpans().map(finishedSpan) ?? [],
    async close() {
      await provider?.shutdown();
    },
  };
}

class UnrecordedSpan implements ActiveSpan {
  readonly context: TraceContext;

  constructor(context: TraceContext) {
    this.context = context;
  }
  setAttribute(): void {}
  fail(): void {}
  end(): void {}
}

class RecordedSpan implements ActiveSpan {
  readonly context: TraceContext;
  readonly #span;

  constructor(tracer: Tracer, name: string, kind: SpanKind, parent: TraceContext | undefined) {
    const within = parent
      ? trace.setSpanContext(ROOT_CONTEXT, {
          traceId: parent.traceId,
          spanId: parent.spanId,
          traceFlags: 1,
          isRemote: true,
        })
      : ROOT_CONTEXT;
    this.#span = tracer.startSpan(name, { kind }, within);
    const { traceId, spanId } = this.#span.spanContext();
    this.context = { traceId, spanId, sampled: true };
  }

  setAttribute(name: string, value: string | number | boolean): void {
    this.#span.setAttribute(name, typeof value === 'string' ? scrubText(value) : value);
  }

  fail(error: unknown): void {
    const { name, code, message } = describeError(error);
    this.#span.setAttribute('error.type', code || name);
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message });
  }

  end(): void {
    this.#span.end();
  }
}

function finishedSpan(span: ReturnType<InMemorySpanExporter['getFinishedSpans']>[number]): FinishedSpan {
  return {
    name: span.name,
    traceId: span.spanContext().traceId,
    spanId: span.spanContext().spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    kind: span.kind === SpanKind.SERVER ? 'server' : 'internal',
    attributes: { ...span.attributes },
    failed: span.status.code === SpanStatusCode.ERROR,
  };
}
