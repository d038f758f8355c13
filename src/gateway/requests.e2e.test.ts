import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { ALL_SCOPES, PLATFORM_ORGANIZATION } from '#modules/identity/index.ts';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
let shop: TestOrganization;
let platformToken: string;
before(async () => {
  app = await testApp({ settings: { CORS_ORIGINS: 'https://console.example.com' } });
  shop = await app.organization();
  platformToken = await app.platformToken();
});
after(() => app.close());

const bolt = { name: 'Bolt', description: 'M8', price: 1999, category: 'hardware', active: true };

async function newProduct(organization = shop) {
  const answer = await app.request('POST', '/products', { token: organization.token, body: bolt });
  assert.equal(answer.status, 201);
  return answer;
}

test('G-16 an ETag is given, 304 when it is known, 412 when it is stale', async () => {
  const made = await newProduct();
  const path = `/products/${made.body.id}`;
  const read = await app.request('GET', path, { token: shop.token });
  assert.equal(read.headers.etag, made.headers.etag);
  const known = { token: shop.token, headers: { 'if-none-match': read.headers.etag! } };
  assert.equal((await app.request('GET', path, known)).status, 304);
  const change = (etag: string) =>
    app.request('PATCH', path, { token: shop.token, body: { price: 5 }, headers: { 'if-match': etag } });
  const changed = await change(read.headers.etag!);
  assert.equal(changed.status, 200);
  assert.notEqual(changed.headers.etag, read.headers.etag);
  assert.equal((await change(read.headers.etag!)).status, 412);
  assert.equal((await change('"nonsense"')).status, 412);
  assert.equal((await app.request('GET', path, known)).status, 200);
});

test('CCH-05 a read after a write sees the new value', async () => {
  const { body } = await newProduct();
  const path = `/products/${body.id}`;
  for (let price = 1; price <= 20; price++) {
    await app.request('GET', path, { token: shop.token });
    await app.request('PATCH', path, { token: shop.token, body: { price } });
    assert.equal((await app.request('GET', path, { token: shop.token })).body.price, price);
  }
});

test('C-52 a repeated request gets the first answer, marked; another body is refused', async () => {
  const headers = { 'idempotency-key': 'order-17' };
  const first = await app.request('POST', '/products', { token: shop.token, body: bolt, headers });
  const again = await app.request('POST', '/products', {
    token: shop.token,
    body: { ...bolt, name: ' Bolt ' },
    headers,
  });
  assert.equal(again.status, 201);
  assert.deepEqual(again.body, first.body);
  assert.equal(again.headers['idempotent-replayed'], 'true');
  assert.equal(first.headers['idempotent-replayed'], undefined);
  const other = await app.request('POST', '/products', { token: shop.token, body: { ...bolt, price: 1 }, headers });
  assert.equal(other.status, 422);
  assert.equal(other.body.error.code, 'ERR_IDEMPOTENCY_MISMATCH');
  const alias = { 'x-idempotency-key': 'order-17' };
  const same = await app.request('POST', '/products', { token: shop.token, body: bolt, headers: alias });
  assert.equal(same.body.id, first.body.id);
});

test('C-52 what is kept of a request is no hash that its body could be guessed from', async () => {
  const client = new pg.Client(app.database.connection);
  await client.connect();
  try {
    const headers = { 'idempotency-key': 'keyed' };
    const other = await app.organization();
    for (const { token } of [shop, other]) await app.request('POST', '/products', { token, body: bolt, headers });
    const fingerprints = async () => {
      const text = "select fingerprint from catalog.idempotency_keys where key = 'keyed'";
      return (await client.query<{ fingerprint: Buffer }>(text)).rows.map(({ fingerprint }) => fingerprint);
    };
    const [one, two] = await fingerprints();
    assert.ok(one && two && !one.equals(two), 'the same body of two organisations');
  } finally {
    await client.end();
  }
});

test('C-52 the same key twice at once: one is done, the other waits its turn or gets its answer', async () => {
  const send = () =>
    app.request('POST', '/products', { token: shop.token, body: bolt, headers: { 'idempotency-key': 'twice' } });
  const answers = await Promise.all([send(), send(), send(), send()]);
  const made = answers.filter((answer) => answer.status === 201);
  const waiting = answers.filter((answer) => answer.status === 409);
  assert.equal(made.length + waiting.length, 4);
  assert.equal(new Set(made.map((answer) => answer.body.id)).size, 1);
  for (const answer of waiting) {
    assert.equal(answer.body.error.code, 'ERR_IDEMPOTENCY_IN_PROGRESS');
    assert.equal(answer.headers['retry-after'], '1');
  }
});

