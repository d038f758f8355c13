import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DAY_MS } from '#kernel/clock.ts';
import { newId } from '#kernel/ids.ts';
import { testContext, testTenant } from '#test/support/module.ts';
import { ordersUnderTest } from '../orders-under-test.ts';
import type { NewQuote, QuoteId } from './quote.ts';

let at: Awaited<ReturnType<typeof ordersUnderTest>>;
before(async () => {
  at = await ordersUnderTest();
});
after(() => at.kits.close());

const PAGE = { limit: 20 };

/** A shop whose product costs 10.00 in the catalogue, and quotes about it. */
async function offering() {
  const shop = await at.aShop();
  const input = (more: Partial<NewQuote> = {}): NewQuote => ({
    customerId: shop.customerId,
    currency: 'USD',
    items: [{ productId: shop.productId, quantity: 3 }],
    ...more,
  });
  const quote = (more: Partial<NewQuote> = {}) => at.orders.createQuote(shop.context(), input(more));
  const sent = async (more: Partial<NewQuote> = {}) => at.orders.sendQuote(shop.context(), (await quote(more)).id);
  const orders = async () => (await at.orders.listOrders(shop.tenant, {}, PAGE)).items;
  const status = async (id: QuoteId) => (await at.orders.getQuote(shop.tenant, id)).status;
  return { ...shop, input, quote, sent, orders, status };
}

test('G-33 a quote: priced by the catalogue, sent, accepted; its order has the offered prices whatever the catalogue says then', async () => {
  const { quote, context, orders, productId, tenant } = await offering();
  const draft = await quote({ taxTotal: 300, poNumber: 'PO-1', metadata: { team: 'blue' } });
  assert.deepEqual(
    [draft.status, draft.total, draft.items.map(({ unitPrice, source }) => [unitPrice, source])],
    ['draft', 3000, [[1000, 'list']]],
  );
  const quoted = await at.orders.sendQuote(context(), draft.id);
  await at.catalog.updateProduct(context(), productId, { price: 9999 });
  assert.deepEqual(await orders(), []);
  const accepted = await at.orders.acceptQuote(context(), quoted.id, 'PO-2');
  const [order, ...more] = await orders();
  assert.equal(more.length, 0);
  assert.deepEqual(
    [accepted.status, accepted.orderId, order!.total, order!.taxTotal, order!.poNumber, order!.metadata],
    ['accepted', order!.id, 3000, 300, 'PO-2', { team: 'blue', quote: quoted.id }],
  );
  assert.equal((await at.orders.confirmOrder(context(), order!.id)).status, 'confirmed');
  assert.deepEqual(await at.orders.getQuote(tenant, quoted.id), accepted);
});

test('G-33 a quote that is accepted many times at once becomes one order', async () => {
  const { sent, context, orders } = await offering();
  const { id } = await sent();
  const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => at.orders.acceptQuote(context(), id)));
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  const [order, ...more] = await orders();
  assert.equal(more.length, 0);
  await assert.rejects(at.orders.acceptQuote(context(), id), { kind: 'invalid_state', message: new RegExp(order!.id) });
  const keyed = await sent();
  const key = () => testContext(context().tenant, { operation: 'quotes.accept', idempotencyKey: 'k' });
  const first = await at.orders.acceptQuote(key(), keyed.id);
  assert.deepEqual(await at.orders.acceptQuote(key(), keyed.id), first);
  assert.equal((await orders()).length, 2);
});

test('G-33 an offer is over when its time is, by the clock: it is not accepted, sent or changed any more', async () => {
  const { quote, sent, context, orders, status, tenant } = await offering();
  const validUntil = new Date(at.kits.clock.nowMs() + DAY_MS).toISOString();
  const open = await sent({ validUntil });
  const late = await sent({ validUntil });
  const draft = await quote();
  at.kits.clock.advance(DAY_MS - 1);
  assert.equal((await at.orders.acceptQuote(context(), open.id)).status, 'accepted');
  at.kits.clock.advance(1);
  assert.equal(await status(late.id), 'expired');
  await assert.rejects(at.orders.acceptQuote(context(), late.id), { kind: 'invalid_state', message: /expired/ });
  assert.equal((await orders()).length, 1);
  const listed = async (wanted: 'expired' | 'sent' | 'draft' | 'accepted') =>
    (await at.orders.listQuotes(tenant, { status: wanted }, PAGE)).items.map(({ id }) => id);
  assert.deepEqual(
    [await listed('expired'), await listed('sent'), await listed('draft'), await listed('accepted')],
    [[late.id], [], [draft.id], [open.id]],
  );
  at.kits.clock.advance(30 * DAY_MS);
  await assert.rejects(at.orders.sendQuote(context(), draft.id), { kind: 'invalid_state', message: /expired/ });
  await assert.rejects(quote({ validUntil }), { kind: 'validation' });
});

