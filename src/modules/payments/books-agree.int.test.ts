import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { DAY_MS, MINUTE_MS } from '#kernel/clock.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { DomainError } from '#kernel/errors.ts';
import type { PaymentId } from '#kernel/ids.ts';
import { testContext } from '#test/support/module.ts';
import { factOf } from './events.ts';
import { netAmount, type Payment } from './payment.ts';
import { fold } from './payment-evolution.ts';
import { feeOf } from './payment-method.ts';
import { type PaymentsUnderTest, paymentsUnderTest } from './payments-under-test.ts';
import type { PaymentProcessor } from './processor.ts';

/** Raised in place of an answer, as if the process had died there. */
class Killed extends Error {}

let at: PaymentsUnderTest;
let simulator: PaymentProcessor;
/** Before or after which call of the processor the process "dies"; null: it lives. Who died asks nothing any more. */
let killAt: { call: keyof PaymentProcessor; when: 'before' | 'after' } | null = null;
let isDead = false;
before(async () => {
  at = await paymentsUnderTest({
    between(processor) {
      simulator = processor;
      return {
        ...processor,
        refund: mortal('refund', processor),
        capture: mortal('capture', processor),
        lookup: (call) => (isDead ? Promise.reject(new Killed()) : processor.lookup(call)),
      };
    },
  });
});
after(() => at.kits.close());

function mortal<Name extends 'refund' | 'capture'>(name: Name, processor: PaymentProcessor): PaymentProcessor[Name] {
  return async (call) => {
    const mine = killAt?.call === name ? killAt.when : null;
    isDead ||= mine === 'before';
    if (isDead) throw new Killed();
    const answer = await processor[name](call);
    isDead = mine === 'after';
    if (isDead) throw new Killed();
    return answer;
  };
}

/** What the processor has in its books for a payment: its transaction alone is asked. */
async function atProcessor(tenant: Tenant, payment: Payment): Promise<number> {
  const ask = (idempotencyKey: string, kind: 'charge' | 'capture' | 'refund') =>
    simulator.lookup({ tenant, idempotencyKey, kind, transactionId: payment.transactionId });
  const taken = (await ask(`${payment.id}:charge`, 'charge')) ?? (await ask(`${payment.id}:capture`, 'capture'));
  let amount = taken?.status === 'succeeded' ? (taken.amount ?? payment.amount) : 0;
  for (const refund of payment.refunds) {
    const known = await ask(refund.id, 'refund');
    if (known?.status === 'succeeded') amount -= refund.amount;
  }
  for (const dispute of await simulator.disputes(tenant, payment.transactionId!)) {
    if (dispute.status !== 'won') amount -= dispute.amount;
  }
  return amount;
}

const anAction = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('refund' as const), amount: fc.option(fc.integer({ min: 1, max: 700 })) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('capture' as const),
      amount: fc.option(fc.integer({ min: 1, max: 1_100 })),
    }),
  },
  fc.record({ do: fc.constant('void' as const) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(MINUTE_MS + 1, DAY_MS, 8 * DAY_MS) }),
  fc.record({ do: fc.constant('answer' as const), evidence: fc.constantFrom('winning_evidence', 'none') }),
);
type Action = typeof anAction extends fc.Arbitrary<infer Value> ? Value : never;

test('ARC-04 PAY-12 PAY-14 PAY-19 any sequence of holding, taking, releasing, giving back and disputing: our books are the processor’s', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(
        'tok_visa',
        'tok_dispute',
        'tok_bank_ok',
        'tok_refund_pending',
        'tok_refund_fails',
        'tok_lost_answer',
      ),
      fc.boolean(),
      fc.array(anAction, { minLength: 1, maxLength: 7 }),
      async (token, isHeld, actions) => {
        const { tenant, method } = await at.aCustomer(token);
        const input = { amount: 1_000, currency: 'USD' as const, methodId: method!.id, description: 'x' };
        const intent = isHeld ? ('authorization' as const) : ('charge' as const);
        const { id } = await at.payments.createPayment(testContext(tenant), { ...input, intent });
        for (const action of actions) {
          await perform(tenant, id, action);
          await checkBooks(tenant, id);
        }
        // Whatever was on its way has arrived by then.
        at.kits.clock.advance(10 * DAY_MS);
        await at.worker().runDue();
        const payment = await checkBooks(tenant, id);
        const agreed = payment.capturedAmount - payment.refundedAmount - payment.disputedAmount;
        assert.equal(agreed, await atProcessor(tenant, payment));
      },
    ),
    { numRuns: 25 },
  );
});

