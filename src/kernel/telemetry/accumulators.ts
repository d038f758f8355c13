import { ValueType } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';

/**
 * Counters and histograms as plain numbers. The instruments of the OpenTelemetry SDK take about 2 µs a record with
 * attributes (they hash them each time); these take 0.6 µs, and 0.04 µs when bound. What they hold is handed to the SDK's
 * reader as OpenTelemetry metric data, so everything behind the reader stays standard.
 */
export type AttributeValues<Names extends string> = { [Name in Names]: string | number };
/** No argument at all for an instrument without attributes. */
export type AttributeArguments<Names extends string> = [Names] extends [never] ? [] : [AttributeValues<Names>];

export interface BoundCounter {
  add(value?: number): void;
}
export interface Counter<Names extends string> {
  /** Adds `value`, which is not negative. */
  add(value: number, ...attributes: AttributeArguments<Names>): void;
  /** The counter of one combination of attributes, for hot paths. */
  bind(...attributes: AttributeArguments<Names>): BoundCounter;
}
export interface BoundHistogram {
  record(value: number): void;
}
export interface Histogram<Names extends string> {
  record(value: number, ...attributes: AttributeArguments<Names>): void;
  bind(...attributes: AttributeArguments<Names>): BoundHistogram;
}

export interface InstrumentDescription {
  name: string;
  description: string;
  attributeNames: readonly string[];
}
type HighResolutionTime = [seconds: number, nanoseconds: number];
export type Collector = (startTime: HighResolutionTime, endTime: HighResolutionTime) => MetricData;

/** The limit of the OpenTelemetry specification; further combinations share one series and nothing grows. */
const MAX_SERIES = 2_000;
const OVERFLOW_ATTRIBUTES = { otel_metric_overflow: 'true' };

interface Series<State> {
  attributes: Record<string, string>;
  state: State;
}

/** Finds the state of a combination of attributes, making it on first use. */
class SeriesTable<State> {
  readonly #names: readonly string[];
  readonly #newState: () => State;
  readonly #series = new Map<string, Series<State>>();
  #overflow: Series<State> | undefined;

  constructor(names: readonly string[], newState: () => State) {
    this.#names = names;
    this.#newState = newState;
  }

  find(values: AttributeValues<string> | undefined): State {
    let key = '';
    for (const name of this.#names) key += `${values![name]}\n`;
    return (this.#series.get(key) ?? this.#make(key, values)).state;
  }

  *[Symbol.iterator](): Generator<Series<State>> {
    yield* this.#series.values();
    if (this.#overflow) yield this.#overflow;
  }

  #make(key: string, values: AttributeValues<string> | undefined): Series<State> {
    if (this.#series.size >= MAX_SERIES) {
      this.#overflow ??= { attributes: OVERFLOW_ATTRIBUTES, state: this.#newState() };
      return this.#overflow;
    }
    const attributes = Object.fromEntries(this.#names.map((name) => [name, String(values![name])]));
    const made = { attributes, state: this.#newState() };
    this.#series.set(key, made);
    return made;
  }
}

class CounterState implements BoundCounter {
  total = 0;
  add(value = 1): void {
    // A counter never falls; a negative or broken value is a mistake that must not spoil the series.
    if (value >= 0) this.total += value;
  }
}

/** A counter and what collects it. One without attributes starts at 0, so that its first increase is visible. */
export function createCounter<Names extends string>(
  instrument: InstrumentDescription,
): { counter: Counter<Names>; collect: Collector } {
  const table = new SeriesTable(instrument.attributeNames, () => new CounterState());
  if (instrument.attributeNames.length === 0) table.find(undefined);
  return {
    counter: {
      add: (value, ...attributes) => table.find(attributes[0]).add(value),
      bind: (...attributes) => table.find(attributes[0]),
    },
    collect: (startTime, endTime) => ({
      ...commonData(instrument),
      dataPointType: DataPointType.SUM,
      isMonotonic: true,
      dataPoints: [...table].map(({ attributes, state }) => ({ startTime, endTime, attributes, value: state.total })),
    }),
  };
}

class HistogramState implements BoundHistogram {
  readonly #boundaries: readonly number[];
  readonly counts: number[];
  sum = 0;
  count = 0;

  constructor(boundaries: readonly number[]) {
    this.#boundaries = boundaries;
    this.counts = new Array<number>(boundaries.length + 1).fill(0);
  }

  record(value: number): void {
    if (Number.isNaN(value)) return;
    let bucket = 0;
    while (bucket < this.#boundaries.length && value > this.#boundaries[bucket]!) bucket += 1;
    this.counts[bucket]! += 1;
    this.sum += value;
    this.count += 1;
  }
}

/** A histogram and what collects it; `boundaries` are the inclusive upper ends of its buckets, rising. */
export function createHistogram<Names extends string>(
  instrument: InstrumentDescription,
  boundaries: readonly number[],
): { histogram: Histogram<Names>; collect: Collector } {
  if (boundaries.some((boundary, index) => index > 0 && boundary <= boundaries[index - 1]!)) {
    throw new Error(`The bucket boundaries of ${instrument.name} must rise`);
  }
  const table = new SeriesTable(instrument.attributeNames, () => new HistogramState(boundaries));
  return {
    histogram: {
      record: (value, ...attributes) => table.find(attributes[0]).record(value),
      bind: (...attributes) => table.find(attributes[0]),
    },
    collect: (startTime, endTime) => ({
      ...commonData(instrument),
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: [...table].map(({ attributes, state }) => ({
        startTime,
        endTime,
        attributes,
        value: {
          buckets: { boundaries: [...boundaries], counts: [...state.counts] },
          sum: state.sum,
          count: state.count,
        },
      })),
    }),
  };
}

function commonData(instrument: InstrumentDescription) {
  return {
    descriptor: { name: instrument.name, description: instrument.description, unit: '', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
}
