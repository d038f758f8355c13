import { Type } from 'typebox';
import type { Json, StoredEvent } from '#kernel/events/event.ts';
import {
  amountDue,
  CAPTURE_MOMENTS,
  currentOrder,
  FULFILLMENT_STATUSES,
  fulfillmentOf,
  ORDER_PAYMENT_STATUSES,
  ORDER_STATUSES,
  type Order,
  type OrderPublicEvent,
  type OrderShipment,
  type OrderWithDetails,
  orderIn,
  publicEventsOf,
} from '#modules/orders/index.ts';
import { AddressView, addressView } from '../common/addresses.ts';
import { CurrencyCode, idView, MetadataView, MinorUnits, orNull, Timestamp } from '../common/shapes.ts';

const OrderItemView = Type.Object(
  {
    id: idView('itm'),
    line: Type.Integer({ description: 'What shipments and returns name.' }),
    product_id: idView('prd'),
    quantity: Type.Integer(),
    unit_price: MinorUnits,
    amount: MinorUnits,
    shipped_quantity: Type.Integer(),
    returned_quantity: Type.Integer(),
    canceled_quantity: Type.Integer({ description: 'How many will never leave.' }),
  },
  { $id: 'OrderItem' },
);
const OrderShipmentView = Type.Object(
  {
    reference: Type.String({ description: 'What names the shipment within the order.' }),
    carrier: Type.String(),
    tracking_number: Type.String(),
    items: Type.Array(Type.Object({ line: Type.Integer(), quantity: Type.Integer() })),
    shipped_at: Timestamp,
    delivered_at: orNull(Timestamp),
  },
  { $id: 'OrderShipment' },
);
/** An order as events carry it: all but what may tell about a person. */
const snapshot = {
  id: idView('ord'),
  customer_id: idView('cus'),
  status: Type.Enum([...ORDER_STATUSES]),
  payment_status: Type.Enum([...ORDER_PAYMENT_STATUSES]),
  payment_id: orNull(idView('pay')),
  payment_method_id: orNull(idView('pmt')),
  capture_on: Type.Enum([...CAPTURE_MOMENTS]),
  items: Type.Array(OrderItemView),
  total: MinorUnits,
  discount_total: Type.Integer(),
  tax_total: Type.Integer(),
  shipping_total: Type.Integer(),
  grand_total: Type.Integer({
    description: 'total − discount_total + tax_total + shipping_total, minor units: what is authorised.',
  }),
  currency: CurrencyCode,
  po_number: orNull(Type.String()),
  external_id: orNull(Type.String()),
  fulfillment_status: Type.Enum([...FULFILLMENT_STATUSES]),
  shipments: Type.Array(OrderShipmentView),
  shipment: orNull(
    Type.Object(
      { carrier: Type.String(), tracking_number: Type.String() },
      { description: 'The newest of `shipments`.' },
    ),
  ),
  approval: orNull(
    Type.Object(
      {
        decision: Type.Enum(['approved', 'rejected']),
        by: Type.String({ description: 'The person, or the client or key that acts for itself.' }),
        reason: orNull(Type.String()),
        at: Timestamp,
      },
      { description: 'What somebody else decided about the draft; a change of the draft voids it.' },
    ),
  ),
  rest_canceled: orNull(
    Type.Object(
      {
        amount: Type.Integer({ description: 'The money of all pieces that never leave, minor units.' }),
        refund_id: orNull(idView('ref')),
        reason: orNull(Type.String()),
        at: Timestamp,
      },
      {
        description:
          'Set when the order left in part and pieces of the rest were canceled. The refund is that of the last cancellation; without one it was never taken.',
      },
    ),
  ),
  cancel_reason: orNull(Type.String()),
  metadata: MetadataView,
  confirmed_at: orNull(Timestamp),
  shipped_at: orNull(Timestamp),
  delivered_at: orNull(Timestamp),
  canceled_at: orNull(Timestamp),
  created_at: Timestamp,
  updated_at: Timestamp,
};
const OrderSnapshotView = Type.Object(snapshot, { $id: 'OrderSnapshot' });
export const OrderView = Type.Object(
  {
    ...snapshot,
    notes: orNull(Type.String()),
    shipping_address: orNull(AddressView),
    billing_address: orNull(AddressView),
  },
  { $id: 'Order' },
);
export const OrderEventView = Type.Object(
  {
    id: idView('evt'),
    type: Type.String({ examples: ['order.confirmed'] }),
    version: Type.Integer({ description: 'The version of the order that this event made.' }),
    created_at: Timestamp,
    actor: Type.Object({ kind: Type.String(), id: Type.String() }),
    request_id: Type.String(),
    changed: Type.Array(Type.String(), { description: 'The fields that changed.' }),
    previous_status: orNull(Type.Enum([...ORDER_STATUSES])),
    order: OrderSnapshotView,
  },
  { $id: 'OrderEvent' },
);

