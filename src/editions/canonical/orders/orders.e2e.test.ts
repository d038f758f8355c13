import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type TestAnswer, type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
let shop: TestOrganization;
before(async () => {
  app = await testApp();
  shop = await app.organization();
});
after(() => app.close());

function call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<TestAnswer> {
  return app.request(method, path, { token: shop.token, body, headers });
}

async function newId(path: string, body: unknown): Promise<string> {
  const answer = await call('POST', path, body);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body.id;
}

/** A buyer with a card, and a product with stock. */
async function setUp(options: { stock?: number; token?: string } = {}) {
  const { stock = 10, token = 'tok_visa' } = options;
  const bolt = { name: 'Bolt', description: 'M8', price: 1999, category: 'hardware', active: true };
  const product = await newId('/products', bolt);
  const opening = { product_id: product, quantity_change: stock, reason: 'opening', reference_id: 'o' };
  await newId('/inventory/adjust', opening);
  const buyer = { type: 'company', name: 'Acme', email: 'a@acme.example', currency: 'USD' };
  const customer = await newId('/customers', buyer);
  const method = await newId('/payment-methods', { customer_id: customer, type: 'card', token });
  const order = (quantity = 1, changes = {}) => ({
    customer_id: customer,
    currency: 'USD',
    items: [{ product_id: product, quantity, unit_price: 1999 }],
    total: quantity * 1999,
    payment_method_id: method,
    ...changes,
  });
  return { product, customer, method, order };
}

async function levelOf(product: string) {
  const { body } = await call('GET', `/inventory/levels?product_id=${product}`);
  return { available: body.data[0].available, reserved: body.data[0].reserved };
}

test('ORD-01..08 an order is a draft, and every required field is named when it is missing', async () => {
  const { order } = await setUp();
  const made = await call('POST', '/orders', order());
  assert.equal(made.status, 201);
  assert.equal(made.body.status, 'draft');
  const fieldsOf = (answer: TestAnswer) => answer.body.error.details.map((detail: { field: string }) => detail.field);
  const empty = await call('POST', '/orders', {});
  assert.equal(empty.status, 422);
  assert.deepEqual(fieldsOf(empty).sort(), ['currency', 'customer_id', 'items', 'total']);
  const bare = await call('POST', '/orders', order(1, { items: [{}] }));
  assert.deepEqual(fieldsOf(bare).sort(), ['items[0].product_id', 'items[0].quantity', 'items[0].unit_price']);
  assert.equal((await call('POST', '/orders', order(1, { items: [] }))).status, 422);
});

test('ORD-09 a total that is off by one is refused and nothing is stored', async () => {
  const { order, customer } = await setUp();
  for (const total of [3997, 3999]) {
    const answer = await call('POST', '/orders', order(2, { total }));
    assert.equal(answer.status, 422);
    assert.match(answer.body.error.message, /3998/);
  }
  assert.deepEqual((await call('GET', `/orders?customer_id=${customer}`)).body.data, []);
});

test('ORD-10 ORD-11 the six currencies are accepted, others are not', async () => {
  const { order } = await setUp();
  for (const currency of ['USD', 'EUR', 'GBP', 'CAD', 'AUD', 'JPY', 'jpy']) {
    assert.equal((await call('POST', '/orders', order(1, { currency }))).status, 201, currency);
  }
  for (const currency of ['CHF', 'XXX', 'DOLLAR']) {
    assert.equal((await call('POST', '/orders', order(1, { currency }))).status, 422, currency);
  }
});

test('ORD-13..16 C-45 orders are filtered by customer, status, dates and minimum total', async () => {
  const { order, customer } = await setUp();
  const small = await newId('/orders', order(1));
  const large = await newId('/orders', order(5));
  await call('POST', `/orders/${small}/cancel`);
  const ids = async (query: string) =>
    (await call('GET', `/orders?customer_id=${customer}&${query}`)).body.data.map((each: { id: string }) => each.id);
  assert.deepEqual(await ids(''), [large, small]);
  assert.deepEqual(await ids('status=draft'), [large]);
  assert.deepEqual(await ids('status=cancelled'), [small]);
  assert.deepEqual(await ids('min_total=9995'), [large]);
  assert.deepEqual(await ids('min_total=9996'), []);
  const now = app.clock.now().toISOString();
  assert.deepEqual(await ids(`created_before=${now}&created_after=${now}`), []);
  assert.deepEqual(await ids('created_after=2020-01-01T00:00:00Z'), [large, small]);
});

