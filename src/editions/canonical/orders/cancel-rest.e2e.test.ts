import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type TestApp, testApp } from '#test/support/app.ts';
import { shopUnderTest } from '../shipping/shop-under-test.ts';

let app: TestApp;
let shop: Awaited<ReturnType<typeof shopUnderTest>>;
before(async () => {
  app = await testApp();
  shop = await shopUnderTest(app);
});
after(() => app?.close());

let count = 0;
const cancelRest = (order: string, body: object = {}) => shop.call('POST', `/orders/${order}/cancel-rest`, body);

/** An order of five pieces at 10.00 of which two have left. */
async function partlyShipped(): Promise<string> {
  const order = await shop.order([5]);
  const parcel = { carrier: 'Velo', tracking_number: `V-${++count}`, items: [{ line: 1, quantity: 2 }] };
  await shop.made(`/orders/${order}/ship`, parcel);
  return order;
}

test('G-39 POST /orders/:id/cancel-rest ends an order with what has left, and the customer owes only that', async () => {
  const before = (await shop.read(`/inventory/levels?product_id=${shop.product_id}`)).data[0];
  const order = await partlyShipped();
  const refused = await shop.call('POST', `/orders/${order}/cancel`);
  assert.deepEqual([refused.status, refused.body.error.code], [409, 'ERR_INVALID_STATE']);
  const { status, body } = await cancelRest(order, { reason: 'out_of_stock' });
  assert.equal(status, 200);
  assert.deepEqual([body.status, body.fulfillment_status, body.payment_status], ['shipped', 'fulfilled', 'captured']);
  const [{ quantity, shipped_quantity, canceled_quantity }] = body.items;
  assert.deepEqual([quantity, shipped_quantity, canceled_quantity, body.total], [5, 2, 3, 5_000]);
  const payment = await shop.read(`/payments/${body.payment_id}`);
  assert.deepEqual([payment.captured_amount, payment.refunded_amount], [5_000, 3_000]);
  assert.deepEqual([body.rest_canceled.amount, body.rest_canceled.reason], [3_000, 'out_of_stock']);
  assert.equal((await shop.read(`/refunds/${body.rest_canceled.refund_id}`)).amount, 3_000);
  const after = (await shop.read(`/inventory/levels?product_id=${shop.product_id}`)).data[0];
  assert.deepEqual([after.available, after.reserved], [before.available - 2, before.reserved]);
  assert.equal((await cancelRest(order)).status, 409);
  await shop.tell(`V-${count}`, 'delivered');
  await app.settle();
  assert.equal((await shop.read(`/orders/${order}`)).status, 'delivered');
  const { data: balances } = await shop.read(`/customers/${shop.customer_id}/balance`);
  assert.deepEqual(
    balances.map(({ amount }: { amount: number }) => amount),
    [0],
  );
  const types = (await shop.read(`/orders/${order}/history`)).data.map(({ type }: { type: string }) => type);
  assert.deepEqual(types.slice(-2), ['order.rest_canceled', 'order.delivered']);
});

test('G-39 ten who cancel the rest at once give the money back once, and the same key gets the same answer', async () => {
  const order = await partlyShipped();
  const answers = await Promise.all(Array.from({ length: 10 }, () => cancelRest(order)));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  assert.ok(answers.every(({ status }) => [200, 409, 423].includes(status)));
  const { payment_id } = await shop.read(`/orders/${order}`);
  const { refunds, refunded_amount } = await shop.read(`/payments/${payment_id}`);
  assert.deepEqual([refunds.length, refunded_amount], [1, 3_000]);
  const other = await partlyShipped();
  const request = { token: shop.token, headers: { 'idempotency-key': 'rest-once' }, body: {} };
  const first = await app.request('POST', `/orders/${other}/cancel-rest`, request);
  const second = await app.request('POST', `/orders/${other}/cancel-rest`, request);
  assert.deepEqual([first.status, second.body], [200, first.body]);
});

test('G-39 the rest that was given back by hand is not given back again, and another amount can be named', async () => {
  const order = await partlyShipped();
  const { payment_id } = await shop.read(`/orders/${order}`);
  await shop.made(`/payments/${payment_id}/refund`, { amount: 4_500 });
  const tooMuch = await cancelRest(order, { amount: 501 });
  assert.deepEqual([tooMuch.status, tooMuch.body.error.details[0].field], [422, 'amount']);
  assert.equal((await cancelRest(order, { amount: -1 })).status, 422);
  assert.equal((await shop.read(`/orders/${order}`)).status, 'processing');
  const { body } = await cancelRest(order);
  assert.equal(body.rest_canceled.amount, 500);
  assert.equal((await shop.read(`/payments/${payment_id}`)).refunded_amount, 5_000);
});

test('G-39 POST /orders/:id/cancel-rest takes the pieces that are named, and refuses more than are left', async () => {
  const order = await partlyShipped();
  const tooMany = await cancelRest(order, { items: [{ line: 1, quantity: 4 }] });
  assert.deepEqual([tooMany.status, tooMany.body.error.details[0].field], [422, 'items[0].quantity']);
  const { status, body } = await cancelRest(order, { items: [{ line: 1, quantity: 1 }] });
  assert.deepEqual([status, body.status, body.items[0].canceled_quantity], [200, 'processing', 1]);
  assert.equal((await cancelRest(order)).body.status, 'shipped');
});

test('G-39 an order of which nothing left is canceled as a whole; one of another organisation is missing', async () => {
  const order = await shop.order([2]);
  const whole = await cancelRest(order);
  assert.deepEqual([whole.status, whole.body.error.code], [409, 'ERR_INVALID_STATE']);
  assert.match(whole.body.error.message, /as a whole/);
  const stranger = await app.organization();
  const hidden = await app.request('POST', `/orders/${order}/cancel-rest`, { token: stranger.token, body: {} });
  assert.equal(hidden.status, 404);
  const partly = await partlyShipped();
  const stale = { token: shop.token, headers: { 'if-match': '"1"' }, body: {} };
  assert.equal((await app.request('POST', `/orders/${partly}/cancel-rest`, stale)).status, 412);
});