export function orderView(order: OrderWithDetails) {
  return {
    ...snapshotView(order),
    notes: order.notes,
    shipping_address: addressView(order.shippingAddress),
    billing_address: addressView(order.billingAddress),
  };
}

/** An order without notes and addresses, as events carry it. */
export function snapshotView(stored: Order) {
  // An answer that is kept for a repeated request may be of yesterday's program.
  const order = currentOrder(stored);
  const newest = order.shipments.at(-1);
  return {
    id: order.id,
    customer_id: order.customerId,
    status: order.status,
    payment_status: order.paymentStatus,
    payment_id: order.paymentId,
    payment_method_id: order.paymentMethodId,
    capture_on: order.captureOn,
    items: order.items.map((item) => ({
      id: item.id,
      line: item.line,
      product_id: item.productId,
      quantity: item.quantity,
      unit_price: item.unitPrice,
      amount: item.quantity * item.unitPrice,
      shipped_quantity: item.shippedQuantity,
      returned_quantity: item.returnedQuantity,
      canceled_quantity: item.canceledQuantity,
    })),
    total: order.total,
    discount_total: order.discountTotal,
    tax_total: order.taxTotal,
    shipping_total: order.shippingTotal,
    grand_total: amountDue(order),
    currency: order.currency,
    po_number: order.poNumber,
    external_id: order.externalId,
    fulfillment_status: fulfillmentOf(order),
    shipments: order.shipments.map(shipmentView),
    shipment: newest ? { carrier: newest.carrier, tracking_number: newest.trackingNumber } : null,
    approval: order.approval,
    rest_canceled: restView(order.restCanceled),
    cancel_reason: order.cancelReason,
    metadata: order.metadata,
    confirmed_at: order.confirmedAt,
    shipped_at: order.shippedAt,
    delivered_at: order.deliveredAt,
    canceled_at: order.canceledAt,
    created_at: order.createdAt,
    updated_at: order.updatedAt,
  };
}

function restView(rest: Order['restCanceled']) {
  return rest && { amount: rest.amount, refund_id: rest.refundId, reason: rest.reason, at: rest.at };
}

function shipmentView(shipment: OrderShipment) {
  return {
    reference: shipment.reference,
    carrier: shipment.carrier,
    tracking_number: shipment.trackingNumber,
    items: shipment.items,
    shipped_at: shipment.shippedAt,
    delivered_at: shipment.deliveredAt,
  };
}

/** What changed, in the words of this edition. */
function changeView({ data }: StoredEvent) {
  const changed = (data.changed as string[]).map((field) =>
    field.replace(/[A-Z]/g, (upper) => `_${upper.toLowerCase()}`),
  );
  return { changed, previous_status: data.previous_status as Order['status'] | null };
}

export function orderEventView(event: StoredEvent) {
  const { kind, id: actorId } = event.metadata.actor;
  return {
    id: event.id,
    type: event.type,
    version: event.streamVersion,
    created_at: event.occurredAt,
    actor: { kind, id: actorId },
    request_id: event.metadata.request_id,
    ...changeView(event),
    order: snapshotView(orderIn(event)),
  };
}

/** What webhook endpoints get for an event of the orders module: the order as the API shows it, and what changed. */
export function orderPublicEvents(event: StoredEvent): { type: OrderPublicEvent; data: Json }[] {
  const types = publicEventsOf(event);
  if (types.length === 0) return [];
  const data = { order: snapshotView(orderIn(event)), change: event.type, ...changeView(event) };
  return types.map((type) => ({ type, data }));
}
