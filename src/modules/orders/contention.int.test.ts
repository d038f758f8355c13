import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { CommandContext } from '#kernel/context.ts';
import { DomainError } from '#kernel/errors.ts';
import type { OrderId } from '#kernel/ids.ts';
import { ordersUnderTest } from './orders-under-test.ts';

let at: Awaited<ReturnType<typeof ordersUnderTest>>;
before(async () => {
  at = await ordersUnderTest();
});
after(() => at.kits.close());

test('STK-08 fifty concurrent confirms on ten units give exactly ten', async () => {
  const { draft, context, stock, tenant, paymentsOf } = await at.aShop({ pieces: 10 });
  const drafts = await Promise.all(Array.from({ length: 50 }, () => draft(1)));
  const outcomes = await Promise.allSettled(drafts.map(({ id }) => at.orders.confirmOrder(context(), id)));
  const kinds = outcomes.map((each) => (each.status === 'fulfilled' ? 'confirmed' : String(each.reason.kind)));
  assert.deepEqual(new Set(kinds), new Set(['confirmed', 'insufficient_stock']));
  assert.equal(kinds.filter((kind) => kind === 'confirmed').length, 10);
  assert.deepEqual(await stock(), { available: 0, reserved: 10 });
  const confirmed = await at.orders.listOrders(tenant, { status: 'confirmed' }, { limit: 100 });
  assert.equal(confirmed.items.length, 10);
  for (const { id } of confirmed.items) assert.equal((await paymentsOf(id)).length, 1);
});

test('C-31 an order whose row is held longer than two seconds is refused as locked', async () => {
  const { draft, context, tenant } = await at.aShop();
  const { id } = await draft();
  const holding = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const holder = at.kit.database.transaction(tenant, async (tx) => {
    await tx.query({ text: 'select 1 from orders.orders where id = $1 for update', values: [id] });
    held.resolve();
    await holding.promise;
    return { result: undefined };
  });
  await held.promise;
  await assert.rejects(at.orders.updateOrder(context(), id, { poNumber: 'x' }), { kind: 'resource_locked' });
  holding.resolve();
  await holder;
  assert.equal((await at.orders.updateOrder(context(), id, { poNumber: 'x' })).poNumber, 'x');
});

type Act = (context: CommandContext, id: OrderId) => Promise<unknown>;

const ACTS: Record<string, Act> = {
  confirm: (context, id) => at.orders.confirmOrder(context, id),
  cancel: (context, id) => at.orders.cancelOrder(context, id, null),
  process: (context, id) => at.orders.processOrder(context, id),
  ship: (context, id) => at.orders.shipOrder(context, id, { carrier: 'DHL', trackingNumber: 'JD01' }),
  'ship a part': (context, id) =>
    at.orders.shipOrder(context, id, { carrier: 'DHL', trackingNumber: 'JD02', items: [{ line: 1, quantity: 1 }] }),
  return: async (context, id) => {
    const items = [{ line: 1, quantity: 1 }];
    const made = await at.orders.requestReturn(context, { orderId: id, reason: 'other', resolution: 'refund', items });
    await at.orders.approveReturn(context, made.id);
    await at.orders.receiveReturn(context, made.id);
  },
  'cancel the rest': (context, id) => at.orders.cancelRest(context, id, {}),
  capture: (context, id) => at.orders.captureOrder(context, id),
  deliver: (context, id) => at.orders.deliverOrder(context, id),
  patch: (context, id) => at.orders.updateOrder(context, id, { poNumber: 'PO-9' }),
};

const MONEY: Record<string, string> = { authorized: 'authorized', captured: 'succeeded' };

test('ARC-03 ARC-04 ARC-15 G-34 G-39 whatever is done at once to an order, also in parts and back: stock, order and payment agree, the log rebuilds it', async () => {
  const waves = fc.array(fc.array(fc.constantFrom(...Object.keys(ACTS)), { minLength: 1, maxLength: 3 }), {
    minLength: 2,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(waves, fc.constantFrom('confirm', 'ship', 'manual'), async (plan, captureOn) => {
      const { draft, context, stock, tenant, paymentsOf } = await at.aShop();
      const { id } = await draft(2, { captureOn });
      for (const wave of plan) {
        const outcomes = await Promise.allSettled(wave.map((name) => ACTS[name]!(context(), id)));
        for (const each of outcomes) if (each.status === 'rejected') expected(each.reason);
      }
      const order = await at.orders.getOrder(tenant, id);
      const { shippedQuantity, returnedQuantity, canceledQuantity } = order.items[0]!;
      const isHeld = order.status !== 'draft' && order.status !== 'canceled';
      const available = (isHeld ? 8 : 10) + returnedQuantity + canceledQuantity;
      assert.deepEqual(await stock(), { available, reserved: isHeld ? 2 - shippedQuantity - canceledQuantity : 0 });
      assert.ok(returnedQuantity <= shippedQuantity);
      // A confirmation that lost against a change of the draft gave its money back: that payment is over.
      const over = ['canceled', 'failed', 'refunded'];
      const open = (await paymentsOf(id)).filter(({ status }) => !over.includes(status));
      const wanted = MONEY[order.paymentStatus];
      assert.deepEqual(
        open.map(({ status }) => status),
        wanted ? [wanted] : [],
      );
    }),
    { numRuns: 25 },
  );
  for (const { folded, stored } of await at.foldedAndStored()) assert.deepEqual(stored, folded);
});

function expected(error: unknown): void {
  assert.ok(
    error instanceof DomainError &&
      ['invalid_state', 'resource_locked', 'validation', 'duplicate'].includes(error.kind),
    String(error),
  );
}
