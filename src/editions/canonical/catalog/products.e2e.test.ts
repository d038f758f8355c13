import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '#kernel/ids.ts';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
let shop: TestOrganization;
before(async () => {
  app = await testApp();
  shop = await app.organization();
});
after(() => app?.close());

const bolt = { name: 'Steel bolt', description: 'M8 × 40', price: 199, category: 'hardware', active: true };

const post = (body: unknown, token = shop.token) => app.request('POST', '/products', { token, body });
const get = (path: string, token = shop.token) => app.request('GET', path, { token });
const patch = (id: string, body: unknown, headers = {}) =>
  app.request('PATCH', `/products/${id}`, { token: shop.token, body, headers });

/** Every finding as `field code`, after checking that it is a refusal of the body. */
async function findings(body: unknown): Promise<string[]> {
  const answer = await post(body);
  assert.deepEqual([answer.status, answer.body.error.code], [422, 'ERR_VALIDATION']);
  return answer.body.error.details.map((detail: { field: string; code: string }) => `${detail.field} ${detail.code}`);
}

test('PRD-01 creating a product answers 201 with the product and where it is', async () => {
  const answer = await post(bolt);
  assert.equal(answer.status, 201);
  assert.partialDeepStrictEqual(answer.body, { ...bolt, currency: 'USD', price_count: 1, metadata: {} });
  assert.equal(answer.headers.location, `/products/${answer.body.id}`);
  const read = await get(`/products/${answer.body.id}`);
  assert.deepEqual(read.body, answer.body);
  assert.equal(read.headers.etag, answer.headers.etag);
});

test('PRD-02 PRD-04 PRD-06 PRD-08 PRD-09 VAL-13 each required field is named when it is missing, null or empty', async () => {
  for (const field of ['name', 'description', 'price', 'category', 'active']) {
    for (const value of [undefined, null, '', '   ']) {
      assert.deepEqual(await findings({ ...bolt, [field]: value }), [`${field} required`]);
    }
  }
  assert.equal((await findings({})).length, 5);
});

test('PRD-03 a name of 255 characters passes, 256 fail', async () => {
  assert.equal((await post({ ...bolt, name: 'é'.repeat(255) })).status, 201);
  assert.deepEqual(await findings({ ...bolt, name: 'é'.repeat(256) }), ['name too_long']);
});

test('PRD-05 a description of 2000 characters passes, 2001 fail', async () => {
  assert.equal((await post({ ...bolt, description: 'd'.repeat(2000) })).status, 201);
  assert.deepEqual(await findings({ ...bolt, description: 'd'.repeat(2001) }), ['description too_long']);
});

test('PRD-07 VAL-03 a price is a positive integer of minor units', async () => {
  const refused = { 0: 'too_small', [-1]: 'too_small', 1.5: 'not_integer' };
  for (const [price, code] of Object.entries(refused)) {
    assert.deepEqual(await findings({ ...bolt, price: Number(price) }), [`price ${code}`]);
  }
  assert.deepEqual(await findings({ ...bolt, price: '10' }), ['price type']);
  assert.equal((await post({ ...bolt, price: 1 })).body.price, 1);
});

test('PRD-10 PRD-11 VAL-16 VAL-17 five categories in any case are taken and given in lower case; no other is', async () => {
  for (const category of ['SOFTWARE', 'Hardware', 'service', 'subscription', 'addon']) {
    assert.equal((await post({ ...bolt, category })).body.category, category.toLowerCase());
  }
  assert.deepEqual(await findings({ ...bolt, category: 'gadget' }), ['category not_allowed']);
});

test('VAL-12 texts are trimmed before they are stored', async () => {
  const { body } = await post({ ...bolt, name: '  Bolt ', description: '\n Two\nlines ', sku: ' TRIM-1 ' });
  assert.deepEqual([body.name, body.description, body.sku], ['Bolt', 'Two\nlines', 'TRIM-1']);
});

test('VAL-14 VAL-15 active takes true, 1 and yes and their opposites, and nothing else', async () => {
  for (const active of [true, 1, 'yes', 'TRUE', '1']) assert.equal((await post({ ...bolt, active })).body.active, true);
  for (const active of [false, 0, 'no', 'False', '0']) {
    assert.equal((await post({ ...bolt, active })).body.active, false);
  }
  for (const active of ['on', 2, 'y']) assert.deepEqual(await findings({ ...bolt, active }), ['active not_allowed']);
});

test('VAL-06 VAL-07 VAL-08 VAL-09 metadata is optional: 20 texts of 500 characters and no more', async () => {
  const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']));
  assert.deepEqual((await post({ ...bolt, metadata: keys(20) })).body.metadata, keys(20));
  assert.deepEqual(await findings({ ...bolt, metadata: keys(21) }), ['metadata too_many']);
  assert.deepEqual(await findings({ ...bolt, metadata: { number: 1 } }), ['metadata.number type']);
  const long = 'x'.repeat(500);
  assert.deepEqual((await post({ ...bolt, metadata: { [long]: long } })).body.metadata, { [long]: long });
  assert.deepEqual(await findings({ ...bolt, metadata: { a: `${long}x` } }), ['metadata.a too_long']);
});

