import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
let shop: TestOrganization;
let customer_id: string;
before(async () => {
  app = await testApp();
  shop = await app.organization();
  customer_id = (await send('POST', '/customers', { type: 'company', name: 'Ada Ltd' })).body.id;
  await send('POST', '/payment-methods', { customer_id, type: 'card', token: 'tok_visa' });
});
after(() => app?.close());

function send(method: string, path: string, body?: unknown) {
  return app.request(method, path, { token: shop.token, body });
}

async function aProduct(category = 'service'): Promise<string> {
  const body = { name: 'Bolt', description: 'M8', price: 100, category, active: true };
  return (await send('POST', '/products', body)).body.id;
}

const order = (product_id: string) =>
  send('POST', '/orders', {
    customer_id,
    items: [{ product_id, quantity: 1, unit_price: 100 }],
    total: 100,
    currency: 'USD',
  });

test('PRD-20 PRD-21 a product is not deleted while an order with it is open, active or not, and the refusal says what to do', async () => {
  const id = await aProduct();
  const { body: placed } = await order(id);
  const steps = ['', '/confirm', '/process'];
  for (const step of steps) {
    if (step) assert.equal((await send('POST', `/orders/${placed.id}${step}`, {})).status, 200);
    const refused = await send('DELETE', `/products/${id}`);
    assert.deepEqual([refused.status, refused.body.error.code], [409, 'ERR_INVALID_STATE']);
    assert.match(refused.body.error.message, /active=false first/);
    assert.match(refused.body.error.message, new RegExp(placed.id));
  }
  const shipment = { carrier: 'ups', tracking_number: '1Z999' };
  assert.equal((await send('POST', `/orders/${placed.id}/ship`, shipment)).status, 200);
  await send('PATCH', `/products/${id}`, { active: false });
  const shipped = await send('DELETE', `/products/${id}`);
  assert.deepEqual([shipped.status, shipped.body.error.details[0].code], [409, 'shipped']);
  assert.equal((await send('GET', `/products/${id}`)).body.archived_at, null);
  await send('POST', `/orders/${placed.id}/deliver`, {});
  assert.equal((await send('DELETE', `/products/${id}`)).status, 200);
});

test('PRD-18 PRD-19 an inactive product is refused in a new order, and an order that has it goes on', async () => {
  const id = await aProduct();
  const { body: placed } = await order(id);
  await send('PATCH', `/products/${id}`, { active: false });
  const refused = await order(id);
  assert.deepEqual([refused.status, refused.body.error.details[0].field], [422, 'items[0].product_id']);
  for (const step of ['confirm', 'process']) {
    assert.equal((await send('POST', `/orders/${placed.id}/${step}`, {})).status, 200);
  }
});

test('a deleted product leaves the lists, is read, refuses changes and orders, and comes back inactive (C-75)', async () => {
  const id = await aProduct();
  await send('GET', `/products/${id}`);
  const deleted = await send('DELETE', `/products/${id}`);
  assert.deepEqual([deleted.status, deleted.body.active, typeof deleted.body.archived_at], [200, false, 'string']);
  assert.deepEqual((await send('GET', `/products/${id}`)).body, deleted.body);
  const listed = async (query: string) =>
    (await send('GET', `/products?${query}`)).body.data.map((product: { id: string }) => product.id);
  assert.equal((await listed('limit=100')).includes(id), false);
  assert.equal((await listed('archived=true')).includes(id), true);
  assert.equal((await send('DELETE', `/products/${id}`)).status, 410);
  assert.equal((await send('PATCH', `/products/${id}`, { name: 'X' })).status, 410);
  assert.equal((await send('POST', `/products/${id}/prices`, { currency: 'EUR', unit_amount: 1 })).status, 410);
  assert.equal((await order(id)).status, 422);
  const restored = await send('POST', `/products/${id}/restore`);
  assert.deepEqual([restored.status, restored.body.active, restored.body.archived_at], [200, false, null]);
  assert.equal((await send('POST', `/products/${id}/restore`)).status, 409);
  assert.equal((await listed('limit=100')).includes(id), true);
});

test('PRD-20 deleting while orders come in: who is refused is told, and a product with an order that was seen stays', async () => {
  for (let round = 0; round < 5; round++) {
    const id = await aProduct();
    const [deleted, ...orders] = await Promise.all([
      send('DELETE', `/products/${id}`),
      ...Array.from({ length: 4 }, () => order(id)),
    ]);
    assert.ok([200, 409].includes(deleted.status), JSON.stringify(deleted.body));
    for (const each of orders) assert.ok([201, 422].includes(each.status), JSON.stringify(each.body));
    const { body: product } = await send('GET', `/products/${id}`);
    // Restored as it was, or deleted; never something between.
    assert.equal(product.active, product.archived_at === null);
    assert.equal(deleted.status === 200, product.archived_at !== null);
    assert.equal((await order(id)).status, product.active ? 201 : 422);
  }
});
