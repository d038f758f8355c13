import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { MINUTE_MS } from '#kernel/clock.ts';
import { type CustomerId, newId } from '#kernel/ids.ts';
import { type TestApp, testApp } from '#test/support/app.ts';
import { testContext } from '#test/support/module.ts';
import { SENDER, shopUnderTest, TEMPLATE } from './shop-under-test.ts';

let app: TestApp;
let shop: Awaited<ReturnType<typeof shopUnderTest>>;
before(async () => {
  app = await testApp();
  shop = await shopUnderTest(app);
});
after(() => app?.close());

const ship = (body: object) => shop.call('POST', '/shipping', body);
const fieldsOf = (body: { error: { details: { field: string }[] } }) => body.error.details.map(({ field }) => field);

test('SHP-01 POST /shipping makes a shipment of everything that is left, and GET gives it again', async () => {
  const order = await shop.order([3, 2]);
  const body = {
    order_id: order,
    carrier: 'ups',
    tracking_number: '1z999 aa1 0123456784',
    estimated_delivery: '2026-12-24',
  };
  const { status, headers, body: shipment } = await ship(body);
  assert.equal(status, 201);
  assert.equal(headers.location, `/shipping/${shipment.id}`);
  const { id, from, to, created_at, updated_at, ...rest } = shipment;
  assert.deepEqual(rest, {
    order_id: order,
    customer_id: shop.customer_id,
    status: 'created',
    carrier: 'ups',
    tracking_number: '1Z999AA10123456784',
    tracking_url: 'https://www.ups.com/track?tracknum=1Z999AA10123456784',
    estimated_delivery: '2026-12-24T00:00:00.000Z',
    warehouse_id: null,
    items: [
      { line: 1, quantity: 3 },
      { line: 2, quantity: 2 },
    ],
    parcels: [],
    customs: null,
    quote_id: null,
    cost: null,
    order_step: 'none',
    order_reference: id,
    order_refusal: null,
    metadata: {},
    left_at: null,
    delivered_at: null,
  });
  assert.equal(from, null);
  assert.deepEqual([to.name, to.line1, to.country], ['Acme', '1 rue de la Paix', 'FR']);
  assert.ok(created_at && updated_at);
  assert.deepEqual(await shop.read(`/shipping/${id}`), { ...shipment, updates: [] });
});

test('SHP-02 SHP-03 SHP-04 SHP-05 SHP-06 order, carrier, number and day are required, and the carrier is one of five', async () => {
  const good = shop.shipmentOf(await shop.order());
  for (const field of ['order_id', 'carrier', 'tracking_number', 'estimated_delivery']) {
    const { [field as 'carrier']: _left, ...lacking } = good;
    const { status, body } = await ship(lacking);
    assert.deepEqual([status, fieldsOf(body)], [422, [field]]);
  }
  const { status, body } = await ship({ ...good, carrier: 'hermes' });
  assert.deepEqual([status, fieldsOf(body)], [422, ['carrier']]);
  assert.equal((await ship({ ...good, carrier: 'Custom' })).status, 201);
});

test('SHP-07 a custom carrier needs a tracking URL template, which gives the tracking URL', async () => {
  const { tracking_url_template: _left, ...lacking } = shop.shipmentOf(await shop.order());
  const refused = await ship(lacking);
  assert.deepEqual([refused.status, fieldsOf(refused.body)], [422, ['tracking_url_template']]);
  const { body } = await ship({ ...lacking, tracking_number: 'AB 12/3', tracking_url_template: TEMPLATE });
  assert.deepEqual([body.tracking_number, body.tracking_url], ['AB 12/3', 'https://carrier.example/track/AB%2012%2F3']);
});

test('G-39 an order is packed in parts, and never more than was ordered', async () => {
  const order = await shop.order([3, 2]);
  const part = (items: object[]) => ship(shop.shipmentOf(order, { items }));
  assert.equal((await part([{ line: 1, quantity: 2 }])).status, 201);
  const refusals: [object[], string][] = [
    [[{ line: 1, quantity: 2 }], 'items[0].quantity'],
    [[{ line: 3, quantity: 1 }], 'items[0].line'],
    [
      [
        { line: 1, quantity: 1 },
        { line: 1, quantity: 1 },
      ],
      'items[1].line',
    ],
    [[], 'items'],
    [[{ line: 2, quantity: 0 }], 'items[0].quantity'],
  ];
  for (const [items, field] of refusals) {
    const { status, body } = await part(items);
    assert.deepEqual([status, fieldsOf(body)], [422, [field]], JSON.stringify(items));
  }
  const rest = await ship(shop.shipmentOf(order));
  assert.deepEqual(rest.body.items, [
    { line: 1, quantity: 1 },
    { line: 2, quantity: 2 },
  ]);
  const nothing = await ship(shop.shipmentOf(order));
  assert.deepEqual([nothing.status, nothing.body.error.code], [409, 'ERR_INVALID_STATE']);
});

