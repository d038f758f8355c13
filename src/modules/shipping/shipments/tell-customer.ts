import { DomainError } from '#kernel/errors.ts';
import type { JobHandler } from '#kernel/jobs/worker.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Customer } from '#modules/customers/index.ts';
import { CARRIER_NAMES, trackingUrl } from '../carrier.ts';
import type { ShippingDependencies } from '../dependencies.ts';
import type { ShipmentId, ShipmentRecord } from './shipment.ts';
import * as store from './shipments.store.ts';
import type { ShipmentStatus } from './status.ts';

type Dependencies = Pick<ShippingDependencies, 'customers' | 'notifications'>;

/**
 * Mails the customer about one status of a shipment (SHP-11). The key names shipment and status, so each status is told
 * once, however often the carrier reports it or the job runs. Who has no address, or was erased, gets nothing.
 */
export function tellCustomerJob({ database }: ModuleKit, { customers, notifications }: Dependencies): JobHandler {
  return async ({ tenant, payload }) => {
    const { shipment_id, status } = payload as { shipment_id: ShipmentId; status: ShipmentStatus };
    const shipment = await store.shipmentFind(database, tenant, shipment_id);
    if (!shipment) return;
    const customer = await customers.getCustomer(tenant, shipment.customerId).catch(nobody);
    if (!customer?.email) return;
    await notifications.send({
      ...shipmentMail(shipment, status, customer.name),
      to: customer.email,
      purpose: 'shipment_status',
      key: `shipping:${shipment_id}:${status}`,
      ...tenant,
    });
  };
}

function nobody(error: unknown): Customer | null {
  if (error instanceof DomainError && error.kind === 'not_found') return null;
  throw error;
}

const WORDS: Readonly<Record<ShipmentStatus, { subject: string; text: string }>> = {
  created: {
    subject: 'Your parcel is being prepared',
    text: 'We are packing your order. As soon as {carrier} has the parcel, you will hear from us again.',
  },
  picked_up: { subject: 'Your parcel is on its way', text: '{Carrier} has taken over your parcel.' },
  in_transit: { subject: 'Your parcel is travelling', text: 'Your parcel is travelling to you with {carrier}.' },
  out_for_delivery: {
    subject: 'Your parcel arrives today',
    text: 'Your parcel is out for delivery. It would be kind to have somebody at the door.',
  },
  delivered: { subject: 'Your parcel has arrived', text: 'Your parcel was delivered. We hope that you enjoy it.' },
  failed: {
    subject: 'Your parcel could not be delivered',
    text: '{Carrier} could not deliver your parcel this time. The tracking page says what happens next.',
  },
  returned: {
    subject: 'Your parcel is coming back to us',
    text: 'Your parcel was sent back to us. Just answer this message and we will find a way together.',
  },
};

/** What the mail about a status says. No word of it can break out of its line: names are single lines. */
export function shipmentMail(
  { id, carrier, trackingNumber, trackingTemplate, estimatedDelivery }: ShipmentRecord,
  status: ShipmentStatus,
  name: string,
): { subject: string; text: string } {
  const carrierName = CARRIER_NAMES[carrier];
  const { subject, text } = WORDS[status];
  const said = text
    .replaceAll('{carrier}', carrierName)
    .replaceAll('{Carrier}', carrierName.charAt(0).toUpperCase() + carrierName.slice(1));
  const isComing = !['delivered', 'failed', 'returned'].includes(status);
  const page = trackingUrl(trackingTemplate, trackingNumber);
  const lines = [
    `Dear ${name},`,
    '',
    said,
    '',
    `Tracking number: ${trackingNumber}`,
    ...(page ? [`Follow it here: ${page}`] : []),
    ...(isComing && estimatedDelivery ? [`Expected: ${estimatedDelivery.slice(0, 10)}`] : []),
    '',
    `Shipment ${id}`,
  ];
  return { subject, text: `${lines.join('\n')}\n` };
}