test('ORD-25 ORD-26 STK-07 confirming reserves the stock and authorises the payment', async () => {
  const { order, product } = await setUp();
  const id = await newId('/orders', order(3));
  const confirmed = await call('POST', `/orders/${id}/confirm`);
  assert.equal(confirmed.status, 200, JSON.stringify(confirmed.body));
  assert.equal(confirmed.body.status, 'confirmed');
  assert.equal(confirmed.body.payment_status, 'authorized');
  assert.deepEqual(await levelOf(product), { available: 7, reserved: 3 });
  const again = await call('POST', `/orders/${id}/confirm`);
  assert.equal(again.status, 409);
});

test('ORD-27 ERR-08 ERR-09 PAY-08 a refused authorisation is 402, the order stays a draft and the stock is free', async () => {
  const refusals = { tok_declined: 'ERR_PAYMENT_FAILED', tok_insufficient_funds: 'ERR_INSUFFICIENT_FUNDS' };
  for (const [token, code] of Object.entries(refusals)) {
    const { order, product } = await setUp({ token });
    const id = await newId('/orders', order(2));
    const refused = await call('POST', `/orders/${id}/confirm`, undefined, { 'idempotency-key': token });
    assert.equal(refused.status, 402);
    assert.equal(refused.body.error.code, code);
    const { body } = await call('GET', `/orders/${id}`);
    assert.equal(body.status, 'draft');
    assert.deepEqual(await levelOf(product), { available: 10, reserved: 0 });
    const repeated = await call('POST', `/orders/${id}/confirm`, undefined, { 'idempotency-key': token });
    assert.equal(repeated.status, 402);
  }
});

test('ORD-17 ORD-21 ORD-24 the lifecycle goes in order, a skipped step and a status in PATCH are refused', async () => {
  const { order } = await setUp();
  const id = await newId('/orders', order());
  const step = async (verb: string, body?: unknown) => (await call('POST', `/orders/${id}/${verb}`, body)).status;
  const shipment = { carrier: 'ups', tracking_number: '1Z999' };
  assert.equal(await step('process'), 409);
  assert.equal(await step('ship', shipment), 409);
  assert.equal((await call('PATCH', `/orders/${id}`, { status: 'shipped' })).status, 422);
  assert.equal(await step('confirm'), 200);
  assert.equal((await call('PATCH', `/orders/${id}`, { po_number: 'x' })).status, 409);
  assert.equal(await step('process'), 200);
  assert.equal(await step('ship', shipment), 200);
  assert.equal(await step('cancel'), 409);
  assert.equal(await step('deliver'), 200);
  assert.equal(await step('cancel'), 409);
  const { body } = await call('GET', `/orders/${id}`);
  assert.deepEqual([body.status, body.payment_status], ['delivered', 'captured']);
});

test('ORD-18 ORD-19 ORD-20 ORD-29 ORD-31 an order is canceled from draft, confirmed and processing; stock and money go back', async () => {
  for (const steps of [[], ['confirm'], ['confirm', 'process']]) {
    const { order, product } = await setUp();
    const id = await newId('/orders', order(4));
    for (const verb of steps) assert.equal((await call('POST', `/orders/${id}/${verb}`)).status, 200);
    const canceled = await call('POST', `/orders/${id}/cancel`);
    assert.equal(canceled.status, 200);
    assert.equal(canceled.body.status, 'canceled');
    assert.notEqual(canceled.body.payment_status, 'authorized');
    assert.deepEqual(await levelOf(product), { available: 10, reserved: 0 });
  }
});

test('ORD-30 canceling an order whose payment was captured refunds it in full', async () => {
  const { order } = await setUp();
  const id = await newId('/orders', order(2, { capture_on: 'confirm' }));
  const confirmed = await call('POST', `/orders/${id}/confirm`);
  assert.equal(confirmed.body.payment_status, 'captured');
  const canceled = await call('POST', `/orders/${id}/cancel`);
  assert.equal(canceled.body.payment_status, 'refunded');
  const payment = await call('GET', `/payments/${confirmed.body.payment_id}`);
  assert.equal(payment.body.status, 'refunded');
});

