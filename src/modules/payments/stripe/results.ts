import type Stripe from 'stripe';
import { DAY_MS } from '#kernel/clock.ts';
import {
  NOT_CAPTURABLE,
  type OperationKind,
  type ProcessorDispute,
  type ProcessorResult,
  type TokenDescription,
} from '../processor.ts';

type Failed = Extract<ProcessorResult, { status: 'failed' }>;

/** Bank debits are certain after days, of which Stripe tells by webhook; without one we ask by then. */
const SETTLEMENT_MS = 5 * DAY_MS;
const REFUND_SETTLEMENT_MS = DAY_MS;

/** What became of the operation of this kind, as the payment intent shows it; null: it never arrived. */
export function resultOf(intent: Stripe.PaymentIntent, kind: OperationKind): ProcessorResult | null {
  switch (kind) {
    case 'capture':
      return captureOf(intent);
    case 'void':
      return voidOf(intent);
    default:
      return startOf(intent);
  }
}

function startOf(intent: Stripe.PaymentIntent): ProcessorResult | null {
  const { id: transactionId } = intent;
  switch (intent.status) {
    case 'requires_confirmation':
      return null;
    case 'requires_capture':
      return { status: 'authorized', transactionId };
    case 'succeeded':
      return taken(intent);
    case 'processing':
      return { status: 'processing', transactionId, settlesAt: isoOf(intent.created, SETTLEMENT_MS) };
    case 'canceled':
      return { status: 'canceled', transactionId };
    case 'requires_action':
      return actionOf(intent);
    default:
      // Made and not confirmed, or confirmed and declined.
      return intent.last_payment_error ? declined(intent.last_payment_error, transactionId) : null;
  }
}

function captureOf(intent: Stripe.PaymentIntent): ProcessorResult | null {
  switch (intent.status) {
    case 'succeeded':
      return taken(intent);
    case 'processing':
      return { status: 'processing', transactionId: intent.id, settlesAt: isoOf(intent.created, SETTLEMENT_MS) };
    case 'requires_capture':
      return null;
    default:
      return failed(intent.id, NOT_CAPTURABLE, 'Nothing is held that fits.');
  }
}

function voidOf(intent: Stripe.PaymentIntent): ProcessorResult | null {
  if (intent.status === 'canceled') return { status: 'canceled', transactionId: intent.id };
  return intent.status === 'succeeded'
    ? failed(intent.id, 'already_captured', 'The money was taken; refund it.')
    : null;
}

function taken(intent: Stripe.PaymentIntent): ProcessorResult {
  const { id: transactionId, amount, amount_received: received } = intent;
  return { status: 'succeeded', transactionId, ...(received !== amount && { amount: received }) };
}

function actionOf(intent: Stripe.PaymentIntent): ProcessorResult {
  const url =
    intent.next_action?.redirect_to_url?.url ??
    intent.next_action?.verify_with_microdeposits?.hosted_verification_url ??
    null;
  if (!url) return failed(intent.id, 'authentication_required', 'The bank asks for something that no page offers.');
  const nextAction = { type: 'redirect_to_url' as const, url, expiresAt: null };
  return { status: 'requires_action', transactionId: intent.id, nextAction };
}

/** A decline as we name it: the issuer's code when there is one. */
export function declined(
  error: { code?: string; decline_code?: string; message?: string },
  transactionId: string | null,
): Failed {
  // `generic_decline` is Stripe's word for "no reason given".
  const reason = error.decline_code === 'generic_decline' ? undefined : error.decline_code;
  const code = reason ?? error.code ?? 'card_declined';
  return failed(
    transactionId,
    code === 'payment_intent_authentication_failure' ? 'authentication_failed' : code,
    error.message ?? 'The payment was declined.',
  );
}

export function failed(transactionId: string | null, code: string, message: string): Failed {
  return { status: 'failed', transactionId, code, message };
}

export function refundResultOf(refund: Stripe.Refund, transactionId: string): ProcessorResult {
  switch (refund.status) {
    case 'succeeded':
      return { status: 'succeeded', transactionId };
    case 'failed':
    case 'canceled':
      return failed(transactionId, 'refund_declined', 'The issuer did not accept the refund.');
    default:
      return { status: 'processing', transactionId, settlesAt: isoOf(refund.created, REFUND_SETTLEMENT_MS) };
  }
}

/** Null for an inquiry, which moves no money. */
export function disputeOf(dispute: Stripe.Dispute): ProcessorDispute | null {
  const status = DISPUTE_STATUSES[dispute.status];
  if (!status) return null;
  const dueBy = dispute.evidence_details.due_by;
  return {
    processorId: dispute.id,
    amount: dispute.amount,
    feeAmount: dispute.balance_transactions.reduce((sum, each) => sum + Math.max(0, each.fee), 0),
    reason: dispute.reason,
    status,
    evidenceDueAt: dueBy ? isoOf(dueBy, 0) : null,
    openedAt: isoOf(dispute.created, 0),
    // Stripe tells by webhook.
    newsAt: null,
  };
}

const DISPUTE_STATUSES: Readonly<Record<string, ProcessorDispute['status']>> = {
  needs_response: 'needs_response',
  under_review: 'under_review',
  won: 'won',
  lost: 'lost',
};

export function descriptionOf(method: Stripe.PaymentMethod): TokenDescription | null {
  const { card, sepa_debit: sepa, us_bank_account: ach } = method;
  if (card) {
    const { last4, exp_month: expMonth, exp_year: expYear } = card;
    const known = { last4, expMonth, expYear, fingerprint: card.fingerprint ?? method.id };
    const { wallet } = card;
    return wallet ? { type: 'wallet', brand: wallet.type, ...known } : { type: 'card', brand: card.brand, ...known };
  }
  const account = sepa ?? ach;
  if (!account) return null;
  const { last4, fingerprint } = account;
  const known = { last4: last4 ?? '0000', expMonth: null, expYear: null, fingerprint: fingerprint ?? method.id };
  return { type: 'bank_transfer', brand: sepa ? 'sepa' : 'ach', ...known };
}

function isoOf(seconds: number, afterMs: number): string {
  return new Date(seconds * 1_000 + afterMs).toISOString();
}
