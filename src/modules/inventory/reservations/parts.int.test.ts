import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { testContext } from '#test/support/module.ts';
import { inventoryUnderTest, restock } from '../inventory-under-test.ts';

let it: Awaited<ReturnType<typeof inventoryUnderTest>>;
before(async () => {
  it = await inventoryUnderTest();
});
after(() => it?.kits.close());

/** An order that holds `quantity` of ten pieces. */
async function held(quantity: number) {
  const shop = await it.stocked(10);
  const { context, productId } = shop;
  const orderId = it.anOrder();
  await it.inventory.reserve(context, { orderId, items: [{ productId, quantity }] });
  const ship = (shipment: string, pieces?: number) =>
    it.inventory.commit(testContext(shop.tenant), orderId, {
      shipment,
      lines: pieces === undefined ? undefined : [{ productId, quantity: pieces }],
    });
  const back = (reference: string, pieces: number, condition: 'restock' | 'damaged' = 'restock') =>
    it.inventory.returned(testContext(shop.tenant), {
      orderId,
      reference,
      lines: [{ productId, quantity: pieces, condition }],
    });
  const numbers = async () => {
    const { available, reserved, damaged } = await shop.quantities();
    return [available, reserved, damaged];
  };
  return { ...shop, orderId, ship, back, numbers };
}

test('STK-07 an order leaves in parts; a shipment counts once, and the reservation is committed when all has left', async () => {
  const { ship, numbers, orderId, context } = await held(6);
  assert.equal((await ship('shp-1', 2)).status, 'reserved');
  assert.equal((await ship('shp-1', 2)).allocations[0]!.committed, 2);
  assert.deepEqual(await numbers(), [4, 4, 0]);
  await assert.rejects(ship('shp-1', 3), { kind: 'invalid_state' });
  await assert.rejects(ship('shp-2', 5), { kind: 'invalid_state' });
  assert.deepEqual(await numbers(), [4, 4, 0]);
  // What was refused has not used up its reference.
  assert.equal((await ship('shp-2', 1)).status, 'reserved');
  assert.equal((await ship('shp-3')).status, 'committed');
  assert.equal((await ship('shp-3')).status, 'committed');
  assert.deepEqual(await numbers(), [4, 0, 0]);
  await assert.rejects(it.inventory.release(context, orderId), { kind: 'invalid_state' });
  const events = it.kits.committed.filter(({ type, data }) => type === 'stock.committed' && refersTo(data, orderId));
  assert.deepEqual(
    events.map(({ data }) => [data.shipment, (data.lines as { quantity: number }[])[0]!.quantity]),
    [
      ['shp-1', 2],
      ['shp-2', 1],
      ['shp-3', 3],
    ],
  );
  assert.deepEqual(await it.inventory.verifyLevels(), []);
});

function refersTo(data: Record<string, unknown>, orderId: string): boolean {
  return (data.reservation as { orderId: string }).orderId === orderId;
}

test('STK-07 a release gives back only what has not left', async () => {
  const { ship, numbers, orderId, context, productId } = await held(6);
  await ship('shp-1', 4);
  const released = await it.inventory.release(context, orderId);
  assert.equal(released!.status, 'released');
  assert.deepEqual(await numbers(), [6, 0, 0]);
  assert.deepEqual(await it.inventory.release(context, orderId), released);
  await assert.rejects(ship('shp-2', 1), { kind: 'invalid_state' });
  // A shipment of before is still known.
  assert.equal((await ship('shp-1', 4)).status, 'released');
  // The order may reserve anew, and what left earlier may still come back.
  await it.inventory.reserve(context, { orderId, items: [{ productId, quantity: 1 }] });
  await ship('shp-3');
  const lines = [{ productId, quantity: 5, condition: 'restock' as const }];
  await it.inventory.returned(context, { orderId, reference: 'rtn-1', lines });
  assert.deepEqual(await numbers(), [10, 0, 0]);
  assert.deepEqual(await it.inventory.verifyLevels(), []);
});

test('STK-08 one shipment that many processes record at once leaves once; different ones never ship more than is held', async () => {
  const { ship, numbers } = await held(6);
  const same = await Promise.all(Array.from({ length: 8 }, () => ship('shp-1', 2)));
  assert.deepEqual(new Set(same.map(({ allocations }) => allocations[0]!.committed)), new Set([2]));
  const many = await Promise.allSettled(Array.from({ length: 12 }, (_, index) => ship(`part-${index}`, 1)));
  assert.equal(many.filter(({ status }) => status === 'fulfilled').length, 4);
  for (const each of many) if (each.status === 'rejected') assert.equal(each.reason.kind, 'invalid_state');
  assert.deepEqual(await numbers(), [4, 0, 0]);
});

