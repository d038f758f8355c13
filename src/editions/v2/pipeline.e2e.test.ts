import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '#kernel/ids.ts';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
let shop: TestOrganization;
let key: string;
let userId: string;
before(async () => {
  app = await testApp();
  shop = await app.organization();
  key = await app.key(shop, { edition: 'v2', family: 'tc_live_sk' });
  const body = { name: 'Ada', email: 'ada@example.com' };
  userId = (await app.request('POST', '/users', { token: shop.token, body })).body.id;
});
after(() => app?.close());

test('V2-05 V2-30 V2-83 V2-99 one user is read bare, an unknown one is 404 with the envelope of the edition', async () => {
  const read = await app.request('GET', `/v2/users/${userId}`, { token: key });
  assert.deepEqual([read.status, read.body.id], [200, userId]);
  const missing = await app.request('GET', `/v2/users/${newId('usr')}`, { token: key });
  assert.deepEqual([missing.status, missing.body.error.code], [404, 'RESOURCE_NOT_FOUND']);
  assert.equal((await app.request('GET', '/v2/nothing', { token: key })).body.error.code, 'RESOURCE_NOT_FOUND');
});

test('C-10 V2-81 keys of other editions are refused with the right form', async () => {
  for (const token of [shop.token, await app.key(shop)]) {
    const { status, body } = await app.request('GET', `/v2/users/${userId}`, { token });
    assert.deepEqual([status, body.error.code], [401, 'UNAUTHORIZED']);
    assert.match(body.error.message, /tc_/);
  }
});

test('C-03 the plan limits an organisation per minute and per day', async () => {
  const free = await app.organization({ plan: 'free' });
  const token = await app.key(free, { edition: 'v2', family: 'tc_live_sk' });
  const read = () => app.request('GET', `/v2/users/${userId}`, { token });
  const answers = await Promise.all(Array.from({ length: 61 }, read));
  assert.equal(answers.filter(({ status }) => status === 429).length, 1);
});

test('V2-01 every endpoint takes and gives JSON and nothing else; users, products and orders can be managed', async () => {
  const { operations } = app.editions.find(({ name }) => name === 'v2')!;
  for (const { id, method, path, body, responses } of operations) {
    for (const { contentType } of Object.values(responses)) assert.equal(contentType, undefined, `${id} answers JSON`);
    if (!body) continue;
    const target = path.replace(/:(\w+)/g, () => newId('usr'));
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml']) {
      const answer = await app.request(method, target, { token: key, raw: 'a=b', headers: { 'content-type': type } });
      const { status, headers } = answer;
      // Where there is no such object nobody reads a body; that is JSON too.
      assert.ok(status === 415 || status === 404, `${id} ${type}: ${status}`);
      assert.equal(headers['content-type'], 'application/json; charset=utf-8', id);
    }
  }
  for (const resource of ['users', 'products', 'orders']) {
    for (const action of ['list', 'get', 'create']) {
      assert.ok(
        operations.some(({ id }) => id === `v2.${resource}.${action}`),
        `${resource}.${action}`,
      );
    }
  }
});

test('V2-03 everything is below /v2, at whichever host and address the installation answers', async () => {
  const { operations, openapi } = app.editions.find(({ name }) => name === 'v2')!;
  assert.deepEqual(
    operations.filter(({ path }) => !path.startsWith('/v2/')),
    [],
  );
  assert.deepEqual(openapi.servers, [{ url: '/' }], 'the contract names no host');
  const other = await testApp({ settings: { HOST: 'localhost' } });
  try {
    const organization = await other.organization();
    const token = await other.key(organization, { edition: 'v2', family: 'tc_live_sk' });
    for (const host of ['api.shop.example', 'api.techcorp.io']) {
      const { status } = await other.request('GET', '/v2/users', { token, headers: { host } });
      assert.equal(status, 200, host);
    }
    assert.notEqual(other.baseUrl, app.baseUrl);
  } finally {
    await other.close();
  }
});