test('PRD-12 PRD-13 PRD-14 PRD-15 PRD-16 the list filters, counts prices and leaves them out', async () => {
  const { token } = await app.organization();
  for (const [price, category] of [
    [100, 'software'],
    [200, 'service'],
    [300, 'addon'],
  ] as const) {
    assert.equal(
      (await post({ ...bolt, name: `P${price}`, price, category, active: price !== 200 }, token)).status,
      201,
    );
  }
  const names = async (query: string) => {
    const { status, body } = await get(`/products?${query}`, token);
    assert.equal(status, 200);
    return body.data.map((product: { name: string }) => product.name);
  };
  assert.deepEqual(await names(''), ['P300', 'P200', 'P100']);
  assert.deepEqual(await names('category=SERVICE'), ['P200']);
  assert.deepEqual(await names('active=no'), ['P200']);
  assert.deepEqual(await names('price_min=200&price_max=300'), ['P300', 'P200']);
  await post({ ...bolt, name: 'Yen', price: 250, currency: 'JPY' }, token);
  assert.deepEqual(await names('price_min=200&price_max=300'), ['P300', 'P200'], '250 yen are not 2.50 dollars');
  assert.deepEqual(await names('price_min=200&price_max=300&currency=JPY'), ['Yen']);
  assert.deepEqual(await names('currency=jpy'), ['Yen']);
  const [product] = (await get('/products', token)).body.data;
  assert.equal(product.price_count, 1);
  assert.equal('prices' in product, false);
  assert.equal((await get('/products?category=gadget', token)).status, 400);
});

test('PRD-12 pages walk every product once, and a cursor works for its own filters only', async () => {
  const { token } = await app.organization();
  for (let index = 0; index < 5; index++) await post({ ...bolt, name: `P${index}` }, token);
  const seen: string[] = [];
  let cursor = '';
  do {
    const { body } = await get(`/products?limit=2&category=hardware${cursor && `&cursor=${cursor}`}`, token);
    seen.push(...body.data.map((product: { name: string }) => product.name));
    cursor = body.next_cursor ?? '';
  } while (cursor);
  assert.deepEqual(seen, ['P4', 'P3', 'P2', 'P1', 'P0']);
  const { body } = await get('/products?limit=2', token);
  assert.equal((await get(`/products?limit=2&cursor=${body.next_cursor}`, token)).status, 200);
  assert.equal((await get(`/products?limit=2&active=true&cursor=${body.next_cursor}`, token)).status, 400);
});

test('PRD-17 a patch changes only what it names, moves the ETag on and refuses a stale one', async () => {
  const { body: product, headers } = await post(bolt);
  const changed = await patch(product.id, { price: 250 }, { 'if-match': headers.etag! });
  assert.deepEqual(changed.body, { ...product, price: 250, updated_at: changed.body.updated_at });
  assert.notEqual(changed.headers.etag, headers.etag);
  assert.deepEqual((await get(`/products/${product.id}`)).body, changed.body);
  assert.equal((await patch(product.id, { price: 1 }, { 'if-match': headers.etag! })).status, 412);
  const all = { name: 'New', description: 'New', category: 'addon', active: false, currency: 'EUR', sku: 'NEW-1' };
  assert.partialDeepStrictEqual((await patch(product.id, { ...all, metadata: { a: 'b' } })).body, {
    ...all,
    metadata: { a: 'b' },
  });
  assert.equal((await patch(product.id, { name: null })).status, 422);
  assert.equal((await patch(product.id, { colour: 'red' })).status, 422);
});

test('PRD-17 a change repeated with its idempotency key and its ETag answers the same again', async () => {
  const { body: product, headers } = await post(bolt);
  const send = () => patch(product.id, { price: 777 }, { 'idempotency-key': newId('req'), 'if-match': headers.etag! });
  const key = newId('req');
  const repeat = () => patch(product.id, { price: 777 }, { 'idempotency-key': key, 'if-match': headers.etag! });
  const first = await repeat();
  const second = await repeat();
  assert.deepEqual([second.status, second.body, second.headers['idempotent-replayed']], [200, first.body, 'true']);
  assert.equal((await send()).status, 412);
});

test('PRD-22 PRD-23 prices in more currencies and intervals are added one of each', async () => {
  const { body: product } = await post(bolt);
  const add = (body: unknown) => app.request('POST', `/products/${product.id}/prices`, { token: shop.token, body });
  assert.equal((await add({ currency: 'eur', unit_amount: 185 })).body.currency, 'EUR');
  assert.equal((await add({ currency: 'EUR', unit_amount: 900, billing_interval: 'MONTH' })).status, 201);
  assert.equal((await add({ currency: 'EUR', unit_amount: 901, billing_interval: 'month' })).status, 409);
  assert.equal((await add({ currency: 'CHF', unit_amount: 1 })).status, 422);
  const { body } = await get(`/products/${product.id}/prices`);
  assert.deepEqual(
    body.data.map((price: Record<string, unknown>) => [price.currency, price.billing_interval, price.default]),
    [
      ['USD', 'one_time', true],
      ['EUR', 'one_time', false],
      ['EUR', 'month', false],
    ],
  );
  assert.equal((await get(`/products/${product.id}`)).body.price_count, 3);
});

test('PRD-01 a SKU that exists is refused with 409', async () => {
  assert.equal((await post({ ...bolt, sku: 'TWICE' })).status, 201);
  assert.equal((await post({ ...bolt, sku: 'TWICE' })).status, 409);
});

test('PRD-01 another organisation gets the same 404 for a product as for one that never was', async () => {
  const { body: product } = await post(bolt);
  const stranger = await app.organization();
  for (const id of [product.id, newId('prd')]) {
    const answer = await get(`/products/${id}`, stranger.token);
    assert.deepEqual([answer.status, answer.body.error.message], [404, `No such product: ${id}`]);
  }
  assert.deepEqual((await get('/products', stranger.token)).body.data, []);
});
