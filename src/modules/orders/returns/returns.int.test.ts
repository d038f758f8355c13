import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { DAY_MS, MINUTE_MS } from '#kernel/clock.ts';
import { statement } from '#kernel/database/statement.ts';
import { testContext, testTenant } from '#test/support/module.ts';
import type { NewOrder } from '../index.ts';
import { ordersUnderTest } from '../orders-under-test.ts';
import type { ReceivedPieces } from './return.ts';

let at: Awaited<ReturnType<typeof ordersUnderTest>>;
/** What happens at a boundary of a saga. */
let meanwhile: (boundary: string) => void = () => undefined;
before(async () => {
  at = await ordersUnderTest({ boundary: (name) => meanwhile(name) });
});
beforeEach(() => {
  meanwhile = () => undefined;
});
after(() => at.kits.close());

const SHIPMENT = { carrier: 'DHL', trackingNumber: 'JD01' };

/** An order of `quantity` pieces at 10.00 that was shipped and paid. */
async function shipped(quantity = 4, more: Partial<NewOrder> & { token?: string } = {}) {
  const { token, ...input } = more;
  const shop = await at.aShop({ pieces: Math.max(10, quantity), token });
  const { id } = await shop.draft(quantity, input);
  await at.orders.confirmOrder(shop.context(), id);
  await at.orders.processOrder(shop.context(), id);
  await at.orders.shipOrder(shop.context(), id, SHIPMENT);
  const request = (pieces: number, resolution: 'refund' | 'exchange' = 'refund') =>
    at.orders.requestReturn(shop.context(), {
      orderId: id,
      reason: 'defective',
      resolution,
      items: [{ line: 1, quantity: pieces }],
    });
  const received = async (pieces: number, resolution: 'refund' | 'exchange' = 'refund', arrived?: ReceivedPieces[]) => {
    const made = await request(pieces, resolution);
    await at.orders.approveReturn(shop.context(), made.id);
    return at.orders.receiveReturn(shop.context(), made.id, arrived);
  };
  const stock = async () => {
    const [level] = await at.inventory.stockOf(shop.tenant, [shop.productId]);
    const { available, reserved, damaged } = level!;
    return { available, reserved, damaged };
  };
  return { ...shop, id, request, received, stock };
}

test('G-34 a return: requested, approved, received in two conditions, refunded; stock and money follow exactly', async () => {
  const { id, tenant, context, received, stock, paymentsOf } = await shipped(4);
  assert.deepEqual(await stock(), { available: 6, reserved: 0, damaged: 0 });
  const back = await received(3, 'refund', [
    { line: 1, quantity: 1, condition: 'restock' },
    { line: 1, quantity: 1, condition: 'damaged' },
  ]);
  assert.deepEqual([back.status, back.version], ['received', 3]);
  assert.deepEqual(await stock(), { available: 7, reserved: 0, damaged: 1 });
  const order = await at.orders.getOrder(tenant, id);
  assert.deepEqual([order.items[0]!.returnedQuantity, order.status], [2, 'shipped']);
  const settled = await at.orders.settleReturn(context(), back.id);
  assert.deepEqual([settled.status, settled.refundAmount], ['refunded', 2000]);
  const [payment] = await paymentsOf(id);
  assert.deepEqual([payment!.refundedAmount, payment!.refunds.map((each) => each.id)], [2000, [settled.refundId]]);
  await assert.rejects(at.orders.settleReturn(context(), back.id), { kind: 'invalid_state' });
  assert.deepEqual(await at.orders.getReturn(tenant, back.id), settled);
  assert.deepEqual(await at.inventory.verifyLevels(), []);
});

test('G-34 never more than was shipped minus what is back or announced; a rejected return frees its pieces', async () => {
  const { request, context } = await shipped(4);
  const first = await request(3);
  const tooMany = { kind: 'validation', message: /Only 1 of line 1/ };
  await assert.rejects(request(2), tooMany);
  await at.orders.rejectReturn(context(), first.id);
  const second = await request(4);
  await at.orders.approveReturn(context(), second.id);
  await at.orders.receiveReturn(context(), second.id, [{ line: 1, quantity: 3, condition: 'restock' }]);
  await assert.rejects(request(2), tooMany);
  assert.equal((await request(1)).status, 'requested');
});

