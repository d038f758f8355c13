import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type CustomerId, newId } from '#kernel/ids.ts';
import { type Customers, createCustomers, customersSchema } from '#modules/customers/index.ts';
import { type TestKits, testContext, testKits, testTenant } from '#test/support/module.ts';
import { type Catalog, catalogSchema, createCatalog } from '../index.ts';

let kits: TestKits;
let catalog: Catalog;
let customers: Customers;
before(async () => {
  kits = await testKits([catalogSchema, customersSchema]);
  customers = createCustomers(kits.kit('customers')).service;
  catalog = createCatalog(kits.kit('catalog'), { customers, orders: { openOrdersWith: async () => [] } }).service;
});
after(() => kits?.close());

const bolt = { name: 'Bolt', description: 'M8', price: 200, category: 'hardware', active: true } as const;

async function aBolt() {
  const context = testContext(testTenant());
  const product = await catalog.createProduct(context, bolt);
  const [price] = await catalog.listPrices(context.tenant, product.id);
  return { context, tenant: context.tenant, product, price: price! };
}

test('a changed price is a new version, and the old one stays readable for who was sold at it (G-05)', async () => {
  const { context, tenant, product, price } = await aBolt();
  kits.clock.advance(1_000);
  const tiers = [{ minQuantity: 10, unitAmount: 150 }];
  const second = await catalog.updatePrice(context, price.id, { unitAmount: 180, tiers });
  assert.deepEqual(second, { ...price, version: 2, unitAmount: 180, tiers, updatedAt: second.updatedAt });
  kits.clock.advance(1_000);
  await catalog.updateProduct(context, product.id, { price: 170 });
  const versions = await catalog.listPriceVersions(tenant, price.id);
  assert.deepEqual(
    versions.map(({ version, unitAmount, tiers: list }) => [version, unitAmount, list.length]),
    [
      [3, 170, 1],
      [2, 180, 1],
      [1, 200, 0],
    ],
  );
  assert.deepEqual(
    versions
      .map(({ since }) => since)
      .toSorted()
      .toReversed(),
    versions.map(({ since }) => since),
  );
  const read = await catalog.getProduct(tenant, product.id);
  assert.deepEqual([read.price, read.version], [170, 3]);
});

test('the default price and the product that repeats it never differ, whichever is changed', async () => {
  const { context, tenant, product, price } = await aBolt();
  await catalog.updatePrice(context, price.id, { unitAmount: 333 });
  assert.equal((await catalog.getProduct(tenant, product.id)).price, 333);
  await catalog.updateProduct(context, product.id, { price: 444, currency: 'EUR' });
  assert.partialDeepStrictEqual(await catalog.getPrice(tenant, price.id), { unitAmount: 444, currency: 'EUR' });
  const windowed = catalog.updatePrice(context, price.id, { validUntil: '2999-01-01T00:00:00.000Z' });
  await assert.rejects(windowed, { kind: 'validation' });
  await assert.rejects(catalog.archivePrice(context, price.id), { kind: 'invalid_state' });
});

test('of two changes of one price at once one is refused, and each stored version is one of them', async () => {
  const { context, tenant, price } = await aBolt();
  const changes = [301, 302, 303].map((unitAmount) => catalog.updatePrice(context, price.id, { unitAmount }));
  const outcomes = await Promise.allSettled(changes);
  const stored = outcomes.filter((outcome) => outcome.status === 'fulfilled');
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') assert.equal(outcome.reason.kind, 'resource_locked');
  }
  assert.ok(stored.length >= 1);
  const versions = await catalog.listPriceVersions(tenant, price.id);
  assert.deepEqual(
    versions.map(({ version }) => version),
    Array.from({ length: stored.length + 1 }, (_, index) => stored.length + 1 - index),
  );
});

