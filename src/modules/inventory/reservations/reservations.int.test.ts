import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { testContext } from '#test/support/module.ts';
import { inventoryUnderTest, restock, shortOf } from '../inventory-under-test.ts';

let it: Awaited<ReturnType<typeof inventoryUnderTest>>;
before(async () => {
  it = await inventoryUnderTest();
});
after(() => it?.kits.close());

test('STK-07 reserving moves pieces from available to reserved, and says so in one event', async () => {
  const { context, productId, quantities } = await it.stocked(10);
  const orderId = it.anOrder();
  const reservation = await it.inventory.reserve(context, { orderId, items: [{ productId, quantity: 4 }] });
  assert.deepEqual(await quantities(), { productId, available: 6, reserved: 4, damaged: 0 });
  assert.deepEqual([reservation.status, reservation.orderId], ['reserved', orderId]);
  const events = it.kits.committed.filter(({ streamId }) => streamId === reservation.id);
  assert.deepEqual(
    events.map(({ type, streamVersion }) => [type, streamVersion]),
    [['stock.reserved', 1]],
  );
});

test('STK-08 fifty concurrent reservations on ten units give exactly ten', async () => {
  const { tenant, productId, quantities } = await it.stocked(10);
  const attempts = Array.from({ length: 50 }, () =>
    it.inventory.reserve(testContext(tenant), { orderId: it.anOrder(), items: [{ productId, quantity: 1 }] }),
  );
  const outcomes = await Promise.allSettled(attempts);
  const refusals = outcomes.filter((outcome) => outcome.status === 'rejected').map((outcome) => outcome.reason.kind);
  assert.equal(outcomes.length - refusals.length, 10);
  assert.deepEqual([...new Set(refusals)], ['insufficient_stock']);
  assert.deepEqual(await quantities(), { productId, available: 0, reserved: 10, damaged: 0 });
  assert.deepEqual(await it.inventory.verifyLevels(), []);
});

test('STK-08 orders that want the same products in opposite sequence neither deadlock nor oversell', async () => {
  const { tenant, context, productId: first } = await it.stocked(10);
  const second = await it.aProduct(tenant);
  await it.inventory.adjust(context, restock(second, 10));
  const attempts = Array.from({ length: 40 }, (_, index) => {
    const items = [first, second].map((productId) => ({ productId, quantity: 1 }));
    if (index % 2) items.reverse();
    return it.inventory.reserve(testContext(tenant), { orderId: it.anOrder(), items });
  });
  const outcomes = await Promise.allSettled(attempts);
  const kinds = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.kind : 'reserved'));
  assert.equal(kinds.filter((kind) => kind === 'reserved').length, 10);
  assert.equal(kinds.filter((kind) => kind === 'insufficient_stock').length, 30);
});

test('STK-08 all or nothing: an order with one short item takes nothing', async () => {
  const { tenant, context, productId, quantities } = await it.stocked(10);
  const short = await it.aProduct(tenant);
  const items = [
    { productId, quantity: 2 },
    { productId: short, quantity: 1 },
  ];
  await assert.rejects(it.inventory.reserve(context, { orderId: it.anOrder(), items }), shortOf('items[1].product_id'));
  assert.equal((await quantities()).available, 10);
});

test('STK-07 one order reserves once, also when it asks many times at once', async () => {
  const { tenant, productId, quantities } = await it.stocked(10);
  const request = { orderId: it.anOrder(), items: [{ productId, quantity: 3 }] };
  const all = await Promise.all(Array.from({ length: 8 }, () => it.inventory.reserve(testContext(tenant), request)));
  assert.equal(new Set(all.map(({ id }) => id)).size, 1);
  assert.equal((await quantities()).reserved, 3);
  const other = { ...request, items: [{ productId, quantity: 4 }] };
  await assert.rejects(it.inventory.reserve(testContext(tenant), other), { kind: 'invalid_state' });
});

test('STK-07 an order too large for one warehouse takes from the default first, then by priority, and gives back the same', async () => {
  const { tenant, context, productId, levels } = await it.stocked(2);
  for (const [name, priority] of [
    ['Far', 9],
    ['Near', 1],
  ] as const) {
    const { id } = await it.inventory.createWarehouse(context, { name, priority });
    await it.inventory.adjust(context, restock(productId, 5, { warehouseId: id }));
  }
  const before = await levels();
  const orderId = it.anOrder();
  const reservation = await it.inventory.reserve(context, { orderId, items: [{ productId, quantity: 8 }] });
  assert.deepEqual(
    reservation.allocations.map(({ quantity }) => quantity),
    [2, 5, 1],
  );
  const ways = Array.from({ length: 5 }, () => it.inventory.release(testContext(tenant), orderId));
  assert.deepEqual(new Set((await Promise.all(ways)).map((released) => released!.status)), new Set(['released']));
  const withoutVersion = (all: typeof before) =>
    all.map(({ id, available, reserved }) => ({ id, available, reserved }));
  assert.deepEqual(withoutVersion(await levels()), withoutVersion(before));
});

