import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { statement } from '#kernel/database/statement.ts';
import { everyTenant } from '#kernel/database/tenant.ts';
import { testTenant } from '#test/support/module.ts';
import { amountDue } from './index.ts';
import { ordersUnderTest } from './orders-under-test.ts';

let at: Awaited<ReturnType<typeof ordersUnderTest>>;
before(async () => {
  at = await ordersUnderTest();
});
after(() => at.kits.close());

const HOME = { line1: '12 St James Square', city: 'London', postalCode: 'SW1Y 4JH', country: 'GB' };
const FULL_HOME = { ...HOME, line2: null, state: null };

/** Everything that the tables of the module hold, as text. */
async function everythingStored(): Promise<string> {
  const tables = ['orders', 'order_items', 'events', 'jobs', 'sagas', 'idempotency_keys'];
  const rows = await Promise.all(
    tables.map((table) =>
      at.kit.database.read(everyTenant, statement(`select to_jsonb(t) as row from orders.${table} t`)),
    ),
  );
  return JSON.stringify(rows);
}

test('C-89 notes and addresses are read back, and lie nowhere in clear: not in rows, events, sagas or answers', async () => {
  const { draft, context, tenant } = await at.aShop();
  const order = await draft(2, { notes: 'Ring at Byron, twice', shippingAddress: HOME });
  assert.deepEqual(
    [order.notes, order.shippingAddress, order.billingAddress],
    ['Ring at Byron, twice', FULL_HOME, null],
  );
  assert.deepEqual(await at.orders.getOrder(tenant, order.id), order);
  const [listed] = (await at.orders.listOrders(tenant, {}, { limit: 10 })).items;
  assert.deepEqual(listed, order);
  const confirmed = await at.orders.confirmOrder(context(), order.id);
  assert.equal(confirmed.notes, 'Ring at Byron, twice');
  const stored = await everythingStored();
  assert.ok(stored.includes(order.id));
  for (const secret of ['Byron', 'James Square', 'SW1Y']) assert.ok(!stored.includes(secret), secret);
  assert.ok(!JSON.stringify(at.kits.committed).includes('Byron'));
});

test('ORD-22 C-53 a draft takes notes and addresses, line by line; the event names the fields and not what is in them', async () => {
  const { draft, context, tenant } = await at.aShop();
  const { id } = await draft();
  const update = (patch: object) => at.orders.updateOrder(context(), id, patch);
  const start = at.kits.clock.now().toISOString();
  at.kits.clock.advance(1000);
  await update({ notes: 'first', billingAddress: HOME });
  const second = await update({ billingAddress: { line2: 'Flat 2', postalCode: null } });
  assert.deepEqual(second.billingAddress, { ...FULL_HOME, line2: 'Flat 2', postalCode: null });
  assert.equal(second.notes, 'first');
  const cleared = await update({ notes: null, billingAddress: null });
  assert.deepEqual([cleared.notes, cleared.billingAddress, cleared.sealedDetails], [null, null, null]);
  await assert.rejects(update({ shippingAddress: { city: 'Paris' } }), { kind: 'validation', message: /line1/ });
  const history = await at.orders.orderHistory(tenant, id);
  assert.deepEqual(
    history.map(({ data }) => data.changed),
    [[], ['billingAddress', 'notes'], ['billingAddress'], ['billingAddress', 'notes']],
  );
  assert.equal((await at.orders.getOrderAsOf(tenant, id, start)).notes, null);
  assert.equal((await at.orders.getOrderAsOf(tenant, id, second.updatedAt)).notes, null);
});

