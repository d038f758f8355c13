import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { simpleParser } from 'mailparser';
import pg from 'pg';
import { newId } from '#kernel/ids.ts';
import { ORGANIZATION_SCOPES } from '#modules/identity/index.ts';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';
import { signInUser } from '#test/support/sign-in.ts';
import { EVENT_SAMPLES } from '../webhooks/event-samples.ts';

let app: TestApp;
let shop: TestOrganization;
before(async () => {
  app = await testApp();
  shop = await app.organization();
});
after(() => app?.close());

const post = (path: string, body: unknown, token = shop.token) => app.request('POST', path, { token, body });
const get = (path: string, token = shop.token) => app.request('GET', path, { token });

async function aProduct(category = 'hardware'): Promise<string> {
  const product = { name: 'Bolt', description: 'M8', price: 199, category, active: true };
  return (await post('/products', product)).body.id;
}

function restock(productId: string, change: number, more = {}) {
  return { product_id: productId, quantity_change: change, reason: 'restock', reference_id: 'PO-1', ...more };
}
const adjust = (body: unknown) => post('/inventory/adjust', body);

test('STK-02 STK-03 STK-04 an adjustment takes reason, change and reference, and changes the level', async () => {
  const productId = await aProduct();
  const { status, body } = await adjust(restock(productId, 25, { reason: 'OPENING', note: ' first count ' }));
  assert.equal(status, 201);
  assert.partialDeepStrictEqual(body, {
    product_id: productId,
    quantity_change: 25,
    reason: 'opening',
    reference_id: 'PO-1',
    note: 'first count',
  });
  const levels = await get(`/inventory/levels?product_id=${productId}`);
  const [level] = levels.body.data;
  assert.deepEqual([level.available, level.reserved, level.damaged], [25, 0, 0]);
  assert.deepEqual((await get(`/inventory/adjustments?product_id=${productId}`)).body.data, [body]);
  const [movement] = (await get(`/inventory/movements?product_id=${productId}`)).body.data;
  assert.deepEqual([movement.kind, movement.available_change, movement.cause_id], ['adjustment', 25, body.id]);
});

test('STK-05 damage and loss take away, damaged pieces are counted, and nothing goes below zero', async () => {
  const productId = await aProduct();
  await adjust(restock(productId, 10));
  assert.equal((await adjust(restock(productId, -3, { reason: 'damage' }))).status, 201);
  assert.equal((await adjust(restock(productId, -2, { reason: 'loss' }))).status, 201);
  const [level] = (await get(`/inventory/levels?product_id=${productId}`)).body.data;
  assert.deepEqual([level.available, level.damaged], [5, 3]);
  const refused = await adjust(restock(productId, -6, { reason: 'loss' }));
  assert.deepEqual([refused.status, refused.body.error.code], [409, 'ERR_INSUFFICIENT_STOCK']);
});

test('STK-06 a zero adjustment is refused, naming the field', async () => {
  const { status, body } = await adjust(restock(await aProduct(), 0));
  assert.deepEqual([status, body.error.code, body.error.details[0].field], [422, 'ERR_VALIDATION', 'quantity_change']);
});

test('STK-03 each required field of an adjustment is named when it is missing', async () => {
  const { status, body } = await adjust({});
  assert.equal(status, 422);
  assert.deepEqual(
    body.error.details.map(({ field }: { field: string }) => field),
    ['product_id', 'quantity_change', 'reason', 'reference_id'],
  );
  assert.equal((await adjust(restock(newId('prd'), 1))).status, 404);
  assert.equal((await adjust(restock(await aProduct('service'), 1))).status, 422);
  assert.equal((await adjust(restock(await aProduct(), 1, { warehouse_id: newId('whs') }))).status, 404);
});

test('STK-01 a product can be in several warehouses, and one of them is the default (G-37)', async () => {
  const productId = await aProduct();
  await adjust(restock(productId, 1));
  const { status, body: harbour } = await post('/warehouses', { name: 'Harbour', priority: 2 });
  assert.deepEqual([status, harbour.default, harbour.priority], [201, false, 2]);
  await adjust(restock(productId, 2, { warehouse_id: harbour.id }));
  const levels = (await get(`/inventory/levels?product_id=${productId}`)).body.data;
  assert.deepEqual(
    levels.map(({ available }: { available: number }) => available),
    [2, 1],
  );
  const only = (await get(`/inventory/levels?product_id=${productId}&warehouse_id=${harbour.id}`)).body.data;
  assert.deepEqual(only, [levels[0]]);
  const warehouses = (await get('/warehouses')).body.data;
  assert.equal(warehouses.filter((warehouse: { default: boolean }) => warehouse.default).length, 1);
  assert.deepEqual((await get(`/warehouses/${harbour.id}`)).body, harbour);
  assert.equal((await post('/warehouses', { name: 'Harbour' })).status, 409);
});

