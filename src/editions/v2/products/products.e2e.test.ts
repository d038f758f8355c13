import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type V2UnderTest, v2UnderTest } from '../v2-under-test.ts';

let v2: V2UnderTest;
before(async () => {
  v2 = await v2UnderTest();
});
after(() => v2?.app.close());

/** The text of an answer, since JSON.parse would hide how a number was printed. */
async function textOf(path: string): Promise<string> {
  const answer = await fetch(`${v2.app.baseUrl}/v2${path}`, { headers: { authorization: `Bearer ${v2.key}` } });
  return answer.text();
}

test('V2-45 V2-46 C-40 C-41 a product with a decimal price and its opening stock', async () => {
  const widget = {
    name: 'Standard Widget',
    sku: 'WGT-STD-001',
    price: 19.9,
    currency: 'USD',
    category: 'widgets',
    stock: 500,
    description: 'Our most popular widget for everyday use.',
  };
  const { status, body } = await v2.call('POST', '/products', widget);
  assert.equal(status, 201);
  assert.deepEqual(
    { ...body, id: '', created_at: '' },
    { ...widget, id: '', status: 'active', metadata: {}, created_at: '' },
  );
  assert.match(await textOf(`/products/${body.id}`), /"price":19\.90,/, 'exactly the digits of the currency');
  const canonical = (await v2.canonical('GET', `/products/${body.id}`)).body;
  assert.deepEqual([canonical.price, canonical.collection, canonical.category], [1990, 'widgets', 'hardware']);
  const yen = await v2.newProduct({ price: 500, currency: 'JPY' });
  assert.match(await textOf(`/products/${yen.id}`), /"price":500,/);
  const bare = await v2.call('POST', '/products', { name: 'Bare', price: 1 });
  assert.deepEqual([bare.body.currency, bare.body.stock, bare.body.category], ['USD', 0, 'hardware']);
});

test('V2-47 V2-48 V2-49 C-43 what a product must be', async () => {
  const { sku } = await v2.newProduct();
  const refused = async (body: object) => {
    const answer = await v2.call('POST', '/products', { name: 'X', sku: 'X-1', price: 1, currency: 'USD', ...body });
    return [answer.status, answer.body.error.code, answer.body.error.param];
  };
  assert.deepEqual(await refused({ sku }), [409, 'SKU_ALREADY_EXISTS', 'sku']);
  for (const price of [0, -1, 19.999, '19.99', 1e15]) {
    assert.deepEqual(await refused({ price }), [400, 'INVALID_REQUEST', 'price'], String(price));
  }
  assert.deepEqual(await refused({ price: 0.5, currency: 'JPY' }), [400, 'INVALID_REQUEST', 'price']);
  assert.deepEqual(await refused({ currency: 'XXX' }), [400, 'INVALID_CURRENCY', 'currency']);
  assert.deepEqual(await refused({ stock: -1 }), [400, 'INVALID_REQUEST', 'stock']);
});

test('V2-40 V2-41 V2-42 V2-43 V2-44 C-76 the list by slug, stock, price and words, in pages', async () => {
  const category = 'filters';
  const cheap = await v2.newProduct({ name: 'Copper kettle', category, price: 10, stock: 0 });
  const middle = await v2.newProduct({ name: 'Copper pan', category, price: 20, stock: 3, description: 'For eggs' });
  const dear = await v2.newProduct({ name: 'Iron pan', category, price: 3000, currency: 'JPY', stock: 1 });
  await v2.app.settle();
  const names = async (query: string) => {
    const { status, body } = await v2.call('GET', `/products?category=${category}&${query}`);
    assert.equal(status, 200, JSON.stringify(body));
    return body.data.map(({ id }: { id: string }) => id);
  };
  assert.deepEqual(await names(''), [dear.id, middle.id, cheap.id]);
  assert.deepEqual(await names('order=asc&limit=1&page=2'), [middle.id]);
  assert.deepEqual(await names('in_stock=true'), [dear.id, middle.id]);
  assert.deepEqual(await names('in_stock=no'), [cheap.id]);
  assert.deepEqual(
    await names('currency=eur&min_price=10&max_price=20'),
    [middle.id, cheap.id],
    'bounds are inclusive',
  );
  assert.deepEqual(await names('currency=EUR&min_price=10.01&max_price=19.99'), []);
  assert.deepEqual(await names('currency=JPY&min_price=2999.5'), [dear.id], 'yen have no hundredths');
  assert.deepEqual(await names('currency=JPY'), [dear.id]);
  assert.deepEqual(await names('q=copper'), [middle.id, cheap.id]);
  assert.deepEqual(await names('q=copper&order=asc'), [cheap.id, middle.id]);
  assert.deepEqual(await names('q=copper&order=asc&limit=1&page=2'), [middle.id]);
  assert.deepEqual(await names('q=pan&order=desc&limit=1&page=2'), [middle.id]);
  assert.deepEqual(await names('q=eggs'), [middle.id]);
  assert.deepEqual(await names('q=pan&in_stock=true&max_price=100&currency=EUR'), [middle.id]);
  await v2.call('POST', `/products/${middle.id}/stock`, { operation: 'set', quantity: 0, reason: 'sold out' });
  await v2.app.settle();
  assert.deepEqual(await names('in_stock=true'), [dear.id]);
  const { pagination } = (await v2.call('GET', `/products?category=${category}&limit=2`)).body;
  assert.deepEqual(pagination, { page: 1, limit: 2, total: 3, pages: 2 });
});

