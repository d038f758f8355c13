import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../clock.ts';
import type { MetricAttribute } from './metric-names.ts';
import { createMetrics, METRICS_CONTENT_TYPE } from './metrics.ts';
import { createTelemetry } from './telemetry.ts';

function metrics() {
  return createMetrics({ serviceName: 'techcorp', clock: systemClock });
}

/** The samples of a metric as `series value` lines. */
function samples(text: string, name: string): string[] {
  return text.split('\n').filter((line) => line.startsWith(name));
}

test('OBS-05 counters, histograms and gauges render as Prometheus text', async () => {
  const made = metrics();
  const created = made.counter('orders', 'created', 'total', {
    description: 'Orders created.',
    attributes: ['edition'],
  });
  created.add(1, { edition: 'v1' });
  created.bind({ edition: 'v1' }).add(2);
  created.add(1, { edition: 'v2' });
  const duration = made.histogram('gateway', 'request_duration', 'seconds', [0.1, 0.5], {
    description: 'Time to answer.',
    attributes: ['status'],
  });
  for (const seconds of [0.05, 0.1, 0.3, 7]) duration.record(seconds, { status: 200 });
  made.gauge('jobs', 'waiting', 'count', () => [{ value: 4, attributes: { queue: 'mail' } }], {
    description: 'Jobs that wait.',
    attributes: ['queue'],
  });

  const text = await made.render();
  assert.ok(text.includes('# HELP orders_created_total Orders created.\n# TYPE orders_created_total counter\n'));
  assert.deepEqual(samples(text, 'orders_'), [
    'orders_created_total{edition="v1"} 3',
    'orders_created_total{edition="v2"} 1',
  ]);
  assert.ok(text.includes('# TYPE gateway_request_duration_seconds histogram\n'));
  assert.deepEqual(samples(text, 'gateway_'), [
    'gateway_request_duration_seconds_count{status="200"} 4',
    'gateway_request_duration_seconds_sum{status="200"} 7.45',
    'gateway_request_duration_seconds_bucket{status="200",le="0.1"} 2',
    'gateway_request_duration_seconds_bucket{status="200",le="0.5"} 3',
    'gateway_request_duration_seconds_bucket{status="200",le="+Inf"} 4',
  ]);
  assert.deepEqual(samples(text, 'jobs_'), ['jobs_waiting_count{queue="mail"} 4']);
  assert.match(METRICS_CONTENT_TYPE, /^text\/plain; version=0\.0\.4/);
});

test('OBS-05 totals keep growing from scrape to scrape, and one without attributes is there from the start', async () => {
  const made = metrics();
  const sent = made.counter('webhooks', 'sent', 'total', { description: 'Webhooks sent.' });
  assert.deepEqual(samples(await made.render(), 'webhooks_'), ['webhooks_sent_total 0']);
  sent.add(2);
  await made.render();
  sent.add(3);
  sent.add(-1);
  sent.add(Number.NaN);
  assert.deepEqual(samples(await made.render(), 'webhooks_'), ['webhooks_sent_total 5']);
});

test('OBS-06 a name that is not {service}_{metric}_{unit} is refused, and so is a name that is taken', () => {
  const made = metrics();
  const options = { description: 'x' };
  made.counter('orders', 'created', 'total', options);
  assert.throws(() => made.counter('orders', 'created', 'total', options), /exists already/);
  assert.throws(() => made.counter('Orders', 'created', 'total', options), /lower-case/);
  assert.throws(() => made.counter('orders_api', 'created', 'total', options), /one lower-case word/);
  assert.throws(() => made.counter('orders', 'created-now', 'total', options), /lower-case/);
  assert.throws(() => made.counter('orders', '', 'total', options), /lower-case/);
  assert.throws(() => made.counter('orders', 'created', 'pieces' as 'total', options), /must be one of/);
});

test('OBS-06 every metric of a running process is named {service}_{metric}_{unit}', async () => {
  const telemetry = await createTelemetry({
    serviceName: 'techcorp',
    clock: systemClock,
    logDestination: { write() {} },
  });
  const text = await telemetry.metrics.render();
  await telemetry.close();
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]!);
  for (const name of [
    'process_resident_memory_bytes',
    'process_heap_used_bytes',
    'process_event_loop_lag_seconds',
    'process_uptime_seconds',
    'process_cpu_seconds_total',
  ]) {
    assert.ok(names.includes(name), `${name} is missing`);
  }
  for (const name of names) assert.match(name, /^[a-z][a-z0-9]*_[a-z0-9_]+_(total|seconds|bytes|ratio|count|state)$/);
  const resident = Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)![1]);
  assert.ok(resident > 20e6 && resident < 2e9);
});

test('OBS-05 an attribute outside the list is refused, and too many combinations share one series', async () => {
  const made = metrics();
  const attributes = ['org_id' as MetricAttribute];
  assert.throws(() => made.counter('orders', 'created', 'total', { description: 'x', attributes }), /no attribute/);

  const counter = made.counter('orders', 'seen', 'total', { description: 'x', attributes: ['reason'] });
  for (let index = 0; index < 2_100; index += 1) counter.add(1, { reason: `reason ${index}` });
  const lines = samples(await made.render(), 'orders_seen_total');
  assert.equal(lines.length, 2_001);
  assert.equal(lines.at(-1), 'orders_seen_total{otel_metric_overflow="true"} 100');
});

test('OBS-05 an attribute value cannot break out of its line', async () => {
  const made = metrics();
  const counter = made.counter('orders', 'seen', 'total', { description: 'x', attributes: ['reason'] });
  counter.add(1, { reason: 'a"} 9\norders_forged_total 1' });
  assert.deepEqual(samples(await made.render(), 'orders_'), [
    'orders_seen_total{reason="a\\"} 9\\norders_forged_total 1"} 1',
  ]);
});

test('buckets that do not rise are refused', () => {
  assert.throws(() => metrics().histogram('a', 'b', 'seconds', [1, 1], { description: 'x' }), /must rise/);
});
