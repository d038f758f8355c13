import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DAY_MS } from '#kernel/clock.ts';
import { statement } from '#kernel/database/statement.ts';
import { everyTenant } from '#kernel/database/tenant.ts';
import { newId } from '#kernel/ids.ts';
import { testContext } from '#test/support/module.ts';
import { factOf } from './events.ts';
import type { Payment } from './payment.ts';
import { fold } from './payment-evolution.ts';
import { paymentsUnderTest } from './payments-under-test.ts';

let at: Awaited<ReturnType<typeof paymentsUnderTest>>;
before(async () => {
  at = await paymentsUnderTest();
});
after(() => at.kits.close());

const PAGE = { limit: 100 };

async function charge(token: string, options: { amount?: number; idempotencyKey?: string } = {}) {
  const { tenant, method, customer } = await at.aCustomer(token);
  const input = {
    amount: options.amount ?? 10_000,
    currency: 'USD' as const,
    methodId: method!.id,
    description: 'Workshop',
  };
  const pay = (idempotencyKey?: string) =>
    at.payments.createPayment(testContext(tenant, { operation: 'payments.create', idempotencyKey }), input);
  return { tenant, customer, pay, input };
}

/** How often money moved at the processor for a payment: its books, not ours. */
async function booked(paymentId: string, kind: string): Promise<number> {
  const rows = await at.kit.database.read(
    everyTenant,
    statement(
      `select count(*) as times from payments.simulator_operations
       where idempotency_key like $1 and kind = $2`,
      [`${paymentId}%`, kind],
    ),
  );
  return rows[0]!.times;
}

test('PAY-01 PAY-06 PAY-19 a charge succeeds at once with its transaction and booked fee', async () => {
  const { tenant, customer, pay } = await charge('tok_visa');
  const payment = await pay();
  assert.equal(payment.status, 'succeeded');
  assert.match(payment.transactionId!, /^txn_/);
  assert.deepEqual([payment.capturedAmount, payment.feeAmount, payment.customerId], [10_000, 320, customer.id]);
  assert.deepEqual(await at.payments.getPayment(tenant, payment.id), payment);
  const other = await at.aCustomer();
  await assert.rejects(at.payments.getPayment(other.tenant, payment.id), { kind: 'not_found' });
});

for (const [token, kind, code] of [
  ['tok_declined', 'payment_failed', 'card_declined'],
  ['tok_expired_card', 'payment_failed', 'expired_card'],
  ['tok_processing_error', 'payment_failed', 'processing_error'],
  ['tok_wallet_declined', 'payment_failed', 'wallet_declined'],
  ['tok_insufficient_funds', 'insufficient_funds', 'insufficient_funds'],
] as const) {
  test(`PAY-09 C-32 ${token} is refused with its decline code, and the failed payment stays visible`, async () => {
    const { tenant, pay } = await charge(token);
    await assert.rejects(pay(), (error: { kind: string; details: { code: string }[] }) => {
      assert.deepEqual([error.kind, error.details[0]!.code], [kind, code]);
      return true;
    });
    const { items } = await at.payments.listPayments(tenant, { status: 'failed' }, PAGE);
    assert.deepEqual(
      items.map((each) => each.failure!.code),
      [code],
    );
    assert.equal(items[0]!.capturedAmount, 0);
  });
}

test('PAY-10 C-80 a card that needs 3-D Secure answers what to do next', async () => {
  const { pay } = await charge('tok_3ds_required');
  const payment = await pay();
  assert.equal(payment.status, 'requires_action');
  assert.equal(payment.nextAction!.type, 'redirect_to_url');
});

for (const [token, outcome] of [
  ['tok_bank_ok', 'succeeded'],
  ['tok_bank_returned', 'failed'],
] as const) {
  test(`PAY-16 PAY-18 C-80 ${token} is processing for three days by the clock, then ${outcome}`, async () => {
    const { tenant, pay } = await charge(token);
    const payment = await pay();
    assert.equal(payment.status, 'processing');
    at.kits.clock.advance(3 * DAY_MS - 1000);
    await at.worker().runDue();
    assert.equal((await at.payments.getPayment(tenant, payment.id)).status, 'processing');
    at.kits.clock.advance(2000);
    await at.worker().runDue();
    const settled = await at.payments.getPayment(tenant, payment.id);
    assert.equal(settled.status, outcome);
    assert.equal(settled.feeAmount, outcome === 'succeeded' ? 80 : 0);
  });
}