test('G-33 a quote changes while it is a draft; then it is sent and can be declined', async () => {
  const { quote, context, orders, productId } = await offering();
  const { id } = await quote();
  const items = [{ productId, quantity: 2, unitPrice: 700 }];
  const changed = await at.orders.updateQuote(context(), id, { items, discountTotal: 100, metadata: { a: 'b' } });
  assert.deepEqual(
    [changed.total, changed.discountTotal, changed.items[0]!.source, changed.metadata],
    [1400, 100, 'given', { a: 'b' }],
  );
  await assert.rejects(at.orders.updateQuote(context(), id, { discountTotal: 1400 }), { kind: 'validation' });
  await assert.rejects(at.orders.acceptQuote(context(), id), { kind: 'invalid_state', message: /draft/ });
  await at.orders.sendQuote(context(), id);
  await assert.rejects(at.orders.updateQuote(context(), id, { poNumber: 'x' }), { kind: 'invalid_state' });
  assert.equal((await at.orders.declineQuote(context(), id)).status, 'declined');
  await assert.rejects(at.orders.acceptQuote(context(), id), { kind: 'invalid_state', message: /declined/ });
  assert.deepEqual(await orders(), []);
});

test('G-33 what cannot be ordered is not offered, and what cannot be ordered any more is not accepted', async () => {
  const { quote, sent, context, customerId, productId, orders } = await offering();
  const item = { productId, quantity: 1 };
  await assert.rejects(quote({ items: [{ ...item, productId: newId('prd') }] }), { kind: 'validation' });
  await assert.rejects(quote({ currency: 'EUR' }), { kind: 'validation', message: /no price in EUR/ });
  await assert.rejects(quote({ customerId: newId('cus') }), { kind: 'validation' });
  const { id } = await sent();
  const other = await sent();
  await at.catalog.updateProduct(context(), productId, { active: false });
  await assert.rejects(at.orders.acceptQuote(context(), id), { kind: 'validation', message: /inactive/ });
  await at.catalog.updateProduct(context(), productId, { active: true });
  await at.customers.archiveCustomer(context(), customerId);
  await assert.rejects(at.orders.acceptQuote(context(), other.id), { kind: 'validation', message: /archived/ });
  assert.deepEqual(await orders(), []);
});

test('C-26 G-16 quotes of another tenant are not found, stale versions refused', async () => {
  const { sent, tenant } = await offering();
  const { id } = await sent();
  const foreign = testContext(testTenant());
  const stale = testContext(tenant, { expectedVersion: 9 });
  for (const act of [at.orders.sendQuote, at.orders.acceptQuote, at.orders.declineQuote]) {
    await assert.rejects(act(foreign, id), { kind: 'not_found' });
    await assert.rejects(act(stale, id), { kind: 'precondition_failed' });
  }
  await assert.rejects(at.orders.updateQuote(foreign, id, {}), { kind: 'not_found' });
  await assert.rejects(at.orders.getQuote(foreign.tenant, id), { kind: 'not_found' });
});

test('G-15 a preview prices, adds up and checks like an order, tells of approvals, and stores nothing', async () => {
  const { tenant, context, productId, customerId, orders } = await offering();
  const items = [
    { productId, quantity: 3 },
    { productId, quantity: 2, unitPrice: 250 },
  ];
  const input = { customerId, currency: 'USD' as const, items, discountTotal: 100, taxTotal: 200, shippingTotal: 500 };
  const events = at.kits.committed.length;
  const preview = await at.orders.previewOrder(tenant, input);
  assert.deepEqual(
    preview.items.map(({ unitPrice, amount, source }) => [unitPrice, amount, source]),
    [
      [1000, 3000, 'list'],
      [250, 500, 'given'],
    ],
  );
  assert.deepEqual([preview.total, preview.grandTotal, preview.needsApproval], [3500, 4100, false]);
  assert.equal(at.kits.committed.length, events);
  assert.deepEqual(await orders(), []);
  await at.orders.createApprovalRule(context(), { currency: 'USD', amountOver: 4000 });
  assert.equal((await at.orders.previewOrder(tenant, input)).needsApproval, true);
  await assert.rejects(at.orders.previewOrder(tenant, { ...input, total: 3501 }), {
    kind: 'validation',
    message: /3500/,
  });
  const mixed = [{ ...items[0]!, currency: 'EUR' as const }];
  await assert.rejects(at.orders.previewOrder(tenant, { ...input, items: mixed }), { kind: 'validation' });
  await assert.rejects(at.orders.previewOrder(tenant, { ...input, currency: 'JPY' }), { message: /no price in JPY/ });
});