test('STK-10 the reorder point is set per product and warehouse, and null switches it off', async () => {
  const productId = await aProduct();
  await adjust(restock(productId, 5));
  const [level] = (await get(`/inventory/levels?product_id=${productId}`)).body.data;
  const set = (reorder_point: unknown) =>
    app.request('PATCH', `/inventory/levels/${level.id}`, { token: shop.token, body: { reorder_point } });
  assert.equal((await set(3)).body.reorder_point, 3);
  assert.equal((await get(`/inventory/levels/${level.id}`)).body.reorder_point, 3);
  assert.equal((await set(-1)).status, 422);
  assert.equal((await set(null)).body.reorder_point, null);
});

test('STK-01 another organisation sees no stock of this one and gets 404 for its levels and warehouses', async () => {
  const productId = await aProduct();
  await adjust(restock(productId, 5));
  const [level] = (await get(`/inventory/levels?product_id=${productId}`)).body.data;
  const stranger = await app.organization();
  for (const list of ['levels', 'adjustments', 'movements']) {
    assert.deepEqual((await get(`/inventory/${list}`, stranger.token)).body.data, []);
  }
  assert.equal((await get(`/inventory/levels/${level.id}`, stranger.token)).status, 404);
  assert.equal((await get(`/warehouses/${level.warehouse_id}`, stranger.token)).status, 404);
  assert.equal((await post('/inventory/adjust', restock(productId, 1), stranger.token)).status, 404);
});

test('STK-11 a transfer over HTTP: two adjustments under its id, read back, and nonsense refused', async () => {
  const productId = await aProduct();
  await adjust(restock(productId, 5));
  const from = (await get('/warehouses')).body.data.find((each: { default: boolean }) => each.default).id;
  const to = (await post('/warehouses', { name: 'Quay' })).body.id;
  const transfer = (quantity: unknown, target = to, token = shop.token) =>
    post(
      '/inventory/transfers',
      { from_warehouse_id: from, to_warehouse_id: target, items: [{ product_id: productId, quantity }] },
      token,
    );
  const made = await transfer(3);
  assert.equal(made.status, 201);
  assert.deepEqual((await get(`/inventory/transfers/${made.body.id}`)).body, made.body);
  assert.deepEqual((await get(`/inventory/transfers?to_warehouse_id=${to}`)).body.data, [made.body]);
  const { data } = (await get(`/inventory/adjustments?reference_id=${made.body.id}&reason=transfer`)).body;
  const changes: number[] = data.map((each: { quantity_change: number }) => each.quantity_change);
  assert.deepEqual(changes.toSorted(), [-3, 3]);
  assert.deepEqual(new Set(data.map((each: { id: string }) => each.id)), new Set(made.body.items[0].adjustment_ids));
  assert.equal((await transfer(3)).status, 409);
  for (const wrong of [0, -1, 1.5, '3x', null, 2 ** 53]) assert.equal((await transfer(wrong)).status, 422);
  assert.equal((await transfer(1, from)).status, 422);
  const stranger = await app.organization();
  assert.equal((await transfer(1, to, stranger.token)).status, 404);
  assert.equal((await get(`/inventory/transfers/${made.body.id}`, stranger.token)).status, 404);
  assert.deepEqual((await get('/inventory/transfers', stranger.token)).body.data, []);
});

test('STK-01 levels of a past instant, and warehouses that are changed and archived', async () => {
  const productId = await aProduct();
  await adjust(restock(productId, 5));
  const then = app.clock.now().toISOString();
  app.clock.advance(60_000);
  await adjust(restock(productId, 2));
  const available = async (query = '') =>
    (await get(`/inventory/levels?product_id=${productId}${query}`)).body.data.map(
      (each: { available: number }) => each.available,
    );
  assert.deepEqual(await available(), [7]);
  assert.deepEqual(await available(`&as_of=${then}`), [5]);
  assert.equal((await get('/inventory/levels?as_of=2999-01-01T00:00:00Z')).status, 422);
  const later = (
    await get(`/inventory/movements?product_id=${productId}&created_from=${app.clock.now().toISOString()}`)
  ).body;
  assert.deepEqual(
    later.data.map((each: { available_change: number }) => each.available_change),
    [2],
  );
  const made = await post('/warehouses', { name: 'Attic', priority: 3 });
  const path = `/warehouses/${made.body.id}`;
  const patch = (body: unknown) => app.request('PATCH', path, { token: shop.token, body });
  assert.deepEqual((await patch({ name: 'Loft' })).body.name, 'Loft');
  assert.equal((await patch({ default: null })).body.default, false);
  const archive = () => app.request('DELETE', path, { token: shop.token });
  assert.ok((await archive()).body.archived_at);
  assert.equal((await archive()).status, 410);
  assert.equal((await patch({ name: 'Attic' })).status, 410);
});

