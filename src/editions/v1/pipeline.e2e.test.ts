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
  key = await app.key(shop);
  const body = { name: 'Ada', email: 'ada@example.com' };
  userId = (await app.request('POST', '/users', { token: shop.token, body })).body.id;
});
after(() => app?.close());

test('V1-70 one user is read as {data: …} with the id of every edition', async () => {
  const { status, body, headers } = await app.request('GET', `/v1/users/${userId}`, { headers: { 'x-api-key': key } });
  assert.deepEqual([status, body.data.id, body.data.email], [200, userId, 'ada@example.com']);
  assert.equal(headers['x-ratelimit-window'], '60');
});

test('V1-49 V1-51 V1-52 a list is counted whole and read by limit and offset, also past its end', async () => {
  const organization = await app.organization();
  const headers = { 'x-api-key': await app.key(organization) };
  const ids: string[] = [];
  for (let index = 0; index < 23; index++) {
    const body = { name: `Person ${index}`, email: `p${index}@example.com` };
    const made = await app.request('POST', '/v1/users', { headers, body });
    assert.equal(made.status, 201);
    ids.unshift(made.body.data.id);
  }
  const read = async (query: string) => (await app.request('GET', `/v1/users${query}`, { headers })).body;
  const idsOf = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id);
  const { data, ...rest } = await read('');
  assert.deepEqual([data.length, rest], [20, { total: 23, limit: 20, offset: 0 }]);
  assert.deepEqual(idsOf(await read('?limit=5&offset=10')), ids.slice(10, 15));
  assert.deepEqual(await read('?offset=23'), { data: [], total: 23, limit: 20, offset: 23 });
});

test('V1-71 refusals of known and unknown paths below /v1 have its envelope and codes', async () => {
  const headers = { 'x-api-key': key };
  const cases: [string, string, number, string][] = [
    ['GET', `/v1/users/${newId('usr')}`, 404, 'RESOURCE_NOT_FOUND'],
    ['GET', '/v1/nothing', 404, 'RESOURCE_NOT_FOUND'],
    ['GET', '/v1', 404, 'RESOURCE_NOT_FOUND'],
    ['POST', `/v1/users/${userId}`, 405, 'METHOD_NOT_ALLOWED'],
  ];
  for (const [method, path, status, code] of cases) {
    const answer = await app.request(method, path, { headers });
    assert.deepEqual([answer.status, answer.body.error.code], [status, code], path);
    assert.equal(answer.headers['x-request-id'], answer.body.error.request_id);
  }
  const beside = await app.request('GET', '/v10/users', { token: shop.token });
  assert.equal(beside.body.error.code, 'ERR_NOT_FOUND');
});

test('V2-04 V1-19 V1-94 V1-95 V1-124 V1-125 V1-126 GET /versions tells the editions, each has its contract, the reference shows all', async () => {
  const { body } = await app.request('GET', '/versions');
  assert.deepEqual(body.v1, { status: 'stable', support_until: 'ongoing' });
  assert.deepEqual(body.v2, { status: 'beta', version: '2.0.3', released: '2024-11-01' });
  for (const path of ['/openapi.json', '/v1/openapi.json', '/v2/openapi.json']) {
    assert.equal((await app.request('GET', path)).body.openapi, '3.1.0');
  }
  const page = await app.request('GET', '/docs');
  for (const path of ['/openapi.json', '/v1/openapi.json', '/v2/openapi.json']) assert.ok(page.body.includes(path));
});

test('the reference page names its own script and icon, so that a browser asks for nothing that it may not have', async () => {
  const { body } = await app.request('GET', '/docs');
  assert.match(body, /<link rel="icon" href="data:,"/, 'else it asks for /favicon.ico');
  const sources = [...body.matchAll(/<(?:script|link)[^>]+(?:src|href)="([^"]+)"/g)].map(([, source]) => source!);
  assert.ok(sources.length >= 2);
  for (const source of sources.filter((each) => !each.startsWith('data:'))) {
    assert.equal((await app.request('GET', source)).status, 200, source);
  }
  for (const edition of app.editions) {
    const { tags } = edition.openapi as { tags: { name: string; 'x-displayName': string }[] };
    for (const tag of tags) assert.match(tag['x-displayName'], /^[A-Z][A-Za-z ]+$/, 'what the menu shows');
  }
  const titles = (app.editions[0]!.openapi.tags as { 'x-displayName': string }[]).map((tag) => tag['x-displayName']);
  assert.ok(titles.includes('API keys') && titles.includes('OAuth clients') && titles.includes('Order approval rules'));
});
