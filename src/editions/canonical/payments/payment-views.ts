import { Type } from 'typebox';
import type { Json, StoredEvent } from '#kernel/events/event.ts';
import {
  DISPUTE_STATUSES,
  type DisputeRecord,
  netAmount,
  PAYMENT_METHOD_TYPES,
  PAYMENT_STATUSES,
  type Payment,
  type PaymentPublicEvent,
  publicEventsOf,
  REFUND_STATUSES,
  type RefundRecord,
} from '#modules/payments/index.ts';
import { CurrencyCode, idView, MetadataView, MinorUnits, orNull, Timestamp } from '../common/shapes.ts';

/** Whether the money is taken at once, or held until it is captured. */
export const CAPTURE_METHODS = ['automatic', 'manual'] as const;

const FailureView = Type.Object({ code: Type.String({ examples: ['card_declined'] }), message: Type.String() });
export const RefundView = Type.Object(
  {
    id: idView('ref'),
    payment_id: idView('pay'),
    customer_id: orNull(idView('cus')),
    order_id: orNull(idView('ord')),
    amount: MinorUnits,
    currency: CurrencyCode,
    reason: orNull(Type.String()),
    lines: Type.Array(Type.Object({ reference: Type.String(), quantity: Type.Integer(), amount: MinorUnits })),
    status: Type.Enum([...REFUND_STATUSES]),
    failure: orNull(FailureView),
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'Refund' },
);
export const DisputeView = Type.Object(
  {
    id: idView('dsp'),
    payment_id: idView('pay'),
    customer_id: orNull(idView('cus')),
    order_id: orNull(idView('ord')),
    amount: MinorUnits,
    currency: CurrencyCode,
    fee_amount: MinorUnits,
    reason: Type.String({ examples: ['fraudulent'] }),
    status: Type.Enum([...DISPUTE_STATUSES]),
    evidence_due_at: orNull(Timestamp),
    evidence_submitted_at: orNull(Timestamp),
    opened_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'Dispute' },
);
export const PaymentView = Type.Object(
  {
    id: idView('pay'),
    transaction_id: orNull(Type.String({ description: "The processor's name for it." })),
    status: Type.Enum([...PAYMENT_STATUSES]),
    amount: MinorUnits,
    currency: CurrencyCode,
    captured_amount: MinorUnits,
    refunded_amount: MinorUnits,
    disputed_amount: MinorUnits,
    fee_amount: MinorUnits,
    dispute_fee_amount: MinorUnits,
    net_amount: Type.Integer({ description: 'What is left: captured, less refunded, disputed and all fees.' }),
    capture_method: Type.Enum([...CAPTURE_METHODS]),
    method_type: Type.Enum([...PAYMENT_METHOD_TYPES, 'on_account']),
    method_id: orNull(idView('pmt')),
    customer_id: orNull(idView('cus')),
    order_id: orNull(idView('ord')),
    description: Type.String(),
    failure: orNull(FailureView),
    next_action: orNull(
      Type.Object({ type: Type.Literal('redirect_to_url'), url: Type.String(), expires_at: orNull(Timestamp) }),
    ),
    return_url: orNull(Type.String()),
    settles_at: orNull(Timestamp),
    refunds: Type.Array(RefundView),
    disputes: Type.Array(DisputeView),
    metadata: MetadataView,
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'Payment' },
);
export const PaymentEventView = Type.Object(
  {
    id: idView('evt'),
    type: Type.String({ examples: ['payment.succeeded'] }),
    version: Type.Integer(),
    created_at: Timestamp,
    actor: Type.Object({ kind: Type.String(), id: Type.String() }),
    request_id: Type.String(),
    previous_status: orNull(Type.Enum([...PAYMENT_STATUSES])),
    payment: PaymentView,
  },
  { $id: 'PaymentEvent' },
);