test('STK-01 a level that somebody changes by SQL shows in /health/ready and in /metrics, until it is put right', async () => {
  const productId = await aProduct();
  await adjust(restock(productId, 5));
  const platform = await app.platformToken();
  const verified = async () => {
    app.clock.advance(10_000);
    await app.settle();
    const ready = await app.request('GET', '/health/ready');
    const metrics = (await app.request('GET', '/metrics', { token: platform })).body as string;
    return { ready, mismatches: Number(/^inventory_level_mismatch_count (\d+)$/m.exec(metrics)![1]) };
  };
  const sound = await verified();
  assert.deepEqual(sound.ready.body.checks, { stock_levels: { ok: true, mismatches: 0, unverified: 0 } });
  assert.deepEqual([sound.ready.body.status, sound.mismatches], ['ready', 0]);
  const owner = new pg.Client(app.database.connection);
  await owner.connect();
  await owner.query(`set app.org_id = '*'`);
  const change = (by: number) =>
    owner.query('update inventory.levels set available = available + $1 where product_id = $2', [by, productId]);
  await change(1);
  const broken = await verified();
  assert.deepEqual(broken.ready.body.checks, { stock_levels: { ok: false, mismatches: 1, unverified: 0 } });
  assert.deepEqual([broken.ready.status, broken.ready.body.status, broken.mismatches], [200, 'degraded', 1]);
  await change(-1);
  assert.equal((await verified()).mismatches, 0);
  await owner.end();
});

test('STK-09 low stock is mailed to the administrators, and stock that runs out is an event for webhooks', async () => {
  const user = await signInUser(app, shop, { role: 'admin', scopes: ORGANIZATION_SCOPES });
  const productId = await aProduct();
  await adjust(restock(productId, 5));
  const [level] = (await get(`/inventory/levels?product_id=${productId}`)).body.data;
  const patch = { token: shop.token, body: { reorder_point: 3 } };
  await app.request('PATCH', `/inventory/levels/${level.id}`, patch);
  const take = (by: number) => adjust({ ...restock(productId, -by), reason: 'loss' });
  for (const by of [3, 1, 1]) await take(by);
  await app.settle();
  const folder = join(app.dataDirectory, 'outbox');
  const mails = await Promise.all(readdirSync(folder).map((name) => simpleParser(readFileSync(join(folder, name)))));
  const own = mails.filter(({ text }) => text!.includes(level.id));
  const addresses = own.flatMap(({ to }) => (Array.isArray(to) ? to : [to!]).map((each) => each.text));
  assert.equal(addresses.filter((address) => address === user.email).length, 1);
  assert.equal(new Set(addresses).size, addresses.length);
  assert.match(own[0]!.text!, /2 available, reorder point 3/);
  const events = async (type: string) =>
    (await get(`/events?type=${type}`)).body.data.filter(
      (event: { data: { product_id: string } }) => event.data.product_id === productId,
    );
  const [low, ...lowMore] = await events('product.low_stock');
  assert.deepEqual([low.data.level.available, low.object_id, lowMore.length], [2, level.id, 0]);
  const [out, ...outMore] = await events('product.out_of_stock');
  assert.deepEqual([out.data.warehouse_id, outMore.length], [level.warehouse_id, 0]);
  for (const event of [low, out]) {
    assert.deepEqual(
      Object.keys(EVENT_SAMPLES[event.type as 'product.low_stock'].data as object),
      Object.keys(event.data),
    );
  }
  assert.deepEqual(
    Object.keys((EVENT_SAMPLES['product.low_stock'].data as { level: object }).level),
    Object.keys(low.data.level),
  );
});

test('G-35 settings over HTTP: deny and no holds to begin with, changed field by field, nonsense refused', async () => {
  const own = await app.organization();
  const read = () => get('/inventory/settings', own.token);
  const change = (body: unknown) => app.request('PATCH', '/inventory/settings', { token: own.token, body });
  assert.deepEqual((await read()).body, { backorder: 'deny', draft_hold_minutes: 0 });
  assert.deepEqual((await change({ backorder: 'allow' })).body, { backorder: 'allow', draft_hold_minutes: 0 });
  assert.deepEqual((await change({ draft_hold_minutes: 30 })).body, { backorder: 'allow', draft_hold_minutes: 30 });
  for (const wrong of [
    { backorder: 'perhaps' },
    { draft_hold_minutes: -1 },
    { draft_hold_minutes: 43_201 },
    { hold: 1 },
  ]) {
    assert.equal((await change(wrong)).status, 422);
  }
  assert.deepEqual((await read()).body, { backorder: 'allow', draft_hold_minutes: 30 });
  assert.deepEqual((await get('/inventory/settings')).body, { backorder: 'deny', draft_hold_minutes: 0 });
});
