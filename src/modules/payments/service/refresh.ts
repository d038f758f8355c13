import { DAY_MS } from '#kernel/clock.ts';
import type { CommandContext } from '#kernel/context.ts';
import { DomainError } from '#kernel/errors.ts';
import { newId, type PaymentId } from '#kernel/ids.ts';
import type { Payment, Refund } from '../payment.ts';
import type { OperationKind } from '../processor.ts';
import { type ChargeParts, firstCallOf, recordCommand } from './charge.ts';

/**
 * Brings a payment to what the processor knows now: outcome, refunds, disputes. News from outside are only a hint to ask,
 * so that news which come late, twice or out of order cannot make a payment wrong. Gives the payment afterwards.
 */
export async function refreshPayment(
  parts: ChargeParts,
  context: CommandContext,
  paymentId: PaymentId,
): Promise<Payment> {
  let payment = await parts.commands.get(context.tenant, paymentId);
  if (payment.methodType === 'on_account') return payment;
  payment = await refreshOutcome(parts, context, payment);
  payment = await refreshRefunds(parts, context, payment);
  return payment.transactionId ? refreshDisputes(parts, context, payment) : payment;
}

/** Which operation decides the payment in its present state, the latest first. */
function questionsOf(payment: Payment): OperationKind[] {
  switch (payment.status) {
    case 'pending':
    case 'requires_action':
      return [payment.intent === 'charge' ? 'charge' : 'authorize'];
    case 'authorized':
      return ['capture', 'authorize'];
    case 'processing':
      return [payment.intent === 'charge' ? 'charge' : 'capture'];
    default:
      return [];
  }
}

async function refreshOutcome(parts: ChargeParts, context: CommandContext, payment: Payment): Promise<Payment> {
  const { commands, calls, clock } = parts;
  const { tenant } = context;
  for (const kind of questionsOf(payment)) {
    const about = { ...firstCallOf(tenant, payment), kind, idempotencyKey: `${payment.id}:${kind}` };
    const result = await calls.lookup(about);
    if (!result) continue;
    if (result.status !== 'canceled') return commands.change(context, payment.id, recordCommand(result, clock));
    return commands.change(context, payment.id, { type: 'cancel', at: clock.now().toISOString() });
  }
  return payment;
}

async function refreshRefunds(parts: ChargeParts, context: CommandContext, payment: Payment): Promise<Payment> {
  const { commands, calls, clock } = parts;
  let current = payment;
  for (const { id, status } of payment.refunds) {
    if (status !== 'pending') continue;
    const about = { tenant: context.tenant, idempotencyKey: id, kind: 'refund' as const };
    const result = await calls.lookup({ ...about, transactionId: payment.transactionId });
    if (!result || result.status === 'processing') continue;
    const at = clock.now().toISOString();
    current = await commands.change(context, payment.id, { type: 'record-refund', refundId: id, result, at });
  }
  return current;
}

async function refreshDisputes(parts: ChargeParts, context: CommandContext, payment: Payment): Promise<Payment> {
  const { commands, calls, clock } = parts;
  let current = payment;
  if (payment.status !== 'succeeded' && payment.status !== 'refunded') return current;
  for (const dispute of await calls.ask(context.tenant, (processor) =>
    processor.disputes(context.tenant, payment.transactionId!),
  )) {
    const disputeId = newId('dsp', clock.nowMs());
    const at = clock.now().toISOString();
    current = await commands.change(context, payment.id, { type: 'record-dispute', disputeId, dispute, at });
  }
  return current;
}

/**
 * For the job: what should be decided by now and is not, is asked about again; a refund after a day, because a processor
 * that tells of its end may be missed. Errors: `unavailable`.
 */
export function requireSettled(payment: Payment, nowMs: number): void {
  const dueAt = payment.status === 'processing' ? payment.settlesAt : payment.nextAction?.expiresAt;
  const isLate = ({ status, createdAt }: Refund) => status === 'pending' && Date.parse(createdAt) + DAY_MS <= nowMs;
  if ((!dueAt || Date.parse(dueAt) > nowMs) && !payment.refunds.some(isLate)) return;
  throw new DomainError('unavailable', `The payment ${payment.id} is not settled yet.`);
}
