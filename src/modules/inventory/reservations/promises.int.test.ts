import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { MINUTE_MS } from '#kernel/clock.ts';
import { testContext } from '#test/support/module.ts';
import { inventoryUnderTest, restock, shortOf } from '../inventory-under-test.ts';

let it: Awaited<ReturnType<typeof inventoryUnderTest>>;
before(async () => {
  it = await inventoryUnderTest();
});
after(() => it?.kits.close());

/** A shop with these settings and `pieces` of one product. */
async function shopWith(pieces: number, settings: { backorder?: 'allow' | 'deny'; draftHoldMinutes?: number }) {
  const shop = await it.stocked(pieces);
  const { tenant, productId } = shop;
  await it.inventory.updateSettings(testContext(tenant), settings);
  const request = (quantity: number, orderId = it.anOrder()) => ({ orderId, items: [{ productId, quantity }] });
  const numbers = async () => {
    const { available, reserved } = await shop.quantities();
    return [available, reserved];
  };
  const context = () => testContext(tenant);
  const runJobs = () => it.kits.worker('inventory', it.jobs).runDue();
  return { ...shop, request, numbers, context, runJobs };
}

test('G-35 a draft holds stock until its time is over, and not a minute longer', async () => {
  const { request, numbers, context, runJobs } = await shopWith(10, { draftHoldMinutes: 30 });
  const draft = request(4);
  const held = await it.inventory.hold(context(), draft);
  assert.equal(Date.parse(held!.expiresAt!), it.kits.clock.nowMs() + 30 * MINUTE_MS);
  assert.deepEqual(await numbers(), [6, 4]);
  await assert.rejects(it.inventory.reserve(context(), request(7)), shortOf('items[0].product_id'));
  it.kits.clock.advance(29 * MINUTE_MS);
  await runJobs();
  assert.deepEqual(await numbers(), [6, 4]);
  it.kits.clock.advance(MINUTE_MS);
  await runJobs();
  assert.deepEqual(await numbers(), [10, 0]);
  // The order may still be confirmed while there is stock.
  assert.equal((await it.inventory.reserve(context(), draft)).expiresAt, null);
  assert.deepEqual(await it.inventory.verifyLevels(), []);
});

test('G-35 a confirmed order keeps what its draft held, also after the time of the hold', async () => {
  const { request, numbers, context, runJobs } = await shopWith(10, { draftHoldMinutes: 5 });
  const draft = request(4);
  const held = await it.inventory.hold(context(), draft);
  const confirmed = await it.inventory.reserve(context(), draft);
  assert.deepEqual([confirmed.id, confirmed.expiresAt], [held!.id, null]);
  it.kits.clock.advance(60 * MINUTE_MS);
  await runJobs();
  assert.deepEqual(await numbers(), [6, 4]);
  assert.equal((await it.inventory.commit(context(), draft.orderId)).status, 'committed');
});

test('G-35 a draft that changed holds its new items, and asking again prolongs the hold', async () => {
  const { request, numbers, context, runJobs } = await shopWith(10, { draftHoldMinutes: 10 });
  const draft = request(4);
  await it.inventory.hold(context(), draft);
  it.kits.clock.advance(6 * MINUTE_MS);
  await it.inventory.hold(context(), draft);
  it.kits.clock.advance(6 * MINUTE_MS);
  await runJobs();
  assert.deepEqual(await numbers(), [6, 4]);
  await it.inventory.hold(context(), request(7, draft.orderId));
  assert.deepEqual(await numbers(), [3, 7]);
  await assert.rejects(it.inventory.hold(context(), request(11, draft.orderId)), { kind: 'insufficient_stock' });
  await it.inventory.reserve(context(), request(2, draft.orderId));
  assert.deepEqual(await numbers(), [8, 2]);
  it.kits.clock.advance(20 * MINUTE_MS);
  await runJobs();
  assert.deepEqual(await numbers(), [8, 2]);
});

test('G-35 without the setting drafts hold nothing, and a hold races a confirmation without harm', async () => {
  const plain = await it.stocked(5);
  const items = [{ productId: plain.productId, quantity: 1 }];
  assert.equal(await it.inventory.hold(plain.context, { orderId: it.anOrder(), items }), null);
  assert.deepEqual((await plain.quantities()).reserved, 0);
  const { request, numbers, context } = await shopWith(5, { draftHoldMinutes: 5 });
  const draft = request(2);
  await it.inventory.hold(context(), draft);
  await Promise.all([
    it.inventory.reserve(context(), draft),
    it.inventory.hold(context(), draft),
    it.inventory.reserve(context(), draft),
  ]);
  assert.deepEqual(await numbers(), [3, 2]);
});

