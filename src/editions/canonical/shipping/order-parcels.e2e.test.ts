import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type TestApp, testApp } from '#test/support/app.ts';
import { mailsOf, shopUnderTest } from './shop-under-test.ts';

let app: TestApp;
let shop: Awaited<ReturnType<typeof shopUnderTest>>;
before(async () => {
  app = await testApp();
  shop = await shopUnderTest(app);
});
after(() => app?.close());

let count = 0;
const number = () => `JD0146000038283928${++count}`;
const shipByHand = (order: string, body: object) => shop.call('POST', `/orders/${order}/ship`, body);
const parcelsOf = async (order: string) => (await shop.read(`/shipping?order_id=${order}`)).data;

test('C-68 POST /orders/:id/ship makes the shipment, and its carrier delivers the order', async () => {
  const order = await shop.order([3]);
  const { status, body } = await shipByHand(order, { carrier: 'DHL', tracking_number: number() });
  assert.deepEqual([status, body.status, body.payment_status], [200, 'shipped', 'captured']);
  const [parcel, ...others] = await parcelsOf(order);
  assert.deepEqual(others, []);
  assert.deepEqual(
    [parcel.status, parcel.carrier, parcel.order_step, parcel.items, parcel.estimated_delivery],
    ['picked_up', 'dhl', 'shipped', [{ line: 1, quantity: 3 }], null],
  );
  assert.deepEqual([parcel.order_reference, body.shipments[0].reference], [parcel.id, parcel.id]);
  assert.match(parcel.tracking_url, /^https:\/\/www\.dhl\.com.*JD0146/);
  assert.equal(parcel.to.line1, '1 rue de la Paix');
  await app.settle();
  const [mail] = (await mailsOf(app)).filter(({ text }) => text.includes(parcel.id));
  assert.match(mail!.subject, /on its way/);
});

test('C-68 SHP-10 the news of the carrier deliver an order that was shipped by hand, whatever its parcel is called', async () => {
  const order = await shop.order([2]);
  const box = {
    carrier: 'Velo Express',
    tracking_number: 'V-1',
    reference: 'box-1',
    items: [{ line: 1, quantity: 1 }],
  };
  const part = await shipByHand(order, box);
  assert.deepEqual([part.body.status, part.body.fulfillment_status], ['processing', 'partial']);
  await shipByHand(order, { ...box, tracking_number: 'V-2', reference: 'box-2' });
  const parcels = await parcelsOf(order);
  assert.deepEqual(
    parcels.map((parcel: Record<string, string>) => [parcel.order_reference, parcel.carrier, parcel.tracking_url]),
    [
      ['box-2', 'custom', null],
      ['box-1', 'custom', null],
    ],
  );
  for (const tracking of ['V-1', 'V-2']) {
    for (const status of ['in_transit', 'delivered']) await shop.tell(tracking, status);
  }
  await app.settle();
  const done = await shop.read(`/orders/${order}`);
  assert.equal(done.status, 'delivered');
  assert.equal(done.shipments.length, 2);
  assert.deepEqual(
    (await parcelsOf(order)).map((parcel: Record<string, string>) => [parcel.order_step, parcel.order_refusal]),
    [
      ['delivered', null],
      ['delivered', null],
    ],
  );
});

test('C-68 a parcel that waits is taken up by its number and not made twice; its lines may be left out', async () => {
  const order = await shop.order([3]);
  const items = [{ line: 1, quantity: 2 }];
  const packed = shop.shipmentOf(order, { items });
  const { id } = await shop.made('/shipping', packed);
  const { tracking_number } = packed;
  const other = await shipByHand(order, { carrier: 'custom', tracking_number, items: [{ line: 1, quantity: 1 }] });
  assert.deepEqual([other.status, other.body.error.details[0].field], [422, 'items']);
  const taken = await shipByHand(order, { carrier: 'custom', tracking_number: tracking_number.toLowerCase() });
  assert.deepEqual([taken.status, taken.body.fulfillment_status], [200, 'partial']);
  assert.deepEqual([taken.body.shipments[0].reference, taken.body.shipments[0].items], [id, items]);
  // The carrier says the same later, and the order leaves only once.
  await shop.tell(tracking_number, 'picked_up');
  await app.settle();
  const rest = await shipByHand(order, { carrier: 'DHL', tracking_number: number() });
  assert.deepEqual([rest.body.status, rest.body.shipments.length], ['shipped', 2]);
  assert.equal((await parcelsOf(order)).length, 2);
});

test('C-68 SHP-10 the hand and the carrier say at once that a parcel left: it leaves once, and arrives', async () => {
  const order = await shop.order([2]);
  const packed = shop.shipmentOf(order);
  const { id } = await shop.made('/shipping', packed);
  const { tracking_number } = packed;
  const [byHand] = await Promise.all([
    shipByHand(order, { carrier: 'custom', tracking_number }),
    shop.tell(tracking_number, 'picked_up').then(() => shop.tell(tracking_number, 'delivered')),
  ]);
  assert.ok([200, 409, 423].includes(byHand.status), JSON.stringify(byHand.body));
  await app.settle();
  app.clock.advance(60_000);
  await app.settle();
  const { status, shipments } = await shop.read(`/orders/${order}`);
  assert.deepEqual([status, shipments.length], ['delivered', 1]);
  const { order_step, order_refusal } = await shop.read(`/shipping/${id}`);
  assert.deepEqual([order_step, order_refusal], ['delivered', null]);
});

