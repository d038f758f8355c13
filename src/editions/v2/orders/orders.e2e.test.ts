import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type V2UnderTest, v2UnderTest } from '../v2-under-test.ts';

let v2: V2UnderTest;
before(async () => {
  v2 = await v2UnderTest();
});
after(() => v2?.app.close());

const address = { line1: '123 Main Street', city: 'Paris', postal_code: '75001', country: 'FR' };

/** A user with a card, whose first order would be their first contact with the customer that stands for them. */
async function buyer(token = 'tok_visa') {
  const user = await v2.newUser();
  const { body } = await v2.canonical('GET', `/customers?email=${encodeURIComponent(user.email)}`);
  const customer_id = body.data[0].id;
  const method = await v2.canonical('POST', '/payment-methods', { customer_id, type: 'card', token });
  return { user_id: user.id, payment_method_id: method.body.id };
}

test('V2-55 V2-56 V2-58 C-61 C-64 an order is priced by the catalogue and confirmed with its payment', async () => {
  const { id: product_id } = await v2.newProduct();
  const items = [{ product_id, quantity: 2 }];
  const { user_id, payment_method_id } = await buyer();
  const order = { user_id, payment_method_id, items, shipping_address: address, currency: 'EUR' };
  const { status, body } = await v2.call('POST', '/orders', order);
  assert.equal(status, 201, JSON.stringify(body));
  assert.deepEqual([body.status, body.total, body.currency, body.user_id], ['confirmed', 89.98, 'EUR', user_id]);
  assert.deepEqual(body.items, [{ product_id, quantity: 2, unit_price: 44.99, amount: 89.98 }]);
  assert.deepEqual(body.shipping_address, { ...address, line2: null, state: null });
  assert.equal((await v2.call('GET', `/products/${product_id}`)).body.stock, 8);
  assert.deepEqual((await v2.call('GET', `/orders/${body.id}`)).body, body);
  assert.equal((await v2.canonical('GET', `/orders/${body.id}`)).body.total, 8998);
});

test('V2-49 C-43 C-40 products, orders and payments in currencies of 0, 2, 3 and 4 digits, exact to the last one', async () => {
  const { user_id, payment_method_id } = await buyer();
  for (const [currency, price, minorUnits] of [
    ['KRW', 15_000, 15_000],
    ['CHF', 19.05, 1_905],
    ['KWD', 1.005, 1_005],
    ['CLF', 0.0105, 105],
  ] as const) {
    const { id: product_id } = await v2.newProduct({ currency, price });
    const items = [{ product_id, quantity: 3 }];
    const { status, body } = await v2.call('POST', '/orders', { user_id, payment_method_id, items, currency });
    assert.equal(status, 201, JSON.stringify(body));
    assert.deepEqual([body.status, body.currency, body.items[0].unit_price], ['confirmed', currency, price]);
    const canonical = (await v2.canonical('GET', `/orders/${body.id}`)).body;
    assert.deepEqual([canonical.total, canonical.currency], [minorUnits * 3, currency]);
    const [payment] = (await v2.canonical('GET', `/payments?order_id=${body.id}`)).body.data;
    assert.deepEqual([payment.amount, payment.currency], [minorUnits * 3, currency]);
    for (const action of ['process', 'ship', 'deliver']) {
      const more = action === 'ship' ? { carrier: 'ups', tracking_number: '1Z999AA10123456784' } : {};
      assert.equal((await v2.canonical('POST', `/orders/${body.id}/${action}`, more)).status, 200, action);
    }
    assert.equal((await v2.canonical('GET', `/orders/${body.id}`)).body.payment_status, 'captured');
  }
  const refused = await v2.canonical('POST', '/products', {
    name: 'X',
    description: 'X',
    price: 1,
    currency: 'CHF',
    category: 'addon',
    active: true,
  });
  assert.equal(refused.status, 422, 'the canonical contract takes its six');
});

test('V2-57 C-61 an order whose payment fails stays pending and holds nothing', async () => {
  const { id: product_id } = await v2.newProduct();
  const { user_id, payment_method_id } = await buyer('tok_declined');
  const items = [{ product_id, quantity: 1 }];
  const declined = await v2.call('POST', '/orders', { user_id, payment_method_id, items });
  assert.deepEqual([declined.status, declined.body.status], [201, 'pending']);
  const { id: other } = await v2.newUser();
  const unpaid = await v2.call('POST', '/orders', { user_id: other, items });
  assert.deepEqual([unpaid.status, unpaid.body.status], [201, 'pending'], 'no method and no credit');
  assert.equal((await v2.call('GET', `/products/${product_id}`)).body.stock, 10);
});

test('C-66 currency and address may be left out', async () => {
  const { id: product_id } = await v2.newProduct({ currency: 'GBP', price: 5 });
  const { user_id, payment_method_id } = await buyer();
  const { body } = await v2.call('POST', '/orders', {
    user_id,
    payment_method_id,
    items: [{ product_id, quantity: 1 }],
  });
  assert.deepEqual([body.currency, body.total, body.shipping_address], ['GBP', 5, null]);
});

