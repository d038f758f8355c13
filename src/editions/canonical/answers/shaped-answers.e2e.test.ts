import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
let shop: TestOrganization;
let bolt: string;
let parent: string;
let customer: string;
let order: string;
before(async () => {
  app = await testApp();
  shop = await app.organization();
  bolt = (await made('/products', { name: 'Bolt', description: 'M8', price: 1000, category: 'hardware', active: true }))
    .id;
  await made('/inventory/adjust', { product_id: bolt, quantity_change: 20, reason: 'opening', reference_id: 'o' });
  parent = (await made('/customers', { type: 'company', name: 'Acme Group' })).id;
  customer = (await made('/customers', { type: 'company', name: 'Acme', parent_id: parent })).id;
  await made('/payment-methods', { customer_id: customer, type: 'card', token: 'tok_visa' });
  order = (await made('/orders', anOrder(2))).id;
  await made(`/orders/${order}/confirm`);
});
after(() => app?.close());

function anOrder(quantity: number) {
  const items = [{ product_id: bolt, quantity, unit_price: 1000 }];
  return { customer_id: customer, currency: 'USD', items, total: quantity * 1000 };
}

const call = (method: string, path: string, body?: unknown, token = shop.token) =>
  app.request(method, path, { token, body });
const read = async (path: string, token?: string) => (await call('GET', path, undefined, token)).body;

async function made(path: string, body?: unknown) {
  const answer = await call('POST', path, body);
  assert.ok(answer.status < 300, JSON.stringify(answer.body));
  return answer.body;
}

test('G-18 an expanded object is what its own operation answers, beside its id', async () => {
  const plain = await read(`/orders/${order}`);
  const shaped = await read(`/orders/${order}?expand[]=customer&expand[]=payment.method&expand[]=items.product`);
  const { customer: asExpanded, payment, items, ...rest } = shaped;
  assert.deepEqual(asExpanded, await read(`/customers/${customer}`));
  const { method, ...asPayment } = payment;
  assert.deepEqual(asPayment, await read(`/payments/${plain.payment_id}`));
  assert.deepEqual(method, await read(`/payment-methods/${payment.method_id}`));
  assert.deepEqual(items[0].product, await read(`/products/${bolt}`));
  const { items: plainItems, ...plainRest } = plain;
  assert.deepEqual(rest, plainRest);
  assert.deepEqual({ ...plainItems[0], product: items[0].product }, items[0]);
});

test('G-18 a page brings an object with each item, reads it once, and its cursors go on', async () => {
  for (let count = 1; count <= 3; count++) await made('/orders', anOrder(count));
  const first = await read(`/orders?limit=2&expand=customer&fields=total,customer.name`);
  assert.deepEqual(
    first.data.map(({ id: _id, ...item }: Record<string, unknown>) => item),
    [3000, 2000].map((total) => ({ total, customer: { id: customer, name: 'Acme' } })),
  );
  const next = await read(`/orders?limit=2&fields=total&cursor=${first.next_cursor}`);
  assert.deepEqual(
    next.data.map((item: { total: number }) => item.total),
    [1000, 2000],
  );
});

test('G-18 three objects deep and no deeper; null where nothing is named', async () => {
  const deep = await read(`/refunds?expand[]=payment.order.customer`);
  assert.deepEqual(deep.data, []);
  const one = await read(`/payments?expand[]=order.customer.parent&fields=order.customer.parent.name`);
  assert.equal(one.data[0].order.customer.parent.name, 'Acme Group');
  const tooDeep = await call('GET', `/payments?expand[]=order.payment.order.customer`);
  assert.equal(tooDeep.status, 400);
  assert.match(tooDeep.body.error.message, /deeper than 3/);
  assert.equal((await read(`/customers/${parent}?expand[]=parent`)).parent, null);
});

