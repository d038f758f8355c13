import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { Json } from '#kernel/events/event.ts';
import { type CustomerId, newId } from '#kernel/ids.ts';
import { identitySchema } from '#modules/identity/index.ts';
import { ordersSchema } from '#modules/orders/index.ts';
import { paymentsSchema } from '#modules/payments/index.ts';
import { type TestKits, testContext, testKits, testTenant } from '#test/support/module.ts';
import { type Customers, createCustomers, customersSchema } from '../index.ts';
import type { ReadOrder } from './bookkeeper.ts';

let kits: TestKits;
let customers: Customers;
let module: ReturnType<typeof createCustomers>;
before(async () => {
  kits = await testKits([identitySchema, customersSchema, paymentsSchema, ordersSchema]);
  const readOrder: ReadOrder = ({ data }) => data.order as unknown as ReturnType<ReadOrder>;
  module = createCustomers(kits.kit('customers'), { isUser: () => Promise.resolve(false), readOrder });
  customers = module.service;
});
after(() => kits?.close());

/** What happens to one order and its payment, each as the states it goes through. */
interface History {
  due: number;
  isOnAccount: boolean;
  captured: boolean;
  refunds: number[];
  canceled: boolean;
  /** Whether the events of the payment are read before those of the order. */
  paymentFirst: boolean;
}

const history: fc.Arbitrary<History> = fc.record({
  due: fc.integer({ min: 1, max: 1_000_000_000_000 }),
  isOnAccount: fc.boolean(),
  captured: fc.boolean(),
  refunds: fc.array(fc.double({ min: 0.01, max: 0.6, noNaN: true }), { maxLength: 3 }).map((shares) => shares),
  canceled: fc.boolean(),
  paymentFirst: fc.boolean(),
});

async function tell(source: 'orders' | 'payments', tenant: Tenant, streamId: string, states: object[]): Promise<void> {
  const key = source === 'orders' ? 'order' : 'payment';
  for (const [index, state] of states.entries()) {
    const data: Record<string, Json> = { [key]: state as Json };
    const event = { type: `${key}.changed`, streamId, streamVersion: index + 1, data };
    await kits.kit(source).writes.store(testContext(tenant), { statements: [], events: [event], result: null });
  }
}

/** Stores the events of a history and answers what it must leave on the books. */
async function play(tenant: Tenant, customerId: CustomerId, one: History): Promise<number> {
  const [orderId, paymentId] = [newId('ord'), newId('pay')];
  const common = { customerId, currency: 'USD', orderId };
  const payment = { ...common, id: paymentId, methodType: one.isOnAccount ? 'on_account' : 'card' };
  let refunded = 0;
  const amounts = one.captured ? one.refunds : [];
  const refundStates = amounts.map((share) => {
    refunded = Math.min(one.due, refunded + Math.ceil(one.due * share));
    return { ...payment, capturedAmount: one.due, refundedAmount: refunded };
  });
  const capturedAmount = one.captured ? one.due : 0;
  const paid = [{ ...payment, capturedAmount, refundedAmount: 0 }, ...refundStates];
  const ordered = [0, one.due, ...(one.canceled ? [0] : [])].map((due) => ({ ...common, due }));
  const told = [() => tell('orders', tenant, orderId, ordered), () => tell('payments', tenant, paymentId, paid)];
  for (const say of one.paymentFirst ? told.toReversed() : told) {
    await say();
    if (one.paymentFirst) await kits.deliver(module.consumers!);
  }
  const owed = one.canceled ? 0 : one.due - refunded;
  return owed - (one.isOnAccount ? 0 : capturedAmount - refunded);
}

test('whatever happens to orders and payments, in whatever order it is read, the balance is exact and the statement adds up', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(history, { minLength: 1, maxLength: 4 }), async (histories) => {
      const tenant = testTenant();
      const { id } = await customers.createCustomer(testContext(tenant), { type: 'company', name: 'Ada' });
      let expected = 0;
      for (const one of histories) expected += await play(tenant, id, one);
      await kits.deliver(module.consumers!);
      const [balance] = await customers.getBalances(tenant, id);
      assert.equal(balance?.balance ?? 0, expected);
      const statement = await customers.getStatement(tenant, id, { currency: 'USD' }, { limit: 100 });
      const sum = statement.entries.items.reduce(
        (total, { direction, amount }) => total + (direction === 'debit' ? amount : -amount),
        0,
      );
      assert.deepEqual([statement.openingBalance, statement.closingBalance, sum], [0, expected, expected]);
    }),
    { numRuns: 12 },
  );
});

test('a statement of a time begins with what was before and ends with what was at its end', async () => {
  const tenant = testTenant();
  const { id } = await customers.createCustomer(testContext(tenant), { type: 'company', name: 'Ada' });
  const plain = { isOnAccount: true, captured: false, refunds: [], canceled: false, paymentFirst: false };
  const instants: string[] = [];
  for (const due of [100, 20, 3]) {
    instants.push(kits.clock.now().toISOString());
    await play(tenant, id, { ...plain, due });
    kits.clock.advance(60_000);
  }
  await kits.deliver(module.consumers!);
  const filter = { currency: 'USD', from: instants[1]!, until: instants[2]! } as const;
  const { openingBalance, closingBalance, entries } = await customers.getStatement(tenant, id, filter, { limit: 5 });
  assert.deepEqual([openingBalance, closingBalance], [100, 120]);
  assert.deepEqual(
    entries.items.map(({ kind, amount }) => [kind, amount]),
    [['order', 20]],
  );
  assert.deepEqual(await customers.getBalances(tenant, id), [{ currency: 'USD', balance: 123 }]);
  const stranger = customers.getStatement(testTenant(), id, filter, { limit: 5 });
  await assert.rejects(stranger, { kind: 'not_found' });
});

test('events that are delivered twice are booked once', async () => {
  const tenant = testTenant();
  const { id } = await customers.createCustomer(testContext(tenant), { type: 'company', name: 'Ada' });
  const one = { due: 500, isOnAccount: false, captured: true, refunds: [0.5], canceled: false, paymentFirst: false };
  const expected = await play(tenant, id, one);
  await kits.deliver(module.consumers!);
  const [consumer] = module.consumers!;
  // The same news under another consumer's name: nothing of the inbox protects, the books themselves must.
  await kits.deliver([{ ...consumer!, name: 'customers.again' }]);
  assert.equal((await customers.getBalances(tenant, id))[0]!.balance, expected);
});

test('a sum of merged customers that cannot be told exactly is refused with what to do, and each alone is told', async () => {
  const tenant = testTenant();
  const make = () => customers.createCustomer(testContext(tenant), { type: 'company', name: 'Ada' });
  const [one, other] = [await make(), await make()];
  const most = { due: Number.MAX_SAFE_INTEGER, isOnAccount: true, captured: false, refunds: [], canceled: false };
  for (const { id } of [one, other]) await play(tenant, id, { ...most, paymentFirst: false });
  await kits.deliver(module.consumers!);
  assert.deepEqual(await customers.getBalances(tenant, one.id), [{ currency: 'USD', balance: most.due }]);
  await customers.mergeCustomers(testContext(tenant), one.id, other.id);
  const refused = { kind: 'invalid_state', message: /restore one of them/ };
  await assert.rejects(customers.getBalances(tenant, one.id), refused);
  await assert.rejects(customers.getStatement(tenant, one.id, { currency: 'USD' }, { limit: 5 }), refused);
});
