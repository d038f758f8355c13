import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isId, newId } from '#kernel/ids.ts';
import { createCustomers, customersSchema } from '#modules/customers/index.ts';
import { type TestKits, testContext, testKits, testTenant } from '#test/support/module.ts';
import { type Catalog, catalogSchema, createCatalog, type NewProduct, PRODUCT_CATEGORIES } from './index.ts';

let kits: TestKits;
let catalog: Catalog;
let locate: NonNullable<ReturnType<typeof createCatalog>['locate']>;
before(async () => {
  kits = await testKits([catalogSchema, customersSchema]);
  const customers = createCustomers(kits.kit('customers')).service;
  const module = createCatalog(kits.kit('catalog'), { customers, orders: { openOrdersWith: async () => [] } });
  catalog = module.service;
  locate = module.locate!;
});
after(() => kits?.close());

const page = { limit: 25 };

function bolt(more: Partial<NewProduct> = {}): NewProduct {
  return { name: 'Steel bolt', description: 'M8 × 40', price: 199, category: 'hardware', active: true, ...more };
}

test('PRD-01 a product is stored with its default price, a generated SKU and one event', async () => {
  const context = testContext(testTenant());
  const product = await catalog.createProduct(context, bolt());
  assert.ok(isId('prd', product.id));
  assert.match(product.sku, /^SKU-[0-9A-Z]{12}$/);
  assert.deepEqual(await catalog.getProduct(context.tenant, product.id), product);
  const [price, ...more] = await catalog.listPrices(context.tenant, product.id);
  assert.deepEqual(more, []);
  assert.partialDeepStrictEqual(price, {
    unitAmount: 199,
    currency: 'USD',
    billingInterval: 'one_time',
    isDefault: true,
  });
  const events = kits.committed.filter(({ streamId }) => streamId === product.id);
  assert.deepEqual(
    events.map(({ type, streamVersion }) => [type, streamVersion]),
    [['product.created', 1]],
  );
  assert.equal(context.effects.events, 1);
});

test('PRD-12 PRD-13 PRD-14 the list filters by category, by active and by price range, bounds included', async () => {
  const context = testContext(testTenant());
  const prices = [100, 200, 300];
  for (const [index, price] of prices.entries()) {
    const category = PRODUCT_CATEGORIES[index]!;
    await catalog.createProduct(context, bolt({ name: `P${price}`, price, category, active: price !== 200 }));
  }
  const names = async (filter: Parameters<Catalog['listProducts']>[1]) =>
    (await catalog.listProducts(context.tenant, filter, page)).items.map(({ name }) => name);
  assert.deepEqual(await names({}), ['P300', 'P200', 'P100']);
  assert.deepEqual(await names({ category: PRODUCT_CATEGORIES[1]! }), ['P200']);
  assert.deepEqual(await names({ active: false }), ['P200']);
  assert.deepEqual(await names({ active: true }), ['P300', 'P100']);
  assert.deepEqual(await names({ priceMin: 200 }), ['P300', 'P200']);
  assert.deepEqual(await names({ priceMax: 200 }), ['P200', 'P100']);
  assert.deepEqual(await names({ priceMin: 101, priceMax: 299 }), ['P200']);
});

test('PRD-17 a patch changes any field and leaves the others; a new default price is a new default price', async () => {
  const context = testContext(testTenant());
  const before = await catalog.createProduct(context, bolt({ metadata: { shelf: '4', row: 'b' } }));
  kits.clock.advance(1_000);
  const price = await catalog.updateProduct(context, before.id, { price: 250, currency: 'EUR' });
  assert.deepEqual(price, { ...before, price: 250, currency: 'EUR', version: 2, updatedAt: price.updatedAt });
  assert.notEqual(price.updatedAt, before.updatedAt);
  const [stored] = await catalog.listPrices(context.tenant, before.id);
  assert.deepEqual([stored!.unitAmount, stored!.currency], [250, 'EUR']);
  const rest = { name: 'Bolt', description: 'New', category: 'addon', active: false, sku: 'BOLT-1' } as const;
  const changed = await catalog.updateProduct(context, before.id, { ...rest, metadata: { shelf: null, bin: '7' } });
  assert.partialDeepStrictEqual(changed, { ...rest, tracksStock: false, version: 3 });
  assert.deepEqual(changed.metadata, { row: 'b', bin: '7' });
  assert.deepEqual(await catalog.getProduct(context.tenant, before.id), changed);
});

