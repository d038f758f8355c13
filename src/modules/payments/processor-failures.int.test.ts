import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '#kernel/clock.ts';
import { statement } from '#kernel/database/statement.ts';
import { everyTenant } from '#kernel/database/tenant.ts';
import { testContext } from '#test/support/module.ts';
import type { PaymentProcessor } from './index.ts';
import { paymentsUnderTest } from './payments-under-test.ts';

/** What the way to the processor does: nothing passes, or calls arrive and their answers do not. */
let weather: 'fine' | 'down' | 'answers-lost' = 'fine';
let calls = 0;
/** Refunds take longer than they were said to. */
let areRefundsSlow = false;
let areAnswersToEvidenceLost = false;

function throughWeather<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  calls++;
  if (weather === 'down') return Promise.reject(new Error('no route to the processor'));
  const answer = work();
  return weather === 'fine' ? answer : answer.then(() => Promise.reject(new Error('the line broke')));
}

function between(processor: PaymentProcessor): PaymentProcessor {
  return {
    ...processor,
    authorize: (call) => throughWeather(() => processor.authorize(call)),
    charge: (call) => throughWeather(() => processor.charge(call)),
    capture: (call) => throughWeather(() => processor.capture(call)),
    void: (call) => throughWeather(() => processor.void(call)),
    refund: (call) => throughWeather(() => processor.refund(call)),
    lookup: (call) =>
      throughWeather(async () => {
        const known = await processor.lookup(call);
        if (!areRefundsSlow || call.kind !== 'refund' || !known) return known;
        return { status: 'processing', transactionId: call.transactionId!, settlesAt: new Date(0).toISOString() };
      }),
    disputes: (tenant, transactionId) => throughWeather(() => processor.disputes(tenant, transactionId)),
    async answerDispute(call) {
      await processor.answerDispute(call);
      if (areAnswersToEvidenceLost) throw new Error('the line broke');
    },
  };
}

let at: Awaited<ReturnType<typeof paymentsUnderTest>>;
before(async () => {
  at = await paymentsUnderTest({ between });
});
after(() => at.kits.close());
beforeEach(() => {
  weather = 'fine';
  calls = 0;
  // Half a minute later an open circuit lets a trial call through, and leases of sagas have ended.
  at.kits.clock.advance(MINUTE_MS);
});

async function aCharge(token = 'tok_visa') {
  const { tenant, method } = await at.aCustomer(token);
  const input = { amount: 500, currency: 'USD' as const, methodId: method!.id, description: 'x' };
  const pay = (idempotencyKey = 'key') =>
    at.payments.createPayment(testContext(tenant, { operation: 'payments.create', idempotencyKey }), input);
  const only = async () => {
    const { items } = await at.payments.listPayments(tenant, {}, { limit: 10 });
    assert.equal(items.length, 1);
    return items[0]!;
  };
  const charges = async () => {
    const query = statement(
      "select count(*) as times from payments.simulator_operations where org_id = $1 and kind in ('charge', 'refund')",
      [tenant.orgId],
    );
    return (await at.kit.database.read(everyTenant, query))[0]!.times as number;
  };
  return { tenant, pay, only, charges };
}

test('ARC-12 a call that does not arrive is repeated with its key: one charge, and the caller does not notice', async () => {
  const { pay, charges } = await aCharge('tok_unreachable_once');
  assert.equal((await pay()).status, 'succeeded');
  assert.equal(await charges(), 1);
});

test('PAY-06 an answer that is lost is looked up: one charge, and the caller does not notice', async () => {
  const { tenant, pay, charges } = await aCharge('tok_lost_answer');
  const payment = await pay();
  assert.equal(payment.status, 'succeeded');
  assert.equal(await charges(), 1);
  const refunded = await at.payments.refundPayment(testContext(tenant), payment.id, {});
  assert.equal(refunded.status, 'refunded');
  assert.equal(await charges(), 2);
});

test('ARC-15 answers and look-ups lost: 503, pending, and finished by the saga with one charge when the line is back', async () => {
  const { pay, only, charges } = await aCharge();
  weather = 'answers-lost';
  await assert.rejects(pay(), { kind: 'unavailable', message: /goes on by itself/ });
  assert.equal((await only()).status, 'pending');
  await assert.rejects(pay(), { kind: 'idempotency_running' });
  weather = 'fine';
  at.kits.clock.advance(MINUTE_MS);
  assert.equal(await at.kit.sagas.recover(), 1);
  assert.equal((await only()).status, 'succeeded');
  assert.equal((await pay()).status, 'succeeded', 'the repeated request gets the outcome');
  assert.equal(await charges(), 1);
});