test('G-34 returns asked for at once: the pieces are announced once', async () => {
  const { request, context, id, tenant } = await shipped(4);
  const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => request(3)));
  const kinds = outcomes.map((each) => (each.status === 'fulfilled' ? 'made' : String(each.reason.kind)));
  assert.equal(kinds.filter((kind) => kind === 'made').length, 1, kinds.join());
  const [made] = (await at.orders.listReturns(tenant, { orderId: id }, { limit: 10 })).items;
  await at.orders.approveReturn(context(), made!.id);
  const settle = () => at.orders.settleReturn(context(), made!.id);
  await Promise.allSettled([1, 2, 3].map(() => at.orders.receiveReturn(context(), made!.id)));
  assert.equal((await at.orders.getOrder(tenant, id)).items[0]!.returnedQuantity, 3);
  await Promise.allSettled([settle(), settle(), settle()]);
  assert.equal((await at.orders.getReturn(tenant, made!.id)).status, 'refunded');
});

test('G-34 an exchange refunds what came back and makes a draft of the same lines', async () => {
  const { received, context, tenant, customerId } = await shipped(4);
  const back = await received(2, 'exchange');
  const settled = await at.orders.settleReturn(context(), back.id);
  assert.deepEqual([settled.status, settled.refundAmount], ['exchanged', 2000]);
  const draft = await at.orders.getOrder(tenant, settled.replacementOrderId!);
  assert.deepEqual(
    [draft.status, draft.total, draft.customerId, draft.metadata.return],
    ['draft', 2000, customerId, back.id],
  );
  assert.equal((await at.orders.confirmOrder(context(), draft.id)).status, 'confirmed');
});

test('ARC-15 an exchange whose refund is refused makes no draft, and the return can be settled anew', async () => {
  const { received, context, tenant, id, paymentsOf } = await shipped(4, { shippingTotal: 400 });
  const back = await received(4, 'exchange');
  const [payment] = await paymentsOf(id);
  await at.payments.refundPayment(context(), payment!.id, { amount: 399 });
  await assert.rejects(at.orders.settleReturn(context(), back.id, 4002), { kind: 'validation', message: /4001/ });
  const drafts = async () => (await at.orders.listOrders(tenant, { status: 'draft' }, { limit: 5 })).items.length;
  assert.equal(await drafts(), 0);
  assert.equal((await at.orders.getReturn(tenant, back.id)).status, 'received');
  const settled = await at.orders.settleReturn(context(), back.id, 4001);
  assert.deepEqual([settled.status, settled.refundAmount, await drafts()], ['exchanged', 4001, 1]);
  await at.settle();
  assert.equal((await at.orders.getOrder(tenant, id)).paymentStatus, 'refunded');
});

test('C-64 however an order is cut into returns, the refunds add up to total − discount + tax and not one unit more', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 0, max: 900 }),
      fc.integer({ min: 0, max: 900 }),
      async (cuts, discountTotal, taxTotal) => {
        const quantity = cuts.reduce((sum, cut) => sum + cut, 0);
        const { received, context, id, paymentsOf } = await shipped(quantity, {
          discountTotal,
          taxTotal,
          shippingTotal: 499,
        });
        for (const cut of cuts) {
          const back = await received(cut);
          await at.orders.settleReturn(context(), back.id);
        }
        const [payment] = await paymentsOf(id);
        assert.equal(payment!.refundedAmount, quantity * 1000 - discountTotal + taxTotal);
        assert.equal(payment!.capturedAmount - payment!.refundedAmount, 499);
      },
    ),
    { numRuns: 8 },
  );
});

/** What comes back in one go, and what the caller names for it; null: the share. */
const handGiven = fc.array(
  fc.record({ cut: fc.integer({ min: 1, max: 2 }), amount: fc.option(fc.integer({ min: 0, max: 4_000 })) }),
  { minLength: 1, maxLength: 4 },
);

