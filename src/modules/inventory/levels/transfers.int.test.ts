import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId, type ProductId, type WarehouseId } from '#kernel/ids.ts';
import { testContext } from '#test/support/module.ts';
import { inventoryUnderTest, restock, shortOf } from '../inventory-under-test.ts';

let it: Awaited<ReturnType<typeof inventoryUnderTest>>;
before(async () => {
  it = await inventoryUnderTest();
});
after(() => it?.kits.close());

const page = { limit: 100 };

/** Two warehouses; `pieces` of one product are in the first. */
async function twoPlaces(pieces: number) {
  const shop = await it.stocked(pieces);
  const { context, tenant, productId } = shop;
  const first = (await it.inventory.listWarehouses(tenant, {}, page)).items[0]!.id;
  const second = (await it.inventory.createWarehouse(context, { name: 'Second' })).id;
  const move = (from: WarehouseId, to: WarehouseId, quantity: number, product: ProductId = productId) =>
    it.inventory.transfer(testContext(tenant), {
      fromWarehouseId: from,
      toWarehouseId: to,
      items: [{ productId: product, quantity }],
    });
  const at = async (warehouseId: WarehouseId) =>
    (await shop.levels()).find((level) => level.warehouseId === warehouseId)?.available ?? 0;
  return { ...shop, first, second, move, at };
}

test('STK-11 a transfer makes two adjustments with one transfer id, which sum to zero', async () => {
  const { tenant, context, productId, first, second, at } = await twoPlaces(10);
  const other = await it.aProduct(tenant);
  await it.inventory.adjust(context, restock(other, 5));
  const transfer = await it.inventory.transfer(context, {
    fromWarehouseId: first,
    toWarehouseId: second,
    items: [
      { productId, quantity: 4 },
      { productId: other, quantity: 5 },
    ],
    referenceId: 'MOVE-1',
  });
  assert.deepEqual(await it.inventory.getTransfer(tenant, transfer.id), transfer);
  const filter = { referenceId: transfer.id };
  const adjustments = (await it.inventory.listAdjustments(tenant, filter, page)).items;
  assert.equal(adjustments.length, 4);
  for (const { takenBy, addedBy, productId: product, quantity } of transfer.items) {
    const own = adjustments.filter(({ id }) => id === takenBy || id === addedBy);
    assert.deepEqual(
      own.map((each) => [each.productId, each.reason, each.referenceId]),
      Array(2).fill([product, 'transfer', transfer.id]),
    );
    assert.deepEqual(
      new Map(own.map((each) => [each.warehouseId, each.quantityChange])),
      new Map([
        [first, -quantity],
        [second, quantity],
      ]),
    );
    assert.equal(
      own.reduce((sum, each) => sum + each.quantityChange, 0),
      0,
    );
  }
  assert.deepEqual([await at(first), await at(second)], [6, 4]);
  const events = it.kits.committed.filter(({ streamId }) => streamId === transfer.id);
  assert.deepEqual(
    events.map(({ type }) => type),
    ['stock.transferred'],
  );
  // A product that only moved did not run out.
  assert.equal(
    it.kits.committed.filter(({ type, data }) => type === 'stock.depleted' && data.product_id === other).length,
    0,
  );
  assert.deepEqual(await it.inventory.verifyLevels(), []);
});

