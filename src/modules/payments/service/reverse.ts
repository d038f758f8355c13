import type { CommandContext } from '#kernel/context.ts';
import { DomainError } from '#kernel/errors.ts';
import { newId, type PaymentId } from '#kernel/ids.ts';
import type { Payment } from '../payment.ts';
import { refundableAmount } from '../payment-decisions.ts';
import { type ChargeParts, firstCallOf, recordCommand } from './charge.ts';
import { refreshPayment } from './refresh.ts';
import { performRefund } from './refund.ts';

/** What became of a payment that is not wanted any more. */
export interface Reversal {
  outcome: 'nothing' | 'released' | 'refunded' | 'refund_failed';
}

/** Releases what is held, or refunds what was taken, or finds that an earlier run did. */
export async function reversePayment(
  parts: ChargeParts,
  context: CommandContext,
  paymentId: PaymentId,
): Promise<Reversal> {
  const found = await parts.commands.find(context.tenant, paymentId);
  if (!found) return { outcome: 'nothing' };
  const payment = found.status === 'pending' ? await whatBecameOf(parts, context, found) : found;
  switch (payment.status) {
    case 'failed':
      return { outcome: 'nothing' };
    case 'canceled':
      return { outcome: 'released' };
    case 'refunded':
      return { outcome: 'refunded' };
    case 'succeeded':
      return refundAll(parts, context, payment);
    case 'pending':
    case 'authorized':
    case 'processing':
    case 'requires_action':
      return release(parts, context, payment);
    default:
      return payment.status satisfies never;
  }
}

/** A pending payment with the processor's answer, when the processor ever got the request. */
async function whatBecameOf(
  { commands, calls, clock }: ChargeParts,
  context: CommandContext,
  payment: Payment,
): Promise<Payment> {
  const known = await calls.lookup(firstCallOf(context.tenant, payment));
  return known && known.status !== 'canceled'
    ? commands.change(context, payment.id, recordCommand(known, clock))
    : payment;
}

/** Lets go of what is held; a payment that the processor never heard of has nothing to let go. */
async function release(parts: ChargeParts, context: CommandContext, payment: Payment): Promise<Reversal> {
  const { commands, calls, processor, clock } = parts;
  const { tenant } = context;
  const { id, transactionId } = payment;
  if (transactionId) {
    const idempotencyKey = `${id}:void`;
    const about = { tenant, idempotencyKey, kind: 'void' as const, transactionId };
    const operation = () => processor.void({ tenant, idempotencyKey, transactionId });
    const result = await calls.perform(about, true, operation);
    // The money was taken before the release came: what was taken is refunded.
    if (result.status === 'failed') return settleAndRefund(parts, context, payment);
  }
  const at = clock.now().toISOString();
  await commands.change(context, id, { type: 'cancel', at });
  return { outcome: 'released' };
}

async function settleAndRefund(parts: ChargeParts, context: CommandContext, payment: Payment): Promise<Reversal> {
  const settled = await refreshPayment(parts, context, payment.id);
  if (settled.status !== 'succeeded') {
    throw new DomainError('unavailable', `The payment ${payment.id} can be neither released nor refunded yet.`);
  }
  return refundAll(parts, context, settled);
}

async function refundAll(parts: ChargeParts, context: CommandContext, payment: Payment): Promise<Reversal> {
  const { commands, clock } = parts;
  let current = payment;
  if (refundableAmount(current) > 0) {
    const refundId = newId('ref', clock.nowMs());
    const at = clock.now().toISOString();
    const request = { type: 'request-refund' as const, refundId, amount: null, reason: 'order_canceled', at };
    current = await commands.change(context, payment.id, request);
  }
  // Also those that an earlier run, or somebody else, has requested and not finished.
  for (const refund of current.refunds) {
    if (refund.status === 'pending') current = await performRefund(parts, context, current, refund);
  }
  return { outcome: current.status === 'refunded' ? 'refunded' : 'refund_failed' };
}