test('ARC-19 CORS: only configured origins are answered, preflights without a credential', async () => {
  const origin = 'https://console.example.com';
  const preflight = await app.request('OPTIONS', '/products', {
    headers: { origin, 'access-control-request-method': 'POST' },
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers['access-control-allow-origin'], origin);
  assert.match(preflight.headers['access-control-allow-headers']!, /Authorization/);
  const foreign = await app.request('GET', '/health', { headers: { origin: 'https://evil.example' } });
  assert.equal(foreign.headers['access-control-allow-origin'], undefined);
});

test('AUTH-14 another organisation’s product does not exist: read, change, list, filter', async () => {
  const other = await app.organization();
  const { body } = await newProduct();
  const path = `/products/${body.id}`;
  const foreign = await app.request('GET', path, { token: other.token });
  const missing = await app.request(
    'GET',
    path.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
    { token: other.token },
  );
  assert.equal(foreign.status, 404);
  const plain = (text: string) => text.replaceAll(/prd_\w+|req_\w+/g, '');
  assert.equal(plain(JSON.stringify(foreign.body)), plain(JSON.stringify(missing.body)));
  assert.equal((await app.request('PATCH', path, { token: other.token, body: { price: 1 } })).status, 404);
  assert.deepEqual((await app.request('GET', '/products', { token: other.token })).body.data, []);
});

test('AUTH-13 AUTH-14 a platform token reaches objects of its own world alone, live or test', async () => {
  const sandbox = await app.organization({ livemode: false });
  const [live, tried] = [(await newProduct()).body, (await newProduct(sandbox)).body];
  const headers = { 'x-organization-id': PLATFORM_ORGANIZATION };
  const wish = { name: 'Sandbox', type: 'test', scopes: ALL_SCOPES, expires_at: '2099-01-01T00:00:00Z' };
  const key = await app.request('POST', '/api-keys', { token: platformToken, headers, body: wish });
  assert.equal(key.status, 201, JSON.stringify(key.body));
  for (const [token, own, other] of [
    [platformToken, live, tried],
    [key.body.secret, tried, live],
  ]) {
    const change = { token, body: { price: 3 } };
    assert.equal((await app.request('PATCH', `/products/${own.id}`, change)).status, 200);
    assert.equal((await app.request('GET', `/products/${other.id}`, { token })).status, 404);
    assert.equal((await app.request('PATCH', `/products/${other.id}`, change)).status, 404);
    assert.equal((await app.request('GET', `/organizations/${shop.id}`, { token })).status, 200);
  }
});

test('AUTH-13 whatever a platform token asks for without an organisation is answered or refused, never a fault', async () => {
  const faults: string[] = [];
  for (const { id, method, path, access } of app.operations) {
    if (method !== 'GET' || path.includes(':') || 'public' in access) continue;
    const { status } = await app.request('GET', path, { token: platformToken });
    if (status !== 200 && status !== 400) faults.push(`${id} ${status}`);
  }
  assert.deepEqual(faults, []);
});

test('AUTH-13 a platform token reads and writes in every organisation, by object or by header', async () => {
  const token = platformToken;
  const other = await app.organization();
  const [mine, theirs] = [await newProduct(), await newProduct(other)];
  for (const { body } of [mine, theirs]) {
    assert.equal((await app.request('GET', `/products/${body.id}`, { token })).status, 200);
    assert.equal((await app.request('PATCH', `/products/${body.id}`, { token, body: { price: 7 } })).body.price, 7);
  }
  const everywhere = await app.request('GET', '/products?limit=100', { token });
  const ids = everywhere.body.data.map((product: { id: string }) => product.id);
  assert.ok(ids.includes(mine.body.id) && ids.includes(theirs.body.id));
  const there = { token, headers: { 'x-organization-id': other.id } };
  const scoped = await app.request('GET', '/products', there);
  assert.deepEqual(
    scoped.body.data.map((product: { id: string }) => product.id),
    [theirs.body.id],
  );
  assert.equal((await app.request('POST', '/products', { token, body: bolt })).status, 422);
  assert.equal((await app.request('POST', '/products', { ...there, body: bolt })).status, 201);
});

test('C-38 forged, foreign and moved cursors are refused', async () => {
  for (let index = 0; index < 3; index++) await newProduct();
  const first = await app.request('GET', '/products?limit=1', { token: shop.token });
  const cursor = first.body.next_cursor;
  const ask = (path: string, token = shop.token) => app.request('GET', path, { token });
  assert.equal((await ask(`/products?limit=1&cursor=${cursor}`)).status, 200);
  assert.equal((await ask(`/products?limit=1&cursor=${cursor.slice(0, -2)}AA`)).status, 400);
  assert.equal((await ask(`/products?limit=1&active=true&cursor=${cursor}`)).status, 400);
  assert.equal((await ask(`/customers?limit=1&cursor=${cursor}`)).status, 400);
  assert.equal((await ask('/products?cursor=nonsense')).status, 400);
  assert.equal((await ask('/products?limit=-1')).status, 400);
});

/** What the gateway logged of requests since `from`. */
function requestLines(from: number) {
  return app.logLines
    .slice(from)
    .map((line) => JSON.parse(line))
    .filter(({ service, operation }) => service === 'gateway' && operation !== undefined);
}

test('ARC-18 the gateway logs every request, refused ones too: operation, status, duration, request id', async () => {
  const { token } = await app.organization();
  const from = app.logLines.length;
  const answers = [
    await app.request('GET', '/products?limit=1', { token }),
    await app.request('GET', '/products/none', { token }),
    await app.request('GET', '/orders'),
    await app.request('POST', '/products', { token, body: {} }),
  ];
  const lines = requestLines(from);
  assert.deepEqual(
    lines.map(({ operation, status, correlation_id }) => [operation, status, correlation_id]),
    ['products.list', 'products.get', 'orders.list', 'products.create'].map((operation, index) => [
      operation,
      answers[index]!.status,
      answers[index]!.headers['x-request-id'],
    ]),
  );
  for (const line of lines) assert.ok(line.duration_ms >= 0, JSON.stringify(line));
});

test('OBS-10 the log level of a service changes at run time', async () => {
  const { token } = await app.organization();
  const level = (body: object, as: string) => app.request('PATCH', '/services/gateway', { token: as, body });
  assert.equal((await level({ log_level: 'warn' }, token)).status, 403);
  const logged = async () => {
    const from = app.logLines.length;
    await app.request('GET', '/products?limit=1', { token });
    return requestLines(from).length;
  };
  assert.equal(await logged(), 1);
  assert.equal((await level({ log_level: 'warn' }, platformToken)).status, 200);
  assert.equal(await logged(), 0);
  assert.equal((await level({ log_level: 'info' }, platformToken)).status, 200);
  assert.equal(await logged(), 1);
});
