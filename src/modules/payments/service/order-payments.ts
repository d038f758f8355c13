import { type CommandContext, innerContext } from '#kernel/context.ts';
import type { WritePath } from '#kernel/database/write-path.ts';
import { DomainError } from '#kernel/errors.ts';
import type { PaymentId } from '#kernel/ids.ts';
import type { Customers } from '#modules/customers/index.ts';
import type { Payment } from '../payment.ts';
import { type AuthorizationRequest, authorizePayment } from './authorize.ts';
import { type ChargeParts, recordCommand } from './charge.ts';
import { refusalOf } from './refusals.ts';
import { type Reversal, reversePayment } from './reverse.ts';

/** The payments of orders. Each method may be repeated; it then finds what the earlier call did. */
export interface OrderPayments {
  /**
   * Holds the amount. Errors: `payment_failed`, `insufficient_funds` and `upstream` with the decline code, after the
   * failed payment was stored; `unavailable` when the outcome is unknown yet.
   */
  authorize(context: CommandContext, request: AuthorizationRequest): Promise<Payment>;
  /** Takes what is held; a bank transfer is `processing` afterwards. Errors: as `authorize`, and `invalid_state`. */
  capture(context: CommandContext, paymentId: PaymentId): Promise<Payment>;
  /** Releases what is held, or refunds all that was taken. Errors: `unavailable`. */
  reverse(context: CommandContext, paymentId: PaymentId): Promise<Reversal>;
}

export interface OrderPaymentParts extends ChargeParts {
  writes: WritePath;
  customers: Customers;
}

export function createOrderPayments(parts: OrderPaymentParts): OrderPayments {
  return {
    async authorize(context, request) {
      const payment = await authorizePayment(parts, innerContext(context), request);
      if (payment.status === 'failed') throw refusalOf(payment);
      if (payment.status === 'requires_action' || payment.status === 'canceled') throw needsAction(payment);
      return payment;
    },

    async capture(context, paymentId) {
      const held = await parts.commands.get(context.tenant, paymentId);
      const payment = held.status === 'authorized' ? await take(parts, innerContext(context), held) : held;
      if (payment.status === 'failed') throw refusalOf(payment);
      if (['succeeded', 'processing', 'refunded'].includes(payment.status)) return payment;
      const message = `Only an authorized payment can be captured; this one is ${payment.status}.`;
      throw new DomainError('invalid_state', message);
    },

    reverse: (context, paymentId) => reversePayment(parts, innerContext(context), paymentId),
  };
}

async function take(
  { commands, calls, processor, clock }: OrderPaymentParts,
  context: CommandContext,
  payment: Payment,
): Promise<Payment> {
  const { tenant } = context;
  const { id, amount, transactionId } = payment;
  if (!transactionId) return commands.change(context, id, recordedOnAccount(clock.now().toISOString()));
  const key = `${id}:capture`;
  const operation = () => processor.capture({ tenant, idempotencyKey: key, transactionId, amount });
  const result = await calls.perform({ tenant, key, mayHaveRun: true, operation });
  return commands.change(context, id, recordCommand(result, clock));
}

/** On account the money is booked by ourselves; nobody is asked. */
function recordedOnAccount(at: string) {
  return { type: 'record' as const, result: { status: 'succeeded' as const, transactionId: null }, at };
}

function needsAction(payment: Payment): DomainError {
  const message = 'The bank wants the customer to authenticate, which an order cannot wait for; use another method.';
  return refusalOf(payment, { code: 'authentication_required', message });
}
