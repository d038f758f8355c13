import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DAY_MS } from '#kernel/clock.ts';
import { type CaptureMoment, fulfillmentOf, owedFor } from './index.ts';
import { ordersUnderTest } from './orders-under-test.ts';

let at: Awaited<ReturnType<typeof ordersUnderTest>>;
before(async () => {
  at = await ordersUnderTest();
});
after(() => at.kits.close());

/** 3 bolts at 10.00 and 2 nuts at 3.33 with discount, tax and shipping; two bolts have left. Due: 36.66 − 1 + 7.01 + 5. */
async function partlyShipped(more: { captureOn?: CaptureMoment; token?: string; arrives?: boolean } = {}) {
  const shop = await at.aShop({ token: more.token ?? 'tok_visa', pieces: 10 });
  const nut = await at.aProduct(shop.tenant, 10);
  const items = [
    { productId: shop.productId, quantity: 3, unitPrice: 1000 },
    { productId: nut, quantity: 2, unitPrice: 333 },
  ];
  const amounts = { total: 3_666, discountTotal: 100, taxTotal: 701, shippingTotal: 500 };
  const { id } = await shop.draft(0, { items, ...amounts, captureOn: more.captureOn ?? 'ship' });
  await at.orders.confirmOrder(shop.context(), id);
  await at.orders.processOrder(shop.context(), id);
  const parcel = { carrier: 'DHL', trackingNumber: 'JD01', reference: 'a', items: [{ line: 1, quantity: 2 }] };
  await at.orders.shipOrder(shop.context(), id, parcel);
  if (more.arrives) await at.orders.deliverOrder(shop.context(), id, 'a');
  const levels = async () => {
    const [bolts, nuts] = await at.inventory.stockOf(shop.tenant, [shop.productId, nut]);
    return [bolts!.available, bolts!.reserved, nuts!.available, nuts!.reserved];
  };
  const payment = async () => (await shop.paymentsOf(id))[0]!;
  const cancelRest = (input = {}) => at.orders.cancelRest(shop.context(), id, input);
  return { ...shop, id, nut, levels, payment, cancelRest };
}

/** 1,666 of 3,666 were canceled; ⌊1666 × (3666 − 100 + 701) ÷ 3666⌋. */
const SHARE = 1_939;
const DUE = 4_767;

test('G-39 ORD-30 the rest of an order that left in part is canceled: its stock and its share go back, once', async () => {
  const { id, context, tenant, levels, payment, cancelRest } = await partlyShipped();
  assert.deepEqual(await levels(), [7, 1, 8, 2]);
  const done = await cancelRest({ reason: 'out_of_stock' });
  assert.deepEqual([done.status, fulfillmentOf(done), done.paymentStatus], ['shipped', 'fulfilled', 'captured']);
  assert.deepEqual(
    done.items.map(({ shippedQuantity, canceledQuantity }) => [shippedQuantity, canceledQuantity]),
    [
      [2, 1],
      [0, 2],
    ],
  );
  assert.equal(done.shippedAt, done.shipments[0]!.shippedAt);
  const { refunds, refundedAmount, capturedAmount } = await payment();
  assert.deepEqual([capturedAmount, refundedAmount, refunds.length], [DUE, SHARE, 1]);
  const { amount, refundId, reason } = done.restCanceled!;
  assert.deepEqual([amount, refundId, reason], [SHARE, refunds[0]!.id, 'out_of_stock']);
  assert.deepEqual(await levels(), [8, 0, 10, 0]);
  await assert.rejects(cancelRest(), { kind: 'invalid_state' });
  assert.equal((await payment()).refundedAmount, SHARE);
  const delivered = await at.orders.deliverOrder(context(), id, 'a');
  assert.equal(delivered.status, 'delivered');
  const [last] = (await at.orders.orderHistory(tenant, id)).slice(-1);
  assert.equal(owedFor(last!).due, DUE, 'the refund takes it off the balance');
});

