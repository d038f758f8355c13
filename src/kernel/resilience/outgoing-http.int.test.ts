import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { startReceiver, TEST_AUTHORITY } from '#test/support/https-receiver.ts';
import { manualClock } from '../clock.ts';
import { parseTraceparent } from '../telemetry/trace-context.ts';
import { createTracing } from '../telemetry/tracing.ts';
import { createCircuitBreakers } from './circuit-breaker.ts';
import { OutgoingError, type OutgoingErrorReason } from './outgoing-error.ts';
import { createOutgoingHttp, type OutgoingPolicy, type OutgoingRequest } from './outgoing-http.ts';

const INCOMING = parseTraceparent('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');

async function setup(t: TestContext, policy: OutgoingPolicy = {}) {
  const clock = manualClock();
  const breakers = createCircuitBreakers({ clock });
  const tracing = await createTracing({ sampleRatio: 1, exporter: 'memory', serviceName: 'test' });
  const outgoing = createOutgoingHttp({
    breakers,
    tracing,
    policy: { extraCertificateAuthorities: [TEST_AUTHORITY], allowedPrivateHosts: ['127.0.0.1'], ...policy },
  });
  t.after(() => outgoing.close());
  return {
    clock,
    breakers,
    tracing,
    call: (url: string, request: Partial<OutgoingRequest> = {}) =>
      outgoing.request({ breakerName: 'webhook:test', method: 'POST', url, timeoutMs: 5_000, ...request }),
  };
}

function failsWith(reason: OutgoingErrorReason) {
  return (error: unknown) => error instanceof OutgoingError && error.reason === reason;
}

test('an HTTPS call delivers method, path, headers and body with the traceparent of its span', async (t) => {
  const { call, tracing } = await setup(t);
  let seen: unknown;
  const { port } = await startReceiver(t, async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const { 'x-signature': signature, 'user-agent': userAgent, traceparent } = req.headers;
    seen = { method: req.method, url: req.url, signature, userAgent, traceparent, body: String(Buffer.concat(chunks)) };
    res.writeHead(201, { 'x-answer': 'yes' }).end('{"received":true}');
  });
  const answer = await call(`https://127.0.0.1:${port}/hooks?a=1`, {
    headers: { 'X-Signature': 'abc', Traceparent: 'forged' },
    body: '{"id":"evt_1"}',
    traceContext: INCOMING,
  });
  const [span] = tracing.finishedSpans();
  assert.deepEqual(seen, {
    method: 'POST',
    url: '/hooks?a=1',
    signature: 'abc',
    userAgent: 'TechCorp-Platform',
    traceparent: `00-${INCOMING!.traceId}-${span!.spanId}-01`,
    body: '{"id":"evt_1"}',
  });
  assert.equal(span!.parentSpanId, INCOMING!.spanId);
  assert.equal(span!.attributes.status, 201);
  assert.equal(answer.status, 201);
  assert.equal(answer.bodyText, '{"received":true}');
  assert.equal(answer.headers['x-answer'], 'yes');
  assert.equal(answer.isBodyCut, false);
  assert.ok(answer.durationMs > 0);
});

test('ARC-12 ARC-13 five 5xx answers in a row open the breaker; the sixth call is not sent', async (t) => {
  const { call, breakers, clock } = await setup(t);
  let status = 500;
  const receiver = await startReceiver(t, (_req, res) => res.writeHead(status).end());
  const url = `https://127.0.0.1:${receiver.port}/`;
  for (status of [500, 503, 502, 500, 404, 500, 500, 500, 500]) assert.equal((await call(url)).status, status);
  assert.equal(breakers.for('webhook:test').state, 'closed');
  assert.equal((await call(url)).status, 500);
  assert.equal(receiver.hits, 10);
  await assert.rejects(
    call(url),
    (error: unknown) => failsWith('breaker_open')(error) && (error as OutgoingError).retryAfterSeconds === 10,
  );
  assert.equal(receiver.hits, 10);
  status = 200;
  clock.advance(10_000);
  assert.equal((await call(url)).status, 200);
  assert.equal(breakers.for('webhook:test').state, 'closed');
});