async function perform(tenant: Tenant, id: PaymentId, action: Action): Promise<void> {
  const context = testContext(tenant);
  try {
    if (action.do === 'refund') await at.payments.refundPayment(context, id, { amount: action.amount });
    else if (action.do === 'capture') await at.payments.capturePayment(context, id, { amount: action.amount });
    else if (action.do === 'void') await at.payments.voidPayment(context, id);
    else if (action.do === 'answer') {
      const [dispute] = (await at.payments.getPayment(tenant, id)).disputes;
      if (dispute) await at.payments.disputes.answer(context, dispute.id, action.evidence);
    } else {
      at.kits.clock.advance(action.ms);
      await at.worker().runDue();
    }
  } catch (error) {
    assert.ok(error instanceof DomainError, String(error));
    assert.notEqual(error.kind, 'internal');
  }
}

/** What must hold of a payment at any time, beside being the fold of its log and what the lists show. */
async function checkBooks(tenant: Tenant, id: PaymentId): Promise<Payment> {
  const payment = await at.payments.getPayment(tenant, id);
  assert.deepEqual(fold((await at.payments.paymentHistory(tenant, id)).map(factOf)), payment);
  const { capturedAmount, refundedAmount, disputedAmount, amount } = payment;
  assert.ok(capturedAmount >= 0 && capturedAmount <= amount);
  assert.ok(capturedAmount - refundedAmount - disputedAmount >= 0, 'nobody gets back more than was taken');
  const promised = payment.refunds
    .filter(({ status }) => status !== 'failed')
    .reduce((sum, each) => sum + each.amount, 0);
  assert.ok(refundedAmount <= promised && promised <= capturedAmount);
  assert.equal(payment.feeAmount, capturedAmount > 0 ? feeOf(payment.methodType, capturedAmount) : 0);
  assert.equal(payment.disputeFeeAmount, payment.disputes.length * 1_500);
  const fees = payment.feeAmount + payment.disputeFeeAmount;
  assert.equal(netAmount(payment), capturedAmount - refundedAmount - disputedAmount - fees);
  const { items } = await at.payments.listRefunds(tenant, { paymentId: id }, { limit: 100 });
  const shown = items.map(({ id: refundId, amount: back, status }) => ({ refundId, back, status })).reverse();
  const held = payment.refunds.map(({ id: refundId, amount: back, status }) => ({ refundId, back, status }));
  assert.deepEqual(shown, held, 'the list of refunds is the payment');
  return payment;
}

for (const [call, when] of [
  ['refund', 'before'],
  ['refund', 'after'],
  ['capture', 'before'],
  ['capture', 'after'],
] as const) {
  test(`ARC-15 a process that dies ${when} the ${call} at the processor: another one finishes it, and the money moves once`, async () => {
    const { tenant, method } = await at.aCustomer('tok_visa');
    const input = { amount: 1_000, currency: 'USD' as const, methodId: method!.id, description: 'x' };
    const intent = call === 'capture' ? ('authorization' as const) : ('charge' as const);
    const { id } = await at.payments.createPayment(testContext(tenant), { ...input, intent });
    killAt = { call, when };
    const work =
      call === 'refund'
        ? at.payments.refundPayment(testContext(tenant), id, { amount: 400 })
        : at.payments.capturePayment(testContext(tenant), id, { amount: 400 });
    await assert.rejects(work, { kind: 'unavailable' });
    killAt = null;
    isDead = false;
    const between = await at.payments.getPayment(tenant, id);
    assert.equal(between.refundedAmount, 0);
    if (call === 'refund') assert.equal(between.refunds[0]!.status, 'pending', 'its amount is reserved');
    // The lease ends, and an open circuit lets a trial call through.
    for (let round = 0; round < 3; round++) {
      at.kits.clock.advance(MINUTE_MS);
      await at.kit.sagas.recover();
    }
    const payment = await checkBooks(tenant, id);
    const moved = payment.capturedAmount - payment.refundedAmount;
    assert.equal(moved, call === 'refund' ? 600 : 400);
    assert.equal(moved, await atProcessor(tenant, payment));
    assert.equal(await at.kit.sagas.recover(), 0, 'nothing is left to do');
  });
}
