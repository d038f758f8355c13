import { systemContext } from '#kernel/context.ts';
import type { Consumer } from '#kernel/events/bus.ts';
import type { OrderId } from '#kernel/ids.ts';
import { jobInsert, jobRow } from '#kernel/jobs/job.ts';
import type { JobHandler } from '#kernel/jobs/worker.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { ShippingDependencies } from '../dependencies.ts';
import { TELL_ORDER_JOB } from '../shipments/notices.ts';
import { updateRecorder } from '../shipments/record-updates.ts';
import { referenceOf } from '../shipments/shipment.ts';
import * as store from '../shipments/shipments.store.ts';
import { ownNews } from './parcels.ts';

export const NOTE_ARRIVALS_JOB = 'shipping.note-arrivals';

const insertJobs = jobInsert('shipping');

/**
 * Orders that were delivered by hand: their parcels have arrived too (C-68). What the carrier told is known here already.
 * The event becomes a job, because each parcel is a transaction of its own.
 */
export function orderArrivalsConsumer({ clock }: Pick<ModuleKit, 'clock'>): Consumer {
  return {
    name: 'shipping.order-arrivals',
    sources: ['orders'],
    types: ['order.delivered', 'order.shipment_delivered'],
    wants: ({ metadata }) => metadata.actor.id !== TELL_ORDER_JOB,
    async handle(events, tx) {
      const rows = events.map(({ tenant, streamId, metadata: { request_id, traceparent } }) =>
        jobRow(tenant, { kind: NOTE_ARRIVALS_JOB, payload: { order_id: streamId, request_id, traceparent } }, clock),
      );
      await tx.run([insertJobs(rows)]);
    },
  };
}

/** Brings the parcels of an order to what the order knows of their arrival. */
export function noteArrivalsJob(kit: ModuleKit, { orders }: Pick<ShippingDependencies, 'orders'>): JobHandler {
  const record = updateRecorder(kit);
  return async ({ tenant, payload }) => {
    const { order_id, request_id, traceparent } = payload as Record<string, string>;
    const { id, shipments } = await orders.getOrder(tenant, order_id as OrderId);
    const arrivals = new Map(shipments.map(({ reference, deliveredAt }) => [reference, deliveredAt]));
    const context = systemContext(NOTE_ARRIVALS_JOB, tenant, { requestId: request_id!, traceparent: traceparent! });
    for (const shipment of await store.shipmentsFindOfOrder(kit.database, tenant, id)) {
      const arrivedAt = arrivals.get(referenceOf(shipment));
      if (!arrivedAt || shipment.orderStep === 'delivered') continue;
      await record(context, shipment.id, [ownNews('arrived', 'delivered', arrivedAt)], { orderStep: 'delivered' });
    }
  };
}
