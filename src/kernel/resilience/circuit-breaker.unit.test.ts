import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { manualClock } from '../clock.ts';
import { DomainError } from '../errors.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { type BreakerStatus, createCircuitBreakers, isFailure, observeBreakers } from './circuit-breaker.ts';
import { OutgoingError } from './outgoing-error.ts';

const NETWORK_ERROR = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });

function setup() {
  const clock = manualClock();
  const changes: BreakerStatus[] = [];
  const breakers = createCircuitBreakers({ clock, onChange: (status) => changes.push(status) });
  const breaker = breakers.for('provider');
  let calls = 0;
  const call = async (fails: boolean) => {
    calls += 1;
    if (fails) throw NETWORK_ERROR;
    return 'answer';
  };
  return {
    clock,
    changes,
    breakers,
    breaker,
    fail: () =>
      assert.rejects(
        breaker.execute(() => call(true)),
        NETWORK_ERROR,
      ),
    succeed: async () => assert.equal(await breaker.execute(() => call(false)), 'answer'),
    refused: () =>
      assert.rejects(
        breaker.execute(() => call(false)),
        isUnavailable,
      ),
    calls: () => calls,
  };
}

function isUnavailable(error: unknown): boolean {
  return error instanceof DomainError && error.kind === 'unavailable' && (error.retryAfterSeconds ?? 0) >= 1;
}

test('ARC-13 the breaker opens after exactly 5 consecutive failures and then runs nothing', async () => {
  const { breaker, fail, refused, calls } = setup();
  for (let count = 1; count <= 5; count += 1) {
    assert.equal(breaker.state, 'closed');
    await fail();
  }
  assert.equal(breaker.state, 'open');
  await refused();
  assert.equal(calls(), 5);
});

test('ARC-13 a success in between starts the count again', async () => {
  const { breaker, fail, succeed } = setup();
  for (let count = 0; count < 4; count += 1) await fail();
  await succeed();
  for (let count = 0; count < 4; count += 1) await fail();
  assert.equal(breaker.state, 'closed');
  await fail();
  assert.equal(breaker.state, 'open');
});

test('ARC-13 for any history the breaker opens at the first run of 5 failures and not before', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 40 }), async (history) => {
      const { breaker, fail, succeed } = setup();
      let run = 0;
      for (const fails of history) {
        await (fails ? fail() : succeed());
        run = fails ? run + 1 : 0;
        assert.equal(breaker.state, run === 5 ? 'open' : 'closed');
        if (run === 5) return;
      }
    }),
    { numRuns: 60 },
  );
});

test('ARC-13 after 10 seconds one trial call decides: success closes, failure opens for another 10 seconds', async () => {
  const { breaker, breakers, clock, changes, fail, succeed, refused } = setup();
  for (let count = 0; count < 5; count += 1) await fail();
  clock.advance(9_999);
  await refused();
  assert.deepEqual(breakers.status(), {
    total: 1,
    notClosed: [{ name: 'provider', state: 'open', retryAfterSeconds: 1 }],
  });
  clock.advance(1);
  assert.equal(breaker.state, 'half_open');
  await fail();
  assert.equal(breaker.state, 'open');
  await refused();
  clock.advance(10_000);
  await succeed();
  assert.equal(breaker.state, 'closed');
  for (let count = 0; count < 4; count += 1) await fail();
  assert.equal(breaker.state, 'closed');
  assert.deepEqual(
    changes.map((change) => change.state),
    ['open', 'half_open', 'open', 'half_open', 'closed'],
  );
});

test('ARC-13 while a trial call runs the others are refused at once', { timeout: 5_000 }, async () => {
  const { breaker, clock, fail, refused } = setup();
  for (let count = 0; count < 5; count += 1) await fail();
  clock.advance(10_000);
  const trial = Promise.withResolvers<string>();
  const running = breaker.execute(() => trial.promise);
  await refused();
  trial.resolve('well again');
  assert.equal(await running, 'well again');
  assert.equal(breaker.state, 'closed');
});

test('ARC-13 an answer that blames the request is no failure and ends a run of failures', async () => {
  const { breaker, fail } = setup();
  const declined = new DomainError('payment_failed', 'The card was declined.');
  for (let count = 0; count < 4; count += 1) await fail();
  await assert.rejects(
    breaker.execute(() => Promise.reject(declined)),
    declined,
  );
  for (let count = 0; count < 4; count += 1) await fail();
  assert.equal(breaker.state, 'closed');
});

test('ARC-13 network errors, timeouts and 5xx are failures; 4xx and our own refusals are not', () => {
  for (const error of [
    NETWORK_ERROR,
    new OutgoingError('timeout', 'x'),
    new OutgoingError('connection', 'x'),
    new OutgoingError('tls', 'x'),
    new DomainError('upstream', 'x'),
    { status: 503 },
    { statusCode: 500 },
    undefined,
  ]) {
    assert.equal(isFailure(error), true, String(error));
  }
  for (const error of [
    new OutgoingError('refused_target', 'x'),
    new OutgoingError('response_too_large', 'x'),
    new DomainError('payment_failed', 'x'),
    new DomainError('validation', 'x'),
    { status: 429 },
    { statusCode: 404 },
  ]) {
    assert.equal(isFailure(error), false, String(error));
  }
});

test('ARC-13 a received answer may count as a failure and still reaches the caller', async () => {
  const { breaker } = setup();
  const options = { isFailedResult: (answer: { status: number }) => answer.status >= 500 };
  for (let count = 0; count < 5; count += 1) {
    assert.deepEqual(await breaker.execute(async () => ({ status: 503 }), options), { status: 503 });
  }
  assert.equal(breaker.state, 'open');
});

test('breakers are separate by name, counted by group, and their number is bounded', async () => {
  const clock = manualClock();
  const breakers = createCircuitBreakers({ clock, failuresToOpen: 1 });
  await assert.rejects(breakers.for('webhook:a.example').execute(() => Promise.reject(NETWORK_ERROR)));
  assert.equal(breakers.for('webhook:a.example').state, 'open');
  assert.equal(breakers.for('webhook:b.example').state, 'closed');
  breakers.for('stripe');
  assert.deepEqual(
    [...breakers.openByGroup()],
    [
      ['webhook', 1],
      ['stripe', 0],
    ],
  );

  const metrics = createMetrics({ serviceName: 'techcorp', clock });
  observeBreakers(metrics, breakers);
  assert.match(await metrics.render(), /^resilience_open_breakers_count\{breaker="webhook"\} 1$/m);

  for (let index = 0; index < 5_100; index += 1) breakers.for(`webhook:${index}.example`);
  assert.equal(breakers.status().total, 5_000);
  assert.equal(breakers.for('webhook:a.example').state, 'open');
});
