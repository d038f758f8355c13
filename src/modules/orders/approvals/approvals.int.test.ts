import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { CommandContext } from '#kernel/context.ts';
import { newId, type UserId } from '#kernel/ids.ts';
import { testContext, testTenant } from '#test/support/module.ts';
import { ordersUnderTest } from '../orders-under-test.ts';

let at: Awaited<ReturnType<typeof ordersUnderTest>>;
before(async () => {
  at = await ordersUnderTest();
});
after(() => at.kits.close());

/** A tenant where orders above 30.00 USD, or with more than two products, need an approval; and two people of it. */
async function guarded() {
  const shop = await at.aShop({ pieces: 100 });
  const person = () => {
    const userId = newId('usr');
    return (): CommandContext => ({ ...shop.context(), actor: { kind: 'user', id: userId, userId } });
  };
  const [buyer, boss] = [person(), person()];
  await at.orders.createApprovalRule(shop.context(), { currency: 'USD', amountOver: 3000 });
  await at.orders.createApprovalRule(shop.context(), { productsOver: 2 });
  const draft = (quantity: number, more = {}) => at.orders.createOrder(buyer(), shop.order(quantity, more));
  return { ...shop, buyer, boss, draft };
}

test('G-33 an order above a rule waits for somebody else; one at the rule, or in another currency, does not', async () => {
  const { draft, buyer, boss, stock, paymentsOf } = await guarded();
  assert.equal((await at.orders.confirmOrder(buyer(), (await draft(3)).id)).status, 'confirmed');
  assert.equal((await at.orders.confirmOrder(buyer(), (await draft(4, { currency: 'EUR' })).id)).status, 'confirmed');
  const { id } = await draft(4);
  const before = await stock();
  await assert.rejects(at.orders.confirmOrder(buyer(), id), (error: { kind: string; details: { code: string }[] }) => {
    assert.deepEqual([error.kind, error.details[0]!.code], ['invalid_state', 'approval_required']);
    return true;
  });
  assert.deepEqual([await stock(), await paymentsOf(id)], [before, []]);
  await assert.rejects(at.orders.approveOrder(buyer(), id), { kind: 'forbidden' });
  const approved = await at.orders.approveOrder(boss(), id);
  assert.deepEqual([approved.approval!.decision, approved.approval!.by], ['approved', boss().actor.id]);
  assert.equal((await at.orders.confirmOrder(buyer(), id)).status, 'confirmed');
});

test('G-33 tax and shipping count, and so does the number of products', async () => {
  const { draft, buyer, tenant, order } = await guarded();
  const taxed = await draft(3, { taxTotal: 1 });
  await assert.rejects(at.orders.confirmOrder(buyer(), taxed.id), { kind: 'invalid_state', message: /30.00 USD/ });
  const more = await Promise.all([1, 2].map(() => at.aProduct(tenant, 5)));
  const line = { quantity: 1, unitPrice: 100 };
  const items = [...order(1).items, ...more.map((productId) => ({ productId, ...line }))];
  const broad = await draft(1, { items, total: 1200 });
  await assert.rejects(at.orders.confirmOrder(buyer(), broad.id), { kind: 'invalid_state', message: /2 products/ });
});

test('G-33 an edit after the approval voids it, and who edited may not approve', async () => {
  const { draft, buyer, boss } = await guarded();
  const { id } = await draft(4);
  await at.orders.approveOrder(boss(), id);
  const edited = await at.orders.updateOrder(boss(), id, { poNumber: 'PO-2' });
  assert.equal(edited.approval, null);
  await assert.rejects(at.orders.confirmOrder(buyer(), id), { kind: 'invalid_state', message: /approve/ });
  await assert.rejects(at.orders.approveOrder(boss(), id), { kind: 'forbidden' });
});

test('G-33 a rejected order is not confirmed until it is changed and approved', async () => {
  const { draft, buyer, boss, productId } = await guarded();
  const { id } = await draft(4);
  await assert.rejects(at.orders.rejectOrder(buyer(), id, null), { kind: 'forbidden' });
  await at.orders.rejectOrder(boss(), id, 'too much');
  await assert.rejects(at.orders.confirmOrder(buyer(), id), { kind: 'invalid_state', message: /too much/ });
  const items = [{ productId, quantity: 3, unitPrice: 1000 }];
  await at.orders.updateOrder(buyer(), id, { items });
  const confirmed = await at.orders.confirmOrder(buyer(), id);
  assert.equal(confirmed.status, 'confirmed');
  await assert.rejects(at.orders.approveOrder(boss(), id), { kind: 'invalid_state' });
});

test('G-33 an approval and an edit at once: what is confirmed is what was approved', async () => {
  const { draft, buyer, boss, productId, tenant } = await guarded();
  for (let round = 0; round < 5; round++) {
    const { id } = await draft(4);
    const items = [{ productId, quantity: 9, unitPrice: 1000 }];
    await Promise.allSettled([
      at.orders.approveOrder({ ...boss(), expectedVersion: 1 }, id),
      at.orders.updateOrder(buyer(), id, { items }),
      at.orders.confirmOrder(buyer(), id),
    ]);
    const order = await at.orders.getOrder(tenant, id);
    if (order.status === 'confirmed')
      assert.deepEqual([order.items[0]!.quantity, order.approval!.decision], [4, 'approved']);
    if (order.items[0]!.quantity === 9) assert.equal(order.approval, null);
  }
});

