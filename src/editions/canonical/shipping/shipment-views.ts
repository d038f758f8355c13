import { Type } from 'typebox';
import type { Json, StoredEvent } from '#kernel/events/event.ts';
import {
  CARRIERS,
  CUSTOMS_CONTENTS,
  ORDER_STEPS,
  referenceOf,
  SHIPMENT_STATUSES,
  type Shipment,
  type ShipmentEventType,
  type ShipmentRecord,
  type ShippingAddress,
  type TrackedShipment,
  type TrackingUpdate,
  trackingUrl,
} from '#modules/shipping/index.ts';
import { CurrencyCode, idView, MetadataView, MinorUnits, orNull, Timestamp } from '../common/shapes.ts';
import { ParcelView, parcelView } from './shapes.ts';

const AddressView = Type.Object(
  {
    name: Type.String(),
    company: orNull(Type.String()),
    line1: Type.String(),
    line2: orNull(Type.String()),
    city: Type.String(),
    state: orNull(Type.String()),
    postal_code: orNull(Type.String()),
    country: Type.String({ examples: ['FR'] }),
    phone: orNull(Type.String()),
  },
  { $id: 'ShippingAddress' },
);
const CustomsView = Type.Object(
  {
    contents: Type.Enum([...CUSTOMS_CONTENTS]),
    currency: CurrencyCode,
    items: Type.Array(
      Type.Object({
        description: Type.String(),
        hs_code: Type.String({ examples: ['731815'] }),
        quantity: Type.Integer(),
        unit_value: MinorUnits,
        origin_country: Type.String({ examples: ['DE'] }),
      }),
    ),
    total_value: MinorUnits,
  },
  { $id: 'Customs' },
);
const Status = Type.Enum([...SHIPMENT_STATUSES]);

/** What is open of a shipment: events and webhooks get this and never an address. */
const openFields = {
  id: idView('shp'),
  order_id: idView('ord'),
  customer_id: idView('cus'),
  status: Status,
  carrier: Type.Enum([...CARRIERS]),
  tracking_number: Type.String({ examples: ['1Z999AA10123456784'] }),
  tracking_url: orNull(Type.String({ description: 'Where it can be followed, when its carrier has such a page.' })),
  estimated_delivery: orNull(Timestamp),
  warehouse_id: orNull(idView('whs')),
  items: Type.Array(Type.Object({ line: Type.Integer(), quantity: Type.Integer() })),
  parcels: Type.Array(ParcelView),
  customs: orNull(CustomsView),
  quote_id: orNull(idView('shq')),
  cost: orNull(Type.Object({ amount: MinorUnits, currency: CurrencyCode })),
  order_reference: Type.String({ description: "What names it in its order's `shipments`." }),
  order_step: Type.Enum([...ORDER_STEPS], { description: 'How much of the progress the order has taken in.' }),
  order_refusal: orNull(
    Type.Object(
      { code: Type.String(), message: Type.String() },
      {
        description:
          'Why the order did not take the last step in; it is asked again at the next status, and by itself for 30 days.',
      },
    ),
  ),
  metadata: MetadataView,
  left_at: orNull(Timestamp),
  delivered_at: orNull(Timestamp),
  created_at: Timestamp,
  updated_at: Timestamp,
};
const fields = { ...openFields, from: orNull(AddressView), to: orNull(AddressView) };

export const ShipmentView = Type.Object(fields, { $id: 'Shipment' });
export const TrackedShipmentView = Type.Object(
  {
    ...fields,
    updates: Type.Array(
      Type.Object({
        status: orNull(Status),
        raw_status: Type.String({ description: "The carrier's own word." }),
        description: orNull(Type.String()),
        location: orNull(Type.String()),
        occurred_at: Timestamp,
        received_at: Timestamp,
      }),
      { description: 'What the carrier told, newest first, at most 200.' },
    ),
  },
  { $id: 'TrackedShipment' },
);

function openView(shipment: ShipmentRecord) {
  const { customs, carrier, status, items, cost, metadata } = shipment;
  return {
    id: shipment.id,
    order_id: shipment.orderId,
    customer_id: shipment.customerId,
    status,
    carrier,
    tracking_number: shipment.trackingNumber,
    tracking_url: trackingUrl(shipment.trackingTemplate, shipment.trackingNumber),
    estimated_delivery: shipment.estimatedDelivery,
    warehouse_id: shipment.warehouseId,
    items: items.map(({ line, quantity }) => ({ line, quantity })),
    parcels: shipment.parcels.map(parcelView),
    customs: customs && customsView(customs),
    quote_id: shipment.quoteId,
    cost: cost && { amount: cost.amount, currency: cost.currency },
    order_reference: referenceOf(shipment),
    order_step: shipment.orderStep,
    order_refusal: shipment.orderRefusal && {
      code: shipment.orderRefusal.code,
      message: shipment.orderRefusal.message,
    },
    metadata,
    left_at: shipment.leftAt,
    delivered_at: shipment.deliveredAt,
    created_at: shipment.createdAt,
    updated_at: shipment.updatedAt,
  };
}

function customsView({ contents, currency, items, totalValue }: NonNullable<ShipmentRecord['customs']>) {
  return {
    contents,
    currency,
    items: items.map(({ description, hsCode, quantity, unitValue, originCountry }) => ({
      description,
      hs_code: hsCode,
      quantity,
      unit_value: unitValue,
      origin_country: originCountry,
    })),
    total_value: totalValue,
  };
}

function addressView(address: ShippingAddress | null) {
  if (!address) return null;
  const { postalCode, ...lines } = address;
  return { ...lines, postal_code: postalCode };
}

export function shipmentView(shipment: Shipment) {
  return { ...openView(shipment), from: addressView(shipment.from), to: addressView(shipment.to) };
}

export function trackedShipmentView(shipment: TrackedShipment) {
  return { ...shipmentView(shipment), updates: shipment.updates.map(updateView) };
}

function updateView({ status, rawStatus, description, location, occurredAt, receivedAt }: TrackingUpdate) {
  return {
    status,
    raw_status: rawStatus,
    description,
    location,
    occurred_at: occurredAt,
    received_at: receivedAt,
  };
}

/** What webhook endpoints get for an event of the shipping module: the shipment without addresses, and what changed. */
export function shipmentPublicEvents(event: StoredEvent): { type: ShipmentEventType; data: Json }[] {
  if (event.type !== 'shipment.created' && event.type !== 'shipment.updated') return [];
  const { shipment, changed, previous_status } = event.data as unknown as {
    shipment: ShipmentRecord;
    changed: string[];
    previous_status: string;
  };
  const data = { shipment: openView(shipment), changed, previous_status };
  return [{ type: event.type, data: data as unknown as Json }];
}
