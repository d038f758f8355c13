import { systemContext } from '#kernel/context.ts';
import type { OrderId } from '#kernel/ids.ts';
import type { JobHandler } from '#kernel/jobs/worker.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { FILL_BACKORDERS_JOB } from './backorders.store.ts';
import { fillBackordersJob } from './backorders.ts';
import { EXPIRE_HOLD_JOB } from './holds.ts';
import { release } from './reservations.service.ts';

/** What happens to reservations by the clock, or because something came in. */
export function reservationJobs(kit: ModuleKit): Readonly<Record<string, JobHandler>> {
  return { [EXPIRE_HOLD_JOB]: expireHold(kit), [FILL_BACKORDERS_JOB]: fillBackordersJob(kit) };
}

/** Gives a hold back when its time is over, unless the order was confirmed or its hold prolonged meanwhile. */
function expireHold(kit: ModuleKit): JobHandler {
  return async ({ id, tenant, payload }) => {
    const context = systemContext(EXPIRE_HOLD_JOB, tenant, { requestId: id, traceparent: '' });
    await release(kit, context, payload.order_id as OrderId, {
      only: (reservation) =>
        reservation.id === payload.reservation_id &&
        reservation.expiresAt !== null &&
        Date.parse(reservation.expiresAt) <= kit.clock.nowMs(),
    });
  };
}