test('STK-02 returned goods are available again or damaged, once for each reference and never more than left', async () => {
  const { ship, back, numbers } = await held(6);
  await assert.rejects(back('rtn-0', 1), { kind: 'invalid_state' });
  await ship('shp-1', 5);
  await Promise.all(Array.from({ length: 6 }, () => back('rtn-1', 2)));
  assert.deepEqual(await numbers(), [6, 1, 0]);
  await back('rtn-2', 2, 'damaged');
  assert.deepEqual(await numbers(), [6, 1, 2]);
  await assert.rejects(back('rtn-2', 1), { kind: 'invalid_state' });
  await assert.rejects(back('rtn-3', 2), { kind: 'invalid_state' });
  const rest = await Promise.allSettled(Array.from({ length: 4 }, (_, index) => back(`rest-${index}`, 1)));
  assert.equal(rest.filter(({ status }) => status === 'fulfilled').length, 1);
  assert.deepEqual(await numbers(), [7, 1, 2]);
  assert.deepEqual(await it.inventory.verifyLevels(), []);
});

test('STK-02 a return may go to another warehouse, and half of it may be damaged', async () => {
  const { tenant, context, ship, orderId, productId, levels, numbers } = await held(6);
  await ship('shp-1');
  const { id: warehouseId } = await it.inventory.createWarehouse(context, { name: 'Repairs' });
  const lines = (['restock', 'damaged'] as const).map((condition) => ({ productId, quantity: 2, condition }));
  await it.inventory.returned(context, { orderId, reference: 'rtn-1', lines, warehouseId });
  const level = (await levels()).find((each) => each.warehouseId === warehouseId)!;
  assert.deepEqual([level.available, level.damaged], [2, 2]);
  assert.deepEqual(await numbers(), [6, 0, 2]);
  const elsewhere = (await it.stocked(1)).levels;
  const request = { orderId, reference: 'rtn-2', lines, warehouseId: (await elsewhere())[0]!.warehouseId };
  lines.pop();
  await assert.rejects(it.inventory.returned(testContext(tenant), request), { kind: 'not_found' });
});

test('STK-07 quantities that are no positive whole numbers are refused, and so is what another tenant holds', async () => {
  const { ship, back, orderId, productId, numbers } = await held(6);
  for (const pieces of [0, -1, 1.5, Number.NaN, 2 ** 60]) {
    await assert.rejects(ship('shp-1', pieces), { kind: 'validation' });
    await assert.rejects(back('rtn-1', pieces), { kind: 'validation' });
  }
  const stranger = await it.stocked(1);
  const lines = [{ productId, quantity: 1, condition: 'restock' as const }];
  await assert.rejects(it.inventory.commit(stranger.context, orderId, { shipment: 'shp-1', lines }), {
    kind: 'invalid_state',
  });
  await assert.rejects(it.inventory.returned(stranger.context, { orderId, reference: 'rtn-1', lines }), {
    kind: 'invalid_state',
  });
  assert.deepEqual(await numbers(), [4, 6, 0]);
});

test('STK-07 a shipment takes from the warehouses in the order of the promise', async () => {
  const { tenant, context, productId, levels } = await it.stocked(2);
  const { id: warehouseId } = await it.inventory.createWarehouse(context, { name: 'Far', priority: 5 });
  await it.inventory.adjust(context, restock(productId, 5, { warehouseId }));
  const orderId = it.anOrder();
  await it.inventory.reserve(context, { orderId, items: [{ productId, quantity: 6 }] });
  const lines = [
    { productId, quantity: 1 },
    { productId, quantity: 2 },
  ];
  const { allocations } = await it.inventory.commit(testContext(tenant), orderId, { shipment: 'shp-1', lines });
  assert.deepEqual(
    allocations.map(({ quantity, committed }) => [quantity, committed]),
    [
      [2, 2],
      [4, 1],
    ],
  );
  assert.deepEqual((await levels()).map(({ reserved }) => reserved).toSorted(), [0, 3]);
});

test('STK-01 STK-02 goods that come back when their warehouse is closed by now go to the default one, where they can be moved', async () => {
  const { context, productId, levels } = await it.stocked(0);
  const main = await it.inventory.createWarehouse(context, { name: 'Main' });
  const closing = await it.inventory.createWarehouse(context, { name: 'Closing' });
  await it.inventory.adjust(context, restock(productId, 3, { warehouseId: closing.id }));
  const orderId = it.anOrder();
  await it.inventory.reserve(context, { orderId, items: [{ productId, quantity: 3 }] });
  await it.inventory.commit(context, orderId);
  await it.inventory.archiveWarehouse(context, closing.id);
  const lines = [
    { productId, quantity: 2, condition: 'restock' as const },
    { productId, quantity: 1, condition: 'damaged' as const },
  ];
  await it.inventory.returned(context, { orderId, reference: 'rtn-1', lines });
  const held = (await levels()).filter(({ available, damaged }) => available + damaged > 0);
  assert.deepEqual(
    held.map(({ warehouseId, available, damaged }) => [warehouseId, available, damaged]),
    [[main.id, 2, 1]],
  );
  assert.deepEqual(await it.inventory.verifyLevels(), []);
});
