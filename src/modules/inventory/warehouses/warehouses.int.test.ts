import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '#kernel/ids.ts';
import { testContext } from '#test/support/module.ts';
import { inventoryUnderTest, restock } from '../inventory-under-test.ts';

let it: Awaited<ReturnType<typeof inventoryUnderTest>>;
before(async () => {
  it = await inventoryUnderTest();
});
after(() => it?.kits.close());

const page = { limit: 100 };

test('STK-01 a warehouse changes name and priority, and takes the place of the default (G-37)', async () => {
  const { tenant, context } = await it.stocked(1);
  const [main] = (await it.inventory.listWarehouses(tenant, {}, page)).items;
  const made = await it.inventory.createWarehouse(context, { name: 'Harbour', priority: 4 });
  const changed = await it.inventory.updateWarehouse(context, made.id, { name: 'Quay', isDefault: true });
  assert.deepEqual([changed.name, changed.priority, changed.isDefault, changed.version], ['Quay', 4, true, 2]);
  assert.equal((await it.inventory.getWarehouse(tenant, main!.id)).isDefault, false);
  await assert.rejects(it.inventory.updateWarehouse(context, made.id, { isDefault: false }), { kind: 'validation' });
  await assert.rejects(it.inventory.updateWarehouse(context, made.id, { name: main!.name }), { kind: 'duplicate' });
  await assert.rejects(
    it.inventory.updateWarehouse(testContext(tenant, { expectedVersion: 1 }), made.id, { name: 'Pier' }),
    {
      kind: 'precondition_failed',
    },
  );
  await assert.rejects(it.inventory.updateWarehouse(context, newId('whs'), { name: 'Pier' }), { kind: 'not_found' });
  const stranger = await it.stocked(1);
  await assert.rejects(it.inventory.updateWarehouse(stranger.context, made.id, { name: 'Pier' }), {
    kind: 'not_found',
  });
});

test('STK-01 many that become the default at once leave exactly one', async () => {
  const { tenant, context } = await it.stocked(0);
  const names = Array.from({ length: 6 }, (_, index) => `W${index}`);
  const made = await Promise.all(names.map((name) => it.inventory.createWarehouse(testContext(tenant), { name })));
  await Promise.all(made.map(({ id }) => it.inventory.updateWarehouse(testContext(tenant), id, { isDefault: true })));
  const all = (await it.inventory.listWarehouses(context.tenant, {}, page)).items;
  assert.equal(all.filter(({ isDefault }) => isDefault).length, 1);
});

test('STK-01 only an empty warehouse that is not the default is archived, and nothing comes in any more', async () => {
  const { tenant, context, productId, levels } = await it.stocked(2);
  const [main] = (await it.inventory.listWarehouses(tenant, {}, page)).items;
  const { id } = await it.inventory.createWarehouse(context, { name: 'Harbour' });
  const archive = () => it.inventory.archiveWarehouse(context, id);
  await assert.rejects(it.inventory.archiveWarehouse(context, main!.id), { kind: 'invalid_state' });
  const move = (from: typeof id, to: typeof id) =>
    it.inventory.transfer(context, { fromWarehouseId: from, toWarehouseId: to, items: [{ productId, quantity: 2 }] });
  await move(main!.id, id);
  await assert.rejects(archive(), { kind: 'invalid_state' });
  await move(id, main!.id);
  assert.ok((await archive()).archivedAt);
  await assert.rejects(archive(), { kind: 'gone' });
  await assert.rejects(move(main!.id, id), { kind: 'gone' });
  await assert.rejects(it.inventory.adjust(context, restock(productId, 1, { warehouseId: id })), { kind: 'gone' });
  await assert.rejects(it.inventory.updateWarehouse(context, id, { name: 'Again' }), { kind: 'gone' });
  assert.deepEqual(
    (await it.inventory.listWarehouses(tenant, {}, page)).items.map((each) => each.id),
    [main!.id],
  );
  assert.equal((await it.inventory.listWarehouses(tenant, { archived: true }, page)).items.length, 2);
  assert.equal((await levels()).length, 2);
  // Its name is free again.
  assert.notEqual((await it.inventory.createWarehouse(context, { name: 'Harbour' })).id, id);
});

test('STK-01 stock that comes in while its warehouse is being archived is never lost in it', async () => {
  const { tenant, context, productId } = await it.stocked(0);
  await it.inventory.createWarehouse(context, { name: 'Main' });
  for (let round = 0; round < 10; round++) {
    const { id } = await it.inventory.createWarehouse(context, { name: `Side ${round}` });
    const [added, closed] = await Promise.allSettled([
      it.inventory.adjust(testContext(tenant), restock(productId, 1, { warehouseId: id })),
      it.inventory.archiveWarehouse(testContext(tenant), id),
    ]);
    assert.notEqual(added.status, closed.status);
    const refusal = [added, closed].find((each) => each.status === 'rejected')!;
    assert.equal(refusal.reason.kind, added.status === 'rejected' ? 'gone' : 'invalid_state');
  }
});
