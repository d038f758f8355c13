import type { Clock } from '#kernel/clock.ts';
import { systemContext } from '#kernel/context.ts';
import type { Consumer } from '#kernel/events/bus.ts';
import type { CustomerId } from '#kernel/ids.ts';
import { jobInsert, jobRow } from '#kernel/jobs/job.ts';
import type { JobHandler } from '#kernel/jobs/worker.ts';
import type { PaymentMethod } from '#modules/payments/index.ts';
import type { Customers } from './customers.service.ts';

/** Its payload is `{customer_id}`. */
export const NOTE_DEFAULT_JOB = 'customers.note-default-payment-method';

const insertJobs = jobInsert('customers');

/** What payments tell of a customer's methods. The event becomes a job, because a change of a customer is a transaction of its own. */
export function paymentMethodsConsumer(clock: Clock): Consumer {
  return {
    name: 'customers.payment-methods',
    sources: ['payments'],
    types: ['payment_method.attached', 'payment_method.default_changed', 'payment_method.detached'],
    async handle(events, tx) {
      const rows = events.map(({ tenant, data, metadata: { request_id, traceparent } }) => {
        const { customerId } = data.payment_method as unknown as Pick<PaymentMethod, 'customerId'>;
        return jobRow(
          tenant,
          { kind: NOTE_DEFAULT_JOB, payload: { customer_id: customerId, request_id, traceparent } },
          clock,
        );
      });
      await tx.run([insertJobs(rows)]);
    },
  };
}

export function noteDefaultJob({ noteDefaultPaymentMethod }: Pick<Customers, 'noteDefaultPaymentMethod'>): JobHandler {
  return ({ tenant, payload }) => {
    const { customer_id, request_id, traceparent } = payload as Record<string, string>;
    const context = systemContext(NOTE_DEFAULT_JOB, tenant, { requestId: request_id!, traceparent: traceparent! });
    return noteDefaultPaymentMethod(context, customer_id as CustomerId);
  };
}
