import { DomainError, invalidField } from '#kernel/errors.ts';
import { formatMoney } from '#kernel/money.ts';
import { type DisputeCommand, decideDispute } from './dispute-decisions.ts';
import type { Payment, PaymentFact, PaymentState, PaymentStatus, RefundId, RefundLine } from './payment.ts';
import { feeOf } from './payment-method.ts';
import type { ProcessorResult } from './processor.ts';

/** What may be asked of a payment. `at` is the instant of the decision, ISO 8601 UTC. */
export type PaymentCommand =
  | { type: 'create'; payment: Payment }
  /** What the processor (or the credit limit) said to an authorisation, charge, capture or settlement. */
  | { type: 'record'; result: Exclude<ProcessorResult, { status: 'canceled' }> | OnAccountResult; at: string }
  | { type: 'cancel'; at: string }
  /** Without amount: all that remains (PAY-13). */
  | {
      type: 'request-refund';
      refundId: RefundId;
      amount: number | null;
      reason: string | null;
      lines?: RefundLine[];
      at: string;
    }
  | { type: 'record-refund'; refundId: RefundId; result: ProcessorResult; at: string }
  | DisputeCommand;

/** On account there is no transaction at a processor. */
export type OnAccountResult = {
  status: 'authorized' | 'succeeded';
  transactionId: null;
  amount?: number;
  newsAt?: undefined;
};

type RecordCommand = Extract<PaymentCommand, { type: 'record' }>;
type RefundCommand = Extract<PaymentCommand, { type: 'request-refund' }>;
type RefundResultCommand = Extract<PaymentCommand, { type: 'record-refund' }>;

/** Which news a payment in this status can still get; other news about it is old and changes nothing. */
const OPEN_FOR: Readonly<Record<PaymentStatus, readonly PaymentStatus[]>> = {
  pending: ['authorized', 'succeeded', 'processing', 'requires_action', 'failed'],
  requires_action: ['authorized', 'succeeded', 'processing', 'failed'],
  authorized: ['succeeded', 'processing', 'failed'],
  processing: ['succeeded', 'failed'],
  succeeded: [],
  failed: [],
  canceled: [],
  refunded: [],
};

/**
 * The facts that follow from a command; none when it has no effect any more, so that every command may be repeated.
 * Errors: `invalid_state`, `validation` (refund above what remains).
 */
export function decide(command: PaymentCommand, state: PaymentState): PaymentFact[] {
  if (command.type === 'create') {
    return state.status === 'none' ? [{ type: 'payment.created', payment: command.payment }] : [];
  }
  if (state.status === 'none') throw new Error('The payment was not created');
  switch (command.type) {
    case 'record':
      return decideRecord(command, state);
    case 'cancel':
      return decideCancel(command.at, state);
    case 'request-refund':
      return decideRefund(command, state);
    case 'record-refund':
      return decideRefundResult(command, state);
    case 'record-dispute':
    case 'answer-dispute':
      return decideDispute(command, state);
    default:
      return command satisfies never;
  }
}

function decideRecord({ result, at }: RecordCommand, payment: Payment): PaymentFact[] {
  if (!OPEN_FOR[payment.status].includes(result.status)) return [];
  const { transactionId } = result;
  switch (result.status) {
    case 'authorized':
      return [{ type: 'payment.authorized', at, transactionId }];
    case 'succeeded': {
      const { amount = payment.amount, newsAt } = result;
      if (amount > payment.amount) throw new Error(`The processor took more than the amount of ${payment.id}`);
      const feeAmount = feeOf(payment.methodType, amount);
      const part = amount === payment.amount ? {} : { amount };
      return [{ type: 'payment.succeeded', at, transactionId, feeAmount, ...part, ...(newsAt && { newsAt }) }];
    }
    case 'processing':
      return [{ type: 'payment.processing', at, transactionId: result.transactionId, settlesAt: result.settlesAt }];
    case 'requires_action': {
      const { nextAction } = result;
      return [{ type: 'payment.requires_action', at, transactionId: result.transactionId, nextAction }];
    }
    case 'failed': {
      const failure = { code: result.code, message: result.message };
      return [{ type: 'payment.failed', at, transactionId, failure }];
    }
    default:
      return result satisfies never;
  }
}