test('G-18 wrong names are refused with those there are', async () => {
  const paths = {
    [`/orders/${order}?expand[]=custmer`]: /`custmer` cannot be expanded here; use customer, payment/,
    [`/orders/${order}?expand[]=items`]: /`items` cannot be expanded here/,
    [`/orders/${order}?expand[]=__proto__`]: /cannot be expanded/,
    [`/orders/${order}?expand[]=customer.constructor`]: /cannot be expanded/,
    [`/orders/${order}?fields=totl`]: /`totl` is no field of this answer; it has id, customer_id/,
    [`/orders/${order}?fields=items.price`]: /`items.price` is no field/,
    [`/products/${bolt}?expand[]=anything`]: /no such field here/,
    '/orders?expand=a&expand=b&expand=c&expand=d&expand=e&expand=f': /at most 5/,
  };
  for (const [path, words] of Object.entries(paths)) {
    const { status, body } = await call('GET', path);
    assert.equal(status, 400, path);
    assert.match(body.error.message, words, path);
  }
});

test('G-18 a credential that may not read the object gets no expansion of it', async () => {
  const token = await app.tokenWith(shop, ['orders:read']);
  const refused = await call('GET', `/orders/${order}?expand[]=customer`, undefined, token);
  assert.deepEqual([refused.status, refused.body.error.code], [403, 'ERR_PERMISSION_DENIED']);
  assert.match(refused.body.error.message, /customers:read/);
  assert.equal((await call('GET', `/orders/${order}?fields=total`, undefined, token)).status, 200);
  const stranger = await app.organization();
  assert.equal((await call('GET', `/orders/${order}?expand[]=customer`, undefined, stranger.token)).status, 404);
});

test('G-18 CCH-05 the cache never gives a shaped answer for a whole one, nor keeps one', async () => {
  const whole = await call('GET', `/products/${bolt}`);
  const part = await call('GET', `/products/${bolt}?fields=name`);
  assert.deepEqual(part.body, { id: bolt, name: 'Bolt' });
  assert.equal(part.headers.etag, undefined);
  assert.deepEqual((await call('GET', `/products/${bolt}`)).body, whole.body);
  assert.deepEqual((await read(`/products?fields=name`)).data, [{ id: bolt, name: 'Bolt' }]);
  assert.equal((await read(`/prices?expand=product&fields=product.name`)).data[0].product.name, 'Bolt');
  await call('PATCH', `/products/${bolt}`, { name: 'Bolt 2' });
  assert.equal((await read(`/prices?expand=product&fields=product.name`)).data[0].product.name, 'Bolt 2');
  await call('PATCH', `/products/${bolt}`, { name: 'Bolt' });
});

test('G-18 objects that name each other come back as often as they are asked for, and no circle is made', async () => {
  const plain = await read(`/orders/${order}`);
  const round = await read(`/orders/${order}?expand[]=payment.order.payment`);
  assert.equal(round.payment.order.payment.id, plain.payment_id);
  assert.equal(round.payment.order.payment.order, undefined, 'what nobody asked for there');
  assert.deepEqual((await read(`/orders/${order}?expand[]=payment.order.payment&fields=payment.order.id`)).payment, {
    id: plain.payment_id,
    order: { id: order },
  });
});

test('G-18 V1-46 what is expanded again and again does not grow beyond every measure', async () => {
  const description = 'x'.repeat(2_000);
  const { id } = await made('/products', { name: 'Long', description, price: 1, category: 'hardware', active: true });
  const items = Array.from({ length: 100 }, () => ({ product_id: id, quantity: 1, unit_price: 1 }));
  const body = { customer_id: customer, currency: 'USD', items, total: 100 };
  for (let count = 0; count < 60; count++) await made('/orders', body);
  const path = '/orders?expand[]=items.product';
  const refused = await call('GET', `${path}&limit=60`);
  assert.equal(refused.status, 400);
  assert.match(refused.body.error.message, /larger than 10 MB; ask for a smaller page/);
  assert.equal((await call('GET', `${path}&limit=5`)).body.data[4].items[99].product.description, description);
});
