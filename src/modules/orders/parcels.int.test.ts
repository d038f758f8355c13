import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#kernel/clock.ts';
import { statement } from '#kernel/database/statement.ts';
import { everyTenant } from '#kernel/database/tenant.ts';
import { newId } from '#kernel/ids.ts';
import { ordersUnderTest } from './orders-under-test.ts';

let at: Awaited<ReturnType<typeof ordersUnderTest>>;
before(async () => {
  at = await ordersUnderTest();
});
after(() => at.kits.close());

let count = 0;

/** An order of two pieces, one parcel of it that waits, and the carrier. Its news reach the order in `at.settle` only. */
async function packed(token = 'tok_visa', pieces = 10) {
  const shop = await at.aShop({ token, pieces });
  const { context, tenant } = shop;
  if (pieces < 2) await at.inventory.updateSettings(context(), { backorder: 'allow' });
  const { id: orderId } = await shop.draft(2);
  await at.orders.confirmOrder(context(), orderId);
  await at.orders.processOrder(context(), orderId);
  const trackingNumber = `PKT-${++count}`;
  const parcel = { carrier: 'dhl' as const, trackingNumber, estimatedDelivery: null };
  const { id } = await at.shipping.createShipment(context(), {
    ...parcel,
    orderId,
    carrier: 'custom',
    trackingUrlTemplate: 'https://carrier.example/{tracking_number}',
    items: [{ line: 1, quantity: 1 }],
  });
  const account = await at.shipping.carrierAccounts.createCarrierAccount(context(), { carrier: 'custom', label: null });

  async function tell(status: string): Promise<void> {
    const occurred_at = at.kits.clock.now().toISOString();
    const body = JSON.stringify({ event_id: status, tracking_number: trackingNumber, status, occurred_at });
    const seconds = Math.floor(at.kits.clock.nowMs() / 1_000);
    const mac = createHmac('sha256', account.secret).update(`${seconds}.${body}`).digest('hex');
    const { requestId, traceparent } = context();
    const message = { signature: `t=${seconds},mac=${mac}`, body, requestId, traceparent };
    await at.shipping.receiveNews({ ...message, carrier: 'custom', accountId: account.id });
  }

  const ship = (more: object = {}) =>
    at.orders.shipOrder(context(), orderId, { carrier: 'custom', trackingNumber, ...more });
  return { ...shop, tenant, id, orderId, trackingNumber, tell, ship };
}

test('C-68 SHP-10 a parcel that the carrier has told of already is shipped by hand once, and the order hears the rest', async () => {
  const { tell, ship, tenant, orderId, id } = await packed();
  await tell('picked_up');
  await tell('delivered');
  const shipped = await ship({ reference: 'box-1' });
  assert.deepEqual(
    shipped.shipments.map(({ reference, items }) => [reference, items]),
    [['box-1', [{ line: 1, quantity: 1 }]]],
  );
  await at.settle();
  const order = await at.orders.getOrder(tenant, orderId);
  assert.deepEqual([order.shipments.length, order.shipments[0]!.deliveredAt !== null], [1, true]);
  const { orderStep, orderRefusal, status } = await at.shipping.getShipment(tenant, id);
  assert.deepEqual([status, orderStep, orderRefusal], ['delivered', 'delivered', null]);
});

test('C-68 an order is canceled neither whole nor in its rest while a parcel has left of which it has not heard', async () => {
  const { tell, ship, tenant, context, orderId, stock } = await packed();
  await ship({ trackingNumber: 'PKT-other', items: [{ line: 1, quantity: 1 }] });
  await tell('picked_up');
  const refused = { kind: 'invalid_state', message: /hears of it/ };
  await assert.rejects(at.orders.cancelRest(context(), orderId, {}), refused);
  await at.settle();
  assert.equal((await at.orders.getOrder(tenant, orderId)).status, 'shipped');
  assert.deepEqual(await stock(), { available: 8, reserved: 0 });

  const whole = await packed();
  await whole.tell('picked_up');
  await assert.rejects(at.orders.cancelOrder(whole.context(), whole.orderId, null), refused);
  await at.settle();
  assert.equal((await at.orders.getOrder(whole.tenant, whole.orderId)).status, 'processing');
  const rest = await at.orders.cancelRest(whole.context(), whole.orderId, {});
  assert.deepEqual([rest.status, await whole.stock()], ['shipped', { available: 9, reserved: 0 }]);
});

