import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '#kernel/ids.ts';
import { testContext, testTenant } from '#test/support/module.ts';
import { inventoryUnderTest, restock, shortOf } from '../inventory-under-test.ts';

let it: Awaited<ReturnType<typeof inventoryUnderTest>>;
before(async () => {
  it = await inventoryUnderTest();
});
after(() => it?.kits.close());

const page = { limit: 25 };
const eventsOf = (streamId: string) => it.kits.committed.filter((event) => event.streamId === streamId);

test('STK-03 STK-04 an adjustment is recorded with reason, change and reference, and restock adds to what is available', async () => {
  const { tenant, context, productId, levels } = await it.stocked(0);
  const adjustment = await it.inventory.adjust(context, {
    productId,
    quantityChange: 12,
    reason: 'restock',
    referenceId: 'PO-77',
    note: 'two boxes',
  });
  assert.match(adjustment.id, /^adj_/);
  const [level] = await levels();
  assert.deepEqual([level!.available, level!.reserved, level!.damaged], [12, 0, 0]);
  assert.deepEqual((await it.inventory.listAdjustments(tenant, { productId }, page)).items, [adjustment]);
  const [movement] = (await it.inventory.listMovements(tenant, { productId }, page)).items;
  assert.deepEqual([movement!.kind, movement!.causeId, movement!.referenceId], ['adjustment', adjustment.id, 'PO-77']);
  const [event] = eventsOf(adjustment.id);
  assert.equal(event!.type, 'stock.adjusted');
  assert.equal(JSON.stringify(event).includes('two boxes'), false);
});

test('STK-02 STK-05 damage and loss take from what is available; damaged pieces are counted as damaged', async () => {
  const { context, productId, quantities } = await it.stocked(10);
  await it.inventory.adjust(context, restock(productId, -3, { reason: 'damage' }));
  await it.inventory.adjust(context, restock(productId, -2, { reason: 'loss' }));
  assert.deepEqual(await quantities(), { productId, available: 5, reserved: 0, damaged: 3 });
});

test('STK-05 an adjustment cannot take more than is available, and a refused one leaves no trace', async () => {
  const { context, tenant, productId, levels } = await it.stocked(2);
  const before = await levels();
  await assert.rejects(
    it.inventory.adjust(context, restock(productId, -3, { reason: 'loss' })),
    shortOf('quantity_change'),
  );
  assert.deepEqual(await levels(), before);
  assert.equal((await it.inventory.listMovements(tenant, { productId }, page)).items.length, 1);
});

test('STK-06 zero is refused before anything is asked or stored', async () => {
  const { context, productId, levels } = await it.stocked(0);
  await assert.rejects(it.inventory.adjust(context, restock(productId, 0)), { kind: 'validation' });
  assert.deepEqual(await levels(), []);
});

test('STK-01 stock is kept per product and warehouse', async () => {
  const { context, tenant, productId, quantities } = await it.stocked(4);
  const second = await it.inventory.createWarehouse(context, { name: 'Harbour' });
  await it.inventory.adjust(context, restock(productId, 6, { warehouseId: second.id }));
  const { items } = await it.inventory.listLevels(tenant, { productId }, page);
  assert.deepEqual(items.map((level) => level.available).toSorted(), [4, 6]);
  const there = await it.inventory.listLevels(tenant, { warehouseId: second.id }, page);
  assert.deepEqual(
    there.items.map((level) => level.available),
    [6],
  );
  assert.equal((await quantities()).available, 10);
});

test("STK-01 only hardware has stock (G-36), and product and warehouse must be one's own", async () => {
  const { context, tenant, productId } = await it.stocked(0);
  const service = await it.aProduct(tenant, 'service');
  await assert.rejects(it.inventory.adjust(context, restock(service, 1)), { kind: 'validation' });
  await assert.rejects(it.inventory.adjust(context, restock(newId('prd'), 1)), { kind: 'not_found' });
  const warehouseId = newId('whs');
  await assert.rejects(it.inventory.adjust(context, restock(productId, 1, { warehouseId })), {
    kind: 'not_found',
  });
  const stranger = await it.stocked(1);
  const [theirs] = await stranger.levels();
  const stolen = restock(productId, 1, { warehouseId: theirs!.warehouseId });
  await assert.rejects(it.inventory.adjust(context, stolen), { kind: 'not_found' });
  await assert.rejects(it.inventory.adjust(context, restock(stranger.productId, 1)), { kind: 'not_found' });
  await assert.rejects(it.inventory.getLevel(tenant, theirs!.id), { kind: 'not_found' });
  await assert.rejects(it.inventory.setReorderPoint(context, theirs!.id, 1), { kind: 'not_found' });
  assert.deepEqual(await it.locate.lvl!(theirs!.id), stranger.tenant);
});

