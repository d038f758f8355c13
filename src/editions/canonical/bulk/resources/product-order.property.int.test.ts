import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { createLocalFolder } from '#kernel/files/local-folder.ts';
import { bulkSchema, createBulk, type ImportTarget } from '#modules/bulk/index.ts';
import { type Catalog, catalogSchema, createCatalog } from '#modules/catalog/index.ts';
import { createCustomers, customersSchema } from '#modules/customers/index.ts';
import { type TestKits, testContext, testKits, testTenant } from '#test/support/module.ts';
import { productResource } from './products.ts';

const directory = mkdtempSync(join(tmpdir(), 'techcorp-bulk-'));
let kits: TestKits;
let catalog: Catalog;
before(async () => {
  kits = await testKits([catalogSchema, customersSchema, bulkSchema]);
  const customers = createCustomers(kits.kit('customers')).service;
  catalog = createCatalog(kits.kit('catalog'), { customers, orders: { openOrdersWith: async () => [] } }).service;
});
after(async () => {
  await kits?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Imports a file in batches of three rows; what became of the rows, and the products as they are then. */
async function imported(file: string, target: ImportTarget) {
  const resources = { products: { ...productResource(catalog), import: target } };
  const module = createBulk(kits.kit('bulk'), {
    store: createLocalFolder(directory),
    resources,
    limits: { batchRows: 3 },
  });
  const context = testContext(testTenant(), { operation: 'imports.start' });
  async function* chunks() {
    yield Buffer.from(file);
  }
  const input = { resource: 'products', format: 'csv', dryRun: false, chunks: chunks() } as const;
  const { id } = await module.service.startImport(context, input);
  await kits.worker('bulk', module.jobs!).runDue();
  const { status, counts } = await module.service.getImport(context.tenant, id);
  const failed = await module.service.listFailedRows(context.tenant, id, 0, 100);
  const { items } = await catalog.listProducts(context.tenant, {}, { limit: 100 });
  return {
    status,
    counts,
    failed: failed.map(({ row, problems }) => [row, problems]),
    products: items
      .map(({ externalId, sku, price, version }) => [externalId, sku.replace(/^SKU-.*/, 'made'), price, version].join())
      .sort(),
  };
}

const few = (prefix: string) => fc.integer({ min: 0, max: 11 }).map((number) => (number > 7 ? '' : prefix + number));
const line = fc
  .record({ externalId: few('E'), sku: few('S'), price: fc.integer({ min: 0, max: 4 }) })
  .map(({ externalId, sku, price }) => `${externalId},${sku},Bolt,M8,${price},hardware,true`);

test('G-09 a file whose batches are stored beside each other ends as one whose batches are stored in turn, whatever its rows share', async () => {
  let beside = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 4, maxLength: 24 }), async (lines) => {
      const file = `external_id,sku,name,description,price,category,active\n${lines.join('\n')}\n`;
      const target = productResource(catalog).import!;
      const storeNew: NonNullable<ImportTarget['unordered']>['storeNew'] = async (context, rows) => {
        const outcome = await target.unordered!.storeNew(context, rows);
        if (outcome) beside++;
        return outcome;
      };
      const inTurn = await imported(file, { ...target, unordered: undefined });
      const together = await imported(file, { ...target, unordered: { ...target.unordered!, storeNew } });
      assert.equal(inTurn.status, 'completed');
      assert.deepEqual(together, inTurn);
    }),
    { numRuns: 40 },
  );
  assert.ok(beside > 0, 'no batch was stored beside another');
});
