import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MINUTE_MS } from '#kernel/clock.ts';
import type { CommandContext } from '#kernel/context.ts';
import type { OrderId } from '#kernel/ids.ts';
import type { CaptureMoment } from './index.ts';
import { ordersUnderTest } from './orders-under-test.ts';

/** What a crash leaves behind: whatever was stored before, and no more code that runs. */
class Crash extends Error {}

let passed: string[] = [];
let crashAt = -1;

/** Counts the boundaries of sagas and dies at the one with the number that is asked for. */
function boundary(name: string): void {
  passed.push(name);
  if (passed.length - 1 === crashAt) throw new Crash(name);
}

let at: Awaited<ReturnType<typeof ordersUnderTest>>;
before(async () => {
  at = await ordersUnderTest({ boundary });
});
after(() => at.kits.close());

type Shop = Awaited<ReturnType<(typeof at)['aShop']>>;
type Scenario = {
  name: string;
  token?: string;
  pieces?: number;
  ordered?: number;
  captureOn?: CaptureMoment;
  /** Brings the order to where the scenario begins. */
  prepare?: (context: () => CommandContext, id: OrderId) => Promise<unknown>;
  act: (context: CommandContext, id: OrderId) => Promise<unknown>;
  end: { status: string; paymentStatus: string; stock: { available: number; reserved: number }; payment: string[] };
  /** What else must hold at the end. */
  also?: (shop: Shop, id: OrderId) => Promise<void>;
};

const SHIPMENT = { carrier: 'DHL', trackingNumber: 'JD01' };
const confirm: Scenario['act'] = (context, id) => at.orders.confirmOrder(context, id);
const cancel: Scenario['act'] = (context, id) => at.orders.cancelOrder(context, id, null);
const toProcessing: Scenario['prepare'] = async (context, id) => {
  await at.orders.confirmOrder(context(), id);
  await at.orders.processOrder(context(), id);
};
const toShipped: Scenario['prepare'] = async (context, id) => {
  await toProcessing!(context, id);
  await at.orders.shipOrder(context(), id, SHIPMENT);
};
/** Shipped, with a return of one of the two pieces that is on its way, or here. */
const toReturn =
  (resolution: 'refund' | 'exchange', isHere: boolean): Scenario['prepare'] =>
  async (context, id) => {
    await toShipped!(context, id);
    const items = [{ line: 1, quantity: 1 }];
    const made = await at.orders.requestReturn(context(), { orderId: id, reason: 'defective', resolution, items });
    await at.orders.approveReturn(context(), made.id);
    if (isHere) await at.orders.receiveReturn(context(), made.id);
  };
const returnOf = async (context: CommandContext, orderId: OrderId) =>
  (await at.orders.listReturns(context.tenant, { orderId }, { limit: 5 })).items[0]!;
const settle: Scenario['act'] = async (context, id) =>
  at.orders.settleReturn(context, (await returnOf(context, id)).id);
const HELD = { available: 8, reserved: 2 };
const ALL = { available: 10, reserved: 0 };

