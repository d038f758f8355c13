import type { CustomerId, Id, OrderId, WarehouseId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import type { LineQuantity } from '#modules/orders/index.ts';
import type { Carrier } from '../carrier.ts';
import type { CustomsRequest } from '../product-defaults.ts';
import type { Parcel } from '../quotes/parcel.ts';
import type { ShippingQuoteId } from '../quotes/quote.ts';
import type { Customs } from './customs.ts';
import type { Progress, ShipmentStatus } from './status.ts';

export type ShipmentId = Id<'shp'>;

/** Who sends or gets it, and where. Personal: sealed wherever it is kept. */
export interface ShippingAddress {
  name: string;
  company: string | null;
  line1: string;
  line2: string | null;
  city: string;
  state: string | null;
  postalCode: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string;
  /** E.164. */
  phone: string | null;
}

/** What is sealed under the shipment's own key. */
export interface ShipmentAddresses {
  from: ShippingAddress | null;
  to: ShippingAddress | null;
}

/** How much of the shipment's progress its order has taken in. */
export const ORDER_STEPS = ['none', 'shipped', 'delivered'] as const;
export type OrderStep = (typeof ORDER_STEPS)[number];

export function isLater(one: OrderStep, other: OrderStep): boolean {
  return ORDER_STEPS.indexOf(one) > ORDER_STEPS.indexOf(other);
}

/** What stands open; events carry only this part. */
export interface ShipmentRecord extends Progress {
  id: ShipmentId;
  version: number;
  orderId: OrderId;
  customerId: CustomerId;
  carrier: Carrier;
  trackingNumber: string;
  /** Null for a carrier that has no page to follow a parcel on. */
  trackingTemplate: string | null;
  estimatedDelivery: string | null;
  warehouseId: WarehouseId | null;
  items: LineQuantity[];
  parcels: Parcel[];
  customs: Customs | null;
  quoteId: ShippingQuoteId | null;
  /** What the quote said it costs, in minor units. */
  cost: { amount: number; currency: Currency } | null;
  /** What names it in its order's shipments, when whoever shipped gave it a name; else its own id does. */
  orderReference: string | null;
  orderStep: OrderStep;
  /** Why the order did not take the last step; it is asked again at the next status and by the clock. */
  orderRefusal: { code: string; message: string } | null;
  metadata: Record<string, string>;
  createdAt: string;
  updatedAt: string;
}

/** Goods on their way to a customer: one order or a part of it, with one tracking number. */
export interface Shipment extends ShipmentRecord, ShipmentAddresses {}

export interface NewShipment {
  orderId: OrderId;
  carrier: Carrier;
  trackingNumber: string;
  estimatedDelivery: string | null;
  trackingUrlTemplate?: string | null;
  /** Everything that has not left yet when absent. */
  items?: LineQuantity[] | null;
  warehouseId?: WarehouseId | null;
  from?: ShippingAddress | null;
  /** The customer's shipping address, else the billing one, when absent. */
  to?: ShippingAddress | null;
  /** Those of the quote when absent; else one box, when the products say how large and heavy they are. */
  parcels?: Parcel[] | null;
  /** What it leaves out, and all of it at a border, is what the products say. */
  customs?: CustomsRequest | null;
  quoteId?: ShippingQuoteId | null;
  metadata?: Record<string, string>;
}

/** A shipment as whoever buys it from a quote tells of it: price and parcels are the quote's. */
export type Purchase = Omit<NewShipment, 'trackingNumber' | 'parcels' | 'quoteId' | 'from'> & {
  from: ShippingAddress;
  /** One is made when absent. */
  trackingNumber?: string | null;
};

/** One piece of news of a carrier, as it is shown. */
export interface TrackingUpdate {
  /** Null for a status of the carrier that we do not know. */
  status: ShipmentStatus | null;
  /** The carrier's own word. */
  rawStatus: string;
  description: string | null;
  location: string | null;
  occurredAt: string;
  receivedAt: string;
}

/** Personal data erased with its key. */
export const ERASED_ADDRESSES: ShipmentAddresses = { from: null, to: null };

/** A shipment that failed before the carrier had it holds nothing back: its pieces can be shipped again. */
export function holdsPieces({ status, leftAt }: Pick<ShipmentRecord, 'status' | 'leftAt'>): boolean {
  return status !== 'failed' || leftAt !== null;
}

/** The name under which its order knows a shipment. */
export function referenceOf({ id, orderReference }: Pick<ShipmentRecord, 'id' | 'orderReference'>): string {
  return orderReference ?? id;
}

/** Packed, and neither with the carrier nor given up. */
export function isWaiting({ status, leftAt, orderStep }: Pick<ShipmentRecord, 'status' | 'leftAt' | 'orderStep'>) {
  return status === 'created' && leftAt === null && orderStep === 'none';
}

export function recordOf({ from: _from, to: _to, ...record }: Shipment): ShipmentRecord {
  return record;
}
