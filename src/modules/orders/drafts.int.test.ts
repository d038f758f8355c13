import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DomainError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { testContext, testTenant } from '#test/support/module.ts';
import { ordersUnderTest } from './orders-under-test.ts';

let at: Awaited<ReturnType<typeof ordersUnderTest>>;
before(async () => {
  at = await ordersUnderTest();
});
after(() => at.kits.close());

const PAGE = { limit: 100 };

function about(kind: string, ...fields: string[]) {
  return (error: DomainError) => {
    assert.equal(error.kind, kind);
    assert.deepEqual(
      error.details.map(({ field }) => field),
      fields,
    );
    return true;
  };
}

test('ORD-01 a new order is a draft with its items; it reads back the same, and not for another tenant', async () => {
  const { tenant, draft, stock, paymentsOf } = await at.aShop();
  const order = await draft(2, { poNumber: 'PO-7', metadata: { team: 'blue' }, captureOn: 'manual' });
  assert.deepEqual([order.status, order.paymentStatus, order.version, order.total], ['draft', 'none', 1, 2000]);
  assert.match(order.items[0]!.id, /^itm_/);
  assert.deepEqual(await at.orders.getOrder(tenant, order.id), order);
  await assert.rejects(at.orders.getOrder(testTenant(), order.id), { kind: 'not_found' });
  await assert.rejects(at.orders.getOrder({ ...tenant, livemode: false }, order.id), { kind: 'not_found' });
  assert.deepEqual(await stock(), { available: 10, reserved: 0 });
  assert.deepEqual(await paymentsOf(order.id), []);
});

test('ORD-09 ORD-12 a total that is off by one or two currencies in one order: refused, nothing stored', async () => {
  const { tenant, order, context } = await at.aShop();
  const create = (more: object) => at.orders.createOrder(context(), { ...order(), ...more });
  await assert.rejects(create({ total: 2001 }), about('validation', 'total'));
  await assert.rejects(create({ total: 1999 }), { message: /must be 2000/ });
  const mixed = order().items.map((item) => ({ ...item, currency: 'EUR' as const }));
  await assert.rejects(create({ items: mixed }), about('validation', 'items[0].currency'));
  assert.equal((await at.orders.listOrders(tenant, {}, PAGE)).items.length, 0);
});

test('PRD-18 PRD-19 inactive and unknown products are refused in new orders, all of them named; old orders go on', async () => {
  const { tenant, productId, order, draft, context } = await at.aShop();
  const earlier = await draft();
  await at.catalog.updateProduct(context(), productId, { active: false });
  const foreign = await at.aProduct(testTenant(), 0);
  const line = { quantity: 1, unitPrice: 10 };
  const items = [
    { productId: await at.aProduct(tenant, 0), ...line },
    { productId, ...line },
    { productId: foreign, ...line },
  ];
  const input = { ...order(), items, total: 30 };
  await assert.rejects(
    at.orders.createOrder(context(), input),
    about('validation', 'items[1].product_id', 'items[2].product_id'),
  );
  assert.equal((await at.orders.confirmOrder(context(), earlier.id)).status, 'confirmed');
});

test('C-26 a customer or payment method that is unknown, archived or of somebody else is named', async () => {
  const { tenant, customerId, order, context } = await at.aShop();
  const create = (more: object) => at.orders.createOrder(context(), { ...order(), ...more });
  const foreign = await at.aShop();
  await assert.rejects(create({ customerId: newId('cus') }), about('validation', 'customer_id'));
  await assert.rejects(create({ customerId: foreign.customerId }), about('validation', 'customer_id'));
  await assert.rejects(create({ paymentMethodId: newId('pmt') }), about('validation', 'payment_method_id'));
  const sibling = await at.aCustomer(tenant, 'tok_visa');
  const [method] = (await at.payments.methods.list(tenant, { customerId: sibling }, PAGE)).items;
  await assert.rejects(create({ paymentMethodId: method!.id }), about('validation', 'payment_method_id'));
  await at.customers.archiveCustomer(context(), customerId);
  await assert.rejects(create({}), about('validation', 'customer_id'));
});

test('C-52 the same key twice at once makes one order; its answer outlives what its checks depend on', async () => {
  const { tenant, customerId, order, context } = await at.aShop();
  const keyed = () => testContext(tenant, { operation: 'orders.create', idempotencyKey: 'k1' });
  const [first, second] = await Promise.all([
    at.orders.createOrder(keyed(), order()),
    at.orders.createOrder(keyed(), order()),
  ]);
  assert.deepEqual(first, second);
  await at.customers.archiveCustomer(context(), customerId);
  assert.deepEqual(await at.orders.createOrder(keyed(), order()), first);
  assert.equal((await at.orders.listOrders(tenant, {}, PAGE)).items.length, 1);
});

test('ORD-22 C-65 a draft takes new items and recomputes its total; metadata merges; null clears', async () => {
  const { tenant, productId, draft, context } = await at.aShop();
  const { id } = await draft(2, { poNumber: 'PO-1', metadata: { a: '1', b: '2' } });
  const update = (patch: object) => at.orders.updateOrder(context(), id, patch);
  const items = [
    { productId, quantity: 3, unitPrice: 999 },
    { productId, quantity: 1, unitPrice: 1 },
  ];
  assert.equal((await update({ items })).total, 2998);
  await assert.rejects(update({ items, total: 2997 }), { kind: 'validation', message: /must be 2998/ });
  const changed = await update({ items, total: 2998, poNumber: null, metadata: { a: null, c: '3' } });
  assert.deepEqual([changed.poNumber, changed.metadata, changed.items.length], [null, { b: '2', c: '3' }, 2]);
  assert.deepEqual(await at.orders.getOrder(tenant, id), changed);
  await assert.rejects(update({ items: [{ ...items[0], currency: 'EUR' }] }), { kind: 'validation' });
  const stale = at.orders.updateOrder(testContext(tenant, { expectedVersion: 1 }), id, { poNumber: 'x' });
  await assert.rejects(stale, { kind: 'precondition_failed' });
});