export function paymentView(payment: Payment) {
  const { id: paymentId, customerId, orderId, currency } = payment;
  const owner = { paymentId, customerId, orderId, currency };
  return {
    id: payment.id,
    transaction_id: payment.transactionId,
    status: payment.status,
    amount: payment.amount,
    currency: payment.currency,
    captured_amount: payment.capturedAmount,
    refunded_amount: payment.refundedAmount,
    disputed_amount: payment.disputedAmount,
    fee_amount: payment.feeAmount,
    dispute_fee_amount: payment.disputeFeeAmount,
    net_amount: netAmount(payment),
    capture_method: payment.intent === 'charge' ? 'automatic' : 'manual',
    method_type: payment.methodType,
    method_id: payment.methodId,
    customer_id: payment.customerId,
    order_id: payment.orderId,
    description: payment.description,
    failure: payment.failure,
    next_action: payment.nextAction && nextActionView(payment.nextAction),
    return_url: payment.returnUrl,
    settles_at: payment.settlesAt,
    refunds: payment.refunds.map((refund) => refundView({ ...refund, ...owner })),
    disputes: payment.disputes.map((dispute) => disputeView({ ...dispute, ...owner })),
    metadata: payment.metadata,
    created_at: payment.createdAt,
    updated_at: payment.updatedAt,
  };
}

function nextActionView({ type, url, expiresAt = null }: NonNullable<Payment['nextAction']>) {
  return { type, url, expires_at: expiresAt };
}

export function refundView(refund: RefundRecord) {
  return {
    id: refund.id,
    payment_id: refund.paymentId,
    customer_id: refund.customerId,
    order_id: refund.orderId,
    amount: refund.amount,
    currency: refund.currency,
    reason: refund.reason,
    lines: refund.lines ?? [],
    status: refund.status,
    failure: refund.failure ?? null,
    created_at: refund.createdAt,
    updated_at: refund.updatedAt ?? refund.createdAt,
  };
}

export function disputeView(dispute: DisputeRecord) {
  return {
    id: dispute.id,
    payment_id: dispute.paymentId,
    customer_id: dispute.customerId,
    order_id: dispute.orderId,
    amount: dispute.amount,
    currency: dispute.currency,
    fee_amount: dispute.feeAmount,
    reason: dispute.reason,
    status: dispute.status,
    evidence_due_at: dispute.evidenceDueAt,
    evidence_submitted_at: dispute.evidenceSubmittedAt,
    opened_at: dispute.openedAt,
    updated_at: dispute.updatedAt,
  };
}

function paymentIn({ data }: StoredEvent): Payment {
  // Events of older logs lack what came later.
  const older = { returnUrl: null, disputedAmount: 0, disputeFeeAmount: 0, disputes: [] };
  return { ...older, ...(data.payment as unknown as Payment) };
}

export function paymentEventView(event: StoredEvent) {
  const { kind, id: actorId } = event.metadata.actor;
  return {
    id: event.id,
    type: event.type,
    version: event.streamVersion,
    created_at: event.occurredAt,
    actor: { kind, id: actorId },
    request_id: event.metadata.request_id,
    previous_status: event.data.previous_status as Payment['status'] | null,
    payment: paymentView(paymentIn(event)),
  };
}

/** What webhook endpoints get for an event of the payments module: the payment, and the refund or dispute it is about. */
export function paymentPublicEvents(event: StoredEvent): { type: PaymentPublicEvent; data: Json }[] {
  return publicEventsOf(event).map((type) => {
    const payment = paymentView(paymentIn(event));
    const { refundId, disputeId, dispute } = event.data as {
      refundId?: string;
      disputeId?: string;
      dispute?: { id: string };
    };
    const about = disputeId ?? dispute?.id;
    return {
      type,
      data: {
        payment,
        ...(refundId && { refund: payment.refunds.find(({ id }) => id === refundId)! }),
        ...(about && { dispute: payment.disputes.find(({ id }) => id === about)! }),
      },
    };
  });
}
