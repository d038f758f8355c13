import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createCustomers, customersSchema } from '#modules/customers/index.ts';
import { type TestKits, testContext, testKits, testTenant } from '#test/support/module.ts';
import { type Catalog, catalogSchema, createCatalog, type NewProduct } from '../index.ts';

let kits: TestKits;
let catalog: Catalog;
before(async () => {
  kits = await testKits([catalogSchema, customersSchema]);
  const customers = createCustomers(kits.kit('customers')).service;
  catalog = createCatalog(kits.kit('catalog'), { customers, orders: { openOrdersWith: async () => [] } }).service;
});
after(() => kits?.close());

function row(more: Partial<NewProduct> = {}): NewProduct {
  return { name: 'Bolt', description: 'M8', price: 200, category: 'hardware', active: true, ...more };
}

const list = async (context: ReturnType<typeof testContext>) =>
  (await catalog.listProducts(context.tenant, {}, { limit: 100 })).items;

test('a batch creates whole products with prices and words, in one transaction and with one event', async () => {
  const context = testContext(testTenant());
  const rows = Array.from({ length: 300 }, (_, index) =>
    row({
      name: `Bolt ${index}`,
      externalId: `E-${index}`,
      tags: index === 7 ? ['a', 'b c'] : [],
      metadata: { "quo'te": '"\\,{}' },
      dimensions: { lengthMm: 1, widthMm: 2, heightMm: index + 1 },
    }),
  );
  const outcome = await catalog.importBatch(context, rows);
  assert.deepEqual(outcome, { created: 300, updated: 0, unchanged: 0, findings: [] });
  const [stored] = (await catalog.listProducts(context.tenant, { externalId: 'E-7' }, { limit: 2 })).items;
  assert.ok(stored);
  assert.partialDeepStrictEqual(stored, { ...rows[7], currency: 'USD', priceCount: 1, version: 1, archivedAt: null });
  assert.match(stored.sku, /^SKU-/);
  const [price, ...more] = await catalog.listPrices(context.tenant, stored.id);
  assert.deepEqual([price!.unitAmount, price!.isDefault, price!.version, more], [200, true, 1, []]);
  const found = await catalog.listProducts(context.tenant, { tag: 'b c' }, { limit: 5 });
  assert.deepEqual(
    found.items.map(({ id }) => id),
    [stored.id],
  );
  const events = kits.committed.filter(({ tenant }) => tenant.orgId === context.tenant.orgId);
  assert.deepEqual(
    events.map(({ type }) => type),
    ['products.imported'],
  );
  const told = events[0]!.data.products as string[];
  assert.deepEqual([new Set(told).size, told.includes(stored.id)], [300, true]);
});

test('an imported row updates the product with its external id or SKU, keeps what it does not name, and changes nothing twice', async () => {
  const context = testContext(testTenant());
  const byHand = await catalog.createProduct(context, row({ sku: 'HAND', collection: 'kept' }));
  await catalog.importBatch(context, [row({ externalId: 'E-1', sku: 'S-1' })]);
  const change = [row({ externalId: 'E-1', price: 250, name: 'New' }), row({ sku: 'HAND', externalId: 'E-2' })];
  assert.partialDeepStrictEqual(await catalog.importBatch(context, change), { updated: 2, findings: [] });
  assert.partialDeepStrictEqual(await catalog.importBatch(context, change), { unchanged: 2, updated: 0 });
  const [hand, imported] = (await list(context)).toSorted((left, right) => left.sku.localeCompare(right.sku));
  assert.partialDeepStrictEqual(hand, { id: byHand.id, externalId: 'E-2', collection: 'kept', version: 2 });
  assert.partialDeepStrictEqual(imported, { sku: 'S-1', price: 250, name: 'New', version: 2 });
  const versions = await catalog.listPrices(context.tenant, imported!.id);
  assert.deepEqual([versions[0]!.unitAmount, versions[0]!.version], [250, 2]);
});

test('two rows of a batch that mean one product by different keys are both taken', async () => {
  const context = testContext(testTenant());
  await catalog.importBatch(context, [row({ externalId: 'E', sku: 'S' })]);
  const outcome = await catalog.importBatch(context, [
    row({ externalId: 'E', price: 210 }),
    row({ sku: 'S', price: 220, description: 'Second' }),
  ]);
  assert.deepEqual(outcome, { created: 0, updated: 2, unchanged: 0, findings: [] });
  const [product] = await list(context);
  const [price] = await catalog.listPrices(context.tenant, product!.id);
  assert.deepEqual([product!.version, price!.version, price!.unitAmount], [3, 3, product!.price]);
});