test('G-34 C-64 returns with amounts named by hand never give back more than their goods and the shipping', async () => {
  await fc.assert(
    fc.asyncProperty(handGiven, fc.integer({ min: 0, max: 900 }), async (cuts, discountTotal) => {
      const quantity = cuts.reduce((sum, { cut }) => sum + cut, 0);
      const { received, context, id, paymentsOf } = await shipped(quantity + 1, { discountTotal, shippingTotal: 499 });
      const payable = (quantity + 1) * 1000 - discountTotal;
      const shareOf = (pieces: number) => Math.floor((pieces * payable) / (quantity + 1));
      let [pieces, given] = [0, 0];
      for (const { cut, amount } of cuts) {
        const back = await received(cut);
        pieces += cut;
        const limit = shareOf(pieces) + 499 - given;
        const settle = at.orders.settleReturn(context(), back.id, amount);
        if (amount !== null && amount > limit) {
          await assert.rejects(settle, { kind: 'validation', message: new RegExp(`At most ${limit} `) });
          given += (await at.orders.settleReturn(context(), back.id, limit)).refundAmount!;
        } else given += (await settle).refundAmount!;
        assert.ok(given <= shareOf(pieces) + 499);
      }
      assert.equal((await paymentsOf(id))[0]!.refundedAmount, given);
    }),
    { numRuns: 10 },
  );
});

test('G-34 two returns settled at once, each for as much as one may be: together no more than both are worth', async () => {
  for (let round = 0; round < 3; round++) {
    const { received, context, id, tenant, paymentsOf } = await shipped(4, { shippingTotal: 500 });
    const [one, other] = [await received(1), await received(1)];
    const settle = (back: { id: typeof one.id }) => at.orders.settleReturn(context(), back.id, 1_500);
    const outcomes = await Promise.allSettled([settle(one), settle(other)]);
    const refusals = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason.kind] : []));
    assert.equal(refusals.length, 1, JSON.stringify(outcomes));
    assert.ok(['resource_locked', 'validation'].includes(refusals[0]), refusals[0]);
    for (const back of [one, other]) {
      const { status } = await at.orders.getReturn(tenant, back.id);
      if (status !== 'received') continue;
      await assert.rejects(settle(back), { kind: 'validation', message: /At most 1000 / });
      await at.orders.settleReturn(context(), back.id);
    }
    assert.equal((await paymentsOf(id))[0]!.refundedAmount, 2_500);
  }
});

test('ARC-03 the database itself refuses returns that give back more than their goods', async () => {
  const { received, context, id, tenant } = await shipped(4, { shippingTotal: 500 });
  const back = await received(1);
  await at.orders.settleReturn(context(), back.id, 1_500);
  const { database } = at.kits.kit('orders');
  const more = (amount: number) =>
    database.flight(tenant, [
      statement('update orders.order_returns set refund_amount = $1 where order_id = $2', [amount, id]),
    ]);
  await assert.rejects(more(1_501), /more than their goods/);
  await more(1_500);
});

test('ARC-15 while the refund of an exchange is under way there is no draft that could be confirmed and then taken away', async () => {
  const { received, context, tenant } = await shipped(4);
  const back = await received(2, 'exchange');
  const drafts = async () => (await at.orders.listOrders(tenant, { status: 'draft' }, { limit: 5 })).items;
  meanwhile = (boundary) => {
    if (boundary === 'order.settle-return:refund-payment:before') throw new Error('killed');
  };
  await assert.rejects(at.orders.settleReturn(context(), back.id), /killed/);
  assert.deepEqual(await drafts(), []);
  meanwhile = () => undefined;
  at.kits.clock.advance(MINUTE_MS);
  await at.recover();
  const { status, replacementOrderId } = await at.orders.getReturn(tenant, back.id);
  assert.deepEqual([status, (await drafts()).map(({ id }) => id)], ['exchanged', [replacementOrderId]]);
});

test('G-34 a return that is just being received is not rejected: its pieces are in stock and counted', async () => {
  const { request, context, tenant, id, stock } = await shipped(4);
  const made = await request(4);
  await at.orders.approveReturn(context(), made.id);
  let rejection: Promise<string> | undefined;
  meanwhile = (boundary) => {
    if (boundary !== 'order.receive-return:open-return:after') return;
    rejection = at.orders.rejectReturn(context(), made.id).then(
      ({ status }) => status,
      ({ kind }) => kind,
    );
  };
  assert.equal((await at.orders.receiveReturn(context(), made.id)).status, 'received');
  assert.equal(await rejection, 'resource_locked');
  assert.deepEqual(await stock(), { available: 10, reserved: 0, damaged: 0 });
  assert.equal((await at.orders.getOrder(tenant, id)).items[0]!.returnedQuantity, 4);
});