test('V2-85 what an order cannot be made of', async () => {
  const { id: product_id } = await v2.newProduct({ stock: 3 });
  const { user_id } = await buyer();
  const refused = async (more: object) => {
    const body = { user_id, items: [{ product_id, quantity: 1 }], ...more };
    const answer = await v2.call('POST', '/orders', body);
    return [answer.status, answer.body.error?.code, answer.body.error?.param];
  };
  assert.deepEqual(await refused({ items: [{ product_id, quantity: 4 }] }), [
    422,
    'INSUFFICIENT_STOCK',
    'items[0].quantity',
  ]);
  const twice = [
    { product_id, quantity: 2 },
    { product_id, quantity: 2 },
  ];
  assert.deepEqual(await refused({ items: twice }), [422, 'INSUFFICIENT_STOCK', 'items[1].quantity']);
  assert.deepEqual(await refused({ currency: 'USD' }), [422, 'UNPROCESSABLE', 'items[0].product_id']);
  assert.deepEqual(await refused({ items: [] }), [400, 'INVALID_REQUEST', 'items']);
  const foreign = await v2.app.organization();
  const { body } = await v2.app.request('POST', '/users', {
    token: foreign.token,
    body: { name: 'Eve', email: 'eve@foreign.example' },
  });
  assert.deepEqual(await refused({ user_id: body.id }), [400, 'INVALID_REQUEST', 'user_id']);
  assert.equal(
    (await v2.call('GET', '/orders?limit=100')).body.data.some((o: { user_id: string }) => !o.user_id),
    false,
  );
});

test('V2-85 who loses the race for the last piece gets 422, again when repeated, and keeps no order that waits', async () => {
  const buyers = await Promise.all(Array.from({ length: 6 }, () => buyer()));
  let overtaken = 0;
  for (let round = 0; round < 10 && overtaken === 0; round++) {
    const { id: product_id } = await v2.newProduct({ stock: 1 });
    const send = (each: object, index: number) => {
      const body = { ...each, items: [{ product_id, quantity: 1 }] };
      return v2.call('POST', '/orders', body, { 'idempotency-key': `race-${round}-${index}` });
    };
    const answers = await Promise.all(buyers.map(send));
    const won = answers.filter(({ status }) => status === 201);
    assert.deepEqual(
      won.map(({ body }) => body.status),
      ['confirmed'],
    );
    for (const { status, body } of answers.filter((answer) => !won.includes(answer))) {
      assert.deepEqual([status, body.error.code], [422, 'INSUFFICIENT_STOCK']);
      assert.match(body.error.param, /^items/);
    }
    assert.equal((await v2.call('GET', `/products/${product_id}`)).body.stock, 0);
    const { data } = (await v2.call('GET', '/orders?limit=100')).body;
    const made = data.filter(({ items }: { items: { product_id: string }[] }) => items[0]!.product_id === product_id);
    const statuses = made.map(({ status }: { status: string }) => status).sort();
    overtaken = statuses.length - 1;
    assert.deepEqual(statuses, [...Array(overtaken).fill('cancelled'), 'confirmed']);
    // A repeated request hears the same again: the winner its order although nothing is left, the others their refusal.
    for (const [index, first] of answers.entries()) {
      const again = await send(buyers[index]!, index);
      assert.deepEqual(
        [again.status, again.body.id, again.body.error?.code],
        [first.status, first.body.id, first.body.error?.code],
      );
    }
  }
  assert.ok(overtaken > 0, 'nobody was overtaken between the look at the stock and its reservation');
});

test('G-35 an organisation that takes orders beyond its stock takes them here too', async () => {
  const shop = await v2.app.organization();
  const token = await v2.app.key(shop, { edition: 'v2', family: 'tc_live_sk' });
  const ask = (path: string, body: object) => v2.app.request('POST', `/v2${path}`, { token, body });
  const { id: user_id } = (await ask('/users', { name: 'Bob', email: 'bob@backorder.example' })).body;
  const { id: product_id } = (await ask('/products', { name: 'Rare', price: 5, stock: 1 })).body;
  const order = { user_id, items: [{ product_id, quantity: 2 }] };
  assert.equal((await ask('/orders', order)).status, 422);
  const allowed = await v2.app.request('PATCH', '/inventory/settings', {
    token: shop.token,
    body: { backorder: 'allow' },
  });
  assert.equal(allowed.status, 200, JSON.stringify(allowed.body));
  assert.equal((await ask('/orders', order)).status, 201);
});

