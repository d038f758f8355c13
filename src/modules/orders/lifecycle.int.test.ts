import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DAY_MS } from '#kernel/clock.ts';
import type { OrderId } from '#kernel/ids.ts';
import { testContext, testTenant } from '#test/support/module.ts';
import { publicEventsOf } from './events.ts';
import { ordersUnderTest } from './orders-under-test.ts';

let at: Awaited<ReturnType<typeof ordersUnderTest>>;
before(async () => {
  at = await ordersUnderTest();
});
after(() => at.kits.close());

const SHIPMENT = { carrier: 'DHL', trackingNumber: 'JD014600003828392837' };

type Shop = Awaited<ReturnType<(typeof at)['aShop']>>;

/** Brings a new order of two pieces to a status. */
async function orderIn(shop: Shop, status: 'draft' | 'confirmed' | 'processing' | 'shipped' | 'delivered', more = {}) {
  const order = await shop.draft(2, more);
  const steps = {
    draft: async () => order,
    confirmed: () => at.orders.confirmOrder(shop.context(), order.id),
    processing: () => at.orders.processOrder(shop.context(), order.id),
    shipped: () => at.orders.shipOrder(shop.context(), order.id, SHIPMENT),
    delivered: () => at.orders.deliverOrder(shop.context(), order.id),
  };
  let current = order;
  for (const [name, step] of Object.entries(steps)) {
    current = await step();
    if (name === status) break;
  }
  assert.equal(current.status, status);
  return current;
}

test('ORD-17 ORD-25 ORD-26 STK-07 C-62 the whole life: reserved and authorised, then captured and gone when shipped', async () => {
  const shop = await at.aShop();
  const { tenant, draft, context, stock, paymentsOf } = shop;
  const { id } = await draft();
  const confirmed = await at.orders.confirmOrder(context(), id);
  assert.deepEqual([confirmed.status, confirmed.paymentStatus], ['confirmed', 'authorized']);
  assert.deepEqual(await stock(), { available: 8, reserved: 2 });
  assert.deepEqual(
    (await paymentsOf(id)).map((each) => [each.status, each.id]),
    [['authorized', confirmed.paymentId]],
  );
  assert.equal((await at.orders.processOrder(context(), id)).status, 'processing');
  const shipped = await at.orders.shipOrder(context(), id, SHIPMENT);
  assert.deepEqual([shipped.status, shipped.paymentStatus], ['shipped', 'captured']);
  const [parcel] = (await at.shipping.listShipments(tenant, { orderId: id }, { limit: 2 })).items;
  const everything = { items: [{ line: 1, quantity: 2 }], shippedAt: shipped.shippedAt, deliveredAt: null };
  assert.deepEqual(shipped.shipments, [{ ...SHIPMENT, reference: parcel!.id, ...everything }]);
  assert.deepEqual(await stock(), { available: 8, reserved: 0 });
  assert.equal((await paymentsOf(id))[0]!.capturedAmount, 2000);
  const delivered = await at.orders.deliverOrder(context(), id);
  assert.equal(delivered.status, 'delivered');
  assert.deepEqual(await at.orders.getOrder(tenant, id), delivered);
});

test('C-62 capture_on confirm takes the money at once; manual takes it when told and ships without', async () => {
  const shop = await at.aShop();
  const paid = await orderIn(shop, 'confirmed', { captureOn: 'confirm' });
  assert.equal(paid.paymentStatus, 'captured');
  assert.equal((await shop.paymentsOf(paid.id))[0]!.status, 'succeeded');
  const manual = await orderIn(shop, 'shipped', { captureOn: 'manual' });
  assert.equal(manual.paymentStatus, 'authorized');
  const captured = await at.orders.captureOrder(shop.context(), manual.id);
  assert.deepEqual([captured.status, captured.paymentStatus], ['shipped', 'captured']);
  await assert.rejects(at.orders.captureOrder(shop.context(), manual.id), { kind: 'invalid_state' });
});

test('ORD-27 C-32 a declined payment: 402, the order stays a draft and says failed, no stock is held; then another method', async () => {
  const shop = await at.aShop({ token: 'tok_declined' });
  const { id } = await shop.draft();
  const declined = { kind: 'payment_failed', message: /declined/ };
  await assert.rejects(at.orders.confirmOrder(shop.context(), id), declined);
  const order = await at.orders.getOrder(shop.tenant, id);
  assert.deepEqual([order.status, order.paymentStatus], ['draft', 'failed']);
  assert.deepEqual(await shop.stock(), { available: 10, reserved: 0 });
  const good = { customerId: shop.customerId, type: 'card' as const, token: 'tok_visa' };
  const method = await at.payments.methods.attach(shop.context(), good);
  await at.orders.updateOrder(shop.context(), id, { paymentMethodId: method.id });
  const confirmed = await at.orders.confirmOrder(shop.context(), id);
  assert.deepEqual([confirmed.status, confirmed.paymentStatus], ['confirmed', 'authorized']);
  assert.deepEqual((await shop.paymentsOf(id)).map(({ status }) => status).sort(), ['authorized', 'failed']);
});

