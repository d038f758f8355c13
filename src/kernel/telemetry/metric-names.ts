/** Names of metrics: `{service}_{metric}_{unit}` (OBS-06), and the attributes that may split them. */
export const METRIC_UNITS = ['total', 'seconds', 'bytes', 'ratio', 'count', 'state'] as const;
export type MetricUnit = (typeof METRIC_UNITS)[number];

/**
 * Every attribute in use. Each has few values: an id or a URL as an attribute would make one time series a customer and
 * fill the memory of this process and of the monitoring. A new attribute adds its name here.
 */
export const METRIC_ATTRIBUTES = [
  'breaker',
  'cache',
  'consumer',
  'edition',
  'error_code',
  'event_type',
  'job_type',
  'kind',
  'method',
  'module',
  'operation',
  'outcome',
  'quantile',
  'queue',
  'reason',
  'saga',
  'state',
  'status',
] as const;
export type MetricAttribute = (typeof METRIC_ATTRIBUTES)[number];

const SERVICE = /^[a-z][a-z0-9]*$/;
const METRIC = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;

/** `orders_created_total`; throws when a part does not fit, which is a mistake in our code and shows at start. */
export function metricName(service: string, metric: string, unit: MetricUnit): string {
  if (!SERVICE.test(service)) throw new Error(`"${service}" must be one lower-case word: the service of a metric`);
  if (!METRIC.test(metric)) throw new Error(`"${metric}" must be lower-case words joined by _: the name of a metric`);
  if (!METRIC_UNITS.includes(unit)) throw new Error(`"${unit}" must be one of ${METRIC_UNITS.join(', ')}`);
  return `${service}_${metric}_${unit}`;
}

export function checkAttributeNames(names: readonly string[]): void {
  for (const name of names) {
    if (!METRIC_ATTRIBUTES.includes(name as MetricAttribute)) throw new Error(`"${name}" is no attribute of metrics`);
  }
}