test('G-01 G-39 C-68 an order leaves in two shipments and is complete when both have arrived', async () => {
  const { order, product } = await setUp();
  const id = await newId('/orders', order(3));
  await call('POST', `/orders/${id}/confirm`);
  await call('POST', `/orders/${id}/process`);
  const ship = (body: object) => call('POST', `/orders/${id}/ship`, { carrier: 'DHL', ...body });
  const first = await ship({ tracking_number: 'A', reference: 'box-1', items: [{ line: 1, quantity: 1 }] });
  assert.deepEqual([first.status, first.body.status, first.body.fulfillment_status], [200, 'processing', 'partial']);
  assert.deepEqual(await levelOf(product), { available: 7, reserved: 2 });
  const tooMany = await ship({ tracking_number: 'B', items: [{ line: 1, quantity: 3 }] });
  assert.deepEqual([tooMany.status, tooMany.body.error.details[0].field], [422, 'items[0].quantity']);
  const early = await call('POST', `/orders/${id}/deliver`);
  assert.equal(early.status, 409);
  const rest = await ship({ tracking_number: 'B', reference: 'box-2' });
  assert.deepEqual([rest.body.status, rest.body.fulfillment_status], ['shipped', 'fulfilled']);
  assert.deepEqual(rest.body.shipment, { carrier: 'DHL', tracking_number: 'B' });
  assert.equal(rest.body.items[0].shipped_quantity, 3);
  assert.deepEqual(await levelOf(product), { available: 7, reserved: 0 });
  const one = await call('POST', `/orders/${id}/deliver`, { reference: 'box-2' });
  assert.equal(one.body.status, 'shipped');
  const both = await call('POST', `/orders/${id}/deliver`, { reference: 'box-1' });
  assert.equal(both.body.status, 'delivered');
  assert.equal((await call('POST', `/orders/${id}/cancel`)).status, 409);
});

test('ORD-32 C-34 DELETE is 405 and names the cancel route', async () => {
  const { order } = await setUp();
  const answer = await call('DELETE', `/orders/${await newId('/orders', order())}`);
  assert.equal(answer.status, 405);
  assert.match(answer.body.error.message, /cancel/);
});

test('PRD-18 PRD-19 an inactive product takes no new orders, existing ones go on', async () => {
  const { order, product } = await setUp();
  const id = await newId('/orders', order());
  assert.equal((await call('PATCH', `/products/${product}`, { active: false })).status, 200);
  assert.equal((await call('POST', '/orders', order())).status, 422);
  assert.equal((await call('POST', `/orders/${id}/confirm`)).status, 200);
});

test('STK-08 fifty orders confirmed at once on ten units: exactly ten succeed', async () => {
  const { order, product } = await setUp();
  const ids = await Promise.all(Array.from({ length: 50 }, () => newId('/orders', order())));
  const answers = await Promise.all(ids.map((id) => call('POST', `/orders/${id}/confirm`)));
  assert.equal(answers.filter((answer) => answer.status === 200).length, 10);
  const refused = answers.filter((answer) => answer.status !== 200);
  assert.ok(refused.every((answer) => [409, 423].includes(answer.status)));
  assert.deepEqual(await levelOf(product), { available: 0, reserved: 10 });
});

test('ARC-05 G-61 the history tells every change, and an order can be read as it was', async () => {
  const { order } = await setUp();
  const id = await newId('/orders', order());
  const before = app.clock.now().toISOString();
  app.clock.advance(60_000);
  await call('POST', `/orders/${id}/confirm`);
  const history = await call('GET', `/orders/${id}/history`);
  assert.equal(history.body.data[0].type, 'order.created');
  assert.ok(history.body.data.length >= 2);
  assert.equal((await call('GET', `/orders/${id}?as_of=${before}`)).body.status, 'draft');
  assert.equal((await call('GET', `/orders/${id}`)).body.status, 'confirmed');
});
