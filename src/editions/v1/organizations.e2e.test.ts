import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PLATFORM_ORGANIZATION } from '#modules/identity/index.ts';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
let shop: TestOrganization;
let key: string;
let platformKey: string;
before(async () => {
  app = await testApp();
  shop = await app.organization();
  key = await app.key(shop);
  const expires_at = new Date(app.clock.nowMs() + 86_400_000).toISOString();
  const body = {
    name: 'Operations',
    scopes: ['platform:admin', 'organizations:read', 'organizations:write'],
    expires_at,
  };
  const headers = { 'x-organization-id': PLATFORM_ORGANIZATION };
  const made = await app.request('POST', '/api-keys', { token: await app.platformToken(), body, headers });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  platformKey = made.body.secret;
});
after(() => app?.close());

function send(secret: string, method: string, path: string, body?: unknown) {
  return app.request(method, `/v1/organizations${path}`, { body, headers: { 'x-api-key': secret } });
}

test('V1-06 V1-54 V1-57 a key sees its own organisation alone, a key of the platform all', async () => {
  const own = await send(key, 'GET', '');
  assert.deepEqual([own.body.total, own.body.data[0].id], [1, shop.id]);
  assert.equal((await send(key, 'GET', `/${shop.id}`)).body.data.id, shop.id);
  const other = await app.organization();
  assert.equal((await send(key, 'GET', `/${other.id}`)).status, 404);
  assert.ok((await send(platformKey, 'GET', '')).body.total >= 3);
  assert.equal((await send(platformKey, 'GET', `/${other.id}`)).body.data.id, other.id);
});

test('V1-58 V1-60 V1-61 V1-62 the platform creates, everybody changes their own, DELETE twice suspends once', async () => {
  const made = await send(platformKey, 'POST', '', { name: 'New', plan: 'pro', metadata: { a: '1' } });
  assert.equal(made.status, 201);
  const { id } = made.body.data;
  const member = await app.platform.modules.identity.listOrganizations({ orgId: id, livemode: true }, {}, { limit: 1 });
  assert.equal(member.items[0]!.plan, 'pro');
  const put = await send(platformKey, 'PUT', `/${id}`, { name: 'Newer' });
  const again = await send(platformKey, 'PUT', `/${id}`, { name: 'Newer' });
  assert.deepEqual([put.body.data.metadata, put.body.data.plan], [{}, 'pro']);
  assert.deepEqual(again.body, put.body, 'PUT twice has the effect of once');
  for (let time = 0; time < 2; time++) assert.equal((await send(platformKey, 'DELETE', `/${id}`)).status, 204);
  assert.equal((await send(platformKey, 'GET', `/${id}`)).body.data.status, 'suspended');
});

test('V1-34 C-14 a key of an organisation makes and ends none, and does not choose its plan', async () => {
  assert.equal((await send(key, 'POST', '', { name: 'Mine' })).status, 403);
  assert.equal((await send(key, 'DELETE', `/${shop.id}`)).status, 403);
  assert.equal((await send(key, 'PATCH', `/${shop.id}`, { plan: 'enterprise' })).status, 403);
  assert.equal((await send(key, 'PATCH', `/${shop.id}`, { name: 'Renamed' })).body.data.name, 'Renamed');
});

test('C-24 a key over all organisations needs an expiry and can only be made by the platform', async () => {
  const body = { name: 'Forever', scopes: ['platform:admin'] };
  const token = await app.request('POST', '/api-keys', { token: shop.token, body });
  assert.ok(token.status >= 400);
  const context = { tenant: { orgId: PLATFORM_ORGANIZATION, livemode: true } };
  const { identity } = app.platform.modules;
  const keys = await identity.listApiKeys(context.tenant, {}, { limit: 100 });
  assert.ok(keys.items.every((each) => each.expiresAt !== null));
});

test('V1-122 a key of the platform may look at itself too', async () => {
  const { status, body } = await app.request('GET', '/v1/keys/current', { headers: { 'x-api-key': platformKey } });
  assert.deepEqual([status, body.data.scopes.includes('platform:admin')], [200, true]);
});

test('a change of plan counts from the next request of a key that is in use', async () => {
  const organization = await app.organization({ plan: 'free' });
  const secret = await app.key(organization);
  assert.equal((await send(secret, 'GET', '')).headers['x-ratelimit-limit'], '100');
  await send(platformKey, 'PATCH', `/${organization.id}`, { plan: 'pro' });
  assert.equal((await send(secret, 'GET', '')).headers['x-ratelimit-limit'], '1000');
});
