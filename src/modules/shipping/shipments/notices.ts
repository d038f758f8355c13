import type { CommandContext } from '#kernel/context.ts';
import type { NewJob } from '#kernel/jobs/job.ts';
import type { ShipmentRecord } from './shipment.ts';

export const TELL_ORDER_JOB = 'shipping.tell-order';
export const TELL_CUSTOMER_JOB = 'shipping.tell-customer';

export type Cause = Pick<CommandContext, 'requestId' | 'traceparent'>;
export type Noticed = Pick<ShipmentRecord, 'id' | 'status'>;

/**
 * Who hears of the status that a shipment has now: its order (SHP-10) and the customer (SHP-11). Both are jobs, stored
 * with the status, so that neither is forgotten when the process dies.
 */
export function noticesOf({ requestId, traceparent }: Cause, { id, status }: Noticed): NewJob[] {
  const payload = { shipment_id: id, status, request_id: requestId, traceparent };
  const kinds = status === 'created' ? [TELL_CUSTOMER_JOB] : [TELL_ORDER_JOB, TELL_CUSTOMER_JOB];
  return kinds.map((kind) => ({ kind, payload }));
}
