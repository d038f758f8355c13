import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { DAY_MS, MINUTE_MS } from '#kernel/clock.ts';
import { ordersUnderTest } from './orders-under-test.ts';

let at: Awaited<ReturnType<typeof ordersUnderTest>>;
/** Where the process dies. */
let dieAt = '';
before(async () => {
  at = await ordersUnderTest({
    boundary: (name) => {
      if (name === dieAt) throw new Error('killed');
    },
  });
});
beforeEach(() => {
  dieAt = '';
});
after(() => at.kits.close());

const PARCEL = { carrier: 'DHL', trackingNumber: 'JD01' };

test('C-62 G-35 what waits for stock is not paid when somebody tries to ship it; it is when it leaves', async () => {
  const { tenant, context, draft, productId, paymentsOf, stock } = await at.aShop({ pieces: 1 });
  await at.inventory.updateSettings(context(), { backorder: 'allow' });
  const { id } = await draft(3);
  await at.orders.confirmOrder(context(), id);
  await at.orders.processOrder(context(), id);
  await assert.rejects(at.orders.shipOrder(context(), id, PARCEL), { kind: 'insufficient_stock' });
  const unpaid = await at.orders.getOrder(tenant, id);
  assert.deepEqual(
    [unpaid.paymentStatus, unpaid.shipments, (await paymentsOf(id))[0]!.status],
    ['authorized', [], 'authorized'],
  );
  await at.inventory.adjust(context(), { productId, quantityChange: 5, reason: 'restock', referenceId: 'PO-2' });
  const shipped = await at.orders.shipOrder(context(), id, PARCEL);
  assert.deepEqual(
    [shipped.status, shipped.paymentStatus, await stock()],
    ['shipped', 'captured', { available: 3, reserved: 0 }],
  );
  assert.deepEqual(await at.inventory.verifyLevels(), []);
});

test('C-62 G-35 of an order that waits in part, what is there can leave, and takes the money', async () => {
  const { context, draft } = await at.aShop({ pieces: 1 });
  await at.inventory.updateSettings(context(), { backorder: 'allow' });
  const { id } = await draft(3);
  await at.orders.confirmOrder(context(), id);
  await at.orders.processOrder(context(), id);
  const parts = await at.orders.shipOrder(context(), id, { ...PARCEL, items: [{ line: 1, quantity: 1 }] });
  assert.deepEqual([parts.status, parts.paymentStatus], ['processing', 'captured']);
});

test('C-62 the payment of an order is taken through the order, which knows what of it was canceled', async () => {
  const { tenant, context, draft, paymentsOf } = await at.aShop();
  const { id } = await draft(3, { captureOn: 'manual' });
  await at.orders.confirmOrder(context(), id);
  const [held] = await paymentsOf(id);
  const refused = { kind: 'invalid_state', message: new RegExp(`${id}; capture the order instead`) };
  await assert.rejects(at.payments.capturePayment(context(), held!.id, { amount: 1 }), refused);
  await at.orders.processOrder(context(), id);
  await at.orders.shipOrder(context(), id, { ...PARCEL, items: [{ line: 1, quantity: 1 }] });
  await at.orders.cancelRest(context(), id, {});
  await assert.rejects(at.payments.capturePayment(context(), held!.id, {}), refused);
  assert.equal((await at.orders.captureOrder(context(), id)).paymentStatus, 'captured');
  assert.equal((await at.payments.getPayment(tenant, held!.id)).capturedAmount, 1000);
});

test('ARC-15 money that arrives while a dead process has the confirmation half done is noted when that is through', async () => {
  const { tenant, context, draft } = await at.aShop({ token: 'tok_bank_ok' });
  const { id } = await draft(2, { captureOn: 'confirm' });
  dieAt = 'order.confirm:confirm-order:before';
  await assert.rejects(at.orders.confirmOrder(context(), id), /killed/);
  dieAt = '';
  at.kits.clock.advance(4 * DAY_MS);
  await at.settle();
  assert.equal((await at.orders.getOrder(tenant, id)).status, 'draft');
  await at.recover();
  at.kits.clock.advance(MINUTE_MS);
  await at.settle();
  const order = await at.orders.getOrder(tenant, id);
  assert.deepEqual([order.status, order.paymentStatus], ['confirmed', 'captured']);
});

test('C-62 an order whose money was given back ships nothing more, whoever asks; its rest can be canceled', async () => {
  const { tenant, context, draft, paymentsOf, stock } = await at.aShop({ pieces: 10 });
  const { id } = await draft(3, { captureOn: 'confirm' });
  await at.orders.confirmOrder(context(), id);
  await at.orders.processOrder(context(), id);
  await at.orders.shipOrder(context(), id, { ...PARCEL, items: [{ line: 1, quantity: 1 }] });
  await at.payments.refundPayment(context(), (await paymentsOf(id))[0]!.id, {});
  await at.settle();
  assert.equal((await at.orders.getOrder(tenant, id)).paymentStatus, 'refunded');
  const refused = { kind: 'invalid_state', message: /given back; cancel it/ };
  await assert.rejects(at.orders.shipOrder(context(), id, { ...PARCEL, trackingNumber: 'JD02' }), refused);
  const parcel = { orderId: id, carrier: 'dhl' as const, trackingNumber: 'JD03' };
  await assert.rejects(at.shipping.createShipment(context(), parcel as never), refused);
  assert.deepEqual(await stock(), { available: 7, reserved: 2 });
  const done = await at.orders.cancelRest(context(), id, {});
  assert.deepEqual(
    [done.status, done.restCanceled!.amount, await stock()],
    ['shipped', 0, { available: 9, reserved: 0 }],
  );
});
