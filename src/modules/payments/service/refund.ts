import type { Clock } from '#kernel/clock.ts';
import { type CommandContext, innerContext } from '#kernel/context.ts';
import type { Json } from '#kernel/events/event.ts';
import type { PaymentId } from '#kernel/ids.ts';
import type { SagaDefinition } from '#kernel/saga/saga.ts';
import type { Payment, Refund, RefundId, RefundLine } from '../payment.ts';
import type { PaymentProcessor, ProcessorResult } from '../processor.ts';
import type { PaymentCommands } from './payment-commands.ts';
import type { ProcessorCalls } from './processor-calls.ts';
import { refusalOf } from './refusals.ts';

export type RefundState = {
  paymentId: PaymentId;
  refundId: RefundId;
  /** Null: all that remains (PAY-13). */
  amount: number | null;
  reason: string | null;
  lines: RefundLine[];
  [key: string]: Json;
};

export interface RefundParts {
  commands: PaymentCommands;
  calls: ProcessorCalls;
  processor: PaymentProcessor;
  clock: Clock;
}

/** Gives money back; the request reserves the amount, so that two at once cannot exceed what was captured (PAY-14). */
export function refundSaga<Outcome>(
  parts: RefundParts,
  name: string,
  outcomeOf: (payment: Payment, refundId: RefundId) => Outcome,
): SagaDefinition<RefundState, Outcome> {
  const { commands, clock } = parts;
  return {
    name,
    steps: [
      {
        name: 'refund',
        async run({ paymentId, refundId, amount, reason, lines = [] }, outer) {
          const context = innerContext(outer);
          const at = clock.now().toISOString();
          const request = { type: 'request-refund' as const, refundId, amount, reason, lines, at };
          const payment = await commands.change(context, paymentId, request);
          const refund = payment.refunds.find((each) => each.id === refundId)!;
          const after = refund.status === 'pending' ? await performRefund(parts, context, payment, refund) : payment;
          const outcome = after.refunds.find((each) => each.id === refundId)!;
          if (outcome.status === 'failed') throw refundRefusal(after, outcome);
          return undefined;
        },
      },
    ],
    outcome: async (state, context) => outcomeOf(await commands.get(context.tenant, state.paymentId), state.refundId),
  };
}

/** Performs a requested refund at the processor, or finds out what became of it, and stores the result. */
export async function performRefund(
  { commands, calls, processor, clock }: RefundParts,
  context: CommandContext,
  payment: Payment,
  refund: Refund,
): Promise<Payment> {
  const { tenant } = context;
  const { transactionId } = payment;
  const key = refund.id;
  const { amount } = refund;
  const result: ProcessorResult =
    transactionId === null
      ? { status: 'succeeded', transactionId: '' }
      : // The request may be older than this process, so the processor is always asked first.
        await calls.perform({ tenant, idempotencyKey: key, kind: 'refund', transactionId }, true, () =>
          processor.refund({ tenant, idempotencyKey: key, transactionId, amount }),
        );
  const at = clock.now().toISOString();
  const command = { type: 'record-refund' as const, refundId: refund.id, result, at };
  return commands.change(context, payment.id, command);
}

function refundRefusal(payment: Payment, { failure }: Refund) {
  const message = 'The payment processor declined the refund; refund in another way, or try again later.';
  return refusalOf(payment, { code: failure?.code ?? 'refund_declined', message });
}
