import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { MINUTE_MS } from '#kernel/clock.ts';
import type { Currency } from '#kernel/money.ts';
import { testContext } from '#test/support/module.ts';
import { type Fault, type StripeServer, startStripeServer } from '#test/support/stripe/stripe-server.ts';
import { type PaymentsUnderTest, paymentsUnderTest } from '../payments-under-test.ts';
import { createStripeProcessor } from './stripe-processor.ts';

let server: StripeServer;
let at: PaymentsUnderTest;
let number = 0;
before(async () => {
  server = await startStripeServer(() => Math.floor(at.kits.clock.nowMs() / 1_000));
  const settings = { secretKey: 'sk_test_faults', apiBase: server.url, timeoutMs: 300 };
  at = await paymentsUnderTest({
    processorOf: ({ database, clock }) => createStripeProcessor(database, clock, settings, () => 'https://shop.test'),
  });
});
after(async () => {
  await server?.close();
  await at?.kits.close();
});
// An open circuit lets a trial call through by then, and leases of sagas have ended.
beforeEach(() => at.kits.clock.advance(MINUTE_MS));

async function aCharge(token = 'pm_ok', currency: Currency = 'USD') {
  const { tenant, attach, customer } = await at.aCustomer();
  const method = await attach(`${token}_f${++number}`);
  const input = { amount: 500, currency, methodId: method.id, description: 'x' };
  const pay = () => at.payments.createPayment(testContext(tenant), input);
  const only = async () => {
    const { items } = await at.payments.listPayments(tenant, {}, { limit: 10 });
    assert.equal(items.length, 1);
    return items[0]!;
  };
  return { tenant, customer, pay, only };
}

const FAULTS: readonly Fault[] = ['refused_before', 'cut_before', 'cut_after', 'error_after', 'silent_after'];

for (const fault of FAULTS) {
  for (const part of ['POST /v1/payment_intents', '/confirm']) {
    test(`ARC-12 PAY-06 ${fault} at ${part}: the caller gets the outcome, and the money is taken once`, async () => {
      const { pay } = await aCharge();
      server.failNext(part, fault);
      const before = server.calls.length;
      const payment = await pay();
      assert.deepEqual([payment.status, payment.capturedAmount], ['succeeded', 500]);
      assert.equal(server.balance(payment.transactionId!), 500);
      const taken = server.calls.slice(before).filter(({ call }) => call.includes('/confirm'));
      assert.equal(new Set(taken.map(({ call }) => call)).size, 1, 'one intent is confirmed, whatever is repeated');
      assert.ok(
        taken.every(({ key }) => key === taken[0]!.key && key !== undefined),
        'by one key',
      );
    });
  }

  test(`ARC-12 PAY-11 ${fault} at a refund: it is given back once`, async () => {
    const { tenant, pay } = await aCharge();
    const payment = await pay();
    server.failNext('POST /v1/refunds', fault);
    const refunded = await at.payments.refundPayment(testContext(tenant), payment.id, { amount: 200 });
    assert.deepEqual([refunded.refundedAmount, refunded.refunds[0]!.status], [200, 'succeeded']);
    assert.equal(server.balance(payment.transactionId!), 300);
  });
}

test('C-43 a currency that Stripe counts in other units than ISO 4217 is refused before anything is sent', async () => {
  const calls = server.calls.length;
  for (const currency of ['ISK', 'UGX', 'MGA'] as const) {
    const { pay, only } = await aCharge('pm_ok', currency);
    await assert.rejects(pay(), { kind: 'payment_failed', message: new RegExp(currency) });
    assert.equal((await only()).status, 'failed');
  }
  const sent = server.calls.slice(calls).map(({ call }) => call);
  assert.deepEqual(
    sent.filter((call) => call.includes('payment_intents')),
    [],
  );
});

test('ARC-15 nothing answers any more after the money was taken: the payment is pending, and found later, not taken again', async () => {
  const { pay, only } = await aCharge();
  server.failNext('/confirm', 'silent_after');
  // The saga asks twice more before it gives up for now.
  for (let lost = 0; lost < 2; lost++) server.failNext('GET /v1/payment_intents', 'error_after');
  await assert.rejects(pay(), { kind: 'unavailable', message: /goes on by itself/ });
  assert.equal((await only()).status, 'pending');
  const confirmed = server.calls.filter(({ call }) => call.includes('/confirm')).length;
  for (let round = 0; round < 4 && (await only()).status === 'pending'; round++) {
    at.kits.clock.advance(MINUTE_MS);
    await at.kit.sagas.recover();
  }
  const payment = await only();
  assert.equal(payment.status, 'succeeded');
  assert.equal(server.balance(payment.transactionId!), 500);
  assert.equal(server.calls.filter(({ call }) => call.includes('/confirm')).length, confirmed, 'it was looked up');
});

test('PAY-09 C-32 a decline of Stripe surfaces with its code, and yen and cents are sent as they are', async () => {
  const declined = await aCharge('pm_no_funds');
  await assert.rejects(declined.pay(), { kind: 'insufficient_funds' });
  assert.equal((await declined.only()).failure!.code, 'insufficient_funds');
  const { tenant, attach } = await at.aCustomer();
  const method = await attach(`pm_ok_f${++number}`);
  const input = { amount: 1_000, currency: 'JPY' as const, methodId: method.id, description: 'x' };
  const payment = await at.payments.createPayment(testContext(tenant), input);
  const made = server.calls.findLast(({ call }) => call === 'POST /v1/payment_intents')!;
  assert.deepEqual([made.form.amount, made.form.currency, payment.feeAmount], ['1000', 'jpy', 59]);
});

test('PCI-04 a method is attached to one customer at Stripe, which is made once; a raw number never gets there', async () => {
  const { attach } = await at.aCustomer();
  const before = server.calls.length;
  await attach(`pm_ok_f${++number}`);
  await attach(`pm_wallet_f${++number}`).catch(() => undefined);
  const made = server.calls.slice(before).filter(({ call }) => call === 'POST /v1/customers');
  assert.equal(made.length, 1);
  await assert.rejects(attach('4242424242424242'), { kind: 'validation' });
  assert.ok(server.calls.every(({ form, call }) => !/4242424242424242/.test(JSON.stringify([form, call]))));
});

test('the library sends no telemetry about us', async () => {
  const { pay } = await aCharge();
  await pay();
  await pay();
  assert.ok(server.calls.length > 0);
  assert.ok(server.calls.every(({ telemetry }) => telemetry === undefined));
});