test('C-86 without a method an order goes on account within the credit limit, and not above it', async () => {
  const shop = await at.aShop({ token: null, creditLimit: 3000 });
  const confirmed = await orderIn(shop, 'confirmed');
  assert.equal((await shop.paymentsOf(confirmed.id))[0]!.methodType, 'on_account');
  const second = await shop.draft();
  await assert.rejects(at.orders.confirmOrder(shop.context(), second.id), { kind: 'insufficient_funds' });
  await at.orders.cancelOrder(shop.context(), confirmed.id, null);
  assert.equal((await at.orders.confirmOrder(shop.context(), second.id)).status, 'confirmed');
});

test("G-35 too little stock: refused by the order's own line, nothing held, nothing asked of the processor", async () => {
  const shop = await at.aShop({ pieces: 1 });
  const service = await at.aProduct(shop.tenant, 0, { category: 'service' });
  const items = [
    { productId: service, quantity: 5, unitPrice: 100 },
    { productId: shop.productId, quantity: 2, unitPrice: 1000 },
  ];
  const { id } = await shop.draft(2, { items, total: 2500 });
  await assert.rejects(
    at.orders.confirmOrder(shop.context(), id),
    (error: { kind: string; details: { field: string }[] }) => {
      assert.equal(error.kind, 'insufficient_stock');
      assert.ok(error.details.length > 0 && error.details.every(({ field }) => field.startsWith('items[1]')));
      return true;
    },
  );
  assert.deepEqual(await shop.stock(), { available: 1, reserved: 0 });
  assert.deepEqual(await shop.paymentsOf(id), []);
  assert.equal((await at.orders.getOrder(shop.tenant, id)).version, 1);
});

test('two confirms at once: one wins, one payment, one reservation; later ones are refused', async () => {
  const shop = await at.aShop();
  const { id } = await shop.draft();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 5 }, () => at.orders.confirmOrder(shop.context(), id)),
  );
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const each of outcomes) {
    if (each.status === 'rejected') assert.ok(['resource_locked', 'invalid_state'].includes(each.reason.kind));
  }
  await assert.rejects(at.orders.confirmOrder(shop.context(), id), { kind: 'invalid_state' });
  assert.deepEqual(await shop.stock(), { available: 8, reserved: 2 });
  assert.deepEqual(
    (await shop.paymentsOf(id)).map(({ status }) => status),
    ['authorized'],
  );
});

test("C-52 confirm with the same key: the second gets the first one's answer, also of a refusal", async () => {
  const shop = await at.aShop();
  const { id } = await shop.draft();
  const keyed = () => testContext(shop.tenant, { operation: 'orders.confirm', idempotencyKey: 'k' });
  const first = await at.orders.confirmOrder(keyed(), id);
  assert.deepEqual(await at.orders.confirmOrder(keyed(), id), first);
  const poor = await at.aShop({ token: 'tok_insufficient_funds' });
  const draft = await poor.draft();
  const again = () =>
    at.orders.confirmOrder(testContext(poor.tenant, { operation: 'orders.confirm', idempotencyKey: 'k' }), draft.id);
  await assert.rejects(again(), { kind: 'insufficient_funds' });
  await assert.rejects(again(), { kind: 'insufficient_funds' });
  assert.equal((await poor.paymentsOf(draft.id)).length, 1);
});

for (const status of ['draft', 'confirmed', 'processing'] as const) {
  test(`ORD-18 ORD-19 ORD-20 ORD-29 ORD-31 cancel from ${status}: nothing reserved, nothing held, nothing refunded`, async () => {
    const shop = await at.aShop();
    const { id } = await orderIn(shop, status);
    const canceled = await at.orders.cancelOrder(shop.context(), id, 'customer_request');
    assert.deepEqual(
      [canceled.status, canceled.paymentStatus, canceled.cancelReason],
      ['canceled', 'none', 'customer_request'],
    );
    assert.deepEqual(await shop.stock(), { available: 10, reserved: 0 });
    for (const payment of await shop.paymentsOf(id)) {
      assert.deepEqual([payment.status, payment.refundedAmount], ['canceled', 0]);
    }
    await assert.rejects(at.orders.cancelOrder(shop.context(), id, null), { kind: 'invalid_state' });
  });
}

test('ORD-30 cancel after the money was taken refunds all of it', async () => {
  const shop = await at.aShop();
  const { id } = await orderIn(shop, 'processing', { captureOn: 'confirm' });
  const canceled = await at.orders.cancelOrder(shop.context(), id, null);
  assert.deepEqual([canceled.status, canceled.paymentStatus], ['canceled', 'refunded']);
  const [payment] = await shop.paymentsOf(id);
  assert.deepEqual([payment!.status, payment!.refundedAmount], ['refunded', 2000]);
  assert.deepEqual(await shop.stock(), { available: 10, reserved: 0 });
});

