import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
let shop: TestOrganization;
before(async () => {
  app = await testApp();
  shop = await app.organization();
});
after(() => app.close());

const bolt = { name: 'Bolt', description: 'M8', price: 1999, category: 'hardware', active: true };
const json = { 'content-type': 'application/json' };

function post(raw: string | Buffer, headers: Record<string, string> = json) {
  return app.request('POST', '/products', { token: shop.token, raw, headers });
}

/** Every refusal is the envelope, and nothing of our inside is in it. */
function assertEnvelope(answer: { status: number; body: unknown }, status: number, code: string): void {
  const { error } = answer.body as { error: Record<string, unknown> };
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.equal(error.code, code);
  assert.ok(error.message && error.request_id && Array.isArray(error.details));
  assert.doesNotMatch(JSON.stringify(answer.body), /\bat \w+ \(|select |insert into|\.ts:/);
}

test('V1-41 a body over 10 MB is refused with 413', async () => {
  assertEnvelope(await post(Buffer.alloc(11 * 1024 * 1024, 32)), 413, 'ERR_PAYLOAD_TOO_LARGE');
});

test('V1-41 a body over 10 MB without a declared length is refused with 413', async () => {
  const status = await new Promise<number>((resolve, reject) => {
    const options = { method: 'POST', headers: { ...json, authorization: `Bearer ${shop.token}` } };
    const sending = httpRequest(`${app.baseUrl}/products`, options, (response) => resolve(response.statusCode ?? 0));
    sending.on('error', reject);
    const chunk = Buffer.alloc(1024 * 1024, 32);
    for (let megabyte = 0; megabyte < 11; megabyte++) sending.write(chunk);
    sending.end();
  });
  assert.equal(status, 413);
});

test('C-09 news over 1 MB are refused before anybody looks for a signature, with and without a declared length', async () => {
  const path = '/inbound/carriers/ups?account=cac_01h455vb4pex5vsknk084sn02q';
  const raw = JSON.stringify({ padding: 'x'.repeat(1024 * 1024) });
  assertEnvelope(await app.request('POST', path, { raw, headers: json }), 413, 'ERR_PAYLOAD_TOO_LARGE');
  const status = await new Promise<number>((resolve, reject) => {
    const sending = httpRequest(`${app.baseUrl}${path}`, { method: 'POST', headers: json }, (response) =>
      resolve(response.statusCode ?? 0),
    );
    sending.on('error', reject);
    sending.write(raw);
    sending.end();
  });
  assert.equal(status, 413);
});

test('V1-42 a URL over 8 KB is refused with 414', async () => {
  const answer = await app.request('GET', `/products?sku=${'x'.repeat(9 * 1024)}`, { token: shop.token });
  assertEnvelope(answer, 414, 'ERR_PAYLOAD_TOO_LARGE');
});

test('V1-43 headers over 32 KB are refused with 431', async () => {
  const headers = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`x-pad-${index}`, 'y'.repeat(7_500)]));
  assertEnvelope(await app.request('GET', '/products', { token: shop.token, headers }), 431, 'ERR_PAYLOAD_TOO_LARGE');
});