const SCENARIOS: Scenario[] = [
  {
    name: 'ORD-25 confirm',
    act: confirm,
    end: { status: 'confirmed', paymentStatus: 'authorized', stock: HELD, payment: ['authorized'] },
  },
  {
    name: 'C-62 confirm that takes the money',
    captureOn: 'confirm',
    act: confirm,
    end: { status: 'confirmed', paymentStatus: 'captured', stock: HELD, payment: ['succeeded'] },
  },
  {
    name: 'ORD-27 confirm with a declined payment',
    token: 'tok_declined',
    act: confirm,
    end: { status: 'draft', paymentStatus: 'failed', stock: ALL, payment: ['failed'] },
  },
  {
    name: 'G-35 confirm with too little stock',
    pieces: 1,
    act: confirm,
    end: { status: 'draft', paymentStatus: 'none', stock: { available: 1, reserved: 0 }, payment: [] },
  },
  {
    name: 'ORD-31 cancel of an authorised order',
    prepare: (context, id) => at.orders.confirmOrder(context(), id),
    act: cancel,
    end: { status: 'canceled', paymentStatus: 'none', stock: ALL, payment: ['canceled'] },
  },
  {
    name: 'ORD-30 cancel of a paid order',
    captureOn: 'confirm',
    prepare: toProcessing,
    act: cancel,
    end: { status: 'canceled', paymentStatus: 'refunded', stock: ALL, payment: ['refunded'] },
  },
  {
    name: 'C-68 ship',
    prepare: toProcessing,
    act: (context, id) => at.orders.shipOrder(context, id, SHIPMENT),
    end: {
      status: 'shipped',
      paymentStatus: 'captured',
      stock: { available: 8, reserved: 0 },
      payment: ['succeeded'],
    },
    also: (shop, id) => assertParcels(shop, id, ['picked_up shipped']),
  },
  {
    name: 'C-68 ship what a parcel waits with',
    prepare: async (context, id) => {
      await toProcessing!(context, id);
      const more = { carrier: 'dhl' as const, estimatedDelivery: '2026-12-24', items: [{ line: 1, quantity: 2 }] };
      await at.shipping.createShipment(context(), { orderId: id, trackingNumber: SHIPMENT.trackingNumber, ...more });
    },
    act: (context, id) => at.orders.shipOrder(context, id, SHIPMENT),
    end: {
      status: 'shipped',
      paymentStatus: 'captured',
      stock: { available: 8, reserved: 0 },
      payment: ['succeeded'],
    },
    also: (shop, id) => assertParcels(shop, id, ['picked_up shipped']),
  },
  {
    name: 'G-39 ship a part',
    prepare: toProcessing,
    act: (context, id) => at.orders.shipOrder(context, id, { ...SHIPMENT, items: [{ line: 1, quantity: 1 }] }),
    end: {
      status: 'processing',
      paymentStatus: 'captured',
      stock: { available: 8, reserved: 1 },
      payment: ['succeeded'],
    },
  },
  {
    name: 'G-39 cancel the rest',
    prepare: async (context, id) => {
      await toProcessing!(context, id);
      await at.orders.shipOrder(context(), id, { ...SHIPMENT, items: [{ line: 1, quantity: 1 }] });
    },
    act: (context, id) => at.orders.cancelRest(context, id, {}),
    end: {
      status: 'shipped',
      paymentStatus: 'captured',
      stock: { available: 9, reserved: 0 },
      payment: ['succeeded'],
    },
    async also(shop, id) {
      const [payment] = await shop.paymentsOf(id);
      assert.deepEqual([payment!.refundedAmount, payment!.refunds.length], [1000, 1]);
      assert.equal((await at.orders.getOrder(shop.tenant, id)).restCanceled!.refundId, payment!.refunds[0]!.id);
    },
  },
  {
    name: 'G-39 cancel pieces of the rest',
    ordered: 4,
    prepare: async (context, id) => {
      await toProcessing!(context, id);
      await at.orders.shipOrder(context(), id, { ...SHIPMENT, items: [{ line: 1, quantity: 1 }] });
    },
    act: (context, id) => at.orders.cancelRest(context, id, { items: [{ line: 1, quantity: 1 }] }),
    end: {
      status: 'processing',
      paymentStatus: 'captured',
      stock: { available: 7, reserved: 2 },
      payment: ['succeeded'],
    },
    async also(shop, id) {
      const [payment] = await shop.paymentsOf(id);
      assert.deepEqual([payment!.refundedAmount, payment!.refunds.length], [1000, 1]);
      assert.equal((await at.orders.getOrder(shop.tenant, id)).items[0]!.canceledQuantity, 1);
    },
  },
  {
    name: 'C-62 capture by hand',
    captureOn: 'manual',
    prepare: (context, id) => at.orders.confirmOrder(context(), id),
    act: (context, id) => at.orders.captureOrder(context, id),
    end: { status: 'confirmed', paymentStatus: 'captured', stock: HELD, payment: ['succeeded'] },
  },
  {
    name: 'G-34 receive a return',
    prepare: toReturn('refund', false),
    act: async (context, id) => at.orders.receiveReturn(context, (await returnOf(context, id)).id),
    end: {
      status: 'shipped',
      paymentStatus: 'captured',
      stock: { available: 9, reserved: 0 },
      payment: ['succeeded'],
    },
    async also(shop, id) {
      assert.equal((await returnOf(shop.context(), id)).status, 'received');
      assert.equal((await at.orders.getOrder(shop.tenant, id)).items[0]!.returnedQuantity, 1);
    },
  },
  {
    name: 'G-34 refund a return',
    prepare: toReturn('refund', true),
    act: settle,
    end: {
      status: 'shipped',
      paymentStatus: 'captured',
      stock: { available: 9, reserved: 0 },
      payment: ['succeeded'],
    },
    async also(shop, id) {
      const { status, refundAmount } = await returnOf(shop.context(), id);
      const [payment] = await shop.paymentsOf(id);
      assert.deepEqual(
        [status, refundAmount, payment!.refundedAmount, payment!.refunds.length],
        ['refunded', 1000, 1000, 1],
      );
    },
  },
  {
    name: 'G-34 exchange a return',
    prepare: toReturn('exchange', true),
    act: settle,
    end: {
      status: 'shipped',
      paymentStatus: 'captured',
      stock: { available: 9, reserved: 0 },
      payment: ['succeeded'],
    },
    async also(shop, id) {
      const { status, replacementOrderId } = await returnOf(shop.context(), id);
      const drafts = await at.orders.listOrders(shop.tenant, { status: 'draft' }, { limit: 5 });
      assert.deepEqual(
        [status, drafts.items.map((draft) => [draft.id, draft.total])],
        ['exchanged', [[replacementOrderId, 1000]]],
      );
      assert.equal((await shop.paymentsOf(id))[0]!.refundedAmount, 1000);
    },
  },
];

