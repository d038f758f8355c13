import type { Labels } from './labels/labels.service.ts';
import type { OrderParcels } from './order/parcels.ts';
import type { Quotes } from './quotes/quotes.service.ts';
import type { RateTables } from './quotes/rate-tables.service.ts';
import type { Shipments } from './shipments/shipments.service.ts';
import type { CarrierAccounts } from './tracking/accounts.service.ts';
import type { Inbound } from './tracking/inbound.ts';

/** The way of goods to a customer, by topic. */
export interface Shipping extends Shipments, OrderParcels, Labels, Inbound {
  quotes: Quotes;
  rateTables: RateTables;
  carrierAccounts: CarrierAccounts;
}