test('G-23 a private target is refused before a connection, and no refusal counts for the breaker', async (t) => {
  const { call, breakers } = await setup(t, {
    allowedPrivateHosts: [],
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
  });
  const receiver = await startReceiver(t, (_req, res) => res.end());
  for (const host of ['127.0.0.1', 'receiver.test', 'localhost', '[::1]', '2130706433', '0x7f.1']) {
    await assert.rejects(call(`https://${host}:${receiver.port}/`), failsWith('refused_target'), host);
  }
  await assert.rejects(call(`http://receiver.test:${receiver.port}/`), failsWith('refused_target'));
  assert.equal(receiver.hits, 0);
  assert.equal(breakers.for('webhook:test').state, 'closed');
});

test('G-23 a name that moves to a private address after its first call is refused at connect', async (t) => {
  let address = '127.0.0.2';
  const { call } = await setup(t, {
    allowedPrivateHosts: ['127.0.0.2/32'],
    resolve: async () => [{ address, family: 4 }],
  });
  const outside = await startReceiver(t, (_req, res) => res.writeHead(200, { connection: 'close' }).end(), {
    address: '127.0.0.2',
  });
  const inside = await startReceiver(t, (_req, res) => res.end('secret'), { port: outside.port });
  const url = `https://receiver.test:${outside.port}/`;
  assert.equal((await call(url)).status, 200);
  address = '127.0.0.1';
  await assert.rejects(call(url), failsWith('refused_target'));
  assert.equal(outside.hits, 1);
  assert.equal(inside.hits, 0);
});

test('G-23 a redirect is an answer and is not followed', async (t) => {
  const { call } = await setup(t);
  const goal = await startReceiver(t, (_req, res) => res.end('secret'));
  const receiver = await startReceiver(t, (_req, res) =>
    res.writeHead(302, { location: `https://127.0.0.1:${goal.port}/` }).end(),
  );
  const answer = await call(`https://127.0.0.1:${receiver.port}/`);
  assert.equal(answer.status, 302);
  assert.equal(answer.bodyText, '');
  assert.equal(goal.hits, 0);
});

test('G-23 plain HTTP and private targets are for listed hosts and for URLs from our own configuration', async (t) => {
  const server = createServer((_req, res) => res.end('plain')).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const listed = await setup(t);
  assert.equal((await listed.call(url)).bodyText, 'plain');
  const unlisted = await setup(t, { allowedPrivateHosts: [] });
  assert.equal((await unlisted.call(url, { allowPrivateTargets: true })).bodyText, 'plain');
  await assert.rejects(unlisted.call(url), failsWith('refused_target'));
  await assert.rejects(unlisted.call('file:///etc/passwd', { allowPrivateTargets: true }), failsWith('refused_target'));
});

test('G-23 a connection that was opened without the guard never serves a URL that a customer chose', async (t) => {
  const { call } = await setup(t, {
    allowedPrivateHosts: [],
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
  });
  const receiver = await startReceiver(t, (_req, res) => res.end('ours'));
  const url = `https://receiver.test:${receiver.port}/`;
  assert.equal((await call(url, { allowPrivateTargets: true })).bodyText, 'ours');
  await assert.rejects(call(url), failsWith('refused_target'));
  assert.equal(receiver.hits, 1);
});

