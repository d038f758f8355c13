import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
let shop: TestOrganization;
before(async () => {
  app = await testApp();
  shop = await app.organization();
});
after(() => app?.close());

const call = (method: string, path: string, body?: unknown) => app.request(method, path, { token: shop.token, body });

async function made(path: string, body: unknown): Promise<string> {
  const answer = await call('POST', path, body);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body.id;
}

/** The ways to each status that is not draft. */
const WAYS: Record<string, string[]> = {
  confirmed: ['confirm'],
  processing: ['confirm', 'process'],
  shipped: ['confirm', 'process', 'ship'],
  delivered: ['confirm', 'process', 'ship', 'deliver'],
  canceled: ['cancel'],
};

async function orderIn(status: string): Promise<string> {
  const download = { name: 'Manual', description: 'PDF', price: 500, category: 'software', active: true };
  const product = await made('/products', download);
  const customer = await made('/customers', { type: 'company', name: 'Acme' });
  const method = await made('/payment-methods', { customer_id: customer, type: 'card', token: 'tok_visa' });
  const items = [{ product_id: product, quantity: 1, unit_price: 500 }];
  const order = { customer_id: customer, currency: 'USD', items, total: 500, payment_method_id: method };
  const id = await made('/orders', order);
  for (const verb of WAYS[status]!) {
    const body = verb === 'ship' ? { carrier: 'ups', tracking_number: '1Z999' } : undefined;
    const answer = await call('POST', `/orders/${id}/${verb}`, body);
    assert.equal(answer.status, 200, `${verb}: ${JSON.stringify(answer.body)}`);
  }
  return id;
}

for (const status of Object.keys(WAYS)) {
  test(`ORD-23 ORD-28 a ${status} order is neither patched nor confirmed: 409, and it stays as it was`, async () => {
    const id = await orderIn(status);
    const before = (await call('GET', `/orders/${id}`)).body;
    assert.equal(before.status, status);
    for (const refused of [
      await call('PATCH', `/orders/${id}`, { po_number: 'PO-1' }),
      await call('PATCH', `/orders/${id}`, { metadata: { a: 'b' } }),
      await call('POST', `/orders/${id}/confirm`),
    ]) {
      assert.deepEqual([refused.status, refused.body.error.code], [409, 'ERR_INVALID_STATE']);
    }
    assert.deepEqual((await call('GET', `/orders/${id}`)).body, before);
  });
}

for (const status of ['shipped', 'delivered']) {
  test(`ORD-21 a ${status} order is not canceled: 409, and its payment stays`, async () => {
    const id = await orderIn(status);
    const before = (await call('GET', `/orders/${id}`)).body;
    const refused = await call('POST', `/orders/${id}/cancel`);
    assert.deepEqual([refused.status, refused.body.error.code], [409, 'ERR_INVALID_STATE']);
    assert.deepEqual((await call('GET', `/orders/${id}`)).body, before);
    assert.equal(before.payment_status, 'captured');
  });
}

test('ORD-09 a second order that would take the balance of its customer past 2^53 is refused with 422, and the balance is read', async () => {
  const price = Number.MAX_SAFE_INTEGER;
  const download = {
    name: 'Moon',
    description: 'All of it',
    price,
    currency: 'USD',
    category: 'software',
    active: true,
  };
  const product = await made('/products', download);
  const customer = await made('/customers', { type: 'company', name: 'Acme' });
  await made('/payment-methods', { customer_id: customer, type: 'card', token: 'tok_visa' });
  const items = [{ product_id: product, quantity: 1, unit_price: price }];
  const order = { customer_id: customer, currency: 'USD', items, total: price };
  const [first, second] = [await made('/orders', order), await made('/orders', order)];
  assert.equal((await call('POST', `/orders/${first}/confirm`)).status, 200);
  const refused = await call('POST', `/orders/${second}/confirm`);
  assert.deepEqual([refused.status, refused.body.error.details[0].code], [422, 'too_large']);
  assert.equal((await call('GET', `/orders/${second}`)).body.status, 'draft');
  assert.equal((await call('GET', `/customers/${customer}/balance`)).status, 200);
  assert.equal((await call('POST', `/orders/${first}/cancel`)).status, 200);
  assert.equal((await call('POST', `/orders/${second}/confirm`)).status, 200);
});