test('PRD-17 of two changes at once one is refused, and a stale version is refused', async () => {
  const context = testContext(testTenant());
  const { id } = await catalog.createProduct(context, bolt());
  const outcomes = await Promise.allSettled([
    catalog.updateProduct(context, id, { name: 'One' }),
    catalog.updateProduct(context, id, { name: 'Two' }),
  ]);
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  assert.deepEqual(
    refused.map(({ reason }) => reason.kind),
    ['resource_locked'],
  );
  const stale = testContext(context.tenant, { expectedVersion: 1 });
  await assert.rejects(catalog.updateProduct(stale, id, { name: 'Three' }), { kind: 'precondition_failed' });
});

test('PRD-17 a repeated change with one idempotency key gives the first answer, also with a version that has moved on', async () => {
  const { tenant } = testContext(testTenant());
  const { id } = await catalog.createProduct(testContext(tenant), bolt());
  const change = () =>
    catalog.updateProduct(testContext(tenant, { idempotencyKey: 'once', expectedVersion: 1 }), id, { price: 300 });
  const first = await change();
  assert.deepEqual(await change(), first);
  assert.equal(first.version, 2);
});

test('PRD-22 PRD-23 a product has one price per currency and billing interval, and counts them', async () => {
  const context = testContext(testTenant());
  const { id } = await catalog.createProduct(context, bolt());
  await catalog.addPrice(context, id, { currency: 'EUR', unitAmount: 185 });
  await catalog.addPrice(context, id, { currency: 'EUR', unitAmount: 1500, billingInterval: 'month' });
  await catalog.addPrice(context, id, { currency: 'JPY', unitAmount: 300 });
  const again = catalog.addPrice(context, id, { currency: 'EUR', unitAmount: 1, billingInterval: 'month' });
  await assert.rejects(again, { kind: 'duplicate' });
  await assert.rejects(catalog.updateProduct(context, id, { currency: 'JPY' }), { kind: 'duplicate' });
  const prices = await catalog.listPrices(context.tenant, id);
  assert.deepEqual(
    prices.map(({ currency, billingInterval, unitAmount }) => [currency, billingInterval, unitAmount]),
    [
      ['USD', 'one_time', 199],
      ['EUR', 'one_time', 185],
      ['EUR', 'month', 1500],
      ['JPY', 'one_time', 300],
    ],
  );
  const product = await catalog.getProduct(context.tenant, id);
  assert.deepEqual([product.priceCount, product.version], [4, 4]);
  const events = kits.committed.filter(({ streamId }) => streamId === id);
  assert.deepEqual(events.at(-1)!.data.product, { ...product });
});

test('PRD-01 a SKU is unique in an organisation and mode, and only there (C-73)', async () => {
  const context = testContext(testTenant());
  const { id } = await catalog.createProduct(context, bolt());
  await catalog.createProduct(context, bolt({ sku: 'BOLT-M8' }));
  await assert.rejects(catalog.createProduct(context, bolt({ sku: 'BOLT-M8' })), { kind: 'duplicate' });
  await assert.rejects(catalog.updateProduct(context, id, { sku: 'BOLT-M8' }), { kind: 'duplicate' });
  const testMode = testContext({ ...context.tenant, livemode: false });
  for (const other of [testMode, testContext(testTenant())]) {
    assert.equal((await catalog.createProduct(other, bolt({ sku: 'BOLT-M8' }))).sku, 'BOLT-M8');
  }
  const own = await catalog.updateProduct(context, id, { sku: 'MINE' });
  assert.equal(own.sku, 'MINE');
  assert.match((await catalog.updateProduct(context, id, { sku: null })).sku, /^SKU-/);
});

test("PRD-01 another organisation's product is as missing as one that never was", async () => {
  const owner = testContext(testTenant());
  const { id } = await catalog.createProduct(owner, bolt());
  const stranger = testContext(testTenant());
  const attempts = (product: typeof id) => [
    catalog.getProduct(stranger.tenant, product),
    catalog.listPrices(stranger.tenant, product),
    catalog.updateProduct(stranger, product, { name: 'Mine' }),
    catalog.addPrice(stranger, product, { currency: 'EUR', unitAmount: 1 }),
  ];
  for (const product of [id, newId('prd')]) {
    for (const attempt of await Promise.allSettled(attempts(product))) {
      assert.ok(attempt.status === 'rejected');
      assert.deepEqual([attempt.reason.kind, attempt.reason.message], ['not_found', `No such product: ${product}`]);
    }
  }
  assert.deepEqual(await catalog.getProducts(stranger.tenant, [id]), []);
  assert.equal((await catalog.getProducts(owner.tenant, [id, newId('prd')])).length, 1);
  assert.deepEqual(await locate.prd!(id), owner.tenant);
});