test('C-68 what waits in a parcel is not shipped by hand as well; unpacked it can be', async () => {
  const order = await shop.order([3]);
  const packed = shop.shipmentOf(order, { items: [{ line: 1, quantity: 2 }] });
  const { id } = await shop.made('/shipping', packed);
  const rest = await shipByHand(order, { carrier: 'UPS', tracking_number: '1Z999AA10123456784' });
  assert.deepEqual([rest.body.status, rest.body.shipments[0].items], ['processing', [{ line: 1, quantity: 1 }]]);
  const nothing = await shipByHand(order, { carrier: 'UPS', tracking_number: '1Z999AA10123456785' });
  assert.deepEqual([nothing.status, nothing.body.error.code], [409, 'ERR_INVALID_STATE']);
  const unpacked = await shop.call('POST', `/shipping/${id}/unpack`);
  assert.deepEqual([unpacked.status, unpacked.body.status, unpacked.body.left_at], [200, 'failed', null]);
  assert.equal((await shop.call('POST', `/shipping/${id}/unpack`)).status, 409);
  const again = await shipByHand(order, { carrier: 'custom', tracking_number: packed.tracking_number });
  assert.deepEqual([again.status, again.body.status], [200, 'shipped'], 'the number is free again');
  const left = (await parcelsOf(order))[0];
  assert.equal((await shop.call('POST', `/shipping/${left.id}/unpack`)).status, 409, 'it left');
  await shop.tell(packed.tracking_number, 'delivered');
  await app.settle();
  assert.equal((await shop.read(`/shipping/${left.id}`)).status, 'delivered', 'the news are about the parcel in use');
});

test('G-39 C-68 asked ten times at once, under one reference or one number, an order leaves once in one parcel', async () => {
  for (const reference of ['box', undefined]) {
    const order = await shop.order([2]);
    const tracking_number = number();
    const body = { carrier: 'dhl', tracking_number, items: [{ line: 1, quantity: 1 }], reference };
    const answers = await Promise.all(Array.from({ length: 10 }, () => shipByHand(order, body)));
    assert.ok(answers.every(({ status }) => [200, 409, 423].includes(status)));
    assert.ok(answers.some(({ status }) => status === 200));
    const { shipments, items } = await shop.read(`/orders/${order}`);
    assert.deepEqual([shipments.length, items[0].shipped_quantity], [1, 1]);
    assert.equal((await parcelsOf(order)).length, 1);
  }
});

test('C-68 ARC-15 what cannot leave takes its parcel back: the number is free, and the next request ships', async () => {
  await shop.call('PATCH', '/inventory/settings', { backorder: 'allow' });
  const nut = { name: 'Nut', description: 'M8', price: 1_000, category: 'hardware', active: true };
  const { id: product_id } = await shop.made('/products', nut);
  const items = [{ product_id, quantity: 1, unit_price: 1_000 }];
  const { id: order } = await shop.made('/orders', {
    customer_id: shop.customer_id,
    items,
    total: 1_000,
    currency: 'USD',
  });
  await shop.made(`/orders/${order}/confirm`, {});
  await shop.made(`/orders/${order}/process`, {});
  const parcel = { carrier: 'dhl', tracking_number: number() };
  const wrong = await shipByHand(order, { ...parcel, items: [{ line: 1, quantity: 2 }] });
  assert.equal(wrong.status, 422);
  assert.deepEqual(await parcelsOf(order), [], 'a request that is wrong makes no parcel');
  const missing = await shipByHand(order, parcel);
  assert.deepEqual([missing.status, missing.body.error.code], [409, 'ERR_INSUFFICIENT_STOCK']);
  assert.deepEqual(
    (await parcelsOf(order)).map((each: Record<string, string>) => [each.status, each.left_at]),
    [['failed', null]],
  );
  await shop.made('/inventory/adjust', { product_id, quantity_change: 5, reason: 'restock', reference_id: 'PO-1' });
  await app.settle();
  const { body } = await shipByHand(order, parcel);
  assert.equal(body.status, 'shipped');
  assert.equal((await parcelsOf(order)).length, 2);
});

test('C-68 one number is one parcel of an order, and goods of several orders may travel in it', async () => {
  const [first, second] = [await shop.order([2]), await shop.order([1])];
  const parcel = { carrier: 'Velo', tracking_number: 'V-77', items: [{ line: 1, quantity: 1 }] };
  await shop.made(`/orders/${first}/ship`, parcel);
  const refused = await shipByHand(first, parcel);
  assert.deepEqual([refused.status, refused.body.error.code], [409, 'ERR_CONFLICT']);
  assert.equal((await shop.read(`/orders/${first}`)).status, 'processing');
  await shop.made(`/orders/${second}/ship`, parcel);
  await shop.tell('V-77', 'delivered');
  await app.settle();
  assert.equal((await shop.read(`/orders/${first}`)).shipments[0].delivered_at, app.clock.now().toISOString());
  assert.equal((await shop.read(`/orders/${second}`)).status, 'delivered');
  const stranger = await app.organization();
  const hidden = await app.request('POST', `/orders/${second}/ship`, { token: stranger.token, body: parcel });
  assert.equal(hidden.status, 404);
});