test('G-39 ten who pack the same two pieces at once pack two', async () => {
  const order = await shop.order([2]);
  const one = () => ship(shop.shipmentOf(order, { items: [{ line: 1, quantity: 1 }] }));
  const answers = await Promise.all(Array.from({ length: 10 }, one));
  assert.equal(answers.filter(({ status }) => status === 201).length, 2);
  assert.ok(answers.every(({ status }) => [201, 409, 422].includes(status)));
  const { data } = await shop.read(`/shipping?order_id=${order}`);
  assert.equal(data.length, 2);
});

test('C-68 only an order in processing is shipped, and the refusal says what to do first', async () => {
  for (const [until, words] of [
    ['draft', /confirm and process it first/],
    ['confirmed', /\/process/],
  ] as const) {
    const { status, body } = await ship(shop.shipmentOf(await shop.order([1], until)));
    assert.deepEqual([status, body.error.code], [409, 'ERR_INVALID_STATE']);
    assert.match(body.error.message, words);
  }
  const order = await shop.order();
  await shop.made(`/orders/${order}/cancel`, {});
  assert.equal((await ship(shop.shipmentOf(order))).status, 409);
});

test('SHP-14 SHP-15 across a customs border every piece is declared with code, value and origin', async () => {
  const order = await shop.order([3]);
  const swiss = { ...SENDER, country: 'CH', postal_code: '8001' };
  const abroad = (more: object) => ship(shop.shipmentOf(order, { from: SENDER, to: swiss, ...more }));
  const undeclared = await abroad({});
  assert.deepEqual([undeclared.status, fieldsOf(undeclared.body)], [422, ['customs']]);
  const item = { description: 'Steel bolts', hs_code: '7318.15', quantity: 3, unit_value: 1_000, origin_country: 'DE' };
  const customs = (more: object) => ({ customs: { contents: 'sale', currency: 'EUR', items: [{ ...item, ...more }] } });
  const refusals: [object, string][] = [
    [{ hs_code: '73' }, 'customs.items[0].hs_code'],
    [{ hs_code: undefined }, 'customs.items[0].hs_code'],
    [{ unit_value: undefined }, 'customs.items[0].unit_value'],
    [{ unit_value: 0 }, 'customs.items[0].unit_value'],
    [{ unit_value: 9.99 }, 'customs.items[0].unit_value'],
    [{ origin_country: 'Deutschland' }, 'customs.items[0].origin_country'],
    [{ quantity: 2 }, 'customs.items'],
  ];
  for (const [more, field] of refusals) {
    const { status, body } = await abroad(customs(more));
    assert.deepEqual([status, fieldsOf(body)], [422, [field]]);
  }
  const { status, body } = await abroad(customs({}));
  assert.equal(status, 201);
  assert.deepEqual([body.customs.items[0].hs_code, body.customs.total_value], ['731815', 3_000]);
});

test('SHP-14 between members of the EU no declaration is asked for', async () => {
  assert.equal((await ship(shop.shipmentOf(await shop.order(), { from: SENDER }))).status, 201);
});

test('SHP-13 a shipment takes its price from a quote that holds, for what was quoted', async () => {
  const parcels = [{ weight_grams: 1_200, length_mm: 300, width_mm: 200, height_mm: 100 }];
  const route = { from: { country: 'DE', postal_code: '20457' }, to: { country: 'FR' }, parcels };
  const quote = await shop.made('/shipping/quotes', route);
  const order = await shop.order([9]);
  const items = [{ line: 1, quantity: 1 }];
  const number = (last: number) => `1Z999AA1012345678${last}`;
  const sent = { ...shop.shipmentOf(order, { from: SENDER, items }), carrier: 'dhl', tracking_url_template: undefined };
  const good = { ...sent, quote_id: quote.id };
  const { body } = await ship({ ...good, tracking_number: number(1) });
  assert.deepEqual([body.cost, body.quote_id, body.parcels], [{ amount: 1_899, currency: 'USD' }, quote.id, parcels]);
  const refusals: [object, string][] = [
    [{ carrier: 'custom', tracking_url_template: TEMPLATE }, 'quote_id'],
    [{ quote_id: newId('shq') }, 'quote_id'],
    [{ to: { ...SENDER, country: 'BE' } }, 'to'],
    [{ from: { ...SENDER, postal_code: '10115' } }, 'from'],
    [{ parcels: [{ ...parcels[0], weight_grams: 1_201 }] }, 'parcels'],
  ];
  for (const [more, field] of refusals) {
    const answer = await ship({ ...good, tracking_number: number(2), ...more });
    assert.deepEqual([answer.status, fieldsOf(answer.body)], [422, [field]]);
  }
  app.clock.advance(15 * MINUTE_MS);
  const expired = await ship({ ...good, tracking_number: number(3) });
  assert.deepEqual([expired.status, fieldsOf(expired.body)], [422, ['quote_id']]);
});

