import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DAY_MS, MINUTE_MS } from '#kernel/clock.ts';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
let shop: TestOrganization;
before(async () => {
  app = await testApp();
  shop = await app.organization();
});
after(() => app?.close());

const box = { weight_grams: 1_200, length_mm: 300, width_mm: 200, height_mm: 100 };
const route = (postal_code = '10115') => ({
  from: { country: 'DE' },
  to: { country: 'DE', postal_code },
  parcels: [box],
});
const ask = (body: object, token = shop.token, headers = {}) =>
  app.request('POST', '/shipping/quotes', { token, body, headers });

test('SHP-12 SHP-13 C-104 a quote names what each carrier asks and holds for 15 minutes by the clock', async () => {
  const first = await ask(route());
  assert.equal(first.status, 201);
  assert.equal(first.headers.location, `/shipping-quotes/${first.body.id}`);
  assert.deepEqual(
    first.body.rates.map(({ carrier, zone, billable_grams, amount, currency }: Record<string, unknown>) => [
      carrier,
      zone,
      billable_grams,
      amount,
      currency,
    ]),
    [
      ['usps', 'home', 1_200, 899, 'USD'],
      ['dhl', 'home', 1_200, 1_099, 'USD'],
      ['ups', 'home', 1_200, 1_149, 'USD'],
      ['fedex', 'home', 1_200, 1_179, 'USD'],
    ],
  );
  assert.equal(Date.parse(first.body.expires_at) - Date.parse(first.body.created_at), 15 * MINUTE_MS);

  app.clock.advance(15 * MINUTE_MS - 1);
  const spelled = { ...route(' 10115 '), parcels: [{ ...box, length_mm: 100, height_mm: 300 }] };
  const again = await ask(spelled);
  assert.deepEqual([again.status, again.body], [200, first.body]);
  assert.notEqual((await ask(route('20095'))).body.id, first.body.id, 'another question is another quote');

  app.clock.advance(1);
  const after = await ask(route());
  assert.equal(after.status, 201);
  assert.notEqual(after.body.id, first.body.id);
  assert.deepEqual((await app.request('GET', `/shipping-quotes/${first.body.id}`, shop)).body, first.body);
});

test('SHP-13 twenty who ask the same at once get one quote', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(route('80331'))));
  assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1);
  assert.equal(answers.filter(({ status }) => status === 201).length, 1);
});

test('SHP-13 neither another organisation nor the other mode shares a quote', async () => {
  const other = await app.organization();
  const testMode = await app.organization({ livemode: false });
  const ids = [];
  for (const { token } of [shop, other, testMode]) ids.push((await ask(route('50667'), token)).body.id);
  assert.equal(new Set(ids).size, 3);
  assert.equal((await app.request('GET', `/shipping-quotes/${ids[0]}`, other)).status, 404);
});

test('an organisation brings its own prices, which hold for new questions until it retires them', async () => {
  const { token } = await app.organization();
  const before = await ask(route('01067'), token);
  const table = {
    carrier: 'custom',
    currency: 'EUR',
    zones: [{ name: 'city', to: ['DE-01'], bands: [{ up_to_grams: 2_000, amount: 350 }] }],
  };
  const made = await app.request('POST', '/rate-tables', { token, body: table });
  assert.equal(made.status, 201);
  assert.deepEqual((await ask(route('01067'), token)).body, before.body, 'a quote that is out keeps its prices');
  const mine = { carrier: 'custom', zone: 'city', billable_grams: 1_200, amount: 350, currency: 'EUR' };
  const [cheapest] = (await ask(route('01069'), token)).body.rates;
  assert.deepEqual(cheapest, { ...mine, rate_table_id: made.body.id });
  const heavy = { ...route('01069'), parcels: [{ ...box, weight_grams: 2_001 }] };
  const carriers = (await ask(heavy, token)).body.rates.map(({ carrier }: { carrier: string }) => carrier);
  assert.ok(!carriers.includes('custom') && carriers.length === 4, 'beyond the last band it is not taken');

  const path = `/rate-tables/${made.body.id}`;
  const retired = await app.request('DELETE', path, { token });
  assert.equal(retired.status, 200);
  assert.ok(retired.body.retired_at);
  assert.equal((await app.request('DELETE', path, { token })).status, 410);
  app.clock.advance(15 * MINUTE_MS);
  assert.equal((await ask(route('01069'), token)).body.rates.length, 4);
});

test('a question that no carrier takes, a wrong place and a wrong size are refused with their fields', async () => {
  const { token } = await app.organization();
  for (const carrier of ['ups', 'fedex', 'dhl', 'usps']) {
    const zones = [{ name: 'light', bands: [{ up_to_grams: 100, amount: 1 }] }];
    await app.request('POST', '/rate-tables', { token, body: { carrier, zones } });
  }
  const nobody = await ask(route(), token);
  assert.deepEqual([nobody.status, nobody.body.error.details[0].field], [422, 'parcels']);
  const wrong: [object, string][] = [
    [{ ...route(), parcels: [] }, 'parcels'],
    [{ ...route(), parcels: [{ ...box, weight_grams: 0 }] }, 'parcels[0].weight_grams'],
    [{ ...route(), parcels: [{ ...box, weight_grams: 1.5 }] }, 'parcels[0].weight_grams'],
    [{ ...route(), parcels: [{ ...box, length_mm: 10_001 }] }, 'parcels[0].length_mm'],
    [{ ...route(), to: { country: 'XX' } }, 'to.country'],
    [{ ...route(), to: {} }, 'to.country'],
  ];
  for (const [body, field] of wrong) {
    const { status, body: answer } = await ask(body, token);
    assert.deepEqual([status, answer.error.details[0].field], [422, field]);
  }
});

test('quotes are forgotten a month after they expired', async () => {
  const { body: quote } = await ask(route('70173'));
  const status = async () => (await app.request('GET', `/shipping-quotes/${quote.id}`, shop)).status;
  app.clock.advance(29 * DAY_MS);
  shop.token = await app.tokenWith(shop, ['shipping:read', 'shipping:write']);
  await app.settle();
  assert.equal(await status(), 200);
  app.clock.advance(2 * DAY_MS);
  shop.token = await app.tokenWith(shop, ['shipping:read', 'shipping:write']);
  await app.settle();
  assert.equal(await status(), 404);
});
