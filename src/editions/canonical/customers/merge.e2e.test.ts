import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
let shop: TestOrganization;
let product_id: string;
before(async () => {
  app = await testApp();
  shop = await app.organization();
  const bolt = { name: 'Service', description: 'Hour', price: 100, category: 'service', active: true };
  product_id = (await send('POST', '/products', bolt)).body.id;
});
after(() => app?.close());

function send(method: string, path: string, body?: unknown) {
  return app.request(method, path, { token: shop.token, body });
}

const aCustomer = async (more = {}) =>
  (await send('POST', '/customers', { type: 'company', name: 'Ada', ...more })).body.id;

async function confirmed(customer_id: string, quantity: number, more = {}) {
  const items = [{ product_id, quantity, unit_price: 100 }];
  const { body: order } = await send('POST', '/orders', {
    customer_id,
    items,
    total: quantity * 100,
    currency: 'USD',
    ...more,
  });
  return send('POST', `/orders/${order.id}/confirm`, {});
}

test('after a merge the orders, payments and methods of the duplicate are found and used under the one that stays', async () => {
  const [into, from] = [await aCustomer(), await aCustomer()];
  const method = { customer_id: from, type: 'card', token: 'tok_visa' };
  const { body: card } = await send('POST', '/payment-methods', method);
  const { body: old } = await confirmed(from, 1);
  assert.equal((await confirmed(into, 1)).status, 402, 'no method and no credit of its own');
  assert.equal((await send('POST', `/customers/${into}/merge`, { from })).status, 200);
  const found = async (path: string) =>
    (await send('GET', `${path}?customer_id=${into}&limit=100`)).body.data.map((each: { id: string }) => each.id);
  assert.ok((await found('/orders')).includes(old.id));
  assert.deepEqual(await found('/payment-methods'), [card.id]);
  assert.ok((await found('/payments')).includes(old.payment_id));
  assert.equal((await confirmed(into, 2)).status, 200, 'by the default method of the duplicate');
  assert.equal((await confirmed(into, 2, { payment_method_id: card.id })).status, 200);
  const { body } = await send('GET', `/customers/${from}`);
  assert.deepEqual([body.status, body.merged_into], ['merged', into]);
  assert.equal((await send('POST', `/customers/${from}/restore`)).status, 200);
  assert.equal((await found('/orders')).includes(old.id), false);
});

test('merged customers share one credit limit, and what one gave back the other can use', async () => {
  const [into, from] = [await aCustomer({ credit_limit: 1_000 }), await aCustomer({ credit_limit: 5_000 })];
  const { body: old } = await confirmed(from, 8);
  await send('POST', `/customers/${into}/merge`, { from });
  assert.equal((await confirmed(into, 3)).status, 402, '800 of 1000 are used');
  assert.equal((await confirmed(into, 2)).status, 200);
  assert.equal((await confirmed(from, 1)).status, 402, 'the duplicate has the limit of the one that stays');
  assert.equal((await send('POST', `/orders/${old.id}/cancel`, {})).status, 200);
  assert.equal((await confirmed(into, 8)).status, 200);
});

test('the balance is what is owed on account, to the minor unit, and of merged customers together (G-02)', async () => {
  const [into, from] = [await aCustomer({ credit_limit: 100_000 }), await aCustomer({ credit_limit: 100_000 })];
  await confirmed(into, 3);
  const { body: canceled } = await confirmed(into, 5);
  await send('POST', `/orders/${canceled.id}/cancel`, {});
  await confirmed(from, 4);
  await app.settle();
  const balance = async (id: string) => (await send('GET', `/customers/${id}/balance`)).body.data;
  assert.deepEqual(await balance(into), [{ currency: 'USD', amount: 300, direction: 'debit' }]);
  await send('POST', `/customers/${into}/merge`, { from });
  for (const id of [into, from]) {
    assert.deepEqual(await balance(id), [{ currency: 'USD', amount: 700, direction: 'debit' }]);
  }
  const { body } = await send('GET', `/customers/${into}/statement?limit=2`);
  assert.deepEqual(body.closing_balance, { amount: 700, direction: 'debit' });
  assert.equal(body.has_more, true);
  const rest = await send('GET', `/customers/${into}/statement?limit=2&cursor=${body.next_cursor}`);
  const entries = [...body.data, ...rest.body.data].map(({ kind, direction, amount }) => [kind, direction, amount]);
  assert.deepEqual(entries.toReversed(), [
    ['order', 'debit', 300],
    ['order', 'debit', 500],
    ['order_canceled', 'credit', 500],
    ['order', 'debit', 400],
  ]);
  const paying = await aCustomer();
  await send('POST', '/payment-methods', { customer_id: paying, type: 'card', token: 'tok_visa' });
  await confirmed(paying, 2, { capture_on: 'confirm' });
  await app.settle();
  assert.deepEqual(await balance(paying), [{ currency: 'USD', amount: 0, direction: 'debit' }]);
});