test('one deadline covers silence, slow headers and a slow body', async (t) => {
  const { call, breakers } = await setup(t);
  const slowBody = await startReceiver(t, (req, res) => {
    res.writeHead(200).write('begin');
    const timer = setInterval(() => res.write('.'), 40);
    req.once('close', () => clearInterval(timer));
  });
  const silent = await startReceiver(t, () => {});
  const blackHole = createTcpServer(() => {}).listen(0, '127.0.0.1');
  const sockets = new Set<{ destroy(): void }>();
  blackHole.on('connection', (socket) => sockets.add(socket));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    blackHole.close();
  });
  await new Promise((resolve) => blackHole.once('listening', resolve));
  for (const port of [slowBody.port, silent.port, (blackHole.address() as AddressInfo).port]) {
    const started = performance.now();
    await assert.rejects(call(`https://127.0.0.1:${port}/`, { timeoutMs: 250 }), failsWith('timeout'));
    const elapsedMs = performance.now() - started;
    assert.ok(elapsedMs > 200 && elapsedMs < 1_500, String(elapsedMs));
  }
  for (let count = 0; count < 2; count += 1) {
    await assert.rejects(call(`https://127.0.0.1:${silent.port}/`, { timeoutMs: 50 }), failsWith('timeout'));
  }
  assert.equal(breakers.for('webhook:test').state, 'open');
});

test('a huge answer is refused or cut, and its rest is never received', async (t) => {
  const { call } = await setup(t);
  let sentBytes = 0;
  let closed: Promise<unknown> = Promise.resolve();
  const receiver = await startReceiver(t, (req, res) => {
    sentBytes = 0;
    closed = new Promise((resolve) => req.socket.once('close', resolve));
    res.writeHead(200);
    const piece = Buffer.alloc(65_536, 'x');
    const push = () => {
      while (!res.destroyed && sentBytes < 200_000_000) {
        sentBytes += piece.length;
        if (!res.write(piece)) return res.once('drain', push);
      }
      return res.end();
    };
    push();
  });
  const url = `https://127.0.0.1:${receiver.port}/`;
  await assert.rejects(call(url, { maxResponseBytes: 1_000 }), failsWith('response_too_large'));
  await closed;
  assert.ok(sentBytes < 50_000_000, String(sentBytes));
  const cut = await call(url, { maxResponseBytes: 1_000, whenTooLarge: 'cut' });
  assert.equal(cut.bodyText, 'x'.repeat(1_000));
  assert.equal(cut.isBodyCut, true);
  await closed;
});

test('an answer of exactly the limit is not too large', async (t) => {
  const { call } = await setup(t);
  const receiver = await startReceiver(t, (_req, res) => res.end('x'.repeat(1_000)));
  const answer = await call(`https://127.0.0.1:${receiver.port}/`, { maxResponseBytes: 1_000 });
  assert.equal(answer.isBodyCut, false);
  assert.equal(answer.bodyText.length, 1_000);
});

test('an unknown certificate, a wrong name and TLS below 1.2 are refused; nothing is sent', async (t) => {
  const receiver = await startReceiver(t, (_req, res) => res.end());
  const old = await startReceiver(t, (_req, res) => res.end(), {
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
  const distrusting = await setup(t, { extraCertificateAuthorities: [] });
  await assert.rejects(distrusting.call(`https://127.0.0.1:${receiver.port}/`), failsWith('tls'));
  const trusting = await setup(t, {
    allowedPrivateHosts: ['other.test', '127.0.0.1'],
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
  });
  await assert.rejects(trusting.call(`https://other.test:${receiver.port}/`), failsWith('tls'));
  await assert.rejects(trusting.call(`https://127.0.0.1:${old.port}/`), failsWith('tls'));
  assert.equal(receiver.hits + old.hits, 0);
});

test('a closed port, an unknown name and a broken connection are connection errors that hide what the network said', async (t) => {
  const { call } = await setup(t, {
    resolve: () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })),
  });
  const receiver = await startReceiver(t, (req) => req.socket.destroy());
  for (const url of ['https://127.0.0.1:1/', 'https://nowhere.test/', `https://127.0.0.1:${receiver.port}/`]) {
    await assert.rejects(
      call(url),
      (error: unknown) =>
        failsWith('connection')(error) && (error as OutgoingError).message === 'The other side could not be reached.',
      url,
    );
  }
});
