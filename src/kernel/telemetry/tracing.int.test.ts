import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createTracing } from './tracing.ts';

test('OBS-02 spans reach an OTLP collector, through the breaker, with their trace ids', async (t) => {
  const bodies: string[] = [];
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    bodies.push(Buffer.concat(chunks).toString('utf8'));
    res.setHeader('content-type', 'application/json').end('{}');
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');

  let guardedCalls = 0;
  const tracing = await createTracing({
    sampleRatio: 1,
    exporter: 'otlp',
    serviceName: 'techcorp-test',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    exportBreaker: {
      execute(call) {
        guardedCalls += 1;
        return call();
      },
    },
  });
  const request = tracing.startRequest(undefined, 'orders.create');
  request.end();
  await tracing.close();

  assert.equal(guardedCalls, 1);
  assert.equal(bodies.length, 1);
  assert.match(bodies[0]!, /orders\.create/);
  assert.match(bodies[0]!, /techcorp-test/);
  assert.ok(bodies[0]!.includes(request.context.traceId));
});
