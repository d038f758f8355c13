import { type Static, type TSchema, Type } from 'typebox';
import { idView, MetadataView, orNull, Timestamp } from '#kernel/http/shapes.ts';
import type { UserId } from '#kernel/ids.ts';
import type { Order, OrderStatus, OrderWithDetails } from '#modules/orders/index.ts';
import { DecimalView, decimalOf } from '../common/decimal.ts';

/** The statuses of this edition (C-61, C-45). */
export const V2_STATUSES = ['pending', 'confirmed', 'processing', 'shipped', 'delivered', 'cancelled'] as const;
export type V2Status = (typeof V2_STATUSES)[number];

export function statusOf(status: OrderStatus): V2Status {
  if (status === 'draft') return 'pending';
  return status === 'canceled' ? 'cancelled' : status;
}

export function domainStatusOf(status: V2Status): OrderStatus {
  if (status === 'pending') return 'draft';
  return status === 'cancelled' ? 'canceled' : status;
}

const Decimal = DecimalView as TSchema & { static: number };

export const AddressView = Type.Object(
  {
    line1: Type.String(),
    line2: orNull(Type.String()),
    city: Type.String(),
    state: orNull(Type.String()),
    postal_code: orNull(Type.String()),
    country: Type.String({ examples: ['FR'] }),
  },
  { $id: 'Address' },
);
const snapshot = {
  id: idView('ord'),
  status: Type.Enum([...V2_STATUSES]),
  user_id: orNull(idView('usr')),
  total: Decimal,
  currency: Type.String({ examples: ['EUR'] }),
  items: Type.Array(
    Type.Object({
      product_id: idView('prd'),
      quantity: Type.Integer(),
      unit_price: Decimal,
      amount: Decimal,
    }),
  ),
  carrier: orNull(Type.String({ description: 'Of the newest shipment.' })),
  tracking_number: orNull(Type.String()),
  metadata: MetadataView,
  created_at: Timestamp,
};
export const OrderView = Type.Object({ ...snapshot, shipping_address: orNull(AddressView) }, { $id: 'Order' });
const SnapshotView = Type.Object(snapshot);

/** An order without the address, as events carry it. */
export function snapshotView(order: Order, userId: UserId | undefined): Static<typeof SnapshotView> {
  const { currency } = order;
  const newest = order.shipments.at(-1);
  return {
    id: order.id,
    status: statusOf(order.status),
    // Who ordered in another way has a customer alone.
    user_id: userId ?? null,
    total: decimalOf(order.total, currency),
    currency,
    items: order.items.map(({ productId, quantity, unitPrice }) => ({
      product_id: productId,
      quantity,
      unit_price: decimalOf(unitPrice, currency),
      amount: decimalOf(quantity * unitPrice, currency),
    })),
    carrier: newest?.carrier ?? null,
    tracking_number: newest?.trackingNumber ?? null,
    metadata: order.metadata,
    created_at: order.createdAt,
  };
}

export function orderView(order: OrderWithDetails, userId: UserId | undefined): Static<typeof OrderView> {
  const address = order.shippingAddress;
  const { postalCode = null, ...lines } = address ?? {};
  return {
    ...snapshotView(order, userId),
    shipping_address: address && ({ ...lines, postal_code: postalCode } as Static<typeof AddressView>),
  };
}