test('G-03 a buyer confirms up to the own limit for one order; above it, or in another currency, somebody else approves first', async () => {
  const shop = await at.aShop({ pieces: 100 });
  const user = (): CommandContext => {
    const userId = newId('usr');
    return { ...shop.context(), actor: { kind: 'user', id: userId, userId } };
  };
  const [buyer, colleague, boss] = [user(), user(), user()];
  const contact = { name: 'Ada', roles: ['buyer' as const], userId: buyer.actor.userId as UserId };
  await at.customers.addContact(shop.context(), shop.customerId, { ...contact, spendingLimit: 3_000 });
  const by = (who: CommandContext) => ({ ...who, effects: { events: 0 } });
  const draft = async (quantity: number, more = {}) =>
    (await at.orders.createOrder(by(buyer), shop.order(quantity, more))).id;
  assert.equal((await at.orders.confirmOrder(by(buyer), await draft(3))).status, 'confirmed');
  const refused = { kind: 'invalid_state', message: /30.00 USD.*approve/ };
  await assert.rejects(at.orders.confirmOrder(by(buyer), await draft(3, { taxTotal: 1 })), refused);
  await assert.rejects(at.orders.confirmOrder(by(buyer), await draft(1, { currency: 'EUR' })), refused);
  const above = await draft(4);
  await assert.rejects(at.orders.confirmOrder(by(buyer), above), refused);
  await at.orders.approveOrder(by(boss), above);
  assert.equal((await at.orders.confirmOrder(by(buyer), above)).status, 'confirmed');
  assert.equal(
    (await at.orders.confirmOrder(by(colleague), await draft(4))).status,
    'confirmed',
    'no contact, no limit',
  );
});

test('G-33 C-26 rules are checked, changed and deleted, each in its own organisation', async () => {
  const { context, tenant, draft, buyer } = await guarded();
  for (const wrong of [{}, { amountOver: 5 }, { currency: 'USD' as const }]) {
    await assert.rejects(at.orders.createApprovalRule(context(), wrong), { kind: 'validation' });
  }
  const rules = (await at.orders.listApprovalRules(tenant, { limit: 10 })).items;
  assert.equal(rules.length, 2);
  const [products, amount] = rules;
  const foreign = testContext(testTenant());
  await assert.rejects(at.orders.deleteApprovalRule(foreign, amount!.id), { kind: 'not_found' });
  const changed = await at.orders.updateApprovalRule(context(), amount!.id, { amountOver: 4000 });
  assert.deepEqual([changed.version, changed.amountOver, changed.currency], [2, 4000, 'USD']);
  assert.equal((await at.orders.confirmOrder(buyer(), (await draft(4)).id)).status, 'confirmed');
  const stale = testContext(tenant, { expectedVersion: 1 });
  await assert.rejects(at.orders.deleteApprovalRule(stale, amount!.id), { kind: 'precondition_failed' });
  await at.orders.deleteApprovalRule(context(), amount!.id);
  await at.orders.deleteApprovalRule(context(), products!.id);
  assert.equal((await at.orders.confirmOrder(buyer(), (await draft(5)).id)).status, 'confirmed');
});

test('G-33 neither a key of their own nor a quote helps somebody to approve what they made', async () => {
  const { context, customerId, productId, buyer, boss, draft } = await guarded();
  const userId = buyer().actor.id;
  const key = (): CommandContext => ({ ...context(), actor: { kind: 'api_key', id: newId('key'), ownerId: userId } });
  const { id } = await draft(4);
  await assert.rejects(at.orders.approveOrder(key(), id), { kind: 'forbidden' });
  const byKey = await at.orders.createOrder(key(), { ...draftInput(customerId, productId) });
  await assert.rejects(at.orders.approveOrder(buyer(), byKey.id), { kind: 'forbidden' });

  const quote = await at.orders.createQuote(buyer(), {
    customerId,
    currency: 'USD',
    items: [{ productId, quantity: 4, unitPrice: 1000 }],
  } as never);
  await at.orders.sendQuote(buyer(), quote.id);
  const accepted = await at.orders.acceptQuote(context(), quote.id);
  const order = (accepted as { orderId: string }).orderId as typeof id;
  await assert.rejects(at.orders.approveOrder(buyer(), order), { kind: 'forbidden' });
  assert.equal((await at.orders.approveOrder(boss(), order)).approval!.by, boss().actor.id);
});

function draftInput(customerId: string, productId: string) {
  const items = [{ productId, quantity: 4, unitPrice: 1000 }];
  return { customerId, items, total: 4000, currency: 'USD' } as never as Parameters<typeof at.orders.createOrder>[1];
}
