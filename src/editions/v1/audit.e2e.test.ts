import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '#kernel/ids.ts';
import { type TestApp, testApp } from '#test/support/app.ts';

let app: TestApp;
let key: string;
before(async () => {
  app = await testApp();
  key = await app.key(await app.organization());
});
after(() => app?.close());

function send(method: string, path: string, body?: unknown) {
  return app.request(method, `/v1${path}`, { body, headers: { 'x-api-key': key } });
}

test('V1-56 V1-134 C-105 the trail is read with filters, and no other method exists', async () => {
  const { body: made } = await send('POST', '/users', { name: 'Ada', email: 'ada@example.com' });
  await send('GET', `/users/${made.data.id}`);
  await app.settle();
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  const { body } = await send('GET', `/audit?object_id=${made.data.id}`);
  const actions = body.data.map((entry: { action: string }) => entry.action).sort();
  assert.deepEqual([body.total, actions], [2, ['v1.users.create', 'v1.users.get']]);
  const [entry] = (await send('GET', `/audit?object_id=${made.data.id}&action=v1.users.create`)).body.data;
  assert.equal(entry.actor_type, 'api_key');
  assert.deepEqual((await send('GET', `/audit/${entry.id}`)).body.data, entry);
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    for (const path of ['/audit', `/audit/${entry.id}`]) {
      const refused = await send(method, path, {});
      assert.deepEqual([refused.status, refused.headers.allow], [405, 'GET'], `${method} ${path}`);
    }
  }
});

test('V1-110 C-91 the last 90 days are served; what is older is not, though it is kept', async () => {
  const { body: made } = await send('POST', '/users', { name: 'Old', email: 'old@example.com' });
  await app.settle();
  const object = `object_id=${made.data.id}`;
  const [entry] = (await send('GET', `/audit?${object}`)).body.data;
  app.clock.advance(89 * 86_400_000);
  assert.equal((await send('GET', `/audit?${object}`)).body.total, 1);
  app.clock.advance(2 * 86_400_000);
  assert.equal((await send('GET', `/audit?${object}`)).body.total, 0);
  assert.equal((await send('GET', `/audit/${entry.id}`)).status, 404);
  const early = '2020-01-01T00:00:00Z';
  assert.equal((await send('GET', `/audit?${object}&created_after=${early}`)).body.total, 0);
});

test('V1-89 an unknown entry is 404', async () => {
  const { status, body } = await send('GET', `/audit/${newId('aud')}`);
  assert.deepEqual([status, body.error.code], [404, 'RESOURCE_NOT_FOUND']);
});
