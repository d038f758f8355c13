import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DAY_MS } from '#kernel/clock.ts';
import { newId } from '#kernel/ids.ts';
import type { OrderImportRow } from '../index.ts';
import { ordersUnderTest } from '../orders-under-test.ts';

let at: Awaited<ReturnType<typeof ordersUnderTest>>;
before(async () => {
  at = await ordersUnderTest();
});
after(() => at.kits.close());

const PAGE = { limit: 100 };

/** A tenant, and a row of an order of it. */
async function source() {
  const shop = await at.aShop();
  const row = (externalId: string, more: Partial<OrderImportRow> = {}): OrderImportRow => ({
    externalId,
    customerId: shop.customerId,
    currency: 'USD',
    items: [{ productId: shop.productId, quantity: 2, unitPrice: 1000 }],
    ...more,
  });
  const all = async () => (await at.orders.listOrders(shop.tenant, {}, PAGE)).items;
  return { ...shop, row, all };
}

test('G-02 orders of a customer that was merged since are imported under the id that the other system knows', async () => {
  const { row, context, customerId, tenant } = await source();
  const stays = await at.aCustomer(tenant, null);
  await at.customers.mergeCustomers(context(), stays, customerId);
  const { created, findings } = await at.orders.importBatch(context(), [row('A'), row('B', { customerId: stays })]);
  assert.deepEqual([created, findings], [2, []]);
  const found = await at.orders.listOrders(tenant, { customerId: stays }, PAGE);
  assert.deepEqual(found.items.map((each) => each.customerId).sort(), [customerId, stays].sort());
});

test('ORD-09 PRD-18 imported orders are drafts, rows that break a rule are named by column, the others are stored', async () => {
  const { row, context, all } = await source();
  const outcome = await at.orders.importBatch(context(), [
    row('A', { total: 2000, taxTotal: 100, poNumber: 'PO-1', metadata: { a: 'b' } }),
    row('B', { total: 2001 }),
    row('C', { customerId: newId('cus') }),
    row('D', { items: [{ productId: newId('prd'), quantity: 1, unitPrice: 1 }] }),
    row('A'),
    row('E', { createdAt: new Date(at.kits.clock.nowMs() + DAY_MS).toISOString() }),
    row('F', { poNumber: '5555 5555 5555 4444' }),
  ]);
  assert.deepEqual([outcome.created, outcome.updated, outcome.unchanged], [1, 0, 0]);
  assert.deepEqual(
    outcome.findings.map(({ row: index, column, code }) => `${index} ${column} ${code}`),
    [
      '1 total total_mismatch',
      '2 customer_id not_found',
      '3 items[0].product_id not_found',
      '4 external_id duplicate',
      '5 created_at too_late',
      '6 po_number card_number',
    ],
  );
  const [order, ...others] = await all();
  assert.equal(others.length, 0);
  assert.deepEqual(
    [order!.status, order!.total, order!.taxTotal, order!.externalId, order!.poNumber, order!.metadata],
    ['draft', 2000, 100, 'A', 'PO-1', { a: 'b' }],
  );
  assert.equal((await at.orders.confirmOrder(context(), order!.id)).status, 'confirmed');
});

test('an import that is repeated changes nothing; a changed row changes its draft and nothing but a draft', async () => {
  const { row, context, all, productId } = await source();
  const rows = [row('A'), row('B', { status: 'canceled' })];
  await at.orders.importBatch(context(), rows);
  const before = await all();
  const again = await at.orders.importBatch(context(), rows);
  assert.deepEqual([again.created, again.updated, again.unchanged, again.findings], [0, 0, 2, []]);
  assert.deepEqual(await all(), before);
  const items = [{ productId, quantity: 5, unitPrice: 900 }];
  const dry = await at.orders.importBatch(context(), [row('A', { items }), row('Z')], { dryRun: true });
  assert.deepEqual([dry.created, dry.updated], [1, 1]);
  assert.deepEqual(await all(), before);
  const changed = await at.orders.importBatch(context(), [
    row('A', { items }),
    row('B', { status: 'canceled', items }),
  ]);
  assert.deepEqual(
    [changed.updated, changed.findings.map(({ row: index, code }) => [index, code])],
    [1, [[1, 'immutable']]],
  );
  const draft = (await all()).find(({ externalId }) => externalId === 'A')!;
  assert.deepEqual([draft.total, draft.version, draft.items[0]!.quantity], [4500, 2, 5]);
});

test('history is imported with its date and its end, and touches neither stock nor money', async () => {
  const { row, context, all, stock, productId, paymentsOf } = await source();
  await at.catalog.updateProduct(context(), productId, { active: false });
  const createdAt = '2019-05-06T07:08:09.000Z';
  const outcome = await at.orders.importBatch(context(), [row('old', { status: 'delivered', createdAt }), row('new')]);
  assert.deepEqual(
    outcome.findings.map(({ row: index, code }) => [index, code]),
    [[1, 'inactive']],
  );
  const [order] = await all();
  assert.deepEqual([order!.status, order!.createdAt, order!.deliveredAt], ['delivered', createdAt, createdAt]);
  const back = {
    orderId: order!.id,
    reason: 'other',
    resolution: 'refund',
    items: [{ line: 1, quantity: 1 }],
  } as const;
  const refused = { kind: 'invalid_state', message: /imported as history.*inventory\/adjust/ };
  await assert.rejects(at.orders.requestReturn(context(), { ...back, items: [...back.items] }), refused);
  assert.equal(order!.items[0]!.shippedQuantity, 2);
  assert.deepEqual(await stock(), { available: 10, reserved: 0 });
  assert.deepEqual(await paymentsOf(order!.id), []);
  await assert.rejects(at.orders.cancelOrder(context(), order!.id, null), { kind: 'invalid_state' });
});

test('two imports of the same rows at once make each order once', async () => {
  const { row, context, all } = await source();
  const rows = Array.from({ length: 50 }, (_, index) => row(`R${index}`));
  const outcomes = await Promise.all(Array.from({ length: 4 }, () => at.orders.importBatch(context(), rows)));
  assert.equal(
    outcomes.reduce((sum, { created }) => sum + created, 0),
    50,
  );
  assert.equal((await all()).length, 50);
});

test('ARC-03 imported orders are the fold of their events', async () => {
  const all = await at.foldedAndStored();
  assert.ok(all.length > 50);
  for (const { folded, stored } of all) assert.deepEqual(stored, folded);
});
