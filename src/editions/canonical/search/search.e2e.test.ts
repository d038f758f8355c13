import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
let shop: TestOrganization;
let ids: { product: string; customer: string; order: string };
before(async () => {
  app = await testApp();
  shop = await app.organization();
  const product = { name: 'Steel bolt', description: 'M8', price: 100, category: 'service', active: true };
  const customer = {
    type: 'company',
    name: 'Bolt Ltd',
    email: 'buyer@bolt.example',
    tags: ['vip'],
    external_id: 'C-1',
  };
  const [product_id, customer_id] = [(await send('/products', product)).id, (await send('/customers', customer)).id];
  const items = [{ product_id, quantity: 1, unit_price: 100 }];
  const order = await send('/orders', { customer_id, items, total: 100, currency: 'USD', po_number: 'PO-77' });
  ids = { product: product_id, customer: customer_id, order: order.id };
});
after(() => app?.close());

async function send(path: string, body: unknown) {
  const answer = await app.request('POST', path, { token: shop.token, body });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body;
}

async function search(q: string, more = '', token = shop.token) {
  const { status, body } = await app.request('GET', `/search?q=${encodeURIComponent(q)}${more}`, { token });
  assert.equal(status, 200, JSON.stringify(body));
  return { ...body, found: body.data.map(({ id }: { id: string }) => id) };
}

test('one question finds products by words, orders by id and PO number, customers by whole e-mail, id and tag (G-17)', async () => {
  const { product, customer, order } = ids;
  const expected: [string, string[]][] = [
    ['steel', [product]],
    ['BOL', [product]],
    ['PO-77', [order]],
    ['po-77', []],
    [order, [order]],
    [product, [product]],
    [customer, [customer]],
    ['Buyer@BOLT.example', [customer]],
    ['buyer@', []],
    ['C-1', [customer]],
    ['vip', [customer]],
    ['Ltd', []],
    ['nothing', []],
  ];
  for (const [q, found] of expected) assert.deepEqual((await search(q)).found, found, q);
  const { data, searched } = await search('steel');
  assert.deepEqual(data, [{ type: 'products', id: product, label: 'Steel bolt', url: `/products/${product}` }]);
  assert.deepEqual(searched, ['products', 'orders', 'customers']);
});

test('only what the caller may read and asks for is looked through', async () => {
  assert.deepEqual((await search('vip', '&types=products,orders')).found, []);
  const token = await app.tokenWith(shop, ['search:read', 'orders:read']);
  for (const q of ['steel', 'vip', ids.customer, ids.product]) {
    const answer = await search(q, '', token);
    assert.deepEqual([answer.found, answer.searched], [[], ['orders']], q);
  }
  assert.deepEqual((await search('vip', '&types=customers', token)).searched, []);
  assert.deepEqual((await search('PO-77', '', token)).found, [ids.order]);
});

test('nothing of another organisation or mode is found', async () => {
  const stranger = await app.organization();
  for (const q of ['steel', 'PO-77', 'vip', ...Object.values(ids)]) {
    assert.deepEqual((await search(q, '', stranger.token)).found, [], q);
  }
});

test('an empty or overlong question is refused, and more hits than asked for are told', async () => {
  for (const q of ['', '%20', 'x'.repeat(201)]) {
    assert.equal((await app.request('GET', `/search?q=${q}`, { token: shop.token })).status, 400);
  }
  await send('/products', { name: 'Bolt two', description: 'M9', price: 1, category: 'service', active: true });
  const { found, has_more } = await search('bolt', '&limit=1');
  assert.deepEqual([found.length, has_more], [1, ['products']]);
});
