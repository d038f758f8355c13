import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatTraceparent, newSpanId, newTraceId, parseTraceparent } from './trace-context.ts';
import { createTracing, type TracingOptions } from './tracing.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';
const INCOMING = `00-${TRACE_ID}-${SPAN_ID}-01`;

function memoryTracing(options: Partial<TracingOptions> = {}) {
  return createTracing({ sampleRatio: 1, exporter: 'memory', serviceName: 'techcorp', ...options });
}

test('a traceparent is parsed as W3C Trace Context says', () => {
  assert.deepEqual(parseTraceparent(INCOMING), { traceId: TRACE_ID, spanId: SPAN_ID, sampled: true });
  assert.equal(parseTraceparent(`00-${TRACE_ID}-${SPAN_ID}-00`)?.sampled, false);
  assert.equal(parseTraceparent(`00-${TRACE_ID}-${SPAN_ID}-ff`)?.sampled, true);
  assert.equal(parseTraceparent(`00-${TRACE_ID}-${SPAN_ID}-02`)?.sampled, false);
  assert.deepEqual(parseTraceparent(`cc-${TRACE_ID}-${SPAN_ID}-01-what-comes-later`)?.traceId, TRACE_ID);
});

test('a malformed traceparent is not continued', () => {
  for (const header of [
    undefined,
    '',
    'garbage',
    [INCOMING, INCOMING],
    `ff-${TRACE_ID}-${SPAN_ID}-01`,
    `00-${TRACE_ID}-${SPAN_ID}-01-extra`,
    `cc-${TRACE_ID}-${SPAN_ID}-01extra`,
    `00-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01`,
    `00-${'0'.repeat(32)}-${SPAN_ID}-01`,
    `00-${TRACE_ID}-${'0'.repeat(16)}-01`,
    `00-${TRACE_ID.slice(1)}-${SPAN_ID}-01`,
    `00-${TRACE_ID}-${SPAN_ID}-1`,
    `00-${TRACE_ID}-${SPAN_ID}`,
  ]) {
    assert.equal(parseTraceparent(header), undefined, String(header));
  }
});

test('what is formatted parses back, and parsing never throws', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.string(), (sampled, text) => {
      const context = { traceId: newTraceId(), spanId: newSpanId(), sampled };
      assert.deepEqual(parseTraceparent(formatTraceparent(context)), context);
      parseTraceparent(text);
    }),
  );
});

test('ids are of the right form and do not repeat', () => {
  const ids = new Set(Array.from({ length: 2_000 }, () => newTraceId()));
  assert.equal(ids.size, 2_000);
  for (const id of ids) assert.match(id, /^[0-9a-f]{32}$/);
  assert.match(newSpanId(), /^[0-9a-f]{16}$/);
});

test('OBS-02 the trace of the caller goes on through request span, inner span and header', async () => {
  const tracing = await memoryTracing();
  const request = tracing.startRequest(INCOMING, 'orders.create');
  assert.equal(request.context.traceId, TRACE_ID);
  assert.notEqual(request.context.spanId, SPAN_ID);
  const header = await tracing.span('payments.authorize', { attempt: 1 }, request.context, async (span) =>
    tracing.headerOf(span.context),
  );
  request.setAttribute('status', 201);
  request.end();

  const [inner, outer] = tracing.finishedSpans();
  assert.equal(outer!.parentSpanId, SPAN_ID);
  assert.equal(outer!.kind, 'server');
  assert.deepEqual(outer!.attributes, { status: 201 });
  assert.equal(inner!.parentSpanId, request.context.spanId);
  assert.deepEqual(inner!.attributes, { attempt: 1 });
  assert.equal(header, `00-${TRACE_ID}-${inner!.spanId}-01`);
});

test('a span of later work, such as a consumer, hangs on the traceparent that the event carried', async () => {
  const tracing = await memoryTracing({ sampleRatio: 0 });
  await tracing.span('webhooks.deliver', {}, parseTraceparent(INCOMING), async () => undefined);
  assert.equal(tracing.finishedSpans()[0]!.parentSpanId, SPAN_ID);
});

test('a request that is not sampled records nothing and still hands on a valid traceparent', async () => {
  for (const options of [{ sampleRatio: 0 }, { exporter: 'none' as const }]) {
    const tracing = await memoryTracing(options);
    const continued = tracing.startRequest(INCOMING, 'orders.create');
    const fresh = tracing.startRequest(undefined, 'orders.create');
    const header = await tracing.span('inner', {}, continued.context, async (span) => tracing.headerOf(span.context));
    continued.end();
    fresh.end();
    assert.deepEqual(tracing.finishedSpans(), []);
    assert.equal(header, `00-${TRACE_ID}-${continued.context.spanId}-00`);
    assert.notEqual(continued.context.spanId, SPAN_ID);
    assert.ok(parseTraceparent(tracing.headerOf(fresh.context)));
    assert.notEqual(fresh.context.traceId, TRACE_ID);
  }
});

test('the ratio decides how many requests are recorded, whatever flag the caller sends', async () => {
  const tracing = await memoryTracing({ sampleRatio: 0.1 });
  for (let index = 0; index < 2_000; index += 1) tracing.startRequest(INCOMING, 'orders.list').end();
  const recorded = tracing.finishedSpans().length;
  // Ten standard deviations around 200: fails by chance less than once in the life of the universe.
  assert.ok(recorded > 66 && recorded < 334, String(recorded));
});

test('behind a trusted proxy the flag of the caller decides', async () => {
  const tracing = await memoryTracing({ sampleRatio: 0, followIncomingSampling: true });
  tracing.startRequest(INCOMING, 'recorded').end();
  tracing.startRequest(`00-${TRACE_ID}-${SPAN_ID}-00`, 'not recorded').end();
  tracing.startRequest(undefined, 'left to the ratio').end();
  assert.deepEqual(
    tracing.finishedSpans().map((span) => span.name),
    ['recorded'],
  );
});

test('OBS-02 a throwing span is marked as failed, ends, and carries no secret', async () => {
  const tracing = await memoryTracing();
  const failure = Object.assign(new Error('no'), { code: 'ECONNREFUSED' });
  await assert.rejects(
    tracing.span('call', { note: 'Bearer abcDEF123456' }, undefined, () => Promise.reject(failure)),
    failure,
  );
  const [span] = tracing.finishedSpans();
  assert.equal(span!.failed, true);
  assert.deepEqual(span!.attributes, { note: '[redacted]', 'error.type': 'ECONNREFUSED' });
});

test('a sample ratio outside 0 to 1 is refused at start', async () => {
  await assert.rejects(createTracing({ sampleRatio: 10, serviceName: 'techcorp' }), RangeError);
});
