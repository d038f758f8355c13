import { type Clock, DAY_MS } from '#kernel/clock.ts';
import { systemContext } from '#kernel/context.ts';
import { prepared } from '#kernel/database/statement.ts';
import { DomainError } from '#kernel/errors.ts';
import type { Consumer } from '#kernel/events/bus.ts';
import type { CustomerId } from '#kernel/ids.ts';
import { jobInsert, jobRow } from '#kernel/jobs/job.ts';
import type { Job, JobHandler } from '#kernel/jobs/worker.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { type createErasure, ERASE_AGAIN_JOB } from './erasure.ts';

/** Erases the customer of a person who was erased; its payload is `{customer_id}`. */
export const ERASE_JOB = 'customers.erase';

const ofUser = prepared(`select customer_id from customers.user_customers
  where org_id = $1 and livemode = $2 and user_id = $3`);
const insertJobs = jobInsert('customers');

/** A person who bought for themselves goes with their customer (C-56, C-59). */
export function erasedUsersConsumer(clock: Clock): Consumer {
  return {
    name: 'customers.erased-users',
    sources: ['identity'],
    types: ['user.erased'],
    async handle(events, tx) {
      for (const { tenant, streamId, metadata } of events) {
        const [row] = await tx.query(ofUser([tenant.orgId, tenant.livemode, streamId]));
        if (!row) continue;
        const { request_id, traceparent } = metadata;
        const payload = { customer_id: row.customer_id, request_id, traceparent };
        await tx.run([insertJobs([jobRow(tenant, { kind: ERASE_JOB, payload }, clock)])]);
      }
    },
  };
}

export function erasureJobs(
  { writes, clock }: ModuleKit,
  erasure: ReturnType<typeof createErasure>,
): Record<string, JobHandler> {
  const contextOf = ({ kind, tenant, payload }: Job) => {
    const { request_id, traceparent } = payload as Record<string, string>;
    return systemContext(kind, tenant, { requestId: request_id!, traceparent: traceparent! });
  };
  return {
    [ERASE_AGAIN_JOB]: (job) => erasure.eraseAgain(contextOf(job), job.payload.customer_ids as CustomerId[]),

    /** As long as an order is on its way to the person the erasure waits, and is asked for again every day. */
    async [ERASE_JOB](job) {
      const context = contextOf(job);
      try {
        await erasure.eraseCustomer(context, job.payload.customer_id as CustomerId);
      } catch (error) {
        if (!(error instanceof DomainError && error.kind === 'invalid_state')) throw error;
        const runAt = new Date(clock.nowMs() + DAY_MS);
        const jobs = [{ kind: ERASE_JOB, payload: job.payload, runAt }];
        await writes.store(context, { statements: [], events: [], jobs, result: null });
      }
    },
  };
}