test('V1-42 a URL of thirty thousand parameters is refused at once, and holds up nobody else', async () => {
  const { hostname, port } = new URL(app.baseUrl);
  const socket = connect(Number(port), hostname);
  const startedMs = performance.now();
  socket.write(`GET /products?${'a&'.repeat(30_000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  assert.match(answer, /^HTTP\/1\.1 414 /);
  assert.ok(performance.now() - startedMs < 2_000, 'a list that is copied for each parameter takes five seconds');
});

test('V1-44 more than 50 query parameters are refused with 400', async () => {
  const query = (count: number) => Array.from({ length: count }, (_, index) => `p${index}=1`).join('&');
  const answer = await app.request('GET', `/products?${query(51)}`, { token: shop.token });
  assertEnvelope(answer, 400, 'ERR_VALIDATION');
  assert.match(answer.body.error.message, /50/);
});

test('headers past every bound get a readable answer, not a hung connection', async () => {
  const text = await new Promise<string>((resolve, reject) => {
    const { port } = new URL(app.baseUrl);
    const socket = connect(Number(port), '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
    socket.write(`GET /health HTTP/1.1\r\nHost: x\r\nX-Pad: ${'z'.repeat(100_000)}\r\n\r\n`);
  });
  assert.match(text, /^HTTP\/1\.1 431 /);
  assert.match(text, /"code":"ERR_PAYLOAD_TOO_LARGE"/);
});

test('ERR-05 bodies that cannot be read are refused with 400 or 415', async () => {
  for (const raw of ['{"name":', 'nonsense', '{"a":1}}']) assertEnvelope(await post(raw), 400, 'ERR_VALIDATION');
  assertEnvelope(await post('{"__proto__":{"admin":true}}'), 400, 'ERR_VALIDATION');
  assertEnvelope(await post('<a/>', { 'content-type': 'text/xml' }), 415, 'ERR_UNSUPPORTED_MEDIA_TYPE');
  assertEnvelope(
    await post('a=b', { 'content-type': 'application/x-www-form-urlencoded' }),
    415,
    'ERR_UNSUPPORTED_MEDIA_TYPE',
  );
});

test('ERR-04 ERR-05 hostile values are refused with the path of each field', async () => {
  const hostile = {
    ...bolt,
    name: 'a\u0000b',
    description: '\ud800',
    price: 2 ** 53,
    category: {},
    active: 'y',
    extra: 1,
  };
  const answer = await app.request('POST', '/products', { token: shop.token, body: hostile });
  assertEnvelope(answer, 422, 'ERR_VALIDATION');
  const fields = answer.body.error.details.map((detail: { field: string }) => detail.field).sort();
  assert.deepEqual(fields, ['active', 'category', 'description', 'extra', 'name', 'price']);
});

test('a deeply nested body is refused quickly', async () => {
  const depth = 100_000;
  const started = Date.now();
  const answer = await post(`{"name":${'['.repeat(depth)}${']'.repeat(depth)}}`);
  assert.equal(answer.status >= 400 && answer.status < 500, true);
  assert.ok(Date.now() - started < 2_000);
});

test('VAL-12 VAL-14 VAL-16 VAL-17 input is normalised and the stored object shows it', async () => {
  const body = {
    ...bolt,
    name: '  Bolt  ',
    category: 'HARDWARE',
    active: 'Yes',
    currency: 'eur',
    metadata: { note: 'x' },
  };
  const made = await app.request('POST', '/products', { token: shop.token, body });
  assert.equal(made.status, 201);
  const read = await app.request('GET', `/products/${made.body.id}`, { token: shop.token });
  const { name, category, active, currency } = read.body;
  assert.deepEqual(
    { name, category, active, currency },
    { name: 'Bolt', category: 'hardware', active: true, currency: 'EUR' },
  );
});

test('a request id is taken over when it is harmless, and made otherwise', async () => {
  const given = await app.request('GET', '/products/prd_nope', {
    token: shop.token,
    headers: { 'x-request-id': 'my-id.1' },
  });
  assert.equal(given.headers['x-request-id'], 'my-id.1');
  assert.equal(given.body.error.request_id, 'my-id.1');
  const odd = await app.request('GET', '/health', { headers: { 'x-request-id': 'a b"<script>' } });
  assert.match(odd.headers['x-request-id']!, /^req_/);
});

test('C-34 C-53 methods that a path does not have are 405 and name those it has', async () => {
  const put = await app.request('PUT', '/products', { token: shop.token, body: {} });
  assertEnvelope(put, 405, 'ERR_METHOD_NOT_ALLOWED');
  assert.equal(put.headers.allow, 'POST, GET');
});

test('AUTH-11 unknown paths tell nothing to strangers', async () => {
  assertEnvelope(await app.request('GET', '/secret'), 401, 'ERR_AUTH');
  assertEnvelope(await app.request('GET', '/secret', { token: shop.token }), 404, 'ERR_NOT_FOUND');
});