test('G-35 backorders are denied unless the organisation allows them', async () => {
  const { request, context, numbers } = await shopWith(2, {});
  await assert.rejects(it.inventory.reserve(context(), request(5)), shortOf('items[0].product_id'));
  assert.deepEqual(await numbers(), [2, 0]);
});

test('G-35 an allowed backorder takes what is there, waits for the rest, and leaves when it came in', async () => {
  const { request, context, numbers, productId, runJobs } = await shopWith(2, { backorder: 'allow' });
  const order = request(5);
  const reservation = await it.inventory.reserve(context(), order);
  assert.deepEqual(reservation.backordered, [{ productId, quantity: 3 }]);
  assert.deepEqual((await it.inventory.reserve(context(), order)).id, reservation.id);
  assert.deepEqual(await numbers(), [0, 2]);
  const ship = (shipment: string, quantity?: number) =>
    it.inventory.commit(context(), order.orderId, {
      shipment,
      lines: quantity === undefined ? undefined : [{ productId, quantity }],
    });
  await assert.rejects(ship('shp-1'), { kind: 'insufficient_stock' });
  await assert.rejects(ship('shp-1', 3), { kind: 'insufficient_stock' });
  await assert.rejects(ship('shp-1', 6), { kind: 'insufficient_stock' });
  assert.equal((await ship('shp-1', 2)).status, 'reserved');
  await it.inventory.adjust(context(), restock(productId, 2));
  await runJobs();
  assert.deepEqual(await numbers(), [0, 2]);
  // One more comes in and nobody has given it to the order yet: the shipment takes it itself.
  await it.inventory.adjust(context(), restock(productId, 4));
  const last = await ship('shp-2');
  assert.deepEqual([last.status, last.backordered], ['committed', []]);
  assert.deepEqual(await numbers(), [3, 0]);
  await runJobs();
  assert.deepEqual(await numbers(), [3, 0]);
  assert.deepEqual(await it.inventory.verifyLevels(), []);
});

test('G-35 what comes in goes to the orders that wait, oldest first, and a release ends the waiting', async () => {
  const { request, context, numbers, productId, runJobs } = await shopWith(0, { backorder: 'allow' });
  const orders = [request(3), request(2), request(4)];
  for (const order of orders) await it.inventory.reserve(context(), order);
  assert.deepEqual(await numbers(), [0, 0]);
  await it.inventory.release(context(), orders[1]!.orderId);
  await it.inventory.adjust(context(), restock(productId, 5));
  await runJobs();
  const waits = [];
  for (const { orderId } of orders) waits.push((await read(orderId)).backordered[0]?.quantity ?? 0);
  assert.deepEqual(waits, [0, 0, 2]);
  assert.deepEqual(await numbers(), [0, 5]);
  // What is given back serves the next one.
  await it.inventory.release(context(), orders[0]!.orderId);
  await runJobs();
  assert.deepEqual((await read(orders[2]!.orderId)).backordered, []);
  assert.deepEqual(await numbers(), [1, 4]);

  async function read(orderId: string) {
    const [row] = await it.kits.kit('inventory').database.read(context().tenant, {
      text: 'select backordered from inventory.reservations where order_id = $1 order by id desc limit 1',
      values: [orderId],
    });
    return row as { backordered: { quantity: number }[] };
  }
});

test('G-35 settings are of one organisation and mode, and a stale change of them is refused', async () => {
  const { tenant, context } = await shopWith(0, { backorder: 'allow' });
  assert.deepEqual(await it.inventory.getSettings(tenant), { version: 1, backorder: 'allow', draftHoldMinutes: 0 });
  const other = { ...tenant, livemode: !tenant.livemode };
  assert.equal((await it.inventory.getSettings(other)).backorder, 'deny');
  await it.inventory.updateSettings(testContext(other), { draftHoldMinutes: 1 });
  const changes = [1, 2, 3].map((draftHoldMinutes) => it.inventory.updateSettings(context(), { draftHoldMinutes }));
  await Promise.all(changes);
  assert.equal((await it.inventory.getSettings(tenant)).version, 4);
  await assert.rejects(
    it.inventory.updateSettings(testContext(tenant, { expectedVersion: 1 }), { backorder: 'deny' }),
    {
      kind: 'precondition_failed',
    },
  );
});
