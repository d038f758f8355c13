import { type CommandContext, innerContext } from '#kernel/context.ts';
import type { WritePath } from '#kernel/database/write-path.ts';
import type { DomainError } from '#kernel/errors.ts';
import type { PaymentId } from '#kernel/ids.ts';
import type { Payment } from '../payment.ts';
import { type AuthorizationRequest, authorizePayment } from './authorize.ts';
import { notCapturable, takeHeld } from './capture.ts';
import type { ChargeParts } from './charge.ts';
import { refusalOf } from './refusals.ts';
import { type Reversal, reversePayment } from './reverse.ts';

/** The payments of orders. Each method may be repeated; it then finds what the earlier call did. */
export interface OrderPayments {
  /**
   * Holds the amount. Errors: `payment_failed`, `insufficient_funds` and `upstream` with the decline code, after the
   * failed payment was stored; `unavailable` when the outcome is unknown yet.
   */
  authorize(context: CommandContext, request: AuthorizationRequest): Promise<Payment>;
  /**
   * Takes what is held, or a part, which lets the rest go; a bank transfer is `processing` afterwards. Errors: as
   * `authorize`, and `invalid_state`.
   */
  capture(context: CommandContext, paymentId: PaymentId, amount?: number): Promise<Payment>;
  /** Releases what is held, or refunds all that was taken. Errors: `unavailable`. */
  reverse(context: CommandContext, paymentId: PaymentId): Promise<Reversal>;
}

export interface OrderPaymentParts extends ChargeParts {
  writes: WritePath;
}

export function createOrderPayments(parts: OrderPaymentParts): OrderPayments {
  return {
    async authorize(context, request) {
      const payment = await authorizePayment(parts, innerContext(context), request);
      if (payment.status === 'failed') throw refusalOf(payment);
      if (payment.status === 'requires_action' || payment.status === 'canceled') throw needsAction(payment);
      return payment;
    },

    async capture(context, paymentId, amount) {
      const held = await parts.commands.get(context.tenant, paymentId);
      const payment =
        held.status === 'authorized' ? await takeHeld(parts, innerContext(context), held, amount ?? held.amount) : held;
      if (payment.status === 'failed') throw refusalOf(payment);
      if (['succeeded', 'processing', 'refunded'].includes(payment.status)) return payment;
      throw notCapturable(payment);
    },

    reverse: (context, paymentId) => reversePayment(parts, innerContext(context), paymentId),
  };
}

function needsAction(payment: Payment): DomainError {
  const message = 'The bank wants the customer to authenticate, which an order cannot wait for; use another method.';
  return refusalOf(payment, { code: 'authentication_required', message });
}
