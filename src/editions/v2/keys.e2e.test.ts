import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

const HOUR_MS = 3_600_000;

let app: TestApp;
let shop: TestOrganization;
before(async () => {
  app = await testApp();
});
after(() => app?.close());

type Type = 'live' | 'test' | 'readonly';

/** A fresh organisation for every test, with a token that outlives no hour. */
async function freshShop(): Promise<void> {
  shop = await app.organization();
}

async function generate(type?: Type, more: object = {}) {
  const body = { name: 'Integration', edition: 'v2', type, ...more };
  const made = await app.request('POST', '/api-keys', { token: shop.token, body });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return made.body as { id: string; secret: string; hint: string; livemode: boolean; scopes: string[] };
}

const list = (token: string) => app.request('GET', '/v2/users', { token });
const create = (token: string) =>
  app.request('POST', '/v2/users', { token, body: { name: 'Ada', email: `${Math.random()}@example.com` } });

test('V2-07 V2-08 V2-09 V2-10 V2-11 V2-82 V2-96 live, test and readonly keys: their prefix, their world, what they may do', async () => {
  await freshShop();
  const [live, sandbox, reader] = [await generate('live'), await generate('test'), await generate('readonly')];
  assert.match(live.secret, /^tc_live_sk_/);
  assert.match(sandbox.secret, /^tc_test_sk_/);
  assert.match(reader.secret, /^tc_ro_sk_/);
  assert.deepEqual([live.livemode, sandbox.livemode, reader.livemode], [true, false, true]);
  const user = await create(live.secret);
  assert.equal(user.status, 201);
  const seen = async (token: string) => (await list(token)).body.data.map(({ id }: { id: string }) => id);
  assert.deepEqual(await seen(live.secret), [user.body.id]);
  assert.deepEqual(await seen(reader.secret), [user.body.id], 'a readonly key reads live data');
  assert.deepEqual(await seen(sandbox.secret), [], 'a test key sees no live data');
  const refused = await create(reader.secret);
  assert.deepEqual([refused.status, refused.body.error.code], [403, 'FORBIDDEN']);
  const shown = await app.request('GET', `/api-keys/${live.id}`, { token: shop.token });
  assert.ok(!JSON.stringify(shown.body).includes(live.secret));
});

test('V2-12 V2-13 C-12 an old key works 24 hours after a new one of its type, then 401; other types go on', async () => {
  await freshShop();
  const [old, reader] = [await generate('live'), await generate('readonly')];
  assert.equal((await list(old.secret)).status, 200);
  const next = await generate('live');
  app.clock.advance(24 * HOUR_MS - 1);
  assert.deepEqual([(await list(old.secret)).status, (await list(next.secret)).status], [200, 200]);
  app.clock.advance(1);
  const ended = await list(old.secret);
  assert.deepEqual([ended.status, ended.body.error.code], [401, 'UNAUTHORIZED']);
  assert.deepEqual([(await list(next.secret)).status, (await list(reader.secret)).status], [200, 200]);
});

test('V2-12 C-12 the old key can be invalidated before its day is over', async () => {
  await freshShop();
  const old = await generate('live');
  const next = await generate('live');
  assert.equal((await app.request('DELETE', `/api-keys/${old.id}`, { token: shop.token })).status, 200);
  assert.deepEqual([(await list(old.secret)).status, (await list(next.secret)).status], [401, 200]);
});

test('C-12 of five keys of one type made at once, one is current', async () => {
  await freshShop();
  const made = await Promise.all(Array.from({ length: 5 }, () => generate('live')));
  app.clock.advance(24 * HOUR_MS);
  const statuses = await Promise.all(made.map(async ({ secret }) => (await list(secret)).status));
  assert.deepEqual(statuses.toSorted(), [200, 401, 401, 401, 401]);
});

test('C-10 C-11 keys of one edition work in no other, and a test credential makes no live key', async () => {
  await freshShop();
  const { secret } = await generate('live');
  assert.equal((await app.request('GET', '/users', { token: secret })).status, 401);
  assert.equal((await app.request('GET', '/v1/users', { headers: { 'x-api-key': secret } })).status, 401);
  const body = { name: 'x', scopes: ['api_keys:write', 'users:read'], type: 'test' };
  const sandbox = await app.request('POST', '/api-keys', { token: shop.token, body });
  assert.match(sandbox.body.secret, /^sk_test_/);
  const climb = { name: 'x', scopes: ['users:read'], type: 'live' };
  assert.equal((await app.request('POST', '/api-keys', { token: sandbox.body.secret, body: climb })).status, 403);
});