test('G-34 rejected and received at once: one of them wins, and stock and order agree on which', async () => {
  for (let round = 0; round < 5; round++) {
    const { request, context, tenant, id, stock } = await shipped(4);
    const made = await request(4);
    await at.orders.approveReturn(context(), made.id);
    const acts = [at.orders.rejectReturn(context(), made.id), at.orders.receiveReturn(context(), made.id)];
    await Promise.allSettled(round % 2 ? acts : acts.toReversed());
    const { status } = await at.orders.getReturn(tenant, made.id);
    const { returnedQuantity } = (await at.orders.getOrder(tenant, id)).items[0]!;
    const back = status === 'received' ? 4 : 0;
    assert.deepEqual([(await stock()).available, returnedQuantity], [6 + back, back], status);
  }
});

test('G-34 the return of an order whose money went back already is closed with amount 0', async () => {
  const { received, context, id, paymentsOf } = await shipped(4);
  const [payment] = await paymentsOf(id);
  await at.payments.refundPayment(context(), payment!.id, {});
  await at.settle();
  const back = await received(2);
  await assert.rejects(at.orders.settleReturn(context(), back.id), { kind: 'invalid_state', message: /amount 0/ });
  const settled = await at.orders.settleReturn(context(), back.id, 0);
  assert.deepEqual([settled.status, settled.refundAmount, settled.refundId], ['refunded', 0, null]);
});

test('G-34 what is not shipped, paid or in the right state is refused', async () => {
  const shop = await at.aShop();
  const { id } = await shop.draft();
  const input = { orderId: id, reason: 'other', resolution: 'refund', items: [{ line: 1, quantity: 1 }] } as const;
  await assert.rejects(at.orders.requestReturn(shop.context(), { ...input, items: [...input.items] }), {
    kind: 'invalid_state',
  });
  const { request, context, received } = await shipped(2, { captureOn: 'manual' });
  const made = await request(1);
  await assert.rejects(at.orders.receiveReturn(context(), made.id), { kind: 'invalid_state', message: /approved/ });
  await assert.rejects(at.orders.settleReturn(context(), made.id), { kind: 'invalid_state' });
  await at.orders.rejectReturn(context(), made.id);
  await assert.rejects(at.orders.approveReturn(context(), made.id), { kind: 'invalid_state' });
  const back = await received(1);
  await assert.rejects(at.orders.settleReturn(context(), back.id), { kind: 'invalid_state', message: /no money/ });
});

test('C-26 G-16 returns of another tenant are not found, stale versions refused', async () => {
  const { request, tenant } = await shipped(2);
  const { id, orderId } = await request(1);
  const { orders } = at;
  const foreign = testContext(testTenant());
  const acts = [orders.approveReturn, orders.rejectReturn, orders.receiveReturn, orders.settleReturn];
  for (const act of acts) await assert.rejects(act(foreign, id), { kind: 'not_found' });
  const input = { orderId, reason: 'other', resolution: 'refund', items: [] } as const;
  await assert.rejects(orders.requestReturn(foreign, { ...input, items: [] }), { kind: 'not_found' });
  await assert.rejects(orders.getReturn(foreign.tenant, id), { kind: 'not_found' });
  const stale = testContext(tenant, { expectedVersion: 9 });
  for (const act of acts) await assert.rejects(act(stale, id), { kind: 'precondition_failed' });
});

test('ARC-03 orders with returns are the fold of their events', async () => {
  for (const { folded, stored } of await at.foldedAndStored()) assert.deepEqual(stored, folded);
});

test('G-34 G-24 a return whose refund comes back days later is received again, and can be settled anew', async () => {
  for (const resolution of ['refund', 'exchange'] as const) {
    const { received, context, tenant, id, paymentsOf } = await shipped(4, { token: 'tok_refund_returned' });
    const back = await received(2, resolution);
    const settled = await at.orders.settleReturn(context(), back.id);
    assert.equal(settled.status, resolution === 'refund' ? 'refunded' : 'exchanged');
    at.kits.clock.advance(DAY_MS);
    await at.settle();
    await at.settle();
    const reopened = await at.orders.getReturn(tenant, back.id);
    assert.deepEqual([reopened.status, reopened.refundAmount, reopened.refundId], ['received', null, null]);
    assert.equal(reopened.replacementOrderId, settled.replacementOrderId);
    assert.equal((await paymentsOf(id))[0]!.refundedAmount, 0);
    const again = await at.orders.settleReturn(context(), back.id);
    assert.deepEqual([again.status, again.refundAmount], [settled.status, settled.refundAmount]);
    assert.equal(again.replacementOrderId, settled.replacementOrderId, 'an exchange makes one draft');
    assert.notEqual(again.refundId, settled.refundId);
  }
});
