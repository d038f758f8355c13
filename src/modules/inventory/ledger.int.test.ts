import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { DomainError } from '#kernel/errors.ts';
import type { OrderId } from '#kernel/ids.ts';
import { testContext } from '#test/support/module.ts';
import { inventoryUnderTest } from './inventory-under-test.ts';

let it: Awaited<ReturnType<typeof inventoryUnderTest>>;
before(async () => {
  it = await inventoryUnderTest();
});
after(() => it?.kits.close());

type Step =
  | { do: 'adjust'; warehouse: number; by: number }
  | { do: 'damage'; warehouse: number; by: number }
  | { do: 'reserve' | 'release' | 'commit'; order: number; quantity: number };

const order = fc.integer({ min: 0, max: 7 });
const warehouse = fc.integer({ min: 0, max: 1 });
const quantity = fc.integer({ min: 1, max: 9 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('reserve' as const), order, quantity }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('release' as const, 'commit' as const), order, quantity }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('adjust' as const), warehouse, by: fc.integer({ min: -9, max: 12 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('damage' as const), warehouse, by: fc.integer({ min: -5, max: -1 }) }),
  },
);
/** Rounds of steps; the steps of one round run at the same time. */
const rounds = fc.array(fc.array(step, { minLength: 2, maxLength: 10 }), { minLength: 1, maxLength: 8 });

/** What became of a step: how many pieces came into the house, or left it, for good. */
async function flowOf(work: Promise<number>): Promise<number> {
  try {
    return await work;
  } catch (error) {
    const { kind } = error as DomainError;
    // Refusals are answers; anything else (a broken check, a deadlock) is a fault.
    assert.ok(['insufficient_stock', 'invalid_state', 'validation'].includes(kind), String(error));
    return 0;
  }
}

async function aWorld() {
  const { tenant, productId, quantities } = await it.stocked(0);
  const { inventory } = it;
  const warehouses = [
    await inventory.createWarehouse(testContext(tenant), { name: 'One' }),
    await inventory.createWarehouse(testContext(tenant), { name: 'Two' }),
  ];
  const orders: OrderId[] = Array.from({ length: 8 }, it.anOrder);
  const committed = new Set<OrderId>();

  async function commit(orderId: OrderId): Promise<number> {
    const { allocations } = await inventory.commit(testContext(tenant), orderId);
    if (committed.has(orderId)) return 0;
    committed.add(orderId);
    return -allocations.reduce((sum, allocation) => sum + allocation.quantity, 0);
  }

  async function run(action: Step): Promise<number> {
    const context = testContext(tenant);
    if (action.do === 'adjust' || action.do === 'damage') {
      const reason = action.do === 'damage' ? 'damage' : 'correction';
      const warehouseId = warehouses[action.warehouse]!.id;
      const input = { productId, warehouseId, quantityChange: action.by, reason, referenceId: 'property' } as const;
      await inventory.adjust(context, input);
      return action.do === 'damage' ? 0 : action.by;
    }
    const orderId = orders[action.order]!;
    if (action.do === 'commit') return commit(orderId);
    if (action.do === 'release') await inventory.release(context, orderId);
    else await inventory.reserve(context, { orderId, items: [{ productId, quantity: action.quantity }] });
    return 0;
  }

  /** Pieces that open reservations hold, as the reservations themselves say. */
  async function promised(): Promise<number> {
    const [row] = await it.kits.kit('inventory').database.read(tenant, {
      text: `select coalesce(sum((allocation->>'quantity')::int), 0) as pieces
        from inventory.reservations, jsonb_array_elements(allocations) as allocation where status = 'reserved'`,
      values: [],
    });
    return row!.pieces;
  }

  return { run, quantities, promised };
}

test('STK-02 STK-03 STK-07 STK-08 whatever happens at once, a level is the sum of its movements, never negative, and nothing is lost', async () => {
  await fc.assert(
    fc.asyncProperty(rounds, async (plan) => {
      const world = await aWorld();
      let inTheHouse = 0;
      for (const round of plan) {
        const flows = await Promise.all(round.map((each) => flowOf(world.run(each))));
        inTheHouse += flows.reduce((sum, flow) => sum + flow, 0);
        const { available, reserved, damaged } = await world.quantities();
        assert.ok(available >= 0 && reserved >= 0 && damaged >= 0);
        assert.equal(available + reserved + damaged, inTheHouse);
        assert.equal(reserved, await world.promised());
        assert.deepEqual(await it.inventory.verifyLevels(), []);
      }
    }),
    { numRuns: 25, seed: Number(process.env.PROPERTY_SEED ?? Math.trunc(performance.timeOrigin)) },
  );
});