test('STK-07 releasing gives back once, and an order without a reservation has nothing to give', async () => {
  const { context, productId, quantities } = await it.stocked(5);
  const orderId = it.anOrder();
  assert.equal(await it.inventory.release(context, orderId), null);
  await it.inventory.reserve(context, { orderId, items: [{ productId, quantity: 5 }] });
  const released = await it.inventory.release(context, orderId);
  assert.deepEqual(await it.inventory.release(context, orderId), released);
  assert.deepEqual(await quantities(), { productId, available: 5, reserved: 0, damaged: 0 });
  await assert.rejects(it.inventory.commit(context, orderId), { kind: 'invalid_state' });
  const again = await it.inventory.reserve(context, { orderId, items: [{ productId, quantity: 1 }] });
  assert.notEqual(again.id, released!.id);
  assert.equal(again.status, 'reserved');
});

test('STK-07 committing takes reserved pieces out of the house once, and cannot be undone', async () => {
  const { context, productId, quantities } = await it.stocked(5);
  const orderId = it.anOrder();
  await assert.rejects(it.inventory.commit(context, orderId), { kind: 'invalid_state' });
  const request = { orderId, items: [{ productId, quantity: 2 }] };
  await it.inventory.reserve(context, request);
  const committed = await it.inventory.commit(context, orderId);
  assert.deepEqual(await it.inventory.commit(context, orderId), committed);
  assert.deepEqual(await quantities(), { productId, available: 3, reserved: 0, damaged: 0 });
  await assert.rejects(it.inventory.release(context, orderId), { kind: 'invalid_state' });
  assert.deepEqual(await it.inventory.reserve(context, request), committed);
});

test('STK-09 a reservation that takes the last comfortable piece tells that stock is low', async () => {
  const { context, productId, levels } = await it.stocked(5);
  const [level] = await levels();
  await it.inventory.setReorderPoint(context, level!.id, 5);
  await it.inventory.reserve(context, { orderId: it.anOrder(), items: [{ productId, quantity: 1 }] });
  const low = it.kits.committed.filter(({ type, streamId }) => type === 'stock.low' && streamId === level!.id);
  assert.deepEqual(
    low.map(({ data }) => (data.level as { available: number }).available),
    [4],
  );
});

test("STK-08 another tenant's stock and reservations are out of reach", async () => {
  const mine = await it.stocked(5);
  const theirs = await it.stocked(5);
  const orderId = it.anOrder();
  const request = { orderId, items: [{ productId: theirs.productId, quantity: 1 }] };
  await assert.rejects(it.inventory.reserve(mine.context, request), { kind: 'insufficient_stock' });
  await it.inventory.reserve(theirs.context, request);
  assert.equal(await it.inventory.release(mine.context, orderId), null);
  assert.equal((await theirs.quantities()).reserved, 1);
});

test('STK-08 verifyLevels finds a level that is not the sum of its movements', async () => {
  const { tenant, levels } = await it.stocked(3);
  const [level] = await levels();
  const { database } = it.kits.kit('inventory');
  const tamper = (by: number) =>
    database.flight(tenant, [
      { text: 'update inventory.levels set available = available + $2 where id = $1', values: [level!.id, by] },
    ]);
  await tamper(1);
  assert.deepEqual(await it.inventory.verifyLevels(), [
    {
      levelId: level!.id,
      level: { available: 4, reserved: 0, damaged: 0 },
      movements: { available: 3, reserved: 0, damaged: 0 },
    },
  ]);
  await tamper(-1);
  assert.deepEqual(await it.inventory.verifyLevels(), []);
});

test('STK-08 the table itself refuses a quantity below zero', async () => {
  const { tenant, levels } = await it.stocked(1);
  const [level] = await levels();
  const { database } = it.kits.kit('inventory');
  for (const column of ['available', 'reserved', 'damaged']) {
    const text = `update inventory.levels set ${column} = -1 where id = $1`;
    await assert.rejects(database.flight(tenant, [{ text, values: [level!.id] }]), /violates check constraint/);
  }
});