test('a confirmed order does not change', async () => {
  const { draft, context } = await at.aShop();
  const { id } = await draft();
  await at.orders.confirmOrder(context(), id);
  await assert.rejects(at.orders.updateOrder(context(), id, { poNumber: 'x' }), { kind: 'invalid_state' });
});

test('ORD-13 ORD-14 ORD-15 ORD-16 filters by customer, status, dates and total, alone and combined', async () => {
  const { tenant, customerId, draft, context } = await at.aShop({ pieces: 100 });
  const other = await at.aCustomer(tenant, 'tok_visa');
  const small = await draft(1);
  at.kits.clock.advance(60_000);
  const instant = at.kits.clock.now().toISOString();
  const large = await draft(9);
  const theirs = await draft(5, { customerId: other });
  await at.orders.confirmOrder(context(), large.id);
  const ids = async (filter: Parameters<typeof at.orders.listOrders>[1]) =>
    (await at.orders.listOrders(tenant, filter, PAGE)).items.map(({ id }) => id);
  assert.deepEqual(await ids({}), [theirs.id, large.id, small.id]);
  assert.deepEqual(await ids({ customerId }), [large.id, small.id]);
  assert.deepEqual(await ids({ status: 'confirmed' }), [large.id]);
  assert.deepEqual(await ids({ createdAfter: instant }), [theirs.id, large.id]);
  assert.deepEqual(await ids({ createdBefore: instant }), [small.id]);
  assert.deepEqual(await ids({ minTotal: 5000 }), [theirs.id, large.id]);
  assert.deepEqual(await ids({ minTotal: 5000, status: 'draft' }), [theirs.id]);
  assert.deepEqual(await ids({ minTotal: 5001, customerId: other }), []);
  assert.deepEqual(await ids({ currency: 'EUR' }), []);
  const page = await at.orders.listOrders(tenant, {}, { limit: 2, withCount: true });
  assert.deepEqual([page.hasMore, page.totalCount, page.items[0]!.items.length], [true, 3, 1]);
});

test('a card number in any text of an order is refused', async () => {
  const { order, draft, context } = await at.aShop();
  const card = '5555 5555 5555 4444';
  const refused = { kind: 'validation', message: /token/ };
  await assert.rejects(at.orders.createOrder(context(), order(1, { poNumber: card })), refused);
  await assert.rejects(at.orders.createOrder(context(), order(1, { metadata: { x: card } })), refused);
  const { id } = await draft();
  await assert.rejects(at.orders.updateOrder(context(), id, { poNumber: card }), refused);
  await assert.rejects(at.orders.cancelOrder(context(), id, card), refused);
  await assert.rejects(at.orders.shipOrder(context(), id, { carrier: card, trackingNumber: 'x' }), refused);
});

test('G-35 a draft holds stock when the organisation wants it: changed with the draft, kept by the order, given back by a cancel', async () => {
  const { tenant, draft, stock, context, productId } = await at.aShop();
  const held = async () => {
    await at.settle();
    return (await stock()).reserved;
  };
  await draft(2);
  assert.equal(await held(), 0);
  await at.inventory.updateSettings(context(), { draftHoldMinutes: 30 });
  const order = await draft(3);
  assert.equal(await held(), 3);
  const items = [{ productId, quantity: 4, unitPrice: 1000 }];
  await at.orders.updateOrder(context(), order.id, { items, total: 4000 });
  assert.equal(await held(), 4);
  // More than there is: the draft is stored all the same and holds nothing more.
  const greedy = await draft(9);
  assert.deepEqual([greedy.status, await held()], ['draft', 4]);
  await at.orders.confirmOrder(context(), order.id);
  assert.equal(await held(), 4);
  const other = await draft(5);
  assert.equal(await held(), 9);
  await at.orders.cancelOrder(context(), other.id, null);
  assert.equal(await held(), 4);
  assert.deepEqual(await at.inventory.verifyLevels(), []);
  assert.equal((await at.orders.getOrder(tenant, order.id)).status, 'confirmed');
});

test('G-35 ORD-27 a draft whose payment is declined keeps the stock that it held, for the time of a hold', async () => {
  const { tenant, context, draft, stock, customerId } = await at.aShop({ token: 'tok_declined', pieces: 3 });
  await at.inventory.updateSettings(context(), { draftHoldMinutes: 30 });
  const { id } = await draft(3);
  await at.settle();
  assert.deepEqual(await stock(), { available: 0, reserved: 3 });
  await assert.rejects(at.orders.confirmOrder(context(), id), { kind: 'payment_failed' });
  assert.deepEqual(await stock(), { available: 0, reserved: 3 });
  await at.payments.methods.attach(context(), {
    customerId,
    type: 'card',
    token: 'tok_visa',
    makeDefault: true,
  } as never);
  const [method] = (await at.payments.methods.list(tenant, { customerId }, { limit: 5 })).items;
  await at.orders.updateOrder(context(), id, { paymentMethodId: method!.id });
  assert.equal((await at.orders.confirmOrder(context(), id)).status, 'confirmed');
  assert.deepEqual(await stock(), { available: 0, reserved: 3 });
  assert.deepEqual(await at.inventory.verifyLevels(), []);
});
