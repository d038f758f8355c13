import { type CommandContext, innerContext } from '#kernel/context.ts';
import { DomainError } from '#kernel/errors.ts';
import type { Json } from '#kernel/events/event.ts';
import type { PaymentId } from '#kernel/ids.ts';
import type { SagaDefinition } from '#kernel/saga/saga.ts';
import type { Payment } from '../payment.ts';
import { capturableAmount } from '../payment-decisions.ts';
import { NOT_CAPTURABLE } from '../processor.ts';
import { type ChargeParts, recordCommand } from './charge.ts';
import { refreshPayment } from './refresh.ts';
import { refusalOf } from './refusals.ts';

export type CaptureState = { paymentId: PaymentId; amount: number | null; [key: string]: Json };

/** Takes what an authorisation holds. A saga, so that a process that dies after the processor took it is finished. */
export function captureSaga(parts: ChargeParts): SagaDefinition<CaptureState, Payment> {
  return {
    name: 'payment.capture',
    steps: [
      {
        name: 'capture',
        async run({ paymentId, amount }, outer) {
          const context = innerContext(outer);
          const payment = await parts.commands.get(context.tenant, paymentId);
          // An earlier run of this step took it.
          if (payment.status === 'succeeded' && payment.capturedAmount === (amount ?? payment.amount)) return undefined;
          if (payment.status === 'processing') return undefined;
          const wanted = capturableAmount(payment, amount);
          const after = await takeHeld(parts, context, payment, wanted);
          if (after.status === 'failed') throw refusalOf(after);
          if (after.status !== 'succeeded' && after.status !== 'processing') throw notCapturable(after);
          return undefined;
        },
      },
    ],
    outcome: (state, context) => parts.commands.get(context.tenant, state.paymentId),
  };
}

/** Takes `amount` of what is held, or finds out what an earlier run took. */
export async function takeHeld(
  parts: ChargeParts,
  context: CommandContext,
  payment: Payment,
  amount: number,
): Promise<Payment> {
  const { commands, calls, processor, clock } = parts;
  const { tenant } = context;
  const { id, transactionId } = payment;
  if (!transactionId) return takeOnAccount(parts, context, payment, amount);
  const idempotencyKey = `${id}:capture`;
  const about = { tenant, idempotencyKey, kind: 'capture' as const, transactionId };
  const operation = () => processor.capture({ tenant, idempotencyKey, transactionId, amount });
  const result = await calls.perform(about, true, operation);
  // Somebody released it, or the hold ran out: the processor knows which, and nothing was taken.
  if (result.status === 'failed' && result.code === NOT_CAPTURABLE) return refreshPayment(parts, context, id);
  return commands.change(context, id, recordCommand(result, clock));
}

/** On account the money is booked by ourselves; nobody is asked. */
function takeOnAccount({ commands, clock }: ChargeParts, context: CommandContext, payment: Payment, amount: number) {
  const result = { status: 'succeeded' as const, transactionId: null, amount };
  const command = { type: 'record' as const, result, at: clock.now().toISOString() };
  return commands.change(context, payment.id, command);
}

export function notCapturable(payment: Payment): DomainError {
  const message = `Only an authorized payment can be captured; this one is ${payment.status}.`;
  return new DomainError('invalid_state', message);
}
