import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { OrderId, ProductId, WarehouseId } from '#kernel/ids.ts';
import { testContext } from '#test/support/module.ts';
import type { inventoryUnderTest } from './inventory-under-test.ts';

type UnderTest = Awaited<ReturnType<typeof inventoryUnderTest>>;

type Step =
  | { do: 'adjust' | 'damage' | 'count'; warehouse: number; by: number }
  | { do: 'transfer'; warehouse: number; by: number }
  | { do: 'reserve' | 'release' | 'commit' | 'ship' | 'return'; order: number; quantity: number };

const order = fc.integer({ min: 0, max: 5 });
const warehouse = fc.integer({ min: 0, max: 1 });
const quantity = fc.integer({ min: 1, max: 9 });
const ofOrder = (...names: Extract<Step, { order: number }>['do'][]) =>
  fc.record({ do: fc.constantFrom(...names), order, quantity });
const ofWarehouse = (name: 'adjust' | 'damage' | 'count' | 'transfer', min: number, max: number) =>
  fc.record({ do: fc.constant(name), warehouse, by: fc.integer({ min, max }) });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: ofOrder('reserve') },
  { weight: 5, arbitrary: ofOrder('release', 'commit', 'ship', 'ship', 'return') },
  { weight: 3, arbitrary: ofWarehouse('adjust', -9, 12) },
  { weight: 1, arbitrary: ofWarehouse('damage', -5, -1) },
  { weight: 2, arbitrary: ofWarehouse('transfer', 1, 6) },
  { weight: 2, arbitrary: ofWarehouse('count', -3, 3) },
);
/** Rounds of steps; the steps of one round run at the same time. */
export const rounds = fc.array(fc.array(step, { minLength: 2, maxLength: 10 }), { minLength: 1, maxLength: 6 });

/** One product in two warehouses, and orders for it. */
interface World {
  it: UnderTest;
  tenant: Tenant;
  productId: ProductId;
  warehouses: WarehouseId[];
  orders: OrderId[];
}

/** Of all worlds, whose events are in one list. */
let references = 0;
const nextReference = () => `ref-${references++}`;

/** A shop to which the steps of a property happen; each step answers how many pieces came into the house, or left it. */
export async function aStockWorld(it: UnderTest) {
  const { tenant, productId, quantities } = await it.stocked(0);
  const warehouses: WarehouseId[] = [];
  for (const name of ['One', 'Two']) {
    warehouses.push((await it.inventory.createWarehouse(testContext(tenant), { name })).id);
  }
  const world: World = { it, tenant, productId, warehouses, orders: Array.from({ length: 6 }, it.anOrder) };
  const single = async (text: string): Promise<number> => {
    const [row] = await it.kits.kit('inventory').database.read(tenant, { text, values: [] });
    return row!.pieces;
  };
  return {
    quantities,
    run: (step: Step) => ('warehouse' in step ? atWarehouse(world, step) : aboutOrder(world, step)),
    /** Pieces that open reservations hold, as the reservations themselves say. */
    promised: () =>
      single(`select coalesce(sum((allocation->>'quantity')::int - (allocation->>'committed')::int), 0) as pieces
        from inventory.reservations, jsonb_array_elements(allocations) as allocation where status = 'reserved'`),
    /** The adjustments of transfers, which must sum to zero. */
    transferred: () =>
      single(`select coalesce(sum(available_change), 0)::int as pieces
        from inventory.movements where reason = 'transfer'`),
  };
}

async function atWarehouse(world: World, step: Extract<Step, { warehouse: number }>): Promise<number> {
  const { it, tenant, productId, warehouses } = world;
  const context = testContext(tenant);
  const warehouseId = warehouses[step.warehouse]!;
  if (step.do === 'transfer') {
    const items = [{ productId, quantity: step.by }];
    const toWarehouseId = warehouses[1 - step.warehouse]!;
    await it.inventory.transfer(context, { fromWarehouseId: warehouseId, toWarehouseId, items });
    return 0;
  }
  if (step.do === 'count') return count(world, warehouseId, step.by);
  const reason = step.do === 'damage' ? 'damage' : 'correction';
  const input = { productId, warehouseId, quantityChange: step.by, reason, referenceId: 'property' } as const;
  await it.inventory.adjust(context, input);
  return step.do === 'damage' ? 0 : step.by;
}

/** Counts one warehouse, finds `off` more or fewer than the ledger has, and approves it. */
async function count({ it, tenant, productId }: World, warehouseId: WarehouseId, off: number): Promise<number> {
  const { inventory } = it;
  const clerk = testContext(tenant);
  const { id } = await inventory.startCount(clerk, { warehouseId, productIds: [productId] });
  const entered = async (counted: number) => {
    await inventory.enterCount(clerk, id, [{ productId, counted }]);
    return (await inventory.listCountLines(tenant, id, { limit: 1 })).items[0]!;
  };
  try {
    const first = await entered(0);
    const line = await entered(Math.max(0, first.expected! + off));
    await inventory.submitCount(clerk, id);
    await inventory.approveCount(testContext(tenant), id);
    return line.counted! - line.expected!;
  } catch (error) {
    await inventory.rejectCount(testContext(tenant), id, 'Not now.');
    throw error;
  }
}

async function aboutOrder(world: World, step: Extract<Step, { order: number }>): Promise<number> {
  const { it, tenant, productId, orders } = world;
  const { inventory } = it;
  const context = testContext(tenant);
  const orderId = orders[step.order]!;
  const lines = [{ productId, quantity: step.quantity }];
  switch (step.do) {
    case 'commit':
    case 'ship': {
      const shipment = nextReference();
      await inventory.commit(context, orderId, { shipment, lines: step.do === 'ship' ? lines : undefined });
      return -leftWith(it, shipment);
    }
    case 'return': {
      const condition = step.quantity % 2 ? ('restock' as const) : ('damaged' as const);
      const request = { orderId, reference: nextReference(), lines: lines.map((line) => ({ ...line, condition })) };
      // Twice at once: it counts once.
      await Promise.all([inventory.returned(context, request), inventory.returned(testContext(tenant), request)]);
      return step.quantity;
    }
    case 'release':
      await inventory.release(context, orderId);
      return 0;
    case 'reserve':
      await inventory.reserve(context, { orderId, items: lines });
      return 0;
  }
}

/** Pieces that left with this reference, from the event of the very commit. */
function leftWith(it: UnderTest, shipment: string): number {
  const events = it.kits.committed.filter(({ type, data }) => type === 'stock.committed' && data.shipment === shipment);
  assert.ok(events.length <= 1);
  const lines = events.flatMap(({ data }) => data.lines as { quantity: number }[]);
  return lines.reduce((sum, { quantity }) => sum + quantity, 0);
}
