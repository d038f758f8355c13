import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ORGANIZATION_SCOPES, ROLE_SCOPES } from '#modules/identity/index.ts';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';
import { signInUser } from '#test/support/sign-in.ts';

let app: TestApp;
let shop: TestOrganization;
before(async () => {
  app = await testApp();
  shop = await app.organization();
});
after(() => app?.close());

const post = (path: string, body?: unknown, token = shop.token) => app.request('POST', path, { token, body });
const get = (path: string, token = shop.token) => app.request('GET', path, { token });

async function stocked(pieces: number): Promise<string> {
  const product = { name: 'Bolt', description: 'M8', price: 199, category: 'hardware', active: true };
  const { id } = (await post('/products', product)).body;
  await post('/inventory/adjust', { product_id: id, quantity_change: pieces, reason: 'opening', reference_id: 'x' });
  return id;
}

test('STK-12 STK-13 STK-14 a clerk counts over HTTP, and only an administrator who did not count approves', async () => {
  const productId = await stocked(10);
  const person = async (role: 'member' | 'admin') =>
    (await signInUser(app, shop, { role, scopes: ORGANIZATION_SCOPES })).token;
  const [clerk, manager] = [await person('member'), await person('admin')];
  const started = await post('/inventory/count', { product_ids: [productId] }, clerk);
  assert.deepEqual([started.status, started.body.status, started.body.product_count], [201, 'open', 1]);
  const path = `/inventory/counts/${started.body.id}`;
  assert.equal(started.headers.location, path);
  const enter = (token: string, counted: unknown) =>
    post(`${path}/entries`, { entries: [{ product_id: productId, counted }] }, token);
  for (const wrong of [-1, 1.5, 'many', null, 2 ** 60]) assert.equal((await enter(clerk, wrong)).status, 422);
  assert.equal((await enter(clerk, 8)).body.discrepancy_count, 1);
  const [line] = (await get(`${path}/lines`)).body.data;
  assert.deepEqual([line.expected, line.counted, line.difference], [10, 8, -2]);
  assert.equal((await post(`${path}/approve`, {}, manager)).status, 409);
  assert.equal((await post(`${path}/submit`, undefined, clerk)).body.status, 'submitted');
  // A member has no right to approve, and an administrator who counted has none either.
  assert.ok(!(ROLE_SCOPES.member as readonly string[]).includes('inventory:approve'));
  assert.equal((await post(`${path}/approve`, {}, clerk)).status, 403);
  assert.equal((await post(`${path}/recount`, {}, clerk)).body.round, 2);
  await enter(manager, 8);
  await post(`${path}/submit`, undefined, clerk);
  assert.equal((await post(`${path}/approve`, {}, manager)).status, 403);
  const levels = async () => (await get(`/inventory/levels?product_id=${productId}`)).body.data[0].available;
  assert.equal(await levels(), 10);
  assert.equal((await post(`${path}/approve`, { note: 'Seen.' }, await person('admin'))).body.status, 'approved');
  assert.equal(await levels(), 8);
  const { data } = (await get(`/inventory/adjustments?reason=count&reference_id=${started.body.id}`)).body;
  assert.deepEqual(
    data.map((each: { quantity_change: number }) => each.quantity_change),
    [-2],
  );
  assert.deepEqual((await get(path)).body.note, 'Seen.');
});

test('STK-14 a rejected count needs a reason and changes nothing; another organisation sees none of it', async () => {
  const productId = await stocked(4);
  const { body } = await post('/inventory/count', { product_ids: [productId] });
  const path = `/inventory/counts/${body.id}`;
  assert.equal((await post('/inventory/count', { product_ids: [productId] })).status, 409);
  assert.equal((await post(`${path}/submit`)).status, 409);
  await post(`${path}/entries`, { entries: [{ product_id: productId, counted: 1 }] });
  await post(`${path}/submit`);
  assert.equal((await post(`${path}/reject`, {})).status, 422);
  const stranger = await app.organization();
  for (const step of ['approve', 'submit', 'cancel']) {
    assert.equal((await post(`${path}/${step}`, step === 'approve' ? {} : undefined, stranger.token)).status, 404);
  }
  assert.equal((await get(`${path}/lines`, stranger.token)).status, 404);
  assert.deepEqual((await get('/inventory/counts', stranger.token)).body.data, []);
  assert.equal((await post(`${path}/reject`, { note: 'Wrong aisle.' })).body.status, 'rejected');
  assert.equal((await get(`/inventory/levels?product_id=${productId}`)).body.data[0].available, 4);
  assert.equal((await get('/inventory/counts?status=rejected')).body.data[0].id, body.id);
});
