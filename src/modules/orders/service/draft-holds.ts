import { systemContext } from '#kernel/context.ts';
import { DomainError } from '#kernel/errors.ts';
import type { Consumer } from '#kernel/events/bus.ts';
import type { OrderId } from '#kernel/ids.ts';
import { jobInsert, jobRow } from '#kernel/jobs/job.ts';
import type { JobHandler } from '#kernel/jobs/worker.ts';
import { orderIn } from '../events.ts';
import { pieces, type SagaParts, stockLines } from './saga-steps.ts';

export const HOLD_DRAFT_JOB = 'orders.hold-draft';

const insertJobs = jobInsert('orders');

/**
 * Drafts hold stock where the organisation wants that (G-35). It happens after the draft is stored and never refuses it:
 * a draft is a wish, and only its confirmation must have the goods.
 */
export function draftHoldsConsumer({ inventory, clock }: Pick<SagaParts, 'inventory' | 'clock'>): Consumer {
  return {
    name: 'orders.draft-holds',
    sources: ['orders'],
    types: ['order.created', 'order.changed'],
    async wants(event) {
      const order = orderIn(event);
      if (order.status !== 'draft' || stockLines(order).length === 0) return false;
      return (await inventory.getSettings(event.tenant)).draftHoldMinutes > 0;
    },
    async handle(events, tx) {
      const rows = events.map(({ tenant, streamId, metadata: { request_id, traceparent } }) =>
        jobRow(tenant, { kind: HOLD_DRAFT_JOB, payload: { order_id: streamId, request_id, traceparent } }, clock),
      );
      await tx.run([insertJobs(rows)]);
    },
  };
}

/** Holds what the draft wants by now; one that is no draft any more has its own reservation, or needs none. */
export function holdDraftJob({ commands, inventory }: Pick<SagaParts, 'commands' | 'inventory'>): JobHandler {
  return async ({ tenant, payload }) => {
    const { order_id, request_id, traceparent } = payload as Record<string, string>;
    const orderId = order_id as OrderId;
    const order = await commands.get(tenant, orderId);
    const items = stockLines(order).map(pieces);
    if (order.status !== 'draft' || items.length === 0) return;
    const context = systemContext(HOLD_DRAFT_JOB, tenant, { requestId: request_id!, traceparent: traceparent! });
    await inventory.hold(context, { orderId, items }).catch((error) => {
      // Too little stock, or the order was confirmed meanwhile with other items: both leave the draft as it is.
      const isExpected = error instanceof DomainError && ['insufficient_stock', 'invalid_state'].includes(error.kind);
      if (!isExpected) throw error;
    });
  };
}
