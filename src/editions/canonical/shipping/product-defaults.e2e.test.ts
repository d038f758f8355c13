import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '#kernel/ids.ts';
import { type TestApp, testApp } from '#test/support/app.ts';
import { SENDER, shopUnderTest } from './shop-under-test.ts';

let app: TestApp;
let shop: Awaited<ReturnType<typeof shopUnderTest>>;
before(async () => {
  app = await testApp();
  shop = await shopUnderTest(app, { country: 'CH' });
});
after(() => app?.close());

const facts = {
  weight_grams: 400,
  dimensions: { length_mm: 300, width_mm: 200, height_mm: 50 },
  hs_code: '731815',
  country_of_origin: 'DE',
};
async function describe(more: object): Promise<void> {
  const { status, body } = await shop.call('PATCH', `/products/${shop.product_id}`, more);
  assert.equal(status, 200, JSON.stringify(body));
}
const box = (pieces: number) => ({
  weight_grams: 400 * pieces,
  length_mm: 300,
  width_mm: 200,
  height_mm: 50 * pieces,
});

test('SHP-14 SHP-15 without HS code and origin on the product goods are not declared, with them they declare themselves', async () => {
  const order = await shop.order([3]);
  const abroad = (more: object = {}) =>
    shop.call('POST', '/shipping', shop.shipmentOf(order, { from: SENDER, ...more }));
  const undeclared = await abroad();
  assert.deepEqual([undeclared.status, undeclared.body.error.details[0].field], [422, 'customs']);
  const unknown = await abroad({ customs: { contents: 'sale' } });
  assert.deepEqual(
    unknown.body.error.details.map(({ field }: { field: string }) => field),
    ['customs.items[0].hs_code', 'customs.items[0].origin_country'],
  );
  await describe(facts);
  const first = await abroad({ items: [{ line: 1, quantity: 2 }] });
  assert.equal(first.status, 201);
  assert.deepEqual(first.body.customs, {
    contents: 'sale',
    currency: 'USD',
    items: [{ description: 'Steel bolt', hs_code: '731815', quantity: 2, unit_value: 1_000, origin_country: 'DE' }],
    total_value: 2_000,
  });
  assert.deepEqual(first.body.parcels, [box(2)]);
  const customs = { contents: 'gift', items: [{ line: 1, unit_value: 10, origin_country: 'PL' }] };
  const gift = await abroad({ customs, parcels: [{ ...box(1), weight_grams: 999 }] });
  assert.deepEqual(
    [gift.body.customs.contents, gift.body.customs.total_value, gift.body.customs.items[0].origin_country],
    ['gift', 10, 'PL'],
  );
  assert.equal(gift.body.parcels[0].weight_grams, 999, 'what is sent counts');
});

test('SHP-12 C-68 the weight and size of products make the parcel of a quote, and of an order shipped by hand', async () => {
  const { product_id } = shop;
  await describe(facts);
  const route = { from: { country: 'DE', postal_code: '20457' }, to: { country: 'CH' } };
  const asked = { ...route, items: [{ product_id, quantity: 2 }] };
  const quote = await shop.made('/shipping/quotes', asked);
  assert.deepEqual(quote.parcels, [box(2)]);
  assert.equal(
    (await shop.made('/shipping/quotes', { ...route, parcels: [box(2)] })).id,
    quote.id,
    'the same question',
  );
  const bought = await shop.made(`/shipping/quotes/${quote.id}/purchase`, {
    order_id: await shop.order([2]),
    carrier: 'dhl',
    from: SENDER,
  });
  assert.deepEqual([bought.parcels, bought.customs.total_value], [[box(2)], 2_000]);
  const order = await shop.order([3]);
  await shop.made(`/orders/${order}/ship`, { carrier: 'dhl', tracking_number: 'JD00001' });
  assert.deepEqual((await shop.read(`/shipping?order_id=${order}`)).data[0].parcels, [box(3)]);

  const refusals: [object, string][] = [
    [{ items: [{ product_id: newId('prd'), quantity: 1 }] }, 'items[0].product_id'],
    [{ items: asked.items, parcels: [box(1)] }, 'items'],
    [{}, 'parcels'],
    [{ items: [{ product_id, quantity: 5_000 }] }, 'parcels'],
  ];

  for (const [more, field] of refusals) {
    const { status, body } = await shop.call('POST', '/shipping/quotes', { ...route, ...more });
    assert.deepEqual([status, body.error.details[0].field], [422, field]);
  }
  await describe({ weight_grams: null });
  const unweighed = await shop.call('POST', '/shipping/quotes', asked);
  assert.deepEqual([unweighed.status, unweighed.body.error.details[0].field], [422, 'parcels']);
  assert.match(unweighed.body.error.message, new RegExp(`${product_id} has no weight`));
});
