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

/** A line of what was sold that a part of a refund is for; only who sold it knows what `reference` names (G-24). */
export type RefundLine = { reference: string; quantity: number; amount: number };

export const REFUND_STATUSES = ['pending', 'succeeded', 'failed'] as const;

export type Refund = {
  id: RefundId;
  amount: number;
  reason: string | null;
  /** Their amounts add up to `amount`; empty when the refund names no lines. */
  lines: RefundLine[];
  status: (typeof REFUND_STATUSES)[number];
  failure: Failure | null;
  createdAt: string;
  updatedAt: string;
};

export const DISPUTE_STATUSES = ['needs_response', 'under_review', 'won', 'lost'] as const;
export type DisputeStatus = (typeof DISPUTE_STATUSES)[number];
export type DisputeId = Id<'dsp'>;

/** A customer's objection at the bank: the money is taken back until it is decided, and the fee stays. */
export type Dispute = {
  id: DisputeId;
  /** The processor's name for it. */
  processorId: string;
  amount: number;
  feeAmount: number;
  reason: string;
  status: DisputeStatus;
  evidenceDueAt: string | null;
  evidenceSubmittedAt: string | null;
  openedAt: string;
  updatedAt: string;
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
  /** Where the customer's browser goes after an authentication. */
  returnUrl: string | null;
  /** What was taken: all of `amount`, or less when a part was captured and the rest let go. */
  capturedAmount: number;
  /** What has been given back; requested refunds are not in it yet. */
  refundedAmount: number;
  /** What a dispute has taken back: disputes that are open or lost. */
  disputedAmount: number;
  /** Booked when the money is certain (PAY-19). */
  feeAmount: number;
  /** What the processor keeps for disputes, also for those that are won. */
  disputeFeeAmount: number;
  failure: Failure | null;
  nextAction: NextAction | null;
  /** When a processing payment is expected to be certain. */
  settlesAt: string | null;
  refunds: Refund[];
  disputes: Dispute[];
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
  /** `amount` is what was taken; absent: all of it. `newsAt`: when the processor wants to be asked again. */
  | {
      type: 'payment.succeeded';
      at: string;
      transactionId: string | null;
      feeAmount: number;
      amount?: number;
      newsAt?: string;
    }
  | { type: 'payment.failed'; at: string; transactionId: string | null; failure: Failure }
  | { type: 'payment.canceled'; at: string }
  | {
      type: 'payment.refund_requested';
      at: string;
      refundId: RefundId;
      amount: number;
      reason: string | null;
      lines?: RefundLine[];
    }
  | { type: 'payment.refund_processing'; at: string; refundId: RefundId; settlesAt: string | null }
  | { type: 'payment.refunded'; at: string; refundId: RefundId }
  | { type: 'payment.refund_failed'; at: string; refundId: RefundId; failure: Failure }
  | { type: 'payment.dispute_opened'; at: string; dispute: Dispute; newsAt: string | null }
  | { type: 'payment.dispute_answered'; at: string; disputeId: DisputeId; newsAt: string | null }
  | { type: 'payment.dispute_won'; at: string; disputeId: DisputeId }
  | { type: 'payment.dispute_lost'; at: string; disputeId: DisputeId };

export type PaymentEventType = PaymentFact['type'];

/** What is left of the money: taken, less what was given back or disputed, less all fees. May be below zero. */
export function netAmount(payment: Payment): number {
  const { capturedAmount, refundedAmount, disputedAmount, feeAmount, disputeFeeAmount } = payment;
  return capturedAmount - refundedAmount - disputedAmount - feeAmount - disputeFeeAmount;
}
