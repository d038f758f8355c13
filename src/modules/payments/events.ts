import type { Json, NewEvent } from '#kernel/events/event.ts';
import type { PaymentEventType, PaymentFact, PaymentState } from './payment.ts';
import { evolve } from './payment-evolution.ts';
import type { PaymentMethod } from './payment-method.ts';

export type PaymentMethodEventType =
  | 'payment_method.attached'
  | 'payment_method.default_changed'
  | 'payment_method.verification_attempted'
  | 'payment_method.verified'
  | 'payment_method.verification_failed'
  | 'payment_method.expired'
  | 'payment_method.detached'
  | 'payment_method.erased';

export const PAYMENT_EVENTS: readonly (PaymentEventType | PaymentMethodEventType)[] = [
  'payment.created',
  'payment.authorized',
  'payment.requires_action',
  'payment.processing',
  'payment.succeeded',
  'payment.failed',
  'payment.canceled',
  'payment.refund_requested',
  'payment.refund_processing',
  'payment.refunded',
  'payment.refund_failed',
  'payment.dispute_opened',
  'payment.dispute_answered',
  'payment.dispute_won',
  'payment.dispute_lost',
  'payment_method.attached',
  'payment_method.default_changed',
  'payment_method.verification_attempted',
  'payment_method.verified',
  'payment_method.verification_failed',
  'payment_method.expired',
  'payment_method.detached',
  'payment_method.erased',
];

const PUBLIC_NAMES = {
  'payment.succeeded': 'payment.succeeded',
  'payment.failed': 'payment.failed',
  'payment.refunded': 'refund.succeeded',
  'payment.refund_failed': 'refund.failed',
  'payment.dispute_opened': 'dispute.opened',
  'payment.dispute_answered': 'dispute.answered',
  'payment.dispute_won': 'dispute.won',
  'payment.dispute_lost': 'dispute.lost',
} as const;
export type PaymentPublicEvent = (typeof PUBLIC_NAMES)[keyof typeof PUBLIC_NAMES];

/** The event names a merchant's endpoint gets for an event of this module (canonical catalogue; others stay inside). */
export function publicEventsOf({ type }: { type: string }): readonly PaymentPublicEvent[] {
  return Object.hasOwn(PUBLIC_NAMES, type) ? [PUBLIC_NAMES[type as keyof typeof PUBLIC_NAMES]] : [];
}

/**
 * Facts as events of the log: `data` holds the facts, the payment as it is after them, and the status before, so that
 * a consumer needs no reading back. Gives the events and the new state.
 */
export function paymentEvents(
  state: PaymentState,
  facts: readonly PaymentFact[],
): { events: NewEvent[]; state: PaymentState } {
  const events: NewEvent[] = [];
  let current = state;
  for (const fact of facts) {
    const previous = current.status === 'none' ? null : current.status;
    const payment = evolve(current, fact);
    const { type, ...rest } = fact;
    const data = { ...rest, payment: { ...payment }, previous_status: previous } as Record<string, Json>;
    events.push({ type, streamId: payment.id, streamVersion: payment.version, data });
    current = payment;
  }
  return { events, state: current };
}

/** An event of the log as the fact it tells. */
export function factOf(row: { type: string; data: Record<string, unknown> }): PaymentFact {
  const { previous_status: _previous, payment, ...facts } = row.data;
  // Only the first event rebuilds from the whole payment; the copy in the others is for consumers.
  const fact = row.type === 'payment.created' ? { payment } : facts;
  return { type: row.type, ...fact } as PaymentFact;
}

/** Without what tells one card from another: an event is never changed and could not be erased (C-89). */
export function paymentMethodEvent(type: PaymentMethodEventType, method: PaymentMethod): NewEvent {
  const { id, customerId, type: kind, status, isDefault, verification, verificationAttempts } = method;
  const open = { id, customerId, type: kind, status, isDefault, verification, verificationAttempts };
  return { type, streamId: id, streamVersion: method.version, data: { payment_method: open } };
}