test('C-68 a parcel that a canceled order leaves behind holds nothing, and when it travels all the same that is told and ships nothing', async () => {
  const { tell, tenant, context, orderId, id, stock } = await packed();
  await at.orders.cancelOrder(context(), orderId, null);
  assert.equal((await at.shipping.getShipment(tenant, id)).status, 'failed');
  at.kits.clock.advance(1_000);
  await tell('in_transit');
  await at.settle();
  const { status, orderStep, orderRefusal } = await at.shipping.getShipment(tenant, id);
  assert.deepEqual([status, orderStep, orderRefusal?.code], ['in_transit', 'none', 'invalid_state']);
  assert.equal((await at.orders.getOrder(tenant, orderId)).shipments.length, 0);
  assert.deepEqual(await stock(), { available: 10, reserved: 0 });
});

test('C-68 a step of the saga that is repeated finds its parcel; one of another tenant is missing', async () => {
  const { tenant, context, orderId, trackingNumber } = await packed();
  const request = { orderId, carrier: 'UPS', trackingNumber: '1Z1', reference: null, items: null };
  const again = { ...request, shipmentId: newId('shp') };
  const first = await at.shipping.packParcel(context(), again);
  assert.deepEqual(await at.shipping.packParcel(context(), again), first);
  assert.deepEqual([first.isNew, first.shipmentId, first.items], [true, again.shipmentId, [{ line: 1, quantity: 1 }]]);
  await at.shipping.unpackParcel(context(), first.shipmentId);
  await at.shipping.unpackParcel(context(), first.shipmentId);
  const { updates } = await at.shipping.getShipment(tenant, first.shipmentId);
  assert.equal(updates.length, 1);
  const stranger = await at.aShop();
  await assert.rejects(at.shipping.packParcel(stranger.context(), { ...again, trackingNumber }), { kind: 'not_found' });
});

test('C-68 an order that is delivered by hand has its parcels delivered, and the carrier may say the same before or after', async () => {
  const { tell, ship, tenant, context, orderId, id } = await packed();
  await ship({ reference: 'box-1' });
  await ship({ trackingNumber: 'PKT-second', reference: 'box-2' });
  await at.orders.deliverOrder(context(), orderId, 'box-2');
  await at.settle();
  const seen = async () => {
    const { items } = await at.shipping.listShipments(tenant, { orderId }, { limit: 5 });
    return items.map(({ orderReference, status, orderStep }) => `${orderReference} ${status} ${orderStep}`).sort();
  };
  assert.deepEqual(await seen(), ['box-1 picked_up shipped', 'box-2 delivered delivered']);
  await at.orders.deliverOrder(context(), orderId);
  await tell('delivered');
  await at.settle();
  assert.deepEqual(await seen(), ['box-1 delivered delivered', 'box-2 delivered delivered']);
  const { version } = await at.shipping.getShipment(tenant, id);
  const order = await at.orders.getOrder(tenant, orderId);
  await at.settle();
  assert.equal((await at.shipping.getShipment(tenant, id)).version, version);
  assert.deepEqual(await at.orders.getOrder(tenant, orderId), order);
  assert.equal(order.status, 'delivered');
});

test('C-68 SHP-10 what an order refused is asked again by the clock alone, until it is settled or a month has passed', async () => {
  const { tell, tenant, context, productId, orderId, id } = await packed('tok_visa', 0);
  await tell('picked_up');
  await at.settle();
  const refusal = async () => (await at.shipping.getShipment(tenant, id)).orderRefusal?.code ?? null;
  assert.equal(await refusal(), 'insufficient_stock');
  await tell('in_transit');
  await at.settle();
  assert.equal(await asked(tenant.orgId), 1, 'a second refusal does not ask twice');
  await at.inventory.adjust(context(), { productId, quantityChange: 5, reason: 'restock', referenceId: 'PO-2' });
  await at.settle();
  assert.equal(await refusal(), 'insufficient_stock');
  at.kits.clock.advance(15 * MINUTE_MS + 1);
  await at.settle();
  assert.equal(await refusal(), null);
  const order = await at.orders.getOrder(tenant, orderId);
  assert.deepEqual([order.shipments.length, order.paymentStatus], [1, 'captured']);
  assert.equal(await asked(tenant.orgId), 0);

  const hopeless = await packed('tok_visa', 0);
  await hopeless.tell('picked_up');
  for (let day = 0; day <= 31; day++) {
    await at.settle();
    at.kits.clock.advance(DAY_MS + HOUR_MS);
  }
  await at.settle();
  assert.equal(await asked(hopeless.tenant.orgId), 0);
});

/** How often an order will be asked again. */
async function asked(orgId: string): Promise<number> {
  const query = statement(
    "select count(*)::int as times from shipping.jobs where kind = 'shipping.tell-order' and org_id = $1",
    [orgId],
  );
  return (await at.kits.kit('shipping').database.read(everyTenant, query))[0]!.times;
}
