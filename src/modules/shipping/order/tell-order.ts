import { DAY_MS, MINUTE_MS } from '#kernel/clock.ts';
import { systemContext } from '#kernel/context.ts';
import { DomainError, type ErrorKind } from '#kernel/errors.ts';
import type { NewJob } from '#kernel/jobs/job.ts';
import type { Job, JobHandler } from '#kernel/jobs/worker.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { ShippingDependencies } from '../dependencies.ts';
import { shipmentEvent } from '../events.ts';
import { TELL_ORDER_JOB } from '../shipments/notices.ts';
import { isLater, referenceOf, type ShipmentId, type ShipmentRecord } from '../shipments/shipment.ts';
import * as store from '../shipments/shipments.store.ts';

/** Refusals that say nothing about the order: the job runs again. */
const TRANSIENT: ReadonlySet<ErrorKind> = new Set([
  'unavailable',
  'resource_locked',
  'timeout',
  'upstream',
  'internal',
]);

/** A refusal is asked about again after a quarter of an hour, then at growing pauses, for the month in which people mend things. */
const FIRST_PAUSE_MS = 15 * MINUTE_MS;
const LAST_PAUSE_MS = DAY_MS;
const ASKED_FOR_MS = 30 * DAY_MS;

type Outcome = Pick<ShipmentRecord, 'orderStep' | 'orderRefusal'>;

/**
 * Takes a shipment's progress to its order (C-68): what the carrier has, has left; what arrived, was delivered. Each step
 * names the shipment by its reference, so repeating it after a crash ships nothing twice. A refusal that will stay is
 * kept on the shipment, where the merchant sees it, and is asked about again:
 * by the next status, and by this job itself.
 */
export function tellOrderJob(kit: ModuleKit, { orders }: Pick<ShippingDependencies, 'orders'>): JobHandler {
  const { database, writes, clock, log } = kit;

  async function advance(shipment: ShipmentRecord, context: ReturnType<typeof contextOf>): Promise<Outcome> {
    const { id: shipmentId, orderId, carrier, trackingNumber, items, leftAt, status } = shipment;
    const reference = referenceOf(shipment);
    let { orderStep } = shipment;
    try {
      if (orderStep === 'none' && leftAt) {
        await orders.shipOrder(context, orderId, { shipmentId, carrier, trackingNumber, reference, items });
        orderStep = 'shipped';
      }
      if (orderStep === 'shipped' && status === 'delivered') {
        await orders.deliverOrder(context, orderId, reference);
        orderStep = 'delivered';
      }
      return { orderStep, orderRefusal: null };
    } catch (error) {
      if (!(error instanceof DomainError) || TRANSIENT.has(error.kind)) throw error;
      log.warn({ object_id: shipmentId, error_code: error.kind }, 'An order refused a step of its shipment');
      return { orderStep, orderRefusal: { code: error.kind, message: error.message } };
    }
  }

  return async (job: Job) => {
    const { tenant } = job;
    const id = job.payload.shipment_id as ShipmentId;
    const shipment = await store.shipmentFind(database, tenant, id);
    if (!shipment) return;
    const context = contextOf(job);
    const outcome = await advance(shipment, context);
    await writes.run(context, async (tx) => {
      const [row] = await tx.query(store.shipmentLock(tenant, id));
      const current = store.toSealedShipment(row!);
      const changed = changedBy(outcome, current);
      tx.enqueue(...askAgain(job, outcome, current, clock.nowMs()));
      if (changed.length === 0) return;
      const next = { ...current, ...outcome, version: current.version + 1, updatedAt: clock.now().toISOString() };
      tx.add(store.shipmentUpdate(tenant, next));
      tx.append(shipmentEvent('shipment.updated', next, changed));
    });
  };
}

function contextOf({ tenant, payload }: Job) {
  const { request_id, traceparent } = payload as Record<string, string>;
  return systemContext(TELL_ORDER_JOB, tenant, { requestId: request_id!, traceparent: traceparent! });
}

/** The next time to ask what was refused. One asks for all: a later status that is refused as well adds none. */
function askAgain(
  job: Job,
  { orderRefusal }: Outcome,
  before: Pick<ShipmentRecord, 'orderRefusal' | 'leftAt'>,
  nowMs: number,
): NewJob[] {
  const times = (job.payload.asked_again ?? 0) as number;
  const isAskedAlready = before.orderRefusal !== null && times === 0;
  if (orderRefusal === null || isAskedAlready || nowMs - Date.parse(before.leftAt ?? '') > ASKED_FOR_MS) return [];
  const runAt = new Date(nowMs + Math.min(FIRST_PAUSE_MS * 2 ** times, LAST_PAUSE_MS));
  return [{ kind: TELL_ORDER_JOB, payload: { ...job.payload, asked_again: times + 1 }, runAt }];
}

/** Nothing when another run of the job got further meanwhile. */
function changedBy({ orderStep, orderRefusal }: Outcome, current: Outcome): string[] {
  if (isLater(current.orderStep, orderStep)) return [];
  const changed = current.orderStep === orderStep ? [] : ['order_step'];
  const isSame = JSON.stringify(current.orderRefusal) === JSON.stringify(orderRefusal);
  return isSame ? changed : [...changed, 'order_refusal'];
}
