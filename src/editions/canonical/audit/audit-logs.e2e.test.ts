import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type TestApp, type TestOrganization, type TestRequest, testApp } from '#test/support/app.ts';

let app: TestApp;
let shop: TestOrganization;
before(async () => {
  app = await testApp();
  shop = await app.organization();
});
after(() => app?.close());

interface Entry {
  id: string;
  created_at: string;
  actor: { kind: string; id: string; platform: boolean };
  action: string;
  object_id: string | null;
  outcome: string;
  request_id: string;
  ip_address: string | null;
  user_agent: string | null;
  event_type: string | null;
}

/** The trail once it holds `count` entries that match; a request appears within a second. */
async function trail(query: string, count: number, { token }: TestOrganization = shop): Promise<Entry[]> {
  for (let round = 0; ; round++) {
    const { status, body } = await app.request('GET', `/audit-logs?${query}`, { token });
    assert.equal(status, 200, JSON.stringify(body));
    if (body.data.length >= count) return body.data;
    assert.ok(round < 200, `${body.data.length} instead of ${count} entries: ${query}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function aProduct(options: TestRequest = {}) {
  const body = { name: 'Bolt', description: 'M8', price: 100, category: 'hardware', active: true };
  const answer = await app.request('POST', '/products', { token: shop.token, body, ...options });
  assert.equal(answer.status, 201);
  return { id: answer.body.id as string, requestId: answer.headers['x-request-id']! };
}

test('SOC-04 SOC-05 SOC-06 SOC-07 HIP-04 a change and a read are recorded with who, what, when and from where', async () => {
  const made = await aProduct({ headers: { 'user-agent': 'till/7' } });
  const read = await app.request('GET', `/products/${made.id}`, {
    token: shop.token,
    headers: { 'user-agent': 'desk/2' },
  });
  const entries = await trail(`object_id=${made.id}`, 2);
  const facts = (action: string) => {
    const { actor, outcome, created_at, ip_address, user_agent, request_id, event_type } = entries.find(
      (entry) => entry.action === action,
    )!;
    return [actor.kind, actor.id, actor.platform, outcome, created_at, ip_address, user_agent, request_id, event_type];
  };
  const who = ['client', shop.clientId, false, 'success', app.clock.now().toISOString(), '127.0.0.1'];
  assert.deepEqual(facts('products.create'), [...who, 'till/7', made.requestId, 'product.created']);
  assert.deepEqual(facts('products.get'), [...who, 'desk/2', read.headers['x-request-id'], null]);
});

test('C-107 every one of several reads is recorded, also those that a cache answered', async () => {
  const { id } = await aProduct();
  const first = await app.request('GET', `/products/${id}`, { token: shop.token });
  await app.request('GET', `/products/${id}`, { token: shop.token });
  const unchanged = await app.request('GET', `/products/${id}`, {
    token: shop.token,
    headers: { 'if-none-match': first.headers.etag! },
  });
  assert.equal(unchanged.status, 304);
  assert.equal((await trail(`object_id=${id}&action=products.get`, 3)).length, 3);
});

test('SOC-04 C-107 an object that was seen inside another one is recorded like one that was asked for itself', async () => {
  const { id } = await aProduct();
  const price = await app.request('GET', `/prices?product_id=${id}&expand[]=product&fields=product.name`, {
    token: shop.token,
  });
  assert.equal(price.status, 200, JSON.stringify(price.body));
  const [seen] = await trail(`object_id=${id}&action=products.get`, 1);
  assert.deepEqual([seen!.outcome, seen!.actor.id], ['success', shop.clientId]);
});

test('SOC-04 SOC-05 what was refused is recorded with the reason', async () => {
  const { id } = await aProduct();
  const narrow = await app.tokenWith(shop, ['orders:read']);
  assert.equal((await app.request('GET', `/products/${id}`, { token: narrow })).status, 403);
  const [refused] = await trail(`object_id=${id}&action=products.get`, 1);
  assert.equal(refused!.outcome, 'forbidden');
  assert.notEqual(refused!.actor.id, shop.clientId);
  const missing = 'prd_01m85bzpp3e00a29fhn388ttwp';
  assert.equal((await app.request('GET', `/products/${missing}`, { token: shop.token })).status, 404);
  assert.equal((await trail(`object_id=${missing}`, 1))[0]!.outcome, 'not_found');
  const other = await app.organization();
  const invalid = await app.request('POST', '/products', { token: other.token, body: {} });
  assert.equal(invalid.status, 422);
  assert.deepEqual(
    (await trail('action=products.create', 1, other)).map(({ outcome }) => outcome),
    ['validation'],
  );
});

test('SOC-04 reading the trail is recorded in the trail', async () => {
  await trail('action=audit_logs.list', 2);
});

test('an organisation sees its own trail alone, and nobody without the scope sees any', async () => {
  const other = await app.organization();
  const { id } = await aProduct();
  await trail(`object_id=${id}`, 1);
  const { body } = await app.request('GET', `/audit-logs?object_id=${id}`, { token: other.token });
  assert.deepEqual(body.data, []);
  const narrow = await app.tokenWith(shop, ['products:read']);
  assert.equal((await app.request('GET', '/audit-logs', { token: narrow })).status, 403);
});

test('C-14 a platform administrator who enters an organisation stands in its trail', async () => {
  const { id } = await aProduct();
  const token = await app.platformToken();
  const seen = await app.request('GET', `/products/${id}`, { token, headers: { 'x-organization-id': shop.id } });
  assert.equal(seen.status, 200, JSON.stringify(seen.body));
  const changed = await app.request('PATCH', `/products/${id}`, {
    token,
    body: { name: 'Nut' },
    headers: { 'x-organization-id': shop.id },
  });
  assert.equal(changed.status, 200);
  const crossings = (await trail(`object_id=${id}`, 3)).filter(({ actor }) => actor.platform);
  assert.deepEqual(crossings.map(({ action }) => action).sort(), ['products.get', 'products.update']);
});

test('the trail is paged by cursor without loss or repetition', async () => {
  const { id } = await aProduct();
  for (let index = 0; index < 7; index++) await app.request('GET', `/products/${id}`, { token: shop.token });
  await trail(`object_id=${id}&action=products.get`, 7);
  const ids: string[] = [];
  let cursor = '';
  for (;;) {
    const path = `/audit-logs?object_id=${id}&action=products.get&limit=3${cursor && `&cursor=${cursor}`}`;
    const { body } = await app.request('GET', path, { token: shop.token });
    ids.push(...body.data.map((entry: Entry) => entry.id));
    if (!body.has_more) break;
    cursor = body.next_cursor;
  }
  assert.equal(ids.length, 7);
  assert.deepEqual(ids, [...new Set(ids)].sort().reverse());
});