/** The parcels of the order, each with how far it is and how far its order knows. */
async function assertParcels(shop: Shop, orderId: OrderId, expected: string[]): Promise<void> {
  const { items } = await at.shipping.listShipments(shop.tenant, { orderId }, { limit: 5 });
  const found = items.map(({ status, orderStep }) => `${status} ${orderStep}`);
  assert.deepEqual(found, expected);
  const { shipments } = await at.orders.getOrder(shop.tenant, orderId);
  assert.deepEqual(
    shipments.map(({ reference }) => reference),
    items.map(({ id }) => id),
  );
}

async function stateOf(shop: Shop, id: OrderId) {
  const { status, paymentStatus } = await at.orders.getOrder(shop.tenant, id);
  const payment = (await shop.paymentsOf(id)).map((each) => each.status);
  return { status, paymentStatus, stock: await shop.stock(), payment };
}

/** Runs a scenario that dies at boundary `number` (never when -1). Answers whether it got so far as to die. */
async function runDyingAt(scenario: Scenario, number: number): Promise<boolean> {
  crashAt = -1;
  const shop = await at.aShop({ token: scenario.token ?? 'tok_visa', pieces: scenario.pieces ?? 10 });
  const { id } = await shop.draft(scenario.ordered ?? 2, { captureOn: scenario.captureOn });
  await scenario.prepare?.(shop.context, id);
  passed = [];
  crashAt = number;
  const died = await scenario.act(shop.context(), id).then(
    () => false,
    (error) => error instanceof Crash,
  );
  crashAt = -1;
  if (died) {
    await assert.rejects(scenario.act(shop.context(), id), { kind: 'resource_locked' }, 'nobody else may come between');
    at.kits.clock.advance(MINUTE_MS);
    assert.equal(await at.recover(), 1);
    assert.equal(await at.recover(), 0, 'nothing is left to do');
  }
  assert.deepEqual(await stateOf(shop, id), scenario.end, `after a crash at boundary ${number}: ${passed.join(' ')}`);
  await scenario.also?.(shop, id);
  return died;
}

for (const scenario of SCENARIOS) {
  test(`ARC-14 ARC-15 ${scenario.name}: after a crash at every boundary stock, order and payment agree`, async () => {
    assert.equal(await runDyingAt(scenario, -1), false);
    const boundaries = passed.length;
    assert.ok(boundaries >= 4, passed.join(' '));
    for (let number = 0; number < boundaries; number++) assert.ok(await runDyingAt(scenario, number));
    assert.deepEqual(await at.inventory.verifyLevels(), []);
  });
}

test('ERR-11 C-31 while a saga works on an order, nobody else confirms, cancels, edits or moves it; then they may', async () => {
  crashAt = -1;
  const shop = await at.aShop();
  const { id } = await shop.draft();
  const attempts: Record<string, () => Promise<unknown>> = {
    confirm: () => at.orders.confirmOrder(shop.context(), id),
    cancel: () => at.orders.cancelOrder(shop.context(), id, null),
    edit: () => at.orders.updateOrder(shop.context(), id, { poNumber: 'x' }),
    process: () => at.orders.processOrder(shop.context(), id),
    deliver: () => at.orders.deliverOrder(shop.context(), id),
  };
  passed = [];
  crashAt = 3;
  await assert.rejects(at.orders.confirmOrder(shop.context(), id), Crash);
  crashAt = -1;
  for (const [name, attempt] of Object.entries(attempts)) {
    await assert.rejects(attempt(), { kind: 'resource_locked', retryAfterSeconds: 1 }, name);
  }
  at.kits.clock.advance(MINUTE_MS);
  await at.recover();
  assert.equal((await at.orders.processOrder(shop.context(), id)).status, 'processing');
});

test('ARC-03 ARC-15 after all crashes each stored order is the fold of its events', async () => {
  const all = await at.foldedAndStored();
  assert.ok(all.length > 40);
  for (const { folded, stored } of all) assert.deepEqual(stored, folded);
});
