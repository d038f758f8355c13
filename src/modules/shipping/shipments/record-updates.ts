import type { CommandContext } from '#kernel/context.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import { notFound } from '#kernel/errors.ts';
import type { NewJob } from '#kernel/jobs/job.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { shipmentEvent } from '../events.ts';
import { type Cause, type Noticed, noticesOf } from './notices.ts';
import { createShipmentSealer, type SealedShipment } from './sealed-shipment.ts';
import { isLater, type OrderStep, type ShipmentId, type ShipmentRecord, type TrackingUpdate } from './shipment.ts';
import * as store from './shipments.store.ts';
import { type Progress, progressOf } from './status.ts';
import { scansOf, toScan, updatesInsert } from './updates.store.ts';

/** News as a carrier's mapper reads it; `key` is a hash of the carrier's own id of it. */
export type CarrierNews = Omit<TrackingUpdate, 'receivedAt'> & { key: string };

/** What news mean when they are not a carrier's. */
export interface Recording {
  /** Whether they are taken in at all, by the locked shipment; it may refuse too. */
  only?(current: ShipmentRecord): boolean;
  /** How much of the progress the order knows already. */
  orderStep?: OrderStep;
  /** Who hears of a status that changed; order and customer unless told. */
  notices?(context: Cause, shipment: Noticed): NewJob[];
}

export type UpdateRecorder = ReturnType<typeof updateRecorder>;

/**
 * Takes news of a carrier in: each once, in any order. The status is made anew from all that happened, so what comes late
 * changes the history and not the present. Order and customer hear of it when the status changed.
 */
export function updateRecorder(kit: ModuleKit) {
  const { writes, clock } = kit;
  const sealer = createShipmentSealer(kit);

  return (
    context: CommandContext,
    id: ShipmentId,
    news: readonly CarrierNews[],
    { only = () => true, orderStep, notices = noticesOf }: Recording = {},
  ): Promise<void> =>
    writes.run(context, async (tx) => {
      const { tenant } = context;
      const [row] = await tx.query(store.shipmentLock(tenant, id));
      if (!row) throw notFound('shipment', id);
      const current = store.toSealedShipment(row);
      expectVersion(context, 'shipment', current.version);
      if (!only(current)) return;
      const receivedAt = clock.now().toISOString();
      const updates = news.map(({ description, location, ...update }) => ({
        ...update,
        occurredAt: notAfter(receivedAt, update.occurredAt),
        receivedAt,
        detail: sealer.sealDetail(current, { description, location }),
      }));
      const [added, scans] = await tx.run([updatesInsert(tenant, id, updates), scansOf(id)]);
      if (added!.rows.length === 0) return;
      const progress = progressOf(scans!.rows.map(toScan));
      const isHeard = orderStep !== undefined && isLater(orderStep, current.orderStep);
      const heard = isHeard ? { orderStep, orderRefusal: null } : {};
      const after = { orderStep: current.orderStep, orderRefusal: current.orderRefusal, ...progress, ...heard };
      const next = { ...current, ...after, version: current.version + 1, updatedAt: receivedAt };
      tx.add(store.shipmentUpdate(tenant, next));
      tx.append(shipmentEvent('shipment.updated', next, changedBy(current, after), current.status));
      // What the carrier told before the order knew the parcel is told to it again.
      if (next.status !== current.status || isHeard) tx.enqueue(...notices(context, next));
    });
}

/** A carrier's clock that runs ahead would hide everything that is to come. */
function notAfter(now: string, told: string): string {
  return told > now ? now : told;
}

type Changing = Progress & Pick<ShipmentRecord, 'orderStep' | 'orderRefusal'>;

function changedBy(before: SealedShipment, after: Changing): string[] {
  const names = {
    status: 'status',
    leftAt: 'left_at',
    deliveredAt: 'delivered_at',
    orderStep: 'order_step',
    orderRefusal: 'order_refusal',
  } as const;
  const changed = (Object.keys(names) as (keyof Changing)[]).filter((name) => before[name] !== after[name]);
  return [...changed.map((name) => names[name]), 'updates'].sort();
}
