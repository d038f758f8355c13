import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DomainError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { testContext } from '#test/support/module.ts';
import { inventoryUnderTest } from '../inventory-under-test.ts';
import type { ImportRow } from '../stock.ts';

let it: Awaited<ReturnType<typeof inventoryUnderTest>>;
before(async () => {
  it = await inventoryUnderTest();
});
after(() => it?.kits.close());

const page = { limit: 100 };
const row = (productId: ImportRow['productId'], mode: ImportRow['mode'], quantity: number, warehouse?: string) => ({
  productId,
  mode,
  quantity,
  warehouse,
  referenceId: 'imp-1',
});

test('STK-04 STK-05 a batch sets and changes stock row by row; what is wrong is told with its row and left out', async () => {
  const { tenant, context, productId, levels } = await it.stocked(5);
  const service = await it.aProduct(tenant, 'service');
  await it.inventory.createWarehouse(context, { name: 'Harbour' });
  const stranger = await it.stocked(1);
  const outcome = await it.inventory.importBatch(context, [
    row(productId, 'set', 12),
    row(productId, 'adjust', -2),
    row(productId, 'adjust', -11),
    row(productId, 'set', 7, 'Harbour'),
    row(service, 'set', 1),
    row(newId('prd'), 'set', 1),
    row(stranger.productId, 'set', 1),
    row(productId, 'set', 1, 'Nowhere'),
    row(productId, 'set', -1),
    row(productId, 'adjust', 0.5),
    row(productId, 'set', 10),
    row(productId, 'adjust', 2 ** 40),
  ]);
  assert.equal(outcome.applied, 4);
  assert.deepEqual(
    outcome.errors.map((error) => [error.row, error.column, error.code]),
    [
      [2, 'quantity', 'insufficient_stock'],
      [4, 'product', 'not_allowed'],
      [5, 'product', 'not_found'],
      [6, 'product', 'not_found'],
      [7, 'warehouse', 'not_found'],
      [8, 'quantity', 'too_small'],
      [9, 'quantity', 'not_integer'],
      [11, 'quantity', 'too_large'],
    ],
  );
  assert.deepEqual(
    (await levels()).map(({ available }) => available).toSorted((a, b) => a - b),
    [7, 10],
  );
  // Setting what is there already writes no movement (C-74).
  const adjustments = (await it.inventory.listAdjustments(tenant, { referenceId: 'imp-1' }, page)).items;
  assert.deepEqual(
    adjustments.map(({ quantityChange }) => quantityChange).toSorted((a, b) => a - b),
    [-2, 7, 7],
  );
  assert.deepEqual(await it.inventory.verifyLevels(), []);
});

test('STK-03 a batch that is repeated under one idempotency key counts once and gives the same outcome', async () => {
  const { tenant, productId, quantities } = await it.stocked(1);
  const rows = [row(productId, 'adjust', 3), row(productId, 'adjust', -9)];
  const once = () => it.inventory.importBatch(testContext(tenant, { idempotencyKey: 'imp-1:0' }), rows);
  const first = await once();
  assert.deepEqual(await once(), first);
  assert.equal(first.errors.length, 1);
  assert.equal((await quantities()).available, 4);
  const tooMany = Array.from({ length: 1_001 }, () => row(productId, 'adjust', 1));
  await assert.rejects(it.inventory.importBatch(testContext(tenant), tooMany), { kind: 'validation' });
});

/** As the import does: a batch that waited two seconds for others in vain is sent again (C-31). */
async function patiently<Result>(work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DomainError) || error.kind !== 'resource_locked') throw error;
    }
  }
}

test('STK-08 batches of the same products at once neither deadlock nor lose a piece', async () => {
  const { tenant, productId } = await it.stocked(0);
  const products = [productId, ...(await Promise.all(Array.from({ length: 9 }, () => it.aProduct(tenant))))];
  const batches = Array.from({ length: 12 }, (_, index) => {
    const rows = products.map((product) => row(product, 'adjust', 1));
    return patiently(() => it.inventory.importBatch(testContext(tenant), index % 2 ? rows.reverse() : rows));
  });
  for (const { applied, errors } of await Promise.all(batches)) assert.deepEqual([applied, errors], [10, []]);
  const stock = await it.inventory.stockOf(tenant, products);
  assert.deepEqual(new Set(stock.map(({ available }) => available)), new Set([12]));
});