test('rows with one key in a batch are stored one after the other, and the last one wins', async () => {
  const context = testContext(testTenant());
  const outcome = await catalog.importBatch(
    context,
    [1, 2, 3].map((price) => row({ externalId: 'SAME', price })),
  );
  assert.partialDeepStrictEqual(outcome, { created: 1, updated: 2 });
  const [product, ...more] = await list(context);
  assert.deepEqual([product!.price, product!.version, more], [3, 3, []]);
});

test('a wrong row is told and the others are stored', async () => {
  const context = testContext(testTenant());
  const gone = await catalog.createProduct(context, row({ sku: 'GONE', externalId: 'GONE' }));
  await kits
    .kit('catalog')
    .database.flight(context.tenant, [
      { text: 'update catalog.products set archived_at = now() where id = $1', values: [gone.id] },
    ]);
  await catalog.importBatch(context, [row({ externalId: 'A', sku: 'A' }), row({ externalId: 'B', sku: 'B' })]);
  const { created, findings } = await catalog.importBatch(context, [
    row({ externalId: 'A', sku: 'B' }),
    row({ externalId: 'C', sku: 'B' }),
    row({ externalId: 'GONE' }),
    row({ externalId: 'D' }),
  ]);
  assert.deepEqual(
    [created, ...findings.map(({ row: place, column, code }) => [place, column, code])],
    [1, [0, 'sku', 'duplicate'], [1, 'sku', 'duplicate'], [2, 'external_id', 'archived']],
  );
  assert.equal((await list(context)).length, 3);
});

test('two rows that exchange their SKUs are refused, and no other row suffers', async () => {
  const context = testContext(testTenant());
  await catalog.importBatch(context, [row({ externalId: 'A', sku: 'A' }), row({ externalId: 'B', sku: 'B' })]);
  const { created, findings } = await catalog.importBatch(context, [
    row({ externalId: 'NEW' }),
    row({ externalId: 'A', sku: 'B' }),
    row({ externalId: 'B', sku: 'A' }),
  ]);
  assert.deepEqual([created, findings.map((finding) => finding.row)], [1, [1, 2]]);
});

test('two batches with the same rows at once leave every product once', async () => {
  const context = testContext(testTenant());
  const rows = Array.from({ length: 50 }, (_, index) => row({ externalId: `R-${index}`, sku: `R-${index}` }));
  const backwards = rows.toReversed();
  const both = await Promise.all([
    catalog.importBatch(testContext(context.tenant), rows),
    catalog.importBatch(testContext(context.tenant), backwards),
  ]);
  const products = await list(context);
  assert.equal(products.length, 50);
  assert.deepEqual(
    both.flatMap(({ findings }) => findings),
    [],
  );
  assert.equal(both[0].created + both[1].created, 50);
});

/** As the import has it that stores a batch whose checkpoint may be lost. */
function claimed(context: ReturnType<typeof testContext>, key: string) {
  const fingerprint = createHash('sha256').update(key).digest();
  return { ...context, idempotency: { key, route: 'imports.rows', fingerprint, replayed: false } };
}

test('a batch that is repeated under its idempotency key gives its first outcome again and changes nothing', async () => {
  const context = testContext(testTenant());
  await catalog.importBatch(context, [row({ externalId: 'OLD', sku: 'OLD' })]);
  const allNew = Array.from({ length: 20 }, (_, index) => row({ externalId: `N-${index}` }));
  const mixed = [row({ externalId: 'OLD', price: 7 }), row({ externalId: 'M' }), row({ externalId: 'M', sku: 'OLD' })];
  for (const rows of [allNew, mixed]) {
    const first = await catalog.importBatch(claimed(context, rows[0]!.externalId!), rows);
    const stored = await list(context);
    assert.deepEqual(await catalog.importBatch(claimed(context, rows[0]!.externalId!), rows), first);
    assert.deepEqual(await list(context), stored);
    assert.ok(first.created > 0);
  }
  const prices = [
    { externalId: 'OLD', currency: 'EUR', billingInterval: 'month', unitAmount: 5 },
    { externalId: 'OLD', currency: 'USD', billingInterval: 'one_time', unitAmount: 9 },
  ] as const;
  for (let time = 0; time < 2; time++) {
    const outcome = await catalog.importPrices(claimed(context, 'prices'), prices);
    assert.deepEqual(outcome, { created: 1, updated: 1, unchanged: 0, findings: [] });
  }
});

test('the import of one organisation never touches the products of another with the same keys', async () => {
  const [one, two] = [testContext(testTenant()), testContext(testTenant())];
  await catalog.importBatch(one, [row({ externalId: 'X', sku: 'X' })]);
  const outcome = await catalog.importBatch(two, [row({ externalId: 'X', sku: 'X', price: 1 })]);
  assert.equal(outcome.created, 1);
  assert.equal((await list(one))[0]!.price, 200);
});
