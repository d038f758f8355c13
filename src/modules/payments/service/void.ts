import { type CommandContext, innerContext } from '#kernel/context.ts';
import { DomainError } from '#kernel/errors.ts';
import type { Json } from '#kernel/events/event.ts';
import type { PaymentId } from '#kernel/ids.ts';
import type { SagaDefinition } from '#kernel/saga/saga.ts';
import type { Payment } from '../payment.ts';
import type { ChargeParts } from './charge.ts';
import { refreshPayment } from './refresh.ts';

export type VoidState = { paymentId: PaymentId; [key: string]: Json };

/** Lets go of what is held. A saga of the payment, so that it cannot run beside a capture. */
export function voidSaga(parts: ChargeParts): SagaDefinition<VoidState, Payment> {
  return {
    name: 'payment.void',
    steps: [
      {
        name: 'void',
        async run({ paymentId }, outer) {
          const context = innerContext(outer);
          const payment = await parts.commands.get(context.tenant, paymentId);
          if (payment.status !== 'canceled') await letGo(parts, context, payment);
          return undefined;
        },
      },
    ],
    outcome: (state, context) => parts.commands.get(context.tenant, state.paymentId),
  };
}

async function letGo(parts: ChargeParts, context: CommandContext, payment: Payment): Promise<void> {
  const { commands, calls, processor, clock } = parts;
  const { tenant } = context;
  const { id, transactionId } = payment;
  requireVoidable(payment);
  if (transactionId) {
    const idempotencyKey = `${id}:void`;
    const about = { tenant, idempotencyKey, kind: 'void' as const, transactionId };
    const operation = () => processor.void({ tenant, idempotencyKey, transactionId });
    const result = await calls.perform(about, true, operation);
    // The money was taken, or the payment failed, before the release came.
    if (result.status === 'failed') {
      requireVoidable(await refreshPayment(parts, context, id));
      throw new DomainError('invalid_state', `The processor does not release the payment ${id}: ${result.message}`);
    }
  }
  const at = clock.now().toISOString();
  await commands.change(context, id, { type: 'cancel', at });
}

/** Errors: `invalid_state`. */
export function requireVoidable(payment: Payment): void {
  if (payment.orderId) {
    const message = `The payment ${payment.id} belongs to the order ${payment.orderId}; cancel the order instead.`;
    throw new DomainError('invalid_state', message);
  }
  if (['authorized', 'requires_action', 'processing'].includes(payment.status)) return;
  const message = `Only a payment that is held or on its way can be voided; this one is ${payment.status}.`;
  throw new DomainError('invalid_state', message);
}