test('C-52 the same key twice at once charges once; later it gives the same answer, also of a decline', async () => {
  const { tenant, pay } = await charge('tok_visa');
  const outcomes = await Promise.allSettled([pay('key'), pay('key'), pay('key')]);
  const paid = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  for (const each of outcomes) if (each.status === 'rejected') assert.equal(each.reason.kind, 'idempotency_running');
  assert.ok(paid.length >= 1);
  assert.deepEqual(await pay('key'), paid[0]);
  assert.equal((await at.payments.listPayments(tenant, {}, PAGE)).items.length, 1);
  assert.equal(await booked(paid[0]!.id, 'charge'), 1);
  const declined = await charge('tok_declined');
  await assert.rejects(declined.pay('key'), { kind: 'payment_failed' });
  await assert.rejects(declined.pay('key'), { kind: 'payment_failed' });
  assert.equal((await at.payments.listPayments(declined.tenant, {}, PAGE)).items.length, 1);
});

test('PAY-11 PAY-12 PAY-13 PAY-14 partial refunds, the full rest, and never more than was captured', async () => {
  const { tenant, pay } = await charge('tok_visa');
  const { id } = await pay();
  const refund = (amount?: number) =>
    at.payments.refundPayment(testContext(tenant), id, { amount, reason: 'goodwill' });
  assert.equal((await refund(4000)).refundedAmount, 4000);
  await assert.rejects(refund(6001), { kind: 'validation' });
  const whole = await refund();
  assert.deepEqual([whole.status, whole.refundedAmount], ['refunded', 10_000]);
  await assert.rejects(refund(1), { kind: 'invalid_state' });
});

test('PAY-14 refunds at once never exceed the capture', async () => {
  const { tenant, pay } = await charge('tok_visa');
  const { id } = await pay();
  const refunds = Array.from({ length: 6 }, () => at.payments.refundPayment(testContext(tenant), id, { amount: 3000 }));
  const outcomes = await Promise.allSettled(refunds);
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 3);
  for (const each of outcomes) if (each.status === 'rejected') assert.equal(each.reason.kind, 'validation');
  const payment = await at.payments.getPayment(tenant, id);
  assert.deepEqual([payment.refundedAmount, payment.status], [9000, 'succeeded']);
});

test('PAY-11 a refund that the issuer declines is kept as failed and can be tried again', async () => {
  const { tenant, pay } = await charge('tok_refund_fails');
  const { id } = await pay();
  await assert.rejects(at.payments.refundPayment(testContext(tenant), id, {}), { kind: 'payment_failed' });
  const payment = await at.payments.getPayment(tenant, id);
  assert.deepEqual([payment.refundedAmount, payment.refunds[0]!.status], [0, 'failed']);
});

test('ARC-04 ARC-05 the stored payment is the fold of its events, and the history tells who did what', async () => {
  const { tenant, pay } = await charge('tok_visa');
  const { id } = await pay();
  await at.payments.refundPayment(testContext(tenant), id, { amount: 1 });
  const history = await at.payments.paymentHistory(tenant, id);
  assert.deepEqual(
    history.map(({ type }) => type),
    ['payment.created', 'payment.succeeded', 'payment.refund_requested', 'payment.refunded'],
  );
  assert.deepEqual(fold(history.map(factOf)), await at.payments.getPayment(tenant, id));
  assert.ok(history.every(({ metadata }) => metadata.actor.kind === 'user' && metadata.request_id.startsWith('req_')));
  await assert.rejects(at.payments.paymentHistory((await at.aCustomer()).tenant, id), { kind: 'not_found' });
});

test('G-02 C-81 a method of a merged customer is charged under the name of the one it was merged into', async () => {
  const { tenant, customer, method } = await at.aCustomer('tok_visa');
  const { id: customerId } = await at.customers.createCustomer(testContext(tenant), { type: 'company', name: 'Ada' });
  const charge = () => {
    const input = { amount: 500, currency: 'USD' as const, methodId: method!.id, description: 'x', customerId };
    return at.payments.createPayment(testContext(tenant), input);
  };
  await assert.rejects(charge(), { kind: 'validation', message: /another customer/ });
  await at.customers.mergeCustomers(testContext(tenant), customerId, customer.id);
  assert.equal((await charge()).status, 'succeeded');
});

