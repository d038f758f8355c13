import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MINUTE_MS } from '#kernel/clock.ts';
import { newId } from '#kernel/ids.ts';
import { type TestApp, testApp } from '#test/support/app.ts';
import { SENDER, shopUnderTest } from './shop-under-test.ts';

let app: TestApp;
let shop: Awaited<ReturnType<typeof shopUnderTest>>;
before(async () => {
  app = await testApp();
  shop = await shopUnderTest(app);
});
after(() => app?.close());

const parcels = [{ weight_grams: 1_200, length_mm: 300, width_mm: 200, height_mm: 100 }];
const from = { country: 'DE', postal_code: '20457' };
const quoteTo = (country: string) => shop.made('/shipping/quotes', { from, to: { country }, parcels });
const buy = (quote: string, order_id: string, more: object = {}) =>
  shop.call('POST', `/shipping/quotes/${quote}/purchase`, { order_id, carrier: 'dhl', from: SENDER, ...more });
const shipmentsOf = async (order: string) => (await shop.read(`/shipping?order_id=${order}`)).data;

test('C-69 a quote is bought: the shipment has its price, its parcels and a number, and its label prints', async () => {
  const [quote, order] = [await quoteTo('FR'), await shop.order([2])];
  const { status, headers, body } = await buy(quote.id, order);
  assert.equal(status, 201);
  assert.equal(headers.location, `/shipping/${body.id}`);
  const offered = quote.rates.find(({ carrier }: { carrier: string }) => carrier === 'dhl');
  assert.deepEqual(body.cost, { amount: offered.amount, currency: offered.currency });
  assert.deepEqual([body.quote_id, body.parcels, body.carrier, body.status], [quote.id, parcels, 'dhl', 'created']);
  assert.deepEqual(body.items, [{ line: 1, quantity: 2 }]);
  assert.match(body.tracking_number, /^[0-9A-Z]{26}$/);
  assert.match(body.tracking_url, new RegExp(body.tracking_number));
  const label = await shop.call('POST', `/shipping/${body.id}/label`, { format: 'zpl' });
  assert.equal(label.status, 200);
  const shipped = await shop.call('POST', `/orders/${order}/ship`, {
    carrier: 'DHL',
    tracking_number: body.tracking_number,
  });
  assert.deepEqual([shipped.body.status, shipped.body.shipments[0].reference], ['shipped', body.id]);
});

test('C-69 a number of the merchant is taken, a part of an order can be bought, and the rest from another quote', async () => {
  const order = await shop.order([3]);
  const own = { tracking_number: '1z 999 aa1', carrier: 'ups', estimated_delivery: '2026-12-24' };
  const first = await buy((await quoteTo('FR')).id, order, { ...own, items: [{ line: 1, quantity: 1 }] });
  assert.deepEqual([first.status, first.body.tracking_number], [201, '1Z999AA1']);
  const other = { parcels: [{ ...parcels[0], weight_grams: 3_000 }], from, to: { country: 'FR' } };
  const second = await buy((await shop.made('/shipping/quotes', other)).id, order, {
    items: [{ line: 1, quantity: 2 }],
  });
  assert.deepEqual([second.status, second.body.items], [201, [{ line: 1, quantity: 2 }]]);
});

test('C-69 ten who buy at once for one order make one shipment; the same request gets the same answer', async () => {
  const [quote, order] = [await quoteTo('FR'), await shop.order([5])];
  const items = [{ line: 1, quantity: 1 }];
  const answers = await Promise.all(Array.from({ length: 10 }, () => buy(quote.id, order, { items })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, ...Array(9).fill(409)]);
  assert.equal((await shipmentsOf(order)).length, 1);
  const again = await buy(quote.id, order, { items });
  assert.deepEqual([again.status, again.body.error.code], [409, 'ERR_CONFLICT']);
  assert.match(again.body.error.message, /shp_/);
  const [{ id }] = await shipmentsOf(order);
  await shop.made(`/shipping/${id}/unpack`, {});
  const request = {
    token: shop.token,
    headers: { 'idempotency-key': 'buy-once' },
    body: { order_id: order, carrier: 'dhl', from: SENDER, items },
  };
  const [one, same] = [
    await app.request('POST', `/shipping/quotes/${quote.id}/purchase`, request),
    await app.request('POST', `/shipping/quotes/${quote.id}/purchase`, request),
  ];
  assert.deepEqual([one.status, same.body], [201, one.body]);
});

test('C-69 what a quote does not offer is not bought, and nothing is made', async () => {
  const [quote, order] = [await quoteTo('FR'), await shop.order([1])];
  const fieldOf = ({ body }: Awaited<ReturnType<typeof buy>>) => body.error.details[0].field;
  const refusals: [object, string][] = [
    [{ carrier: 'custom' }, 'carrier'],
    [{ order_id: newId('ord') }, 'order_id'],
    [{ from: { ...SENDER, country: 'PL' } }, 'from'],
    [{ to: { ...SENDER, country: 'BE' } }, 'to'],
    [{ from: undefined }, 'from'],
    [{ items: [{ line: 1, quantity: 2 }] }, 'items[0].quantity'],
  ];
  for (const [more, field] of refusals) {
    const answer = await buy(quote.id, order, more);
    assert.deepEqual([answer.status, fieldOf(answer)], [422, field]);
  }
  assert.equal((await buy(newId('shq'), order)).status, 404);
  const early = await buy(quote.id, await shop.order([1], 'confirmed'));
  assert.deepEqual([early.status, early.body.error.code], [409, 'ERR_INVALID_STATE']);
  app.clock.advance(15 * MINUTE_MS);
  const late = await buy(quote.id, order);
  assert.deepEqual([late.status, late.body.error.code], [409, 'ERR_INVALID_STATE']);
  assert.match(late.body.error.message, /expired.*\/shipping\/quotes/);
  assert.deepEqual(await shipmentsOf(order), []);
});

test("C-69 another organisation's quote is as missing as one that never was, also for its own order", async () => {
  const quote = await quoteTo('FR');
  const other = await shopUnderTest(app);
  const body = { order_id: await other.order([1]), carrier: 'dhl', from: SENDER };
  assert.equal((await other.call('POST', `/shipping/quotes/${quote.id}/purchase`, body)).status, 404);
  const mine = { ...body, order_id: await shop.order([1]) };
  const own = await other.made('/shipping/quotes', { from, to: { country: 'FR' }, parcels });
  const foreign = await other.call('POST', `/shipping/quotes/${own.id}/purchase`, mine);
  assert.deepEqual([foreign.status, foreign.body.error.details[0].field], [422, 'order_id']);
});
