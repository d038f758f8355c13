import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DomainError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { factOf, paymentEvents, publicEventsOf } from './events.ts';
import type { Payment, PaymentState, RefundId } from './payment.ts';
import { decide, type PaymentCommand, refundableAmount } from './payment-decisions.ts';
import { fold } from './payment-evolution.ts';
import { feeOf, PAYMENT_METHOD_TERMS } from './payment-method.ts';
import type { ProcessorResult } from './processor.ts';
import { pendingPayment } from './service/charge.ts';

const AT = '2026-01-15T10:00:00.000Z';
const TRANSACTION = newId('txn');

function aPayment(more: { amount?: number; methodType?: Payment['methodType'] } = {}): Payment {
  const { amount = 1000, methodType = 'card' } = more;
  const owner = { customerId: newId('cus'), methodId: newId('pmt'), paymentId: newId('pay') };
  return pendingPayment({ ...owner, amount, methodType, currency: 'USD', description: 'x', metadata: {}, at: AT });
}

type Recorded = Exclude<ProcessorResult, { status: 'canceled' }>;

const RESULTS: Record<Recorded['status'], Recorded> = {
  authorized: { status: 'authorized', transactionId: TRANSACTION },
  succeeded: { status: 'succeeded', transactionId: TRANSACTION },
  processing: { status: 'processing', transactionId: TRANSACTION, settlesAt: AT },
  requires_action: {
    status: 'requires_action',
    transactionId: TRANSACTION,
    nextAction: { type: 'redirect_to_url', url: 'https://bank.example/3ds', expiresAt: null },
  },
  failed: { status: 'failed', transactionId: TRANSACTION, code: 'card_declined', message: 'Declined.' },
};
const record = (status: Recorded['status']): PaymentCommand => ({ type: 'record', result: RESULTS[status], at: AT });
const refund = (amount: number | null, refundId: RefundId = newId('ref')): PaymentCommand => ({
  type: 'request-refund',
  refundId,
  amount,
  reason: null,
  at: AT,
});
const done = (refundId: RefundId, status: 'succeeded' | 'failed' = 'succeeded'): PaymentCommand => ({
  type: 'record-refund',
  refundId,
  result: RESULTS[status],
  at: AT,
});
const cancel: PaymentCommand = { type: 'cancel', at: AT };

function after(payment: Payment, ...commands: PaymentCommand[]): Payment {
  let state: PaymentState = { status: 'none' };
  for (const command of [{ type: 'create', payment } as const, ...commands]) {
    state = paymentEvents(state, decide(command, state)).state;
  }
  return state as Payment;
}

test('ARC-04 a charge succeeds or fails once; late news about it changes nothing', () => {
  const succeeded = after(aPayment(), record('succeeded'));
  assert.deepEqual(
    [succeeded.status, succeeded.capturedAmount, succeeded.transactionId],
    ['succeeded', 1000, TRANSACTION],
  );
  const failed = after(aPayment(), record('failed'));
  assert.deepEqual(
    [failed.status, failed.failure, failed.capturedAmount],
    ['failed', { code: 'card_declined', message: 'Declined.' }, 0],
  );
  for (const state of [succeeded, failed, after(aPayment(), cancel)]) {
    for (const status of Object.keys(RESULTS) as Recorded['status'][])
      assert.deepEqual(decide(record(status), state), []);
  }
});

test('C-62 C-80 authorisation, capture, a bank transfer on its way, and a customer who has to act', () => {
  assert.equal(after(aPayment(), record('authorized')).status, 'authorized');
  assert.equal(after(aPayment(), record('authorized'), record('succeeded')).capturedAmount, 1000);
  const processing = after(aPayment(), record('authorized'), record('processing'));
  assert.deepEqual([processing.status, processing.settlesAt, processing.capturedAmount], ['processing', AT, 0]);
  assert.equal(after(aPayment(), record('processing'), record('succeeded')).status, 'succeeded');
  assert.equal(after(aPayment(), record('processing'), record('failed')).status, 'failed');
  const waiting = after(aPayment(), record('requires_action'));
  assert.equal(waiting.nextAction?.type, 'redirect_to_url');
  assert.equal(after(aPayment(), record('requires_action'), record('succeeded')).nextAction, null);
});

test('ORD-31 what is only held can be canceled, what was taken cannot', () => {
  for (const before of ['authorized', 'processing', 'requires_action'] as const) {
    assert.equal(after(aPayment(), record(before), cancel).status, 'canceled');
  }
  assert.deepEqual(decide(cancel, after(aPayment(), cancel)), []);
  assert.throws(() => decide(cancel, after(aPayment(), record('succeeded'))), { kind: 'invalid_state' });
});