test('V2-59 V2-60 V2-61 V2-62 V2-63 V2-64 V2-65 C-45 C-63 the statuses, and cancelling only before processing', async () => {
  const { id: product_id } = await v2.newProduct();
  const { user_id, payment_method_id } = await buyer();
  const place = async () =>
    (await v2.call('POST', '/orders', { user_id, payment_method_id, items: [{ product_id, quantity: 1 }] })).body.id;
  const status = async (id: string) => (await v2.call('GET', `/orders/${id}`)).body.status;
  const cancelled = await place();
  const { body } = await v2.call('POST', `/orders/${cancelled}/cancel`, { reason: 'customer_request' });
  assert.deepEqual([body.status, await status(cancelled)], ['cancelled', 'cancelled']);
  assert.equal((await v2.canonical('GET', `/orders/${cancelled}`)).body.payment_status, 'none', 'released');

  const id = await place();
  const refused = async () => {
    const answer = await v2.call('POST', `/orders/${id}/cancel`, {});
    assert.match(answer.body.error.message, /contact support/);
    return [answer.status, answer.body.error.code];
  };
  for (const [action, reached, more] of [
    ['process', 'processing', {}],
    ['ship', 'shipped', { carrier: 'ups', tracking_number: '1Z999AA10123456784' }],
    ['deliver', 'delivered', {}],
  ] as const) {
    assert.equal((await v2.canonical('POST', `/orders/${id}/${action}`, more)).status, 200, action);
    assert.equal(await status(id), reached);
    assert.deepEqual(await refused(), [422, 'ORDER_NOT_CANCELLABLE'], reached);
  }
  assert.equal((await v2.call('GET', `/orders/${id}`)).body.tracking_number, '1Z999AA10123456784');
  const again = await v2.call('POST', `/orders/${cancelled}/cancel`, {});
  assert.deepEqual([again.status, again.body.error.code], [422, 'ORDER_NOT_CANCELLABLE']);
});

test('C-63 an order that goes into processing while it is being cancelled is one or the other', async () => {
  const { id: product_id } = await v2.newProduct();
  const { user_id, payment_method_id } = await buyer();
  for (let round = 0; round < 5; round++) {
    const items = [{ product_id, quantity: 1 }];
    const { id } = (await v2.call('POST', '/orders', { user_id, payment_method_id, items })).body;
    const [cancel, process] = await Promise.all([
      v2.call('POST', `/orders/${id}/cancel`, {}),
      v2.canonical('POST', `/orders/${id}/process`, {}),
    ]);
    const { status } = (await v2.call('GET', `/orders/${id}`)).body;
    assert.equal(status, cancel.status === 200 ? 'cancelled' : 'processing', `${cancel.status} ${process.status}`);
  }
});

test('V2-97 V2-98 C-87 orders of one user, by the filter and by the deprecated path', async () => {
  const { id: product_id } = await v2.newProduct();
  const { user_id, payment_method_id } = await buyer();
  const placed = await v2.call('POST', '/orders', { user_id, payment_method_id, items: [{ product_id, quantity: 1 }] });
  const filtered = await v2.call('GET', `/orders?user_id=${user_id}`);
  assert.deepEqual(filtered.body.data, [placed.body]);
  assert.deepEqual(filtered.body.pagination, { page: 1, limit: 20, total: 1, pages: 1 });
  const old = await v2.call('GET', `/users/${user_id}/orders`);
  assert.deepEqual(old.body, filtered.body);
  assert.ok(old.headers.deprecation && old.headers.sunset);
  assert.equal(filtered.headers.deprecation, undefined);
  assert.deepEqual((await v2.call('GET', `/orders?user_id=${user_id}&status=cancelled`)).body.data, []);
  assert.deepEqual((await v2.call('GET', `/orders?user_id=${user_id}&status=canceled`)).body.data, []);
  const { id: nobody } = await v2.newUser();
  assert.deepEqual((await v2.call('GET', `/orders?user_id=${nobody}`)).body.data, []);
});

test('C-52 a repeated order is one order, and a repeated cancellation one cancellation', async () => {
  const { id: product_id } = await v2.newProduct();
  const { user_id, payment_method_id } = await buyer();
  const body = { user_id, payment_method_id, items: [{ product_id, quantity: 1 }] };
  const headers = { 'idempotency-key': 'basket-1' };
  const [first, second] = await Promise.all([
    v2.call('POST', '/orders', body, headers),
    v2.call('POST', '/orders', body, headers),
  ]);
  const done = [first, second].filter(({ status }) => status === 201);
  assert.ok(done.length >= 1);
  const again = await v2.call('POST', '/orders', body, headers);
  assert.deepEqual([again.status, again.body.id, again.body.status], [201, done[0]!.body.id, 'confirmed']);
  assert.equal((await v2.call('GET', `/products/${product_id}`)).body.stock, 9);
  const cancel = { 'idempotency-key': 'cancel-1' };
  for (let round = 0; round < 2; round++) {
    const answer = await v2.call('POST', `/orders/${again.body.id}/cancel`, {}, cancel);
    assert.deepEqual([answer.status, answer.body.status], [200, 'cancelled']);
  }
});
