import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type TestApp, testApp } from '#test/support/app.ts';

let app: TestApp;
before(async () => {
  app = await testApp();
});
after(() => app?.close());

test('V1-63 V1-65 the process says that it runs, whatever its dependencies do', async () => {
  for (const path of ['/health', '/health/live']) {
    const { status, body } = await app.request('GET', path);
    assert.deepEqual([status, body.status], [200, 'ok']);
  }
});

test('V1-64 G-62 readiness asks the database: 200 with its latency, 503 when it does not answer', async () => {
  const ready = await app.request('GET', '/health/ready');
  assert.deepEqual([ready.status, ready.body.status, ready.body.dependencies.database.ok], [200, 'ready', true]);
  assert.ok(ready.body.dependencies.database.latency_ms >= 0);
  const { relay } = app.platform.runtime;
  const { read } = relay;
  relay.read = () => Promise.reject(new Error('connection refused'));
  try {
    const down = await app.request('GET', '/health/ready');
    assert.deepEqual([down.status, down.body.status, down.body.dependencies.database.ok], [503, 'degraded', false]);
    assert.equal((await app.request('GET', '/health/live')).status, 200);
  } finally {
    relay.read = read;
  }
});