test('PAY-12 PAY-13 PAY-14 partial refunds up to what was captured, then a full refund of what remains', () => {
  const first: RefundId = newId('ref');
  const paid = after(aPayment(), record('succeeded'), refund(400, first));
  assert.equal(refundableAmount(paid), 600, 'a requested refund is reserved at once');
  assert.equal(paid.refundedAmount, 0);
  assert.throws(() => decide(refund(601), paid), { kind: 'validation', message: /6\.00 USD/ });
  const second: RefundId = newId('ref');
  const partly = after(aPayment(), record('succeeded'), refund(400, first), done(first), refund(null, second));
  assert.deepEqual([partly.status, partly.refundedAmount, partly.refunds[1]!.amount], ['succeeded', 400, 600]);
  const all = paymentEvents(partly, decide(done(second), partly)).state as Payment;
  assert.deepEqual([all.status, all.refundedAmount], ['refunded', 1000]);
  assert.throws(() => decide(refund(null), all), { kind: 'invalid_state' });
});

test('PAY-14 a declined refund frees its amount; an unpaid payment has nothing to refund', () => {
  const id: RefundId = newId('ref');
  const declined = after(aPayment(), record('succeeded'), refund(null, id), done(id, 'failed'));
  assert.deepEqual([declined.status, refundableAmount(declined)], ['succeeded', 1000]);
  assert.deepEqual(decide(done(id), declined), [], 'the declined refund stays declined');
  for (const status of ['authorized', 'processing', 'failed'] as const) {
    assert.throws(() => decide(refund(1), after(aPayment(), record(status))), { kind: 'invalid_state' });
  }
});

test('ARC-04 PAY-14 any life of a payment: refunds never exceed the capture, the fold of the log is the payment', () => {
  const refundIds = Array.from({ length: 4 }, () => newId('ref') as RefundId);
  const anyCommand = fc.oneof(
    fc.constantFrom(...(Object.keys(RESULTS) as Recorded['status'][])).map(record),
    fc
      .tuple(fc.option(fc.integer({ min: 1, max: 1200 })), fc.constantFrom(...refundIds))
      .map(([amount, id]) => refund(amount, id)),
    fc
      .tuple(fc.constantFrom(...refundIds), fc.constantFrom('succeeded' as const, 'failed' as const))
      .map(([id, status]) => done(id, status)),
    fc.constant(cancel),
  );
  fc.assert(
    fc.property(fc.array(anyCommand, { maxLength: 14 }), (commands) => {
      const log: { type: string; data: Record<string, unknown> }[] = [];
      let state: PaymentState = { status: 'none' };
      for (const command of [{ type: 'create', payment: aPayment() } as const, ...commands]) {
        const { events, state: next } = paymentEvents(state, decided(command, state));
        log.push(...events.map((event) => JSON.parse(JSON.stringify(event))));
        state = next;
        checkInvariants(state as Payment, log.length);
      }
      assert.deepEqual(fold(log.map(factOf)), state);
    }),
    { numRuns: 300 },
  );
});

function decided(command: PaymentCommand, state: PaymentState) {
  try {
    return decide(command, state);
  } catch (error) {
    assert.ok(error instanceof DomainError, String(error));
    return [];
  }
}

function checkInvariants(payment: Payment, eventCount: number): void {
  assert.equal(payment.version, eventCount);
  const counted = payment.refunds.filter(({ status }) => status !== 'failed');
  const promised = counted.reduce((sum, { amount }) => sum + amount, 0);
  assert.ok(promised <= payment.capturedAmount && payment.refundedAmount <= promised);
  assert.equal(payment.status === 'refunded', payment.capturedAmount > 0 && payment.refundedAmount === payment.amount);
  assert.equal(payment.capturedAmount > 0, payment.status === 'succeeded' || payment.status === 'refunded');
}

test('PAY-18 PAY-19 each type has its time and its fee; the fee is exact, rounded half up, capped, and booked', () => {
  assert.equal(new Set(PAYMENT_METHOD_TERMS.map(({ type, ...terms }) => JSON.stringify(terms))).size, 3);
  assert.equal(feeOf('card', 10_000), 290 + 30);
  assert.equal(feeOf('card', 1), 30);
  assert.equal(feeOf('card', 50), 31, '1.45 rounds to 1');
  assert.equal(feeOf('card', 500), 45, '14.5 rounds up to 15');
  assert.equal(feeOf('bank_transfer', 10_000), 80);
  assert.equal(feeOf('bank_transfer', 10_000_000), 500);
  assert.equal(feeOf('on_account', 10_000), 0);
  assert.equal(feeOf('card', Number.MAX_SAFE_INTEGER), 261208778387489 + 30);
  assert.equal(after(aPayment({ amount: 10_000 }), record('succeeded')).feeAmount, 320);
  assert.equal(after(aPayment({ amount: 10_000 }), record('authorized')).feeAmount, 0);
});

test('C-87 G-24 merchants hear of money taken, given back or disputed, and of what failed, nothing else', () => {
  assert.deepEqual(publicEventsOf({ type: 'payment.succeeded' }), ['payment.succeeded']);
  assert.deepEqual(publicEventsOf({ type: 'payment.failed' }), ['payment.failed']);
  assert.deepEqual(publicEventsOf({ type: 'payment.refund_failed' }), ['refund.failed']);
  assert.deepEqual(publicEventsOf({ type: 'payment.dispute_opened' }), ['dispute.opened']);
  for (const type of ['payment.created', 'payment.authorized', 'payment.refund_requested', 'payment_method.attached']) {
    assert.deepEqual(publicEventsOf({ type }), []);
  }
});
