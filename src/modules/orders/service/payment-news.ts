import { systemContext } from '#kernel/context.ts';
import type { Consumer } from '#kernel/events/bus.ts';
import type { StoredEvent } from '#kernel/events/event.ts';
import type { OrderId, PaymentId } from '#kernel/ids.ts';
import { jobInsert, jobRow } from '#kernel/jobs/job.ts';
import type { Job, JobHandler } from '#kernel/jobs/worker.ts';
import type { Payment } from '#modules/payments/index.ts';
import type { OrderCommand } from '../order-decisions.ts';
import { reopenUnpaid } from '../returns/reopen.ts';
import type { ReturnParts } from '../returns/return-sagas.ts';
import type { SagaParts } from './saga-steps.ts';

export const NOTE_PAYMENT_JOB = 'orders.note-payment';

const insertJobs = jobInsert('orders');

/**
 * News of payments that no saga of ours is waiting for: a bank transfer that settled or was returned days later, a
 * refund made on the payment itself, a refund that came back. The event becomes a job, because a change of an order is a transaction of its own.
 */
export function paymentNewsConsumer({ clock }: Pick<SagaParts, 'clock'>): Consumer {
  return {
    name: 'orders.payment-news',
    sources: ['payments'],
    types: ['payment.succeeded', 'payment.failed', 'payment.refunded', 'payment.refund_failed'],
    wants: (event) => paymentOf(event).orderId !== null,
    async handle(events, tx) {
      const rows = events.map((event) => {
        const { id, orderId } = paymentOf(event);
        const { request_id, traceparent } = event.metadata;
        const payload = { order_id: orderId, payment_id: id, request_id, traceparent };
        return jobRow(event.tenant, { kind: NOTE_PAYMENT_JOB, payload }, clock);
      });
      await tx.run([insertJobs(rows)]);
    },
  };
}

function paymentOf(event: StoredEvent): Payment {
  return event.data.payment as unknown as Payment;
}

/**
 * Brings the order's payment status, and its returns, to what the payment is now; old news changes nothing. Errors:
 * `resource_locked`.
 */
export function notePaymentJob(parts: Pick<ReturnParts, 'kit' | 'commands' | 'payments' | 'clock'>): JobHandler {
  const { commands, payments, clock } = parts;
  return async ({ tenant, payload }: Job) => {
    const { order_id, payment_id, request_id, traceparent } = payload as Record<string, string>;
    const payment = await payments.getPayment(tenant, payment_id as PaymentId);
    const context = systemContext(NOTE_PAYMENT_JOB, tenant, { requestId: request_id!, traceparent: traceparent! });
    const orderId = order_id as OrderId;
    await reopenUnpaid(parts, context, orderId, payment);
    const command = noteOf(payment, clock.now().toISOString());
    if (!command) return;
    // Money of a draft was taken by its confirmation, which is not through yet: the news waits until it is.
    const mustWait = payment.status === 'succeeded' && (await commands.get(tenant, orderId)).status === 'draft';
    await commands[mustWait ? 'changeAlone' : 'change'](context, orderId, command);
  };
}

function noteOf({ id: paymentId, status, failure }: Payment, at: string): OrderCommand | null {
  switch (status) {
    case 'succeeded':
      return { type: 'note-payment', paymentId, became: 'captured', at };
    case 'refunded':
      return { type: 'note-payment', paymentId, became: 'refunded', at };
    case 'failed':
      return { type: 'note-payment', paymentId, became: { failed: failure!.code }, at };
    default:
      return null;
  }
}