function decideCancel(at: string, payment: Payment): PaymentFact[] {
  switch (payment.status) {
    case 'pending':
    case 'requires_action':
    case 'authorized':
    case 'processing':
      return [{ type: 'payment.canceled', at }];
    case 'canceled':
    case 'failed':
      return [];
    case 'succeeded':
    case 'refunded':
      throw new DomainError('invalid_state', `The payment ${payment.id} was captured; refund it instead.`);
    default:
      return payment.status satisfies never;
  }
}

/**
 * What may be captured now. Less than what is held lets the rest go, because processors release it with the first
 * capture. Errors: `invalid_state` (not held, or the payment of an order, which alone knows how much it is by now),
 * `validation` (more than is held).
 */
export function capturableAmount(payment: Payment, amount: number | null): number {
  if (payment.orderId) {
    const message = `The payment ${payment.id} belongs to the order ${payment.orderId}; capture the order instead.`;
    throw new DomainError('invalid_state', message);
  }
  if (payment.status !== 'authorized') {
    const message = `Only an authorized payment can be captured; this one is ${payment.status}.`;
    throw new DomainError('invalid_state', message);
  }
  if (amount !== null && amount > payment.amount) {
    const held = formatMoney({ amount: payment.amount, currency: payment.currency });
    throw invalidField('amount', 'too_large', `At most ${held} (${payment.amount}) is held.`);
  }
  return amount ?? payment.amount;
}

/** What can still be refunded: captured, less what was given back, is on its way back, or was taken by a dispute. */
export function refundableAmount(payment: Payment): number {
  let open = payment.capturedAmount - payment.disputedAmount;
  for (const refund of payment.refunds) if (refund.status !== 'failed') open -= refund.amount;
  return open;
}

function decideRefund({ refundId, amount, reason, lines, at }: RefundCommand, payment: Payment): PaymentFact[] {
  if (payment.refunds.some((refund) => refund.id === refundId)) return [];
  if (payment.status !== 'succeeded' && payment.status !== 'refunded') {
    const message = `Only a succeeded payment can be refunded; this one is ${payment.status}.`;
    throw new DomainError('invalid_state', message);
  }
  const refundable = refundableAmount(payment);
  if (refundable <= 0) {
    const why =
      payment.disputedAmount > 0 ? 'What remains of the payment is disputed' : 'The payment is refunded already';
    throw new DomainError('invalid_state', `${why}; nothing remains to be refunded.`);
  }
  if (amount !== null && amount > refundable) {
    const most = formatMoney({ amount: refundable, currency: payment.currency });
    throw invalidField('amount', 'too_large', `At most ${most} (${refundable}) of this payment can still be refunded.`);
  }
  const named = lines?.length ? { lines } : {};
  return [{ type: 'payment.refund_requested', at, refundId, amount: amount ?? refundable, reason, ...named }];
}

function decideRefundResult({ refundId, result, at }: RefundResultCommand, payment: Payment): PaymentFact[] {
  const refund = payment.refunds.find((each) => each.id === refundId);
  if (refund?.status !== 'pending') return [];
  if (result.status === 'failed') {
    const failure = { code: result.code, message: result.message };
    return [{ type: 'payment.refund_failed', at, refundId, failure }];
  }
  if (result.status === 'processing') {
    return [{ type: 'payment.refund_processing', at, refundId, settlesAt: result.settlesAt }];
  }
  if (result.status !== 'succeeded') throw new Error(`A refund cannot become ${result.status}`);
  return [{ type: 'payment.refunded', at, refundId }];
}