test('C-81 C-26 a method that is unknown, of another customer or detached is not charged', async () => {
  const { tenant, input } = await charge('tok_visa');
  const pay = (more: object) => at.payments.createPayment(testContext(tenant), { ...input, ...more });
  await assert.rejects(pay({ methodId: newId('pmt') }), { kind: 'validation', message: /No such payment method/ });
  await assert.rejects(pay({ customerId: newId('cus') }), { kind: 'validation', message: /another customer/ });
  const foreign = await at.aCustomer('tok_visa');
  await assert.rejects(pay({ methodId: foreign.method!.id }), {
    kind: 'validation',
    message: /No such payment method/,
  });
  await at.payments.methods.detach(testContext(tenant), input.methodId);
  await assert.rejects(pay({}), { kind: 'invalid_state', message: /detached/ });
  assert.equal((await at.payments.listPayments(tenant, {}, PAGE)).items.length, 0);
});

test('texts with card numbers are refused; nothing in the schema holds one after test payments', async () => {
  const { tenant, input, pay } = await charge('tok_visa');
  const { id } = await pay();
  const card = '4242 4242 4242 4242';
  const refused = { kind: 'validation', message: /token/ };
  const context = () => testContext(tenant, { operation: 'payments.create', idempotencyKey: newId('req') });
  await assert.rejects(at.payments.createPayment(context(), { ...input, description: card }), refused);
  await assert.rejects(at.payments.createPayment(context(), { ...input, metadata: { note: card } }), refused);
  await assert.rejects(at.payments.refundPayment(context(), id, { reason: card }), refused);
  const { customer } = await at.aCustomer();
  const attachment = { customerId: customer.id, type: 'card' as const, token: card.replaceAll(' ', '') };
  await assert.rejects(at.payments.methods.attach(context(), attachment), refused);
  const { text } = await everything();
  assert.ok(text.includes(id), 'the scan looks at the right place');
  assert.doesNotMatch(text, /4242[ -]?4242/);
});

/** Every row of the schema as text. */
async function everything() {
  const tables = ['payments', 'payment_methods', 'credit_usage', 'simulator_operations', 'events', 'jobs', 'sagas'];
  const rows = await at.kit.database.readAll(
    everyTenant,
    [...tables, 'idempotency_keys', 'inbox'].map((table) =>
      statement(`select string_agg(to_jsonb(each)::text, ' ') as text from payments.${table} as each`),
    ),
  );
  return { text: rows.map(([row]) => row!.text ?? '').join(' ') };
}

test('C-86 merged customers share one credit limit, also when none of them has used any and their orders come at once', async () => {
  for (let round = 0; round < 8; round++) {
    const { tenant, customer } = await at.aCustomer(undefined, { creditLimit: 1_000 });
    const duplicate = await at.customers.createCustomer(testContext(tenant), { type: 'company', name: 'Ada' });
    await at.customers.mergeCustomers(testContext(tenant), customer.id, duplicate.id);
    const ask = (customerId: typeof customer.id) => {
      const ids = { orderId: newId('ord'), paymentId: newId('pay'), customerId, methodId: null };
      return at.payments.authorize(testContext(tenant), { ...ids, amount: 1_000, currency: 'USD' });
    };
    const outcomes = await Promise.allSettled([ask(customer.id), ask(duplicate.id), ask(customer.id)]);
    const kinds = outcomes.map((each) => (each.status === 'fulfilled' ? each.value.status : each.reason.kind)).sort();
    assert.deepEqual(kinds, ['authorized', 'insufficient_funds', 'insufficient_funds']);
  }
});

test('C-86 on account: within the credit limit, never above it when orders come at once, given back when released', async () => {
  const { tenant, customer } = await at.aCustomer(undefined, { creditLimit: 10_000, currency: 'USD' });
  const authorize = (amount: number, more: object = {}) =>
    at.payments.authorize(testContext(tenant), {
      orderId: newId('ord'),
      paymentId: newId('pay'),
      customerId: customer.id,
      methodId: null,
      amount,
      currency: 'USD',
      ...more,
    });
  const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => authorize(3000)));
  const granted = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  assert.equal(granted.length, 3);
  for (const each of outcomes) if (each.status === 'rejected') assert.equal(each.reason.kind, 'insufficient_funds');
  await assert.rejects(authorize(1001), { kind: 'insufficient_funds' });
  await assert.rejects(authorize(1, { currency: 'EUR' }), { kind: 'insufficient_funds', message: /in USD/ });
  assert.deepEqual(await at.payments.reverse(testContext(tenant), granted[0]!.id), { outcome: 'released' });
  assert.deepEqual(await at.payments.reverse(testContext(tenant), granted[0]!.id), { outcome: 'released' });
  const captured = await at.payments.capture(testContext(tenant), granted[1]!.id);
  assert.deepEqual([captured.status, captured.feeAmount, captured.methodType], ['succeeded', 0, 'on_account']);
  assert.deepEqual(await at.payments.reverse(testContext(tenant), granted[1]!.id), { outcome: 'refunded' });
  assert.equal((await authorize(7000)).status, 'authorized');
  await assert.rejects(authorize(1), { kind: 'insufficient_funds' });
  const stranger = await at.aCustomer();
  const request = { orderId: newId('ord'), paymentId: newId('pay'), customerId: stranger.customer.id, methodId: null };
  const noLimit = at.payments.authorize(stranger.context, { ...request, amount: 1, currency: 'USD' });
  await assert.rejects(noLimit, { kind: 'insufficient_funds' });
});

