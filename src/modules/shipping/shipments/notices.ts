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
export function noticesOf(context: Cause, shipment: Noticed): NewJob[] {
  const kinds = shipment.status === 'created' ? [TELL_CUSTOMER_JOB] : [TELL_ORDER_JOB, TELL_CUSTOMER_JOB];
  return kinds.map((kind) => notice(kind, context, shipment));
}

/** The same, when the order itself said what happened. */
export function customerNotice(context: Cause, shipment: Noticed): NewJob[] {
  return [notice(TELL_CUSTOMER_JOB, context, shipment)];
}

function notice(kind: string, { requestId, traceparent }: Cause, { id, status }: Noticed): NewJob {
  return { kind, payload: { shipment_id: id, status, request_id: requestId, traceparent } };
}