test("a contract price is its customer's alone, one per currency and interval, and counts among the prices", async () => {
  const { context, tenant, product } = await aBolt();
  const [first, second] = await Promise.all(
    ['A', 'B'].map((name) => customers.createCustomer(context, { type: 'company', name })),
  );
  const customerId = first!.id;
  const contract = await catalog.addPrice(context, product.id, {
    currency: 'USD',
    unitAmount: 120,
    customerId,
    tiers: [{ minQuantity: 5, unitAmount: 110 }],
  });
  const again = catalog.addPrice(context, product.id, { currency: 'USD', unitAmount: 1, customerId });
  await assert.rejects(again, { kind: 'duplicate' });
  await catalog.addPrice(context, product.id, { currency: 'USD', unitAmount: 130, customerId: second!.id });
  const ask = (who: typeof customerId | undefined, quantity: number) =>
    catalog.resolvePrice(tenant, { productId: product.id, currency: 'USD', quantity, customerId: who });
  assert.partialDeepStrictEqual(await ask(customerId, 4), {
    priceId: contract.id,
    version: 1,
    unitAmount: 120,
    source: 'contract',
  });
  assert.equal((await ask(customerId, 5))?.unitAmount, 110);
  assert.equal((await ask(second!.id, 5))?.unitAmount, 130);
  assert.partialDeepStrictEqual(await ask(undefined, 5), { unitAmount: 200, source: 'list' });
  assert.equal((await catalog.getProduct(tenant, product.id)).priceCount, 3);
  const page = await catalog.findPrices(tenant, { customerId }, { limit: 5 });
  assert.deepEqual(
    page.items.map(({ id }) => id),
    [contract.id],
  );
  await catalog.archivePrice(context, contract.id);
  assert.equal((await ask(customerId, 5))?.unitAmount, 200);
  await assert.rejects(catalog.updatePrice(context, contract.id, { unitAmount: 1 }), { kind: 'gone' });
  assert.equal((await catalog.getProduct(tenant, product.id)).priceCount, 2);
});

test('the contract price of a merged customer is that of the one it was merged into, unless that one has its own', async () => {
  const { tenant, context, product } = await aBolt();
  const [into, from] = await Promise.all(
    ['A', 'B'].map((name) => customers.createCustomer(testContext(tenant), { type: 'company', name })),
  );
  await catalog.addPrice(context, product.id, { currency: 'USD', unitAmount: 70, customerId: from!.id });
  await customers.mergeCustomers(testContext(tenant), into!.id, from!.id);
  const ask = async ({ id: customerId }: { id: CustomerId }) =>
    (await catalog.resolvePrice(tenant, { productId: product.id, currency: 'USD', quantity: 1, customerId }))!
      .unitAmount;
  assert.deepEqual([await ask(into!), await ask(from!)], [70, 70]);
  await catalog.addPrice(context, product.id, { currency: 'USD', unitAmount: 60, customerId: into!.id });
  assert.deepEqual([await ask(into!), await ask(from!)], [60, 60]);
  await customers.restoreCustomer(testContext(tenant), from!.id);
  assert.deepEqual([await ask(into!), await ask(from!)], [60, 70]);
});

test('a contract price names a customer of this organisation that is active', async () => {
  const { context, product } = await aBolt();
  const stranger = testContext(testTenant());
  const foreign = await customers.createCustomer(stranger, { type: 'company', name: 'Foreign' });
  const archived = await customers.createCustomer(context, { type: 'company', name: 'Gone' });
  await customers.archiveCustomer(context, archived.id);
  for (const customerId of [foreign.id, newId('cus'), archived.id]) {
    const attempt = catalog.addPrice(context, product.id, { currency: 'USD', unitAmount: 1, customerId });
    await assert.rejects(attempt, (error: { kind: string; details: { field: string }[] }) => {
      assert.deepEqual([error.kind, error.details[0]!.field], ['validation', 'customer_id']);
      return true;
    });
  }
});

test('prices of many lines are found in one look-up, in their order, null where there is none', async () => {
  const { context, tenant, product } = await aBolt();
  const other = await catalog.createProduct(context, { ...bolt, price: 50 });
  await catalog.addPrice(context, product.id, { currency: 'EUR', unitAmount: 900, billingInterval: 'month' });
  const lines = [
    { productId: other.id, quantity: 1 },
    { productId: newId('prd'), quantity: 1 },
    { productId: product.id, quantity: 2 },
    { productId: other.id, quantity: 7 },
  ];
  const found = await catalog.resolvePrices(tenant, { currency: 'USD', lines });
  assert.deepEqual(
    found.map((answer) => answer?.unitAmount ?? null),
    [50, null, 200, 50],
  );
  const question = { productId: product.id, currency: 'EUR', quantity: 1 } as const;
  assert.equal(await catalog.resolvePrice(tenant, question), null);
  assert.equal((await catalog.resolvePrice(tenant, { ...question, interval: 'month' }))?.unitAmount, 900);
  assert.equal(await catalog.resolvePrice(testTenant(), { ...question, interval: 'month' }), null);
});