test('ARC-15 a refund that is not decided when it should be is asked about until it is', async () => {
  const { tenant, pay, only } = await aCharge('tok_refund_pending');
  await at.payments.refundPayment(testContext(tenant), (await pay()).id, {});
  areRefundsSlow = true;
  at.kits.clock.advance(DAY_MS);
  await at.worker().runDue();
  assert.equal((await only()).refunds[0]!.status, 'pending');
  areRefundsSlow = false;
  at.kits.clock.advance(MINUTE_MS);
  await at.worker().runDue();
  assert.equal((await only()).status, 'refunded');
});

test('C-52 ARC-15 a capture whose answer is lost says so, also with a key, and the repeated request gets its outcome', async () => {
  const { tenant, method } = await at.aCustomer('tok_visa');
  const input = { amount: 500, currency: 'USD' as const, methodId: method!.id, description: 'x' };
  const held = await at.payments.createPayment(testContext(tenant), { ...input, intent: 'authorization' });
  const context = () => testContext(tenant, { operation: 'payments.capture', idempotencyKey: 'once' });
  weather = 'answers-lost';
  await assert.rejects(at.payments.capturePayment(context(), held.id, {}), { kind: 'unavailable' });
  await assert.rejects(at.payments.capturePayment(context(), held.id, {}), { kind: 'idempotency_running' });
  weather = 'fine';
  at.kits.clock.advance(MINUTE_MS);
  await at.kit.sagas.recover();
  assert.equal((await at.payments.capturePayment(context(), held.id, {})).status, 'succeeded');
});

test('ARC-12 ARC-13 with the circuit open nothing is sent: the payment fails at once and says so', async () => {
  const [broken, another, { pay, only, charges }] = [await aCharge(), await aCharge(), await aCharge()];
  weather = 'down';
  await assert.rejects(broken.pay(), { kind: 'unavailable' });
  assert.equal((await broken.only()).status, 'pending', 'the first calls may have arrived, so it is not failed');
  await assert.rejects(another.pay(), { kind: 'unavailable' });
  assert.equal(at.breaker.state, 'open');
  calls = 0;
  await assert.rejects(pay(), { kind: 'upstream', message: /nothing was charged/ });
  assert.equal(calls, 0);
  assert.equal((await only()).failure!.code, 'processor_unavailable');
  weather = 'fine';
  at.kits.clock.advance(MINUTE_MS);
  // Half open: one trial at a time, so sagas of the other payments may need another round.
  for (let round = 0; round < 5; round++) {
    await at.kit.sagas.recover();
    at.kits.clock.advance(31 * SECOND_MS);
  }
  for (const each of [broken, another]) {
    assert.equal((await each.only()).status, 'succeeded');
    assert.equal(await each.charges(), 1);
  }
  assert.equal((await only()).status, 'failed', 'what failed stays failed');
  assert.equal(await charges(), 0);
});

test('ARC-15 a process that dies between the stored intent and the outcome: the charge is resumed once', async () => {
  const { pay, only, charges } = await aCharge();
  weather = 'down';
  await assert.rejects(pay());
  assert.equal(await charges(), 0);
  weather = 'fine';
  at.kits.clock.advance(MINUTE_MS);
  await at.kit.sagas.recover();
  assert.equal((await only()).status, 'succeeded');
  assert.equal(await charges(), 1);
});

test('ARC-12 evidence whose answer was lost is handed in once: the same request again finds its dispute, another is refused', async () => {
  const { tenant, pay } = await aCharge('tok_dispute');
  await pay();
  at.kits.clock.advance(MINUTE_MS + SECOND_MS);
  await at.worker().runDue();
  const { items } = await at.payments.disputes.list(tenant, {}, { limit: 10 });
  const { id } = items[0]!;
  const handIn = (idempotencyKey: string) => {
    const context = testContext(tenant, { operation: 'disputes.answer', idempotencyKey });
    return at.payments.disputes.answer(context, id, 'the parcel was signed for');
  };
  areAnswersToEvidenceLost = true;
  await assert.rejects(handIn('first'), { kind: 'unavailable' });
  areAnswersToEvidenceLost = false;
  at.kits.clock.advance(MINUTE_MS);
  await assert.rejects(handIn('second'), { kind: 'invalid_state' });
  const found = await handIn('first');
  assert.deepEqual([found.id, found.status], [id, 'under_review']);
  assert.deepEqual(await handIn('first'), found);
});