test('C-86 what a customer pays without an order settles what they owe on account, and never makes the limit larger', async () => {
  const { tenant, customer, method } = await at.aCustomer('tok_visa', { creditLimit: 10_000, currency: 'USD' });
  await at.payments.methods.detach(testContext(tenant), method!.id);
  const owe = (amount: number) => {
    const ids = { orderId: newId('ord'), paymentId: newId('pay'), customerId: customer.id, methodId: null };
    return at.payments.authorize(testContext(tenant), { ...ids, amount, currency: 'USD' });
  };
  await owe(9_000);
  await assert.rejects(owe(2_000), { kind: 'insufficient_funds' });
  const attached = { customerId: customer.id, type: 'card' as const, token: 'tok_visa' };
  const card = await at.payments.methods.attach(testContext(tenant), attached);
  const charge = { amount: 20_000, currency: 'USD' as const, methodId: card.id, description: 'On account' };
  const paid = await at.payments.createPayment(testContext(tenant), charge);
  await at.payments.methods.detach(testContext(tenant), card.id);
  await assert.rejects(owe(10_001), { kind: 'insufficient_funds' });
  await at.payments.refundPayment(testContext(tenant), paid.id, { amount: 19_000 });
  await owe(2_000);
  await assert.rejects(owe(1), { kind: 'insufficient_funds' });
});

test('ORD-31 the same authorisation twice holds once; capture and release repeat without effect', async () => {
  const { tenant, customer, method } = await at.aCustomer('tok_visa');
  const request = { orderId: newId('ord'), paymentId: newId('pay'), customerId: customer.id, methodId: null };
  const authorize = () => at.payments.authorize(testContext(tenant), { ...request, amount: 500, currency: 'USD' });
  const held: Payment = await authorize();
  assert.deepEqual([held.status, held.methodId], ['authorized', method!.id]);
  assert.deepEqual(await authorize(), held);
  const taken = await at.payments.capture(testContext(tenant), held.id);
  assert.deepEqual(await at.payments.capture(testContext(tenant), held.id), taken);
  for (const kind of ['authorize', 'capture']) assert.equal(await booked(held.id, kind), 1);
  assert.deepEqual(await at.payments.reverse(testContext(tenant), newId('pay')), { outcome: 'nothing' });
});

test('C-86 what the payments of a customer add up to stays exact: the one that would pass 2^53 is refused, also of two at once', async () => {
  const { tenant, customer, method } = await at.aCustomer('tok_visa', { creditLimit: Number.MAX_SAFE_INTEGER });
  const most = Number.MAX_SAFE_INTEGER - 1_000;
  const input = { amount: most, currency: 'USD' as const, methodId: method!.id, description: 'x' };
  const pay = (amount = most) => at.payments.createPayment(testContext(tenant), { ...input, amount });
  const outcomes = await Promise.allSettled([pay(), pay()]);
  const [paid] = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const refusals = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason.kind] : []));
  assert.deepEqual([paid?.status, refusals], ['succeeded', ['validation']]);
  assert.equal((await pay(1_000)).status, 'succeeded');
  await assert.rejects(pay(1), { kind: 'validation', message: /exactly/ });
  await at.payments.methods.detach(testContext(tenant), method!.id);
  const ids = { orderId: newId('ord'), paymentId: newId('pay'), customerId: customer.id, methodId: null };
  const onAccount = () => at.payments.authorize(testContext(tenant), { ...ids, amount: 2_000, currency: 'USD' });
  await assert.rejects(onAccount(), { kind: 'validation', message: /exactly/ });
  await at.payments.refundPayment(testContext(tenant), paid!.id, { amount: 2_000 });
  const held = await onAccount();
  assert.deepEqual([held.methodType, held.status], ['on_account', 'authorized']);

  const declined = await at.aCustomer('tok_declined');
  const tryAgain = () =>
    at.payments.createPayment(testContext(declined.tenant), { ...input, methodId: declined.method!.id });
  for (let times = 0; times < 2; times++) await assert.rejects(tryAgain(), { kind: 'payment_failed' });
});