test('V2-42 V2-43 C-43 a price range compares one currency: the only one there is, else the one that is named', async () => {
  const shop = await v2.app.organization();
  const token = await v2.app.key(shop, { edition: 'v2', family: 'tc_live_sk' });
  const ask = (path: string) => v2.app.request('GET', `/v2/products?${path}`, { token });
  const add = async (name: string, price: number, currency: string) => {
    const answer = await v2.app.request('POST', '/v2/products', { token, body: { name, price, currency } });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
  };
  const names = async (path: string) => (await ask(path)).body.data.map(({ name }: { name: string }) => name);
  assert.deepEqual(await names('min_price=1'), [], 'nothing to compare yet');
  await add('Dinar', 10.005, 'KWD');
  await add('Two dinars', 20, 'KWD');
  assert.deepEqual(
    await names('min_price=10.005&max_price=19.999'),
    ['Dinar'],
    'the printed numbers of the only currency',
  );
  await add('Thousand won', 1000, 'KRW');
  const refused = await ask('min_price=10');
  assert.deepEqual(
    [refused.status, refused.body.error.code, refused.body.error.param],
    [400, 'MISSING_REQUIRED_FIELD', 'currency'],
  );
  assert.match(refused.body.error.message, /KRW, KWD/);
  assert.deepEqual(await names('min_price=10&currency=KWD'), ['Two dinars', 'Dinar']);
  assert.deepEqual(await names('max_price=1000&currency=krw&q=won'), ['Thousand won']);
  assert.deepEqual((await ask('q=dinar')).body.data.length, 2, 'no range, no question');
});

test('V2-53 C-74 of several `set` at once one counts, and the stock is that number', async () => {
  const { id } = await v2.newProduct({ stock: 10 });
  const set = (quantity: number) =>
    v2.call('POST', `/products/${id}/stock`, { operation: 'set', quantity, reason: 'count' });
  for (let round = 0; round < 5; round++) {
    const numbers = [20, 35, 50, 65, 80].map((number) => number + round);
    const answers = await Promise.all(numbers.map(set));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    assert.ok(numbers.includes((await v2.call('GET', `/products/${id}`)).body.stock));
  }
});

test('V2-50 V2-51 V2-52 V2-53 V2-54 C-74 stock is added, taken and set, and never falls below zero', async () => {
  const { id } = await v2.newProduct({ stock: 10 });
  const change = async (operation: string, quantity: number) => {
    const { status, body } = await v2.call('POST', `/products/${id}/stock`, { operation, quantity, reason: 'count' });
    return status === 200 ? body.stock : [status, body.error.code];
  };
  assert.equal(await change('add', 100), 110);
  assert.equal(await change('subtract', 60), 50);
  assert.deepEqual(await change('subtract', 51), [422, 'INSUFFICIENT_STOCK']);
  assert.equal((await v2.call('GET', `/products/${id}`)).body.stock, 50);
  assert.equal(await change('set', 7), 7);
  assert.equal(await change('set', 7), 7);
  assert.equal(await change('set', 0), 0);
  assert.deepEqual(await change('add', 0), [400, 'INVALID_REQUEST']);
  assert.deepEqual(await change('double', 1), [400, 'INVALID_REQUEST']);
  const { data } = (await v2.canonical('GET', `/inventory/adjustments?product_id=${id}`)).body;
  assert.deepEqual(
    data.map((entry: { quantity_change: number }) => entry.quantity_change),
    [-7, -43, -60, 100, 10],
    'setting what is there already writes no adjustment',
  );
});

test('C-52 a repeated creation makes one product with one opening stock', async () => {
  const body = { name: 'Once', sku: 'ONCE-1', price: 1, stock: 5 };
  const headers = { 'idempotency-key': 'once' };
  const [first, second] = [
    await v2.call('POST', '/products', body, headers),
    await v2.call('POST', '/products', body, headers),
  ];
  assert.deepEqual([second.status, second.body.id], [201, first.body.id]);
  assert.equal((await v2.call('GET', `/products/${first.body.id}`)).body.stock, 5);
});