test('G-39 when all that left has arrived, the order is delivered with the cancellation of the rest', async () => {
  const { cancelRest, tenant, id } = await partlyShipped({ arrives: true });
  const done = await cancelRest();
  assert.deepEqual([done.status, done.deliveredAt !== null], ['delivered', true]);
  const types = (await at.orders.orderHistory(tenant, id)).map(({ type }) => type);
  assert.deepEqual(types.slice(-2), ['order.rest_canceled', 'order.delivered']);
});

test('C-62 money that was not taken yet is taken without the share of the rest, to the cent', async () => {
  const { id, context, tenant, payment, cancelRest } = await partlyShipped({ captureOn: 'manual' });
  const done = await cancelRest();
  assert.deepEqual([done.paymentStatus, done.restCanceled!.refundId], ['authorized', null]);
  const [last] = (await at.orders.orderHistory(tenant, id)).slice(-1);
  assert.equal(owedFor(last!).due, DUE - SHARE);
  const captured = await at.orders.captureOrder(context(), id);
  assert.equal(captured.paymentStatus, 'captured');
  const { capturedAmount, refundedAmount, status } = await payment();
  assert.deepEqual([capturedAmount, refundedAmount, status], [DUE - SHARE, 0, 'succeeded']);
});

test('G-34 what is canceled and what comes back add up to what was paid for pieces, whichever comes first', async () => {
  for (const first of ['return', 'cancel'] as const) {
    const { id, context, payment, cancelRest } = await partlyShipped();
    const back = async () => {
      const wanted = { orderId: id, reason: 'other' as const, resolution: 'refund' as const };
      const made = await at.orders.requestReturn(context(), { ...wanted, items: [{ line: 1, quantity: 2 }] });
      await at.orders.approveReturn(context(), made.id);
      await at.orders.receiveReturn(context(), made.id);
      await at.orders.settleReturn(context(), made.id);
    };
    if (first === 'return') await back();
    await cancelRest();
    if (first === 'cancel') await back();
    assert.equal((await payment()).refundedAmount, DUE - 500, 'all but shipping');
  }
});

test('ARC-15 a refund that is declined leaves the order as it was; named as 0 the rest can be canceled', async () => {
  const { tenant, id, levels, payment, cancelRest } = await partlyShipped({ token: 'tok_refund_fails' });
  const before = await at.orders.getOrder(tenant, id);
  await assert.rejects(cancelRest(), { kind: 'payment_failed' });
  assert.deepEqual(await at.orders.getOrder(tenant, id), before);
  assert.deepEqual(await levels(), [7, 1, 8, 2]);
  const done = await cancelRest({ amount: 0 });
  assert.deepEqual([done.status, done.restCanceled!.refundId], ['shipped', null]);
  assert.equal((await payment()).refundedAmount, 0);
});

test('G-39 only the rest of an order that left in part, and not while its bank transfer is under way', async () => {
  const shop = await at.aShop();
  const { id } = await shop.draft();
  const attempt = () => at.orders.cancelRest(shop.context(), id, {});
  await assert.rejects(attempt(), { kind: 'invalid_state', message: /as a whole/ });
  await at.orders.confirmOrder(shop.context(), id);
  await at.orders.processOrder(shop.context(), id);
  await assert.rejects(attempt(), { kind: 'invalid_state', message: /as a whole/ });
  await at.orders.shipOrder(shop.context(), id, { carrier: 'DHL', trackingNumber: 'JD02' });
  await assert.rejects(attempt(), { kind: 'invalid_state', message: /return/ });

  const transfer = await partlyShipped({ token: 'tok_bank_ok' });
  await assert.rejects(transfer.cancelRest(), { kind: 'invalid_state', message: /settled/ });
  at.kits.clock.advance(3 * DAY_MS + 1_000);
  await at.settle();
  assert.equal((await transfer.cancelRest()).status, 'shipped');
  assert.equal((await transfer.payment()).refundedAmount, SHARE);
});

