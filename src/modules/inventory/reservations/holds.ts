import type { NewJob } from '#kernel/jobs/job.ts';
import type { Reservation } from '../stock.ts';

export const EXPIRE_HOLD_JOB = 'inventory.expire_hold';

/** Stored with the hold, so that it ends by the clock whatever becomes of this process. */
export function expiryOf({ id, orderId }: Reservation, runAt: Date): NewJob {
  return { kind: EXPIRE_HOLD_JOB, payload: { order_id: orderId, reservation_id: id }, runAt };
}
