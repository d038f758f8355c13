import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '#kernel/ids.ts';
import { fulfillmentOf } from './index.ts';
import { ordersUnderTest } from './orders-under-test.ts';

let at: Awaited<ReturnType<typeof ordersUnderTest>>;
before(async () => {
  at = await ordersUnderTest();
});
after(() => at.kits.close());

const parcel = (reference: string, ...items: { line: number; quantity: number }[]) => ({
  carrier: 'DHL',
  trackingNumber: `JD-${reference}`,
  reference,
  items,
});

/** An order of 5 bolts, 3 nuts and an hour of work that is being processed. */
async function processing(more: object = {}) {
  const shop = await at.aShop({ pieces: 10 });
  const nut = await at.aProduct(shop.tenant, 10);
  const work = await at.aProduct(shop.tenant, 0, { category: 'service' });
  const items = [
    { productId: shop.productId, quantity: 5, unitPrice: 1000 },
    { productId: nut, quantity: 3, unitPrice: 10 },
    { productId: work, quantity: 1, unitPrice: 5000 },
  ];
  const { id } = await shop.draft(0, { items, total: 10_030, ...more });
  await at.orders.confirmOrder(shop.context(), id);
  await at.orders.processOrder(shop.context(), id);
  const left = async () => {
    const [bolts, nuts] = await at.inventory.stockOf(shop.tenant, [shop.productId, nut]);
    return [bolts!.reserved, nuts!.reserved, bolts!.available, nuts!.available];
  };
  return { ...shop, id, left };
}

test('G-01 G-39 C-62 an order leaves in parts: it stays processing and partial until the last piece is gone', async () => {
  const { id, context, tenant, left, paymentsOf } = await processing();
  assert.deepEqual(await left(), [5, 3, 5, 7]);
  const first = await at.orders.shipOrder(context(), id, parcel('a', { line: 1, quantity: 2 }));
  assert.deepEqual([first.status, fulfillmentOf(first), first.paymentStatus], ['processing', 'partial', 'captured']);
  assert.deepEqual(await left(), [3, 3, 5, 7]);
  assert.equal((await paymentsOf(id))[0]!.capturedAmount, 10_030);
  const second = await at.orders.shipOrder(
    context(),
    id,
    parcel('b', { line: 1, quantity: 3 }, { line: 2, quantity: 1 }),
  );
  assert.deepEqual([second.status, fulfillmentOf(second)], ['processing', 'partial']);
  assert.deepEqual(await left(), [0, 2, 5, 7]);
  const last = await at.orders.shipOrder(context(), id, { carrier: 'UPS', trackingNumber: '1Z' });
  assert.deepEqual([last.status, fulfillmentOf(last)], ['shipped', 'fulfilled']);
  assert.deepEqual(await left(), [0, 0, 5, 7]);
  assert.deepEqual(
    last.shipments.map(({ reference, items }) => [reference, ...items.map((each) => [each.line, each.quantity])]),
    [
      ['a', [1, 2]],
      ['b', [1, 3], [2, 1]],
      [last.shipments[2]!.reference, [2, 2], [3, 1]],
    ],
  );
  assert.equal((await paymentsOf(id)).length, 1);
  assert.deepEqual(await at.orders.getOrder(tenant, id), last);
});

test('C-68 an order is delivered when all its shipments are, in any order, and each counts once', async () => {
  const { id, context } = await processing();
  await at.orders.shipOrder(context(), id, parcel('a', { line: 1, quantity: 5 }));
  const early = await at.orders.deliverOrder(context(), id, 'a');
  assert.deepEqual([early.status, early.shipments[0]!.deliveredAt !== null], ['processing', true]);
  await at.orders.shipOrder(context(), id, parcel('b', { line: 2, quantity: 3 }));
  await at.orders.shipOrder(context(), id, parcel('c', { line: 3, quantity: 1 }));
  assert.equal((await at.orders.deliverOrder(context(), id, 'c')).status, 'shipped');
  const { version } = await at.orders.deliverOrder(context(), id, 'c');
  const done = await at.orders.deliverOrder(context(), id, 'b');
  assert.deepEqual([done.status, done.version], ['delivered', version + 1]);
  assert.deepEqual(await at.orders.deliverOrder(context(), id, 'b'), done);
  await assert.rejects(at.orders.deliverOrder(context(), id, newId('evt')), { kind: 'validation' });
});

test('G-39 the same reference ships once, one after the other and at the same time', async () => {
  const { id, context, left } = await processing();
  const request = parcel('a', { line: 1, quantity: 2 });
  const waves = await Promise.allSettled(Array.from({ length: 5 }, () => at.orders.shipOrder(context(), id, request)));
  for (const each of waves) if (each.status === 'rejected') assert.equal(each.reason.kind, 'resource_locked');
  const again = await at.orders.shipOrder(context(), id, request);
  assert.equal(again.shipments.length, 1);
  assert.deepEqual(await left(), [3, 3, 5, 7]);
});

test('G-39 what cannot be shipped is named, and nothing of the request happens', async () => {
  const { id, context, tenant, left, paymentsOf } = await processing();
  const before = await at.orders.getOrder(tenant, id);
  const asked = [
    { line: 1, quantity: 6 },
    { line: 4, quantity: 1 },
    { line: 2, quantity: 1 },
    { line: 2, quantity: 1 },
  ];
  await assert.rejects(
    at.orders.shipOrder(context(), id, parcel('a', ...asked)),
    (error: { kind: string; details: { field: string; code: string }[] }) => {
      assert.equal(error.kind, 'validation');
      assert.deepEqual(
        error.details.map(({ field, code }) => `${field} ${code}`),
        ['items[0].quantity too_large', 'items[1].line not_found', 'items[3].line duplicate'],
      );
      return true;
    },
  );
  assert.deepEqual(await at.orders.getOrder(tenant, id), before);
  assert.deepEqual(await left(), [5, 3, 5, 7]);
  assert.equal((await paymentsOf(id))[0]!.status, 'authorized');
});

test('C-63 what has left in part cannot be canceled any more', async () => {
  const { id, context, left } = await processing();
  await at.orders.shipOrder(context(), id, parcel('a', { line: 1, quantity: 1 }));
  await assert.rejects(at.orders.cancelOrder(context(), id, null), { kind: 'invalid_state', message: /in part/ });
  assert.deepEqual(await left(), [4, 3, 5, 7]);
});

test('ARC-03 G-39 orders in parts are the fold of their events', async () => {
  for (const { folded, stored } of await at.foldedAndStored()) assert.deepEqual(stored, folded);
});
