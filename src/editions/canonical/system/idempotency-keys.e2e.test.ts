import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DAY_MS } from '#kernel/clock.ts';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
let shop: TestOrganization;
before(async () => {
  app = await testApp();
  shop = await app.organization();
});
after(() => app?.close());

const bolt = { name: 'Bolt', description: 'M8', price: 1999, category: 'hardware', active: true };
const ask = (key: string, token = shop.token) =>
  app.request('GET', `/idempotency-keys/${encodeURIComponent(key)}`, { token });

async function create(path: string, body: unknown, key: string, token = shop.token) {
  return app.request('POST', path, { token, body, headers: { 'idempotency-key': key } });
}

test('G-14 what became of a request: its operation, its object, its request id, when it is forgotten', async () => {
  assert.equal((await ask('made/1+?#')).status, 404, 'nobody sent it yet');
  const good = await create('/products', bolt, 'made/1+?#');
  const told = await ask('made/1+?#');
  assert.equal(told.status, 200);
  const [request, ...others] = told.body.requests;
  assert.deepEqual(others, []);
  assert.deepEqual(request, {
    operation: 'products.create',
    state: 'done',
    object_id: good.body.id,
    error: null,
    request_id: good.headers['x-request-id'],
    created_at: good.body.created_at,
    expires_at: new Date(Date.parse(good.body.created_at) + DAY_MS).toISOString(),
  });
});

test('G-14 one key of two operations tells of both, whichever module did the work', async () => {
  await create('/products', bolt, 'twice');
  await create('/customers', { type: 'company', name: 'Acme' }, 'twice');
  const { body } = await ask('twice');
  const operations = body.requests.map(({ operation }: { operation: string }) => operation);
  assert.deepEqual(operations.sort(), ['customers.create', 'products.create']);
});

test('G-14 a refusal that is kept is told with its code', async () => {
  const product = (await app.request('POST', '/products', { token: shop.token, body: bolt })).body.id;
  const customer = (await create('/customers', { type: 'company', name: 'Acme' }, 'buyer')).body.id;
  const items = [{ product_id: product, quantity: 1, unit_price: 1999 }];
  const order = await create('/orders', { customer_id: customer, currency: 'USD', items, total: 1999 }, 'order');
  assert.equal(order.status, 201, JSON.stringify(order.body));
  const refused = await create(`/orders/${order.body.id}/confirm`, undefined, 'confirm');
  assert.ok(refused.status >= 400);
  const { body } = await ask('confirm');
  const [{ operation, state, error, object_id }] = body.requests;
  assert.deepEqual([operation, state, object_id], ['orders.confirm', 'refused', null]);
  assert.deepEqual(error, { code: refused.body.error.code, message: refused.body.error.message });
});

test('G-14 another organisation, another mode and a credential without the scope learn nothing', async () => {
  await create('/products', bolt, 'secret');
  const missing = await ask('never-used');
  const stranger = await app.organization();
  const testing = await app.organization({ livemode: false });
  const reader = await app.tokenWith(shop, ['products:read']);
  for (const token of [stranger.token, testing.token, reader]) {
    const answer = await ask('secret', token);
    assert.equal(answer.status, 404);
    const words = (body: { error: { message: string } }) => body.error.message.replace(/secret|never-used/, '');
    assert.equal(words(answer.body), words(missing.body));
  }
  assert.equal((await ask('secret', await app.tokenWith(shop, ['products:write']))).status, 200);
  assert.equal((await app.request('GET', '/idempotency-keys/secret')).status, 401);
});

test('G-14 requests of /v1 and /v2 are told too, and those of the test world are not', async () => {
  const [v1, v2, testKey] = [
    await app.key(shop),
    await app.key(shop, { edition: 'v2', family: 'tc_live_sk' }),
    await app.key(shop, { edition: 'v2', family: 'tc_test_sk' }),
  ];
  const headers = { 'x-idempotency-key': 'everywhere' };
  const person = { name: 'Bob Dupont', email: 'everywhere@example.com' };
  const user = await app.request('POST', '/v1/users', { headers: { ...headers, 'x-api-key': v1 }, body: person });
  assert.equal(user.status, 201, JSON.stringify(user.body));
  const widget = { name: 'Widget', price: 1 };
  const product = await app.request('POST', '/v2/products', { token: v2, headers, body: widget });
  await app.request('POST', '/v2/products', { token: testKey, headers, body: { ...widget, name: 'Toy' } });
  const { body } = await ask('everywhere');
  const told = body.requests.map(({ operation, object_id }: Record<string, string>) => [operation, object_id]);
  assert.deepEqual(told.sort(), [
    ['v1.users.create', user.body.data.id],
    ['v2.products.create', product.body.id],
  ]);
  const reader = await app.tokenWith(shop, ['products:read', 'users:read']);
  assert.equal((await ask('everywhere', reader)).status, 404);
});

test('G-14 a platform administrator names the organisation', async () => {
  await create('/products', bolt, 'platform');
  const token = await app.platformToken();
  assert.equal((await ask('platform', token)).status, 400);
  const headers = { 'x-organization-id': shop.id };
  const named = await app.request('GET', '/idempotency-keys/platform', { token, headers });
  assert.equal(named.status, 200);
});

test('G-14 C-52 after 24 hours it is forgotten', async () => {
  await create('/products', bolt, 'old');
  app.clock.advance(DAY_MS);
  const token = await app.tokenWith(shop, ['products:write']);
  assert.equal((await ask('old', token)).status, 404);
});
