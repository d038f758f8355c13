import type { CustomerId, Id, OrderId, PaymentId, PaymentMethodId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import type { PaymentMethodType } from './payment-method.ts';
import type { NextAction } from './processor.ts';

export const PAYMENT_STATUSES = [
  'pending',
  'requires_action',
  'processing',
  'authorized',
  'succeeded',
  'failed',
  'canceled',
  'refunded',
] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];
export type RefundId = Id<'ref'>;

/** Why the processor (or the credit limit) said no; `code` is the decline code that surfaces (PAY-09). */
export type Failure = { code: string; message: string };

export type Refund = {
  id: RefundId;
  amount: number;
  reason: string | null;
  status: 'pending' | 'succeeded' | 'failed';
  createdAt: string;
};

/** A payment as its events make it. Amounts are minor units of `currency`. */
export interface Payment {
  id: PaymentId;
  version: number;
  /** `charge` takes the money at once, `authorization` holds it until capture. */
  intent: 'charge' | 'authorization';
  methodType: PaymentMethodType | 'on_account';
  methodId: PaymentMethodId | null;
  customerId: CustomerId | null;
  orderId: OrderId | null;
  amount: number;
  currency: Currency;
  status: PaymentStatus;
  description: string;
  metadata: Record<string, string>;
  /** The processor's name for it. */
  transactionId: string | null;
  capturedAmount: number;
  /** What has been given back; requested refunds are not in it yet. */
  refundedAmount: number;
  /** Booked when the money is certain (PAY-19). */
  feeAmount: number;
  failure: Failure | null;
  nextAction: NextAction | null;
  /** When a processing payment is expected to be certain. */
  settlesAt: string | null;
  refunds: Refund[];
  createdAt: string;
  updatedAt: string;
}

/** Before its first event a payment is nothing. */
export type PaymentState = { status: 'none' } | Payment;

/** What can have happened, with the facts that the state is rebuilt from (ARC-04). `at` is ISO 8601 UTC. */
export type PaymentFact =
  | { type: 'payment.created'; payment: Payment }
  | { type: 'payment.authorized'; at: string; transactionId: string | null }
  | { type: 'payment.requires_action'; at: string; transactionId: string; nextAction: NextAction }
  | { type: 'payment.processing'; at: string; transactionId: string; settlesAt: string }
  | { type: 'payment.succeeded'; at: string; transactionId: string | null; feeAmount: number }
  | { type: 'payment.failed'; at: string; transactionId: string | null; failure: Failure }
  | { type: 'payment.canceled'; at: string }
  | { type: 'payment.refund_requested'; at: string; refundId: RefundId; amount: number; reason: string | null }
  | { type: 'payment.refunded'; at: string; refundId: RefundId }
  | { type: 'payment.refund_failed'; at: string; refundId: RefundId; failure: Failure };

export type PaymentEventType = PaymentFact['type'];

/** The state after one more fact. Pure: the same facts always give the same payment. */
export function evolve(state: PaymentState, fact: PaymentFact): Payment {
  if (fact.type === 'payment.created') return fact.payment;
  if (state.status === 'none') throw new Error(`The stream of a payment begins with ${fact.type}`);
  const next = { ...state, version: state.version + 1, updatedAt: fact.at };
  switch (fact.type) {
    case 'payment.authorized':
      return { ...next, status: 'authorized', transactionId: known(state, fact), nextAction: null };
    case 'payment.requires_action':
      return { ...next, status: 'requires_action', transactionId: known(state, fact), nextAction: fact.nextAction };
    case 'payment.processing':
      return {
        ...next,
        status: 'processing',
        transactionId: known(state, fact),
        nextAction: null,
        settlesAt: fact.settlesAt,
      };
    case 'payment.succeeded':
      return {
        ...next,
        status: 'succeeded',
        transactionId: known(state, fact),
        capturedAmount: state.amount,
        feeAmount: fact.feeAmount,
        nextAction: null,
        settlesAt: null,
      };
    case 'payment.failed':
      return {
        ...next,
        status: 'failed',
        transactionId: known(state, fact),
        failure: fact.failure,
        nextAction: null,
        settlesAt: null,
      };
    case 'payment.canceled':
      return { ...next, status: 'canceled', nextAction: null, settlesAt: null };
    case 'payment.refund_requested':
      return { ...next, refunds: [...state.refunds, requested(fact)] };
    case 'payment.refunded':
      return afterRefund({ ...next, refunds: withStatus(state, fact.refundId, 'succeeded') });
    case 'payment.refund_failed':
      return { ...next, refunds: withStatus(state, fact.refundId, 'failed') };
    default:
      return fact satisfies never;
  }
}

export function fold(facts: readonly PaymentFact[]): PaymentState {
  return facts.reduce<PaymentState>(evolve, { status: 'none' });
}

/** The first transaction names the payment at the processor; captures and refunds refer to it. */
function known(state: Payment, fact: { transactionId: string | null }): string | null {
  return state.transactionId ?? fact.transactionId;
}

function requested(fact: Extract<PaymentFact, { type: 'payment.refund_requested' }>): Refund {
  return { id: fact.refundId, amount: fact.amount, reason: fact.reason, status: 'pending', createdAt: fact.at };
}

function withStatus(state: Payment, refundId: RefundId, status: Refund['status']): Refund[] {
  return state.refunds.map((refund) => (refund.id === refundId ? { ...refund, status } : refund));
}

function afterRefund(payment: Payment): Payment {
  let refundedAmount = 0;
  for (const refund of payment.refunds) if (refund.status === 'succeeded') refundedAmount += refund.amount;
  const status = refundedAmount === payment.capturedAmount ? 'refunded' : payment.status;
  return { ...payment, refundedAmount, status };
}