test('STK-03 live and test stock of one organisation are two worlds', async () => {
  const { tenant, productId } = await it.stocked(5);
  const other = { ...tenant, livemode: false };
  assert.deepEqual((await it.inventory.stockOf(other, [productId]))[0]!.available, 0);
  assert.deepEqual((await it.inventory.listLevels(other, {}, page)).items, []);
});

test('STK-03 the same idempotency key adjusts once', async () => {
  const { tenant, productId, quantities } = await it.stocked(0);
  const once = () => it.inventory.adjust(testContext(tenant, { idempotencyKey: 'k-1' }), restock(productId, 5));
  const first = await once();
  assert.deepEqual(await once(), first);
  assert.equal((await quantities()).available, 5);
});

test('STK-01 many first adjustments at once make one default warehouse and one level', async () => {
  const { tenant, productId, quantities, levels } = await it.stocked(0);
  await Promise.all(Array.from({ length: 12 }, () => it.inventory.adjust(testContext(tenant), restock(productId, 1))));
  const { items } = await it.inventory.listWarehouses(tenant, {}, page);
  assert.deepEqual(
    items.map(({ isDefault }) => isDefault),
    [true],
  );
  assert.equal((await levels()).length, 1);
  assert.equal((await quantities()).available, 12);
});

test('STK-01 the first warehouse is the default, and another one may take its place', async () => {
  const context = testContext(testTenant());
  const first = await it.inventory.createWarehouse(context, { name: 'First' });
  const second = await it.inventory.createWarehouse(context, { name: 'Second', priority: 3 });
  assert.deepEqual([first.isDefault, second.isDefault, second.priority], [true, false, 3]);
  const third = await it.inventory.createWarehouse(context, { name: 'Third', isDefault: true });
  const { items } = await it.inventory.listWarehouses(context.tenant, {}, page);
  assert.deepEqual(
    items.filter(({ isDefault }) => isDefault).map(({ id }) => id),
    [third.id],
  );
  assert.equal((await it.inventory.getWarehouse(context.tenant, first.id)).version, 2);
  assert.equal(eventsOf(first.id)[1]!.type, 'warehouse.updated');
  await assert.rejects(it.inventory.createWarehouse(context, { name: 'Third' }), { kind: 'duplicate' });
});

test('STK-09 STK-10 falling below the reorder point of a warehouse tells once per crossing', async () => {
  const { context, productId, levels } = await it.stocked(10);
  const [level] = await levels();
  const lows = () => eventsOf(level!.id).filter(({ type }) => type === 'stock.low').length;
  const take = (quantityChange: number) =>
    it.inventory.adjust(context, restock(productId, quantityChange, { reason: 'correction' }));
  assert.equal((await it.inventory.setReorderPoint(context, level!.id, 5)).reorderPoint, 5);
  await take(-5);
  assert.equal(lows(), 0);
  await take(-1);
  assert.equal(lows(), 1);
  await take(-1);
  assert.equal(lows(), 1);
  await take(5);
  await take(-5);
  assert.equal(lows(), 2);
  const low = eventsOf(level!.id).findLast(({ type }) => type === 'stock.low')!;
  assert.partialDeepStrictEqual(low.data, { level: { productId, available: 3, reorderPoint: 5 } });
});

test('STK-09 STK-10 a reorder point raised above what is there tells at once; null switches it off', async () => {
  const { context, productId, levels } = await it.stocked(10);
  const [level] = await levels();
  const types = () => eventsOf(level!.id).map(({ type }) => type);
  const raised = await it.inventory.setReorderPoint(context, level!.id, 11);
  assert.deepEqual(types(), ['stock.reorder_point_set', 'stock.low']);
  assert.equal((await it.inventory.getLevel(context.tenant, level!.id)).version, raised.version);
  await it.inventory.setReorderPoint(context, level!.id, null);
  await it.inventory.adjust(context, restock(productId, -10, { reason: 'loss' }));
  assert.deepEqual(types(), ['stock.reorder_point_set', 'stock.low', 'stock.reorder_point_set']);
  const stale = testContext(context.tenant, { expectedVersion: 1 });
  await assert.rejects(it.inventory.setReorderPoint(stale, level!.id, 1), { kind: 'precondition_failed' });
});

test('STK-03 a movement can be neither changed nor deleted', async () => {
  const { tenant } = await it.stocked(1);
  const { database } = it.kits.kit('inventory');
  for (const text of ['update inventory.movements set available_change = 9', 'delete from inventory.movements']) {
    await assert.rejects(database.flight(tenant, [{ text, values: [] }]), /permission denied/);
  }
});
