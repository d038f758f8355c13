import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readConfiguration } from '#src/config.ts';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
let shop: TestOrganization;
before(async () => {
  app = await testApp();
  shop = await app.organization();
});
after(() => app?.close());

const bolt = { name: 'Bolt', description: 'M8', price: 100, category: 'hardware', active: true };

function send(method: string, path: string, body?: unknown, headers = {}) {
  return app.request(method, path, { token: shop.token, body, headers });
}

async function aProduct(): Promise<string> {
  return (await send('POST', '/products', bolt)).body.id;
}

/** Changes a row behind the back of the program: who still sees the old name was answered by the cache. */
async function renameInDatabase(id: string, name: string): Promise<void> {
  const text = 'update catalog.products set name = $2 where id = $1';
  await app.platform.runtime.databases.get('catalog')!.flight(shop.tenant, [{ text, values: [id, name] }]);
}

const named = async (path: string) => {
  const { body } = await send('GET', path);
  return body.data ? body.data.map((product: { name: string }) => product.name) : body.name;
};

test('CCH-01 a product and a list are read once and answered from the cache, lists for each query', async () => {
  const id = await aProduct();
  const paths = [`/products/${id}`, '/products?limit=1', `/products?limit=1&sku=none`];
  const before = await Promise.all(paths.map(named));
  await renameInDatabase(id, 'Changed');
  assert.deepEqual(await Promise.all(paths.map(named)), before);
  assert.deepEqual(before, ['Bolt', ['Bolt'], []]);
  const first = await send('GET', '/products?limit=1');
  assert.equal(
    (await send('GET', '/products?limit=1', undefined, { 'if-none-match': first.headers.etag })).status,
    304,
  );
});

test('CCH-05 after a write of any kind the next read sees it, in the object and in every list', async () => {
  const id = await aProduct();
  const list = '/products?limit=1&include=total_count';
  await send('GET', list);
  await send('GET', `/products/${id}`);
  await send('PATCH', `/products/${id}`, { name: 'Patched' });
  assert.deepEqual([await named(`/products/${id}`), await named(list)], ['Patched', ['Patched']]);
  await send('POST', `/products/${id}/prices`, { currency: 'EUR', unit_amount: 1 });
  assert.equal((await send('GET', list)).body.data[0].price_count, 2);
  const other = await aProduct();
  assert.equal((await send('GET', list)).body.data[0].id, other);
  await send('DELETE', `/products/${other}`);
  assert.equal((await send('GET', list)).body.data[0].id, id);
});

test('CCH-04 past 300 s the old answer is given at once, and the one after it is new', async () => {
  const id = await aProduct();
  let old = 'Bolt';
  for (const path of [`/products/${id}`, '/products?limit=1']) {
    assert.deepEqual([await named(path)].flat(), [old]);
    await renameInDatabase(id, `New ${path}`);
    app.clock.advance(300_000);
    assert.deepEqual([await named(path)].flat(), [old]);
    let seen = old;
    for (let attempt = 0; attempt < 100 && seen === old; attempt++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      [seen] = [await named(path)].flat();
    }
    assert.equal(seen, `New ${path}`);
    old = seen;
  }
});

test('CCH-13 a list of one organisation is never given to another, nor a live one in test mode', async () => {
  await aProduct();
  await send('GET', '/products?limit=5');
  const stranger = await app.organization();
  const { body } = await app.request('GET', '/products?limit=5', { token: stranger.token });
  assert.deepEqual(body.data, []);
});

test('a cached list still wants its scope', async () => {
  await send('GET', '/products?limit=3');
  const token = await app.tokenWith(shop, ['orders:read']);
  assert.equal((await app.request('GET', '/products?limit=3', { token })).status, 403);
});

test('CCH-03 a time to live above a day is refused at start', () => {
  assert.throws(() => readConfiguration({ CACHE_TTL_SECONDS: '86401' }), /CACHE_TTL_SECONDS/);
  assert.equal(readConfiguration({ CACHE_TTL_SECONDS: '86400' }).CACHE_TTL_SECONDS, 86_400);
  assert.equal(readConfiguration({}).CACHE_TTL_SECONDS, 300);
});

test('CCH-09 /metrics tells the hit rate of each resource', async () => {
  const id = await aProduct();
  for (let round = 0; round < 3; round++) await send('GET', `/products/${id}`);
  const token = await app.platformToken();
  const { body } = await app.request('GET', '/metrics', { token });
  assert.match(body, /cache_hit_ratio\{cache="catalog:product"[^}]*\} 0\.\d+/);
  assert.match(body, /cache_lookups_count\{cache="catalog:products",outcome="miss"[^}]*\} \d+/);
});

test('G-18 CCH-05 a shaped answer is never kept for a whole one, however its parameter is spelled', async () => {
  const id = await aProduct();
  for (const spelled of ['%66ields=name', '%66%69elds%5B%5D=name']) {
    await send('GET', `/products/${id}?${spelled}`);
    const whole = (await send('GET', `/products/${id}`)).body;
    assert.equal(whole.description, bolt.description, spelled);
    await send('PATCH', `/products/${id}`, { name: `Bolt ${spelled.length}` });
  }
  await send('GET', `/products/${id}`);
  assert.equal((await send('GET', `/products/${id}?unknown=1`)).status, 400, 'a kept answer hides no refusal');
});