test('C-89 erasing a customer makes notes and addresses of all their orders unreadable, and leaves the others', async () => {
  const shop = await at.aShop();
  const theirs = await shop.draft(2, { notes: 'secret', shippingAddress: HOME });
  const other = await shop.draft(2, { customerId: await at.aCustomer(shop.tenant, null), notes: 'kept' });
  await at.orders.eraseDetails(shop.context(), shop.customerId);
  const erased = await at.orders.getOrder(shop.tenant, theirs.id);
  assert.deepEqual([erased.notes, erased.shippingAddress, erased.total], [null, null, 2000]);
  assert.equal((await at.orders.getOrder(shop.tenant, other.id)).notes, 'kept');
  await assert.rejects(at.orders.updateOrder(shop.context(), theirs.id, { notes: 'new' }), { kind: 'gone' });
  await at.orders.updateOrder(shop.context(), theirs.id, { poNumber: 'PO-1' });
});

test('C-64 tax, shipping and discount stand beside the exact total, and the grand total is what is authorised', async () => {
  const { draft, context, tenant, order, paymentsOf } = await at.aShop();
  const { id, total } = await draft(2, { discountTotal: 150, taxTotal: 370, shippingTotal: 499 });
  assert.equal(total, 2000);
  const changed = await at.orders.updateOrder(context(), id, { taxTotal: 371 });
  assert.deepEqual([changed.total, amountDue(changed)], [2000, 2000 - 150 + 371 + 499]);
  await at.orders.confirmOrder(context(), id);
  assert.deepEqual(
    (await paymentsOf(id)).map(({ amount, status }) => [amount, status]),
    [[2720, 'authorized']],
  );
  const create = (more: object) => at.orders.createOrder(context(), order(2, more));
  await assert.rejects(create({ discountTotal: 2001 }), { kind: 'validation', message: /2000/ });
  await assert.rejects(create({ discountTotal: 2000 }), { kind: 'validation', message: /at least 1/ });
  await assert.rejects(create({ taxTotal: Number.MAX_SAFE_INTEGER }), { kind: 'validation', message: /too large/ });
  const free = await create({ discountTotal: 2000, shippingTotal: 1 });
  const shrunk = [{ productId: free.items[0]!.productId, quantity: 1, unitPrice: 1000 }];
  await assert.rejects(at.orders.updateOrder(context(), free.id, { items: shrunk }), { kind: 'validation' });
  assert.deepEqual(await at.orders.getOrder(tenant, free.id), free);
});

test('an external id names one order of an organisation and mode, also when two claim it at once', async () => {
  const { draft, context, tenant } = await at.aShop();
  const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => draft(1, { externalId: 'SO-1' })));
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const each of outcomes) if (each.status === 'rejected') assert.equal(each.reason.kind, 'duplicate');
  const other = await draft(1);
  await assert.rejects(at.orders.updateOrder(context(), other.id, { externalId: 'SO-1' }), { kind: 'duplicate' });
  const found = await at.orders.listOrders(tenant, { externalId: 'SO-1' }, { limit: 10 });
  assert.equal(found.items.length, 1);
  const elsewhere = await at.aShop();
  assert.equal((await elsewhere.draft(1, { externalId: 'SO-1' })).externalId, 'SO-1');
});

test('G-33 orders are found by their purchase order number', async () => {
  const { draft, tenant } = await at.aShop();
  const mine = await draft(1, { poNumber: 'PO-77' });
  await draft(1, { poNumber: 'PO-78' });
  const found = await at.orders.listOrders(tenant, { poNumber: 'PO-77' }, { limit: 10 });
  assert.deepEqual(
    found.items.map(({ id }) => id),
    [mine.id],
  );
  assert.deepEqual((await at.orders.listOrders(testTenant(), { poNumber: 'PO-77' }, { limit: 10 })).items, []);
});

test('a card number in notes or an address is refused', async () => {
  const { draft } = await at.aShop();
  const card = '5555 5555 5555 4444';
  await assert.rejects(draft(1, { notes: card }), { kind: 'validation', message: /token/ });
  await assert.rejects(draft(1, { shippingAddress: { ...HOME, line1: card } }), { kind: 'validation' });
});

test('ARC-03 orders with details are the fold of their events', async () => {
  for (const { folded, stored } of await at.foldedAndStored()) assert.deepEqual(stored, folded);
});
