import { locateIn } from '#kernel/database/list.ts';
import type { SchemaSource } from '#kernel/database/migrations.ts';
import type { Module, ModuleKit } from '#kernel/module.ts';
import type { ShippingDependencies } from './dependencies.ts';
import { createLabels } from './labels/labels.service.ts';
import { NOTE_ARRIVALS_JOB, noteArrivalsJob, orderArrivalsConsumer } from './order/arrivals.ts';
import { createOrderParcels } from './order/parcels.ts';
import { tellOrderJob } from './order/tell-order.ts';
import { createQuotes, removeOldQuotes } from './quotes/quotes.service.ts';
import { createRateTables } from './quotes/rate-tables.service.ts';
import { planRetention, RETENTION_JOB } from './retention.ts';
import { TELL_CUSTOMER_JOB, TELL_ORDER_JOB } from './shipments/notices.ts';
import { createShipments } from './shipments/shipments.service.ts';
import { tellCustomerJob } from './shipments/tell-customer.ts';
import type { Shipping } from './shipping.service.ts';
import { createCarrierAccounts } from './tracking/accounts.service.ts';
import { createInbound } from './tracking/inbound.ts';

export { CARRIERS, trackingUrl } from './carrier.ts';
export type { ShippingDependencies } from './dependencies.ts';
export { SHIPMENT_EVENTS, type ShipmentEventType } from './events.ts';
export { LABEL_FORMATS } from './labels/format.ts';
export type { OrderParcels, PackedParcel } from './order/parcels.ts';
export { PARCEL_MAX } from './quotes/parcel.ts';
export type { Rate } from './quotes/pricing.ts';
export type { ShippingQuote } from './quotes/quote.ts';
export type { StoredRateTable } from './quotes/rate-table.ts';
export { CUSTOMS_CONTENTS, type Customs } from './shipments/customs.ts';
export {
  type NewShipment,
  ORDER_STEPS,
  type Purchase,
  referenceOf,
  type Shipment,
  type ShipmentId,
  type ShipmentRecord,
  type ShippingAddress,
  type TrackingUpdate,
} from './shipments/shipment.ts';
export type { TrackedShipment } from './shipments/shipments.service.ts';
export type { ShipmentFilter } from './shipments/shipments.store.ts';
export { SHIPMENT_STATUSES } from './shipments/status.ts';
export type { Shipping } from './shipping.service.ts';
export type { CarrierAccount } from './tracking/account.ts';

export const shippingSchema: SchemaSource = {
  schema: 'shipping',
  directory: new URL('./migrations/', import.meta.url),
  personalData: { 'shipments.addresses': 'sealed', 'tracking_updates.detail': 'sealed' },
};

export function createShipping(kit: ModuleKit, dependencies: ShippingDependencies): Module<Shipping> {
  const { database, clock } = kit;
  const quotes = createQuotes(kit, dependencies);
  const shipments = createShipments(kit, dependencies, quotes);
  return {
    service: {
      ...shipments,
      ...createOrderParcels(kit, dependencies),
      ...createLabels(shipments.getShipment),
      ...createInbound(kit),
      quotes,
      rateTables: createRateTables(kit),
      carrierAccounts: createCarrierAccounts(kit),
    },
    consumers: [orderArrivalsConsumer(kit)],
    jobs: {
      [NOTE_ARRIVALS_JOB]: noteArrivalsJob(kit, dependencies),
      [TELL_ORDER_JOB]: tellOrderJob(kit, dependencies),
      [TELL_CUSTOMER_JOB]: tellCustomerJob(kit, dependencies),
      async [RETENTION_JOB]() {
        await removeOldQuotes(kit);
        await planRetention(database, clock);
      },
    },
    locate: {
      shp: locateIn(database, 'shipping.shipments'),
      shq: locateIn(database, 'shipping.quotes'),
      rtb: locateIn(database, 'shipping.rate_tables'),
      cac: locateIn(database, 'shipping.carrier_accounts'),
    },
    start: () => planRetention(database, clock),
  };
}