test('one parcel is one shipment: a number is used once for each carrier, however it is spelt', async () => {
  const order = await shop.order([4]);
  const body = { ...shop.shipmentOf(order, { items: [{ line: 1, quantity: 1 }] }), tracking_number: 'abc-123' };
  assert.equal((await ship(body)).status, 201);
  const again = await ship({ ...body, tracking_number: 'ABC 123' });
  assert.deepEqual([again.status, again.body.error.code], [409, 'ERR_CONFLICT']);
  assert.equal((await ship({ ...body, carrier: 'dhl', tracking_url_template: undefined })).status, 201);
  const request = {
    token: shop.token,
    headers: { 'idempotency-key': 'ship-once' },
    body: { ...body, tracking_number: 'x-9' },
  };
  const [first, second] = [
    await app.request('POST', '/shipping', request),
    await app.request('POST', '/shipping', request),
  ];
  assert.deepEqual([second.status, second.body], [201, first.body]);
});

test('shipments are found by order, customer, carrier, status and number', async () => {
  const order = await shop.order([2]);
  const { body: shipment } = await ship(shop.shipmentOf(order));
  const found = async (query: string) =>
    (await shop.read(`/shipping?${query}`)).data.map(({ id }: { id: string }) => id);
  assert.deepEqual(await found(`order_id=${order}`), [shipment.id]);
  assert.deepEqual(await found(`tracking_number=${shipment.tracking_number.toLowerCase().replace('-', '')}`), [
    shipment.id,
  ]);
  assert.ok((await found(`customer_id=${shop.customer_id}&status=created&carrier=custom`)).includes(shipment.id));
  assert.deepEqual(await found(`order_id=${order}&status=delivered`), []);
  assert.deepEqual(await found(`order_id=${order}&carrier=ups`), []);
});

test('C-89 names and addresses lie sealed in the tables, stand in no event, and go with the key', async () => {
  const to = { ...SENDER, name: 'Zebulon Quixote', line1: 'Xylophone Way 7', country: 'FR' };
  const parcel = shop.shipmentOf(await shop.order(), { to });
  const { body: shipment } = await ship(parcel);
  await shop.tell(parcel.tracking_number, 'failed', {
    description: 'Left with Mr Neighbourly',
    location: 'Nowhereville',
  });
  await app.settle();
  const before = await shop.read(`/shipping/${shipment.id}`);
  assert.deepEqual(
    [before.to.name, before.updates[0].description, before.updates[0].location],
    ['Zebulon Quixote', 'Left with Mr Neighbourly', 'Nowhereville'],
  );
  const stored = await everythingStored();
  assert.ok(stored.includes(shipment.tracking_number), 'the scan reads the rows');
  for (const secret of ['Quixote', 'Xylophone', 'Neighbourly', 'Nowhereville', 'rue de la Paix']) {
    assert.ok(!stored.includes(secret), secret);
    assert.ok(!stored.includes(Buffer.from(secret).toString('hex')), secret);
  }
  await app.platform.modules.shipping.eraseAddresses(testContext(shop.tenant), shop.customer_id as CustomerId);
  const after = await shop.read(`/shipping/${shipment.id}`);
  assert.deepEqual([after.to, after.from, after.updates[0].description], [null, null, null]);
  assert.equal(after.status, 'failed');
});

/** Every row of every table of the module and of what it feeds, as text. */
async function everythingStored(): Promise<string> {
  const client = new pg.Client(app.database.connection);
  await client.connect();
  const { rows } = await client.query(
    "select schemaname || '.' || tablename as name from pg_tables where schemaname in ('shipping', 'webhooks', 'audit', 'notifications')",
  );
  const texts = [];
  for (const { name } of rows) texts.push(JSON.stringify((await client.query(`select t::text from ${name} t`)).rows));
  await client.end();
  return texts.join('\n');
}
