import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { DomainError } from '#kernel/errors.ts';
import { testContext } from '#test/support/module.ts';
import { inventoryUnderTest, restock } from '../inventory-under-test.ts';
import { aStockWorld, rounds } from '../stock-world-under-test.ts';

let it: Awaited<ReturnType<typeof inventoryUnderTest>>;
before(async () => {
  it = await inventoryUnderTest();
});
after(() => it?.kits.close());

/** Refusals are answers; anything else (a broken check, a deadlock) is a fault. */
const REFUSALS = ['insufficient_stock', 'invalid_state', 'validation'];

/** What became of a step: how many pieces came into the house, or left it, for good. */
async function flowOf(work: Promise<number>): Promise<number> {
  try {
    return await work;
  } catch (error) {
    assert.ok(REFUSALS.includes((error as DomainError).kind), String(error));
    return 0;
  }
}

test('STK-02 STK-03 STK-07 STK-08 STK-11 STK-14 whatever happens at once, a level is the sum of its movements, never negative, and nothing is lost', async () => {
  await fc.assert(
    fc.asyncProperty(rounds, async (plan) => {
      const world = await aStockWorld(it);
      let inTheHouse = 0;
      for (const round of plan) {
        const flows = await Promise.all(round.map((each) => flowOf(world.run(each))));
        inTheHouse += flows.reduce((sum, flow) => sum + flow, 0);
        const { available, reserved, damaged } = await world.quantities();
        assert.ok(available >= 0 && reserved >= 0 && damaged >= 0);
        assert.equal(available + reserved + damaged, inTheHouse);
        assert.equal(reserved, await world.promised());
        assert.equal(await world.transferred(), 0);
        assert.deepEqual(await it.inventory.verifyLevels(), []);
      }
    }),
    { numRuns: 12, seed: Number(process.env.PROPERTY_SEED ?? Math.trunc(performance.timeOrigin)) },
  );
});

test('STK-08 64 clients on the same 100 products: no deadlock reaches anybody, nothing is oversold, every level is its sum', async () => {
  const { tenant, context } = await it.stocked(0);
  const products = await Promise.all(Array.from({ length: 100 }, () => it.aProduct(tenant)));
  const { inventory } = it;
  const second = await inventory
    .createWarehouse(context, { name: 'Main' })
    .then(() => inventory.createWarehouse(testContext(tenant), { name: 'Second', priority: 1 }));
  for (const productId of products) {
    await inventory.adjust(testContext(tenant), restock(productId, 6));
    await inventory.adjust(testContext(tenant), restock(productId, 4, { warehouseId: second.id }));
  }
  const left = { pieces: 0 };
  const refusals = new Map<string, number>();

  /** One client: orders of three products in any sequence, half of which leave and half of which are given back. */
  async function client(seed: number): Promise<void> {
    for (let turn = 0; turn < 12; turn++) {
      const items = [7, 13, 29].map((stride, place) => ({
        productId: products[(seed * stride + turn * (place + 3)) % products.length]!,
        quantity: 1 + ((seed + turn + place) % 2),
      }));
      const orderId = it.anOrder();
      try {
        await inventory.reserve(testContext(tenant), { orderId, items });
        if ((seed + turn) % 2) await inventory.release(testContext(tenant), orderId);
        else {
          const { allocations } = await inventory.commit(testContext(tenant), orderId, { shipment: `${orderId}-1` });
          left.pieces += allocations.reduce((sum, { committed }) => sum + committed, 0);
        }
      } catch (error) {
        const { kind } = error as DomainError;
        refusals.set(kind, (refusals.get(kind) ?? 0) + 1);
      }
    }
  }

  await Promise.all(Array.from({ length: 64 }, (_, seed) => client(seed)));
  assert.deepEqual(
    [...refusals.keys()].filter((kind) => kind !== 'insufficient_stock'),
    [],
  );
  const stock = await inventory.stockOf(tenant, products);
  const there = stock.reduce((sum, { available, reserved }) => sum + available + reserved, 0);
  assert.ok(left.pieces > 0);
  assert.equal(there + left.pieces, 1_000);
  assert.ok(stock.every(({ available, reserved }) => available >= 0 && reserved === 0));
  assert.deepEqual(await inventory.verifyLevels(), []);
});