test('STK-11 the same warehouse, too little stock, a product twice and foreign warehouses are refused, and nothing moves', async () => {
  const { tenant, context, productId, first, second, move, at } = await twoPlaces(3);
  const stranger = await twoPlaces(9);
  await assert.rejects(move(first, first, 1), { kind: 'validation' });
  await assert.rejects(move(first, second, 4), shortOf('items[0].quantity'));
  for (const quantity of [0, -1, 0.5]) await assert.rejects(move(first, second, quantity), { kind: 'validation' });
  const items = [1, 1].map((quantity) => ({ productId, quantity }));
  const twice = { fromWarehouseId: first, toWarehouseId: second, items };
  await assert.rejects(it.inventory.transfer(context, twice), { kind: 'validation' });
  await assert.rejects(move(first, stranger.second, 1), { kind: 'not_found' });
  await assert.rejects(move(stranger.first, second, 1, stranger.productId), { kind: 'not_found' });
  await assert.rejects(move(first, second, 1, stranger.productId), shortOf('items[0].quantity'));
  await it.inventory.reserve(context, { orderId: it.anOrder(), items: [{ productId, quantity: 3 }] });
  await assert.rejects(move(first, second, 1), shortOf('items[0].quantity'));
  assert.deepEqual([await at(first), await at(second)], [0, 0]);
  assert.equal((await it.inventory.listTransfers(tenant, {}, page)).items.length, 0);
  await assert.rejects(it.inventory.getTransfer(tenant, newId('trf')), { kind: 'not_found' });
});

test('STK-11 transfers back and forth at once neither deadlock nor go below zero, and keep the sum', async () => {
  const { first, second, move, at, quantities } = await twoPlaces(10);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 40 }, (_, index) => (index % 2 ? move(first, second, 3) : move(second, first, 2))),
  );
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') assert.equal(outcome.reason.kind, 'insufficient_stock', String(outcome.reason));
  }
  assert.ok(outcomes.some(({ status }) => status === 'fulfilled'));
  assert.ok((await at(first)) >= 0 && (await at(second)) >= 0);
  assert.equal((await quantities()).available, 10);
  assert.deepEqual(await it.inventory.verifyLevels(), []);
});

test('STK-09 a product that runs out in every warehouse is told once for each time', async () => {
  const { tenant, context, productId, first, second, move } = await twoPlaces(5);
  const told = () =>
    it.kits.committed.filter(({ type, data }) => type === 'stock.depleted' && data.product_id === productId).length;
  await move(first, second, 5);
  assert.equal(told(), 0);
  const take = (warehouseId: WarehouseId, quantityChange: number) =>
    it.inventory.adjust(testContext(tenant), {
      productId,
      warehouseId,
      quantityChange,
      reason: 'loss',
      referenceId: 'x',
    });
  await move(second, first, 2);
  // The last pieces of two warehouses at once: only one of the two is the last.
  await Promise.all([take(first, -2), take(second, -3)]);
  assert.equal(told(), 1);
  await it.inventory.adjust(context, restock(productId, 1));
  await it.inventory.reserve(context, { orderId: it.anOrder(), items: [{ productId, quantity: 1 }] });
  assert.equal(told(), 2);
});

test('STK-01 stock of a past instant is what the movements until then sum to (G-61)', async () => {
  const { tenant, context, productId, second, first, move } = await twoPlaces(8);
  const read = async (asOf?: string) =>
    (await it.inventory.listLevels(tenant, { productId, asOf }, page)).items
      .map(({ warehouseId, available, reserved, damaged }) => [
        warehouseId === first ? 1 : 2,
        available,
        reserved,
        damaged,
      ])
      .toSorted();
  const instants = [it.kits.clock.now().toISOString()];
  const states = [await read()];
  const steps = [
    () => move(first, second, 3),
    () => it.inventory.reserve(context, { orderId: it.anOrder(), items: [{ productId, quantity: 6 }] }),
    () =>
      it.inventory.adjust(context, {
        productId,
        warehouseId: second,
        quantityChange: -1,
        reason: 'damage',
        referenceId: 'x',
      }),
  ];
  for (const step of steps) {
    it.kits.clock.advance(60_000);
    await step();
    instants.push(it.kits.clock.now().toISOString());
    states.push(await read());
  }
  it.kits.clock.advance(60_000);
  for (const [index, instant] of instants.entries()) assert.deepEqual(await read(instant), states[index]);
  assert.deepEqual(await read('2020-01-01T00:00:00.000Z'), []);
  await assert.rejects(read('2999-01-01T00:00:00.000Z'), { kind: 'validation' });
});