test('C-68 parcels that wait are given up with what is canceled, the rest or the whole', async () => {
  const { tenant, id, context, levels, cancelRest } = await partlyShipped();
  const more = { carrier: 'dhl' as const, estimatedDelivery: '2026-12-24', items: [{ line: 2, quantity: 1 }] };
  await at.shipping.createShipment(context(), { orderId: id, trackingNumber: 'JD77', ...more });
  await cancelRest();
  const { items } = await at.shipping.listShipments(tenant, { orderId: id }, { limit: 5 });
  assert.deepEqual(items.map(({ status }) => status).sort(), ['failed', 'picked_up']);
  assert.deepEqual(await levels(), [8, 0, 10, 0]);

  const whole = await at.aShop();
  const order = await whole.draft(2);
  await at.orders.confirmOrder(whole.context(), order.id);
  await at.orders.processOrder(whole.context(), order.id);
  const waiting = { orderId: order.id, trackingNumber: 'JD78', carrier: 'dhl' as const, estimatedDelivery: null };
  const { id: parcel } = await at.shipping.createShipment(whole.context(), waiting);
  await at.orders.cancelOrder(whole.context(), order.id, null);
  assert.equal((await at.shipping.getShipment(whole.tenant, parcel)).status, 'failed');
});

test('ARC-03 orders whose rest was canceled are the fold of their events', async () => {
  for (const { folded, stored } of await at.foldedAndStored()) assert.deepEqual(stored, folded);
  assert.deepEqual(await at.inventory.verifyLevels(), []);
});

test('G-39 the amount that is named for a rest never exceeds its share and the shipping', async () => {
  const { cancelRest, payment } = await partlyShipped();
  const refused = { kind: 'validation', message: new RegExp(`At most ${SHARE + 500} `) };
  await assert.rejects(cancelRest({ amount: SHARE + 501 }), refused);
  assert.equal((await payment()).refundedAmount, 0);
  const done = await cancelRest({ amount: SHARE + 500 });
  assert.deepEqual([done.restCanceled!.amount, (await payment()).refundedAmount], [SHARE + 500, SHARE + 500]);
});

test('G-39 ORD-30 picked pieces of the rest are canceled with their share, and what was not named still leaves', async () => {
  const { id, context, levels, payment, cancelRest } = await partlyShipped();
  const refused = { kind: 'validation', message: /Only 1 of line 1 is left to cancel/ };
  await assert.rejects(cancelRest({ items: [{ line: 1, quantity: 2 }] }), refused);
  const nuts = await cancelRest({ items: [{ line: 2, quantity: 1 }] });
  assert.deepEqual([nuts.status, fulfillmentOf(nuts)], ['processing', 'partial']);
  const first = Math.floor((333 * 4_267) / 3_666);
  assert.deepEqual([nuts.restCanceled!.amount, (await payment()).refundedAmount], [first, first]);
  assert.deepEqual(await levels(), [7, 1, 9, 1]);
  const bolt = await cancelRest({ items: [{ line: 1, quantity: 1 }] });
  assert.deepEqual([bolt.status, await levels()], ['processing', [8, 0, 9, 1]]);
  const shipped = await at.orders.shipOrder(context(), id, { carrier: 'DHL', trackingNumber: 'JD09' });
  assert.deepEqual([shipped.status, await levels()], ['shipped', [8, 0, 9, 0]]);
  const both = Math.floor((1_333 * 4_267) / 3_666);
  assert.deepEqual([shipped.restCanceled!.amount, (await payment()).refundedAmount], [both, both]);
});

test('C-62 pieces that are canceled before and after the money is taken: taken and given back is what it must be', async () => {
  const { id, context, tenant, payment, cancelRest } = await partlyShipped({ captureOn: 'manual' });
  await cancelRest({ items: [{ line: 2, quantity: 2 }] });
  const untaken = Math.floor((666 * 4_267) / 3_666);
  await at.orders.captureOrder(context(), id);
  assert.equal((await payment()).capturedAmount, DUE - untaken);
  await cancelRest();
  const { capturedAmount, refundedAmount } = await payment();
  assert.deepEqual([capturedAmount - refundedAmount, refundedAmount], [DUE - SHARE, SHARE - untaken]);
  const [last] = (await at.orders.orderHistory(tenant, id)).slice(-1);
  assert.equal(owedFor(last!).due, DUE - untaken, 'the refund takes the rest off the balance');
});