test('cancel of what has left the house is refused and changes nothing', async () => {
  const shop = await at.aShop();
  for (const status of ['shipped', 'delivered'] as const) {
    const order = await orderIn(shop, status);
    await assert.rejects(at.orders.cancelOrder(shop.context(), order.id, null), { kind: 'invalid_state' });
    assert.deepEqual(await at.orders.getOrder(shop.tenant, order.id), order);
  }
});

test('C-26 G-16 every transition: of another tenant not found, with a stale version refused', async () => {
  const shop = await at.aShop();
  const { id } = await shop.draft();
  const { orders } = at;
  const transitions = [
    orders.confirmOrder,
    orders.processOrder,
    orders.deliverOrder,
    orders.captureOrder,
    (context: Parameters<typeof orders.shipOrder>[0], order: OrderId) => orders.shipOrder(context, order, SHIPMENT),
    (context: Parameters<typeof orders.cancelOrder>[0], order: OrderId) => orders.cancelOrder(context, order, null),
  ];
  for (const transition of transitions) {
    await assert.rejects(transition(testContext(testTenant()), id), { kind: 'not_found' });
    const stale = testContext(shop.tenant, { expectedVersion: 7 });
    await assert.rejects(transition(stale, id), { kind: 'precondition_failed' });
  }
  assert.equal((await orders.getOrder(shop.tenant, id)).version, 1);
});

test('ARC-11 a bank transfer that settles days later shows in the order, once; one that is returned fails it', async () => {
  for (const [token, expected] of [
    ['tok_bank_ok', 'captured'],
    ['tok_bank_returned', 'failed'],
  ] as const) {
    const shop = await at.aShop({ token });
    const shipped = await orderIn(shop, 'shipped');
    assert.equal(shipped.paymentStatus, 'authorized');
    at.kits.clock.advance(3 * DAY_MS + 1000);
    await at.settle();
    const settled = await at.orders.getOrder(shop.tenant, shipped.id);
    assert.deepEqual([settled.paymentStatus, settled.version], [expected, shipped.version + 1]);
    await at.settle();
    assert.deepEqual(await at.orders.getOrder(shop.tenant, shipped.id), settled);
  }
});

test('ORD-30 a refund made on the payment itself shows in the order; a partial one does not', async () => {
  const shop = await at.aShop();
  const order = await orderIn(shop, 'delivered');
  await at.payments.refundPayment(shop.context(), order.paymentId!, { amount: 500 });
  await at.settle();
  assert.equal((await at.orders.getOrder(shop.tenant, order.id)).paymentStatus, 'captured');
  await at.payments.refundPayment(shop.context(), order.paymentId!, {});
  await at.settle();
  assert.equal((await at.orders.getOrder(shop.tenant, order.id)).paymentStatus, 'refunded');
});

test('ARC-05 G-61 the history tells each change; as_of shows the order at any instant', async () => {
  const shop = await at.aShop();
  const { id } = await shop.draft();
  const start = at.kits.clock.now().toISOString();
  at.kits.clock.advance(1000);
  const confirmed = await at.orders.confirmOrder(shop.context(), id);
  at.kits.clock.advance(1000);
  await at.orders.processOrder(shop.context(), id);
  const history = await at.orders.orderHistory(shop.tenant, id);
  assert.deepEqual(
    history.map(({ type, streamVersion }) => `${streamVersion} ${type}`),
    ['1 order.created', '2 order.confirmed', '3 order.processing_started'],
  );
  assert.deepEqual(history[1]!.data.changed, ['confirmedAt', 'paymentId', 'paymentStatus', 'status']);
  assert.ok(history.every(({ metadata }) => metadata.actor.id.startsWith('usr_')));
  assert.equal((await at.orders.getOrderAsOf(shop.tenant, id, start)).status, 'draft');
  assert.deepEqual(await at.orders.getOrderAsOf(shop.tenant, id, confirmed.updatedAt), confirmed);
  const before = new Date(Date.parse(start) - 5000).toISOString();
  await assert.rejects(at.orders.getOrderAsOf(shop.tenant, id, before), {
    kind: 'not_found',
    message: /not exist yet/,
  });
  await assert.rejects(at.orders.getOrderAsOf(testTenant(), id, start), { kind: 'not_found' });
  await assert.rejects(at.orders.orderHistory(testTenant(), id), { kind: 'not_found' });
});

test('C-67 C-87 what merchants are told of a whole life, in order', async () => {
  const shop = await at.aShop();
  const { id } = await orderIn(shop, 'delivered');
  const names = (await at.orders.orderHistory(shop.tenant, id)).flatMap(publicEventsOf);
  const updates = Array.from({ length: 5 }, () => 'order.updated');
  assert.deepEqual(names, ['order.created', ...updates, 'order.completed']);
});

test('ARC-03 after everything above, each stored order is the fold of its events', async () => {
  const all = await at.foldedAndStored();
  assert.ok(all.length >= 20);
  for (const { folded, stored } of all) assert.deepEqual(stored, folded);
});
