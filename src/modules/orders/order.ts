import type { CustomerId, Id, OrderId, PaymentId, PaymentMethodId, ProductId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import type { RefundId } from './returns/return.ts';
import {
  itemsAfterCanceling,
  itemsAfterReturn,
  itemsAfterShipping,
  type LineQuantity,
  linesLeft,
  type OrderShipment,
  shipmentsAfterDelivery,
} from './shipments.ts';
import { currentFact } from './stored-order.ts';

export const ORDER_STATUSES = ['draft', 'confirmed', 'processing', 'shipped', 'delivered', 'canceled'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

export const PAYMENT_STATUSES = ['none', 'authorized', 'captured', 'refunded', 'failed'] as const;
export type OrderPaymentStatus = (typeof PAYMENT_STATUSES)[number];

/** When the money is taken (C-62). */
export const CAPTURE_MOMENTS = ['confirm', 'ship', 'manual'] as const;
export type CaptureMoment = (typeof CAPTURE_MOMENTS)[number];

export type OrderItemId = Id<'itm'>;

/** One line. `unitPrice` is minor units of the order's currency. */
export type OrderItem = {
  id: OrderItemId;
  /** 1 to n; what shipments and returns name. It stays once the order is confirmed. */
  line: number;
  productId: ProductId;
  quantity: number;
  unitPrice: number;
  /** Whether stock is reserved for it: only physical goods have stock (G-36). As it was when the item was added. */
  tracksStock: boolean;
  /** How many of them have left (G-39). */
  shippedQuantity: number;
  /** How many of those came back and were received (G-34). */
  returnedQuantity: number;
  /** How many will never leave: the rest of an order that left in part was canceled. */
  canceledQuantity: number;
};

/** What somebody else thought of a draft (G-33); any change of the draft voids it. */
export type OrderApproval = {
  decision: 'approved' | 'rejected';
  /** The person, or the client or key that acts for itself. */
  by: string;
  reason: string | null;
  at: string;
};

/** What became of the money for pieces that will never leave. */
export type RestCanceled = {
  /** Their share, minor units. */
  amount: number;
  /** The refund when it had been taken; null when it never will be, or when nothing was given back. */
  refundId: RefundId | null;
  reason: string | null;
  at: string;
};

/** All cancellations of an order that left in part: the sum of their money, and the newest one otherwise. */
export type RestsCanceled = RestCanceled & {
  /** How much of the amount was not taken yet when it was canceled, and never is. */
  untaken: number;
  /** Tells a cancellation from the one before; null when it is of older days. */
  reference: string | null;
};

/** An order as its events make it. */
export interface Order {
  id: OrderId;
  version: number;
  customerId: CustomerId;
  status: OrderStatus;
  paymentStatus: OrderPaymentStatus;
  /** The payment that holds or took the money; the newest one that was declined while the order is a draft. */
  paymentId: PaymentId | null;
  /** What the merchant chose; null means the customer's default (C-86). */
  paymentMethodId: PaymentMethodId | null;
  captureOn: CaptureMoment;
  items: OrderItem[];
  /** Minor units of `currency`; Σ quantity × unit price. */
  total: number;
  /** Beside the total, minor units: what is taken off, and what comes on top (C-64). */
  discountTotal: number;
  taxTotal: number;
  shippingTotal: number;
  currency: Currency;
  poNumber: string | null;
  /** The caller's own name for the order; unique in an organisation and mode. */
  externalId: string | null;
  /** Notes and addresses, sealed under the order's subject key (service/order-details.ts); null when there are none. */
  sealedDetails: string | null;
  /** In the order in which they left. */
  shipments: OrderShipment[];
  approval: OrderApproval | null;
  /** Set when the order had left in part and the rest, or some of it, was canceled. */
  restCanceled: RestsCanceled | null;
  cancelReason: string | null;
  metadata: Record<string, string>;
  confirmedAt: string | null;
  shippedAt: string | null;
  deliveredAt: string | null;
  canceledAt: string | null;
  createdAt: string;
  updatedAt: string;
}

/** Before its first event an order is nothing. */
export type OrderState = { status: 'none' } | Order;

/** What a PATCH may change, as the new values. */
export type OrderChanges = Partial<
  Pick<
    Order,
    | 'items'
    | 'total'
    | 'discountTotal'
    | 'taxTotal'
    | 'shippingTotal'
    | 'paymentMethodId'
    | 'captureOn'
    | 'poNumber'
    | 'externalId'
    | 'sealedDetails'
    | 'metadata'
  >
>;

/** What can have happened, with the facts that the state is rebuilt from (ARC-03). `at` is ISO 8601 UTC. */
export type OrderFact =
  | { type: 'order.created'; order: Order }
  /** `details` names the sealed fields that changed. */
  | { type: 'order.changed'; at: string; changes: OrderChanges; details?: string[] }
  | { type: 'order.approved'; at: string; by: string }
  | { type: 'order.approval_rejected'; at: string; by: string; reason: string | null }
  | { type: 'order.confirmed'; at: string; paymentId: PaymentId; paymentStatus: 'authorized' | 'captured' }
  | { type: 'order.payment_failed'; at: string; paymentId: PaymentId; code: string }
  | { type: 'order.payment_captured'; at: string; paymentId: PaymentId }
  | { type: 'order.payment_released'; at: string; paymentId: PaymentId }
  | { type: 'order.payment_refunded'; at: string; paymentId: PaymentId }
  | { type: 'order.processing_started'; at: string }
  /** Some of it left, and more is to come. */
  | { type: 'order.partially_shipped'; at: string; shipment: OrderShipment }
  /** The last, or only, shipment left. */
  | { type: 'order.shipped'; at: string; shipment: OrderShipment }
  | { type: 'order.shipment_delivered'; at: string; reference: string }
  | { type: 'order.delivered'; at: string }
  | { type: 'order.items_returned'; at: string; returnId: string; items: LineQuantity[] }
  /** These pieces never leave; when they are all that was left, the order is complete with what has. */
  | ({ type: 'order.rest_canceled'; items: LineQuantity[]; reference?: string | null } & RestCanceled)
  | { type: 'order.canceled'; at: string; reason: string | null };

export type OrderEventType = OrderFact['type'];

/** The state after one more fact. Pure: the same facts always give the same order. */
export function evolve(state: OrderState, told: OrderFact): Order {
  const fact = currentFact(told, state);
  if (fact.type === 'order.created') return fact.order;
  if (state.status === 'none') throw new Error(`The stream of an order begins with ${fact.type}`);
  const next = { ...state, version: state.version + 1, updatedAt: fact.at };
  switch (fact.type) {
    case 'order.changed':
      return { ...next, ...fact.changes, approval: null };
    case 'order.approved':
      return { ...next, approval: { decision: 'approved', by: fact.by, reason: null, at: fact.at } };
    case 'order.approval_rejected':
      return { ...next, approval: { decision: 'rejected', by: fact.by, reason: fact.reason, at: fact.at } };
    case 'order.confirmed': {
      const { paymentId, paymentStatus } = fact;
      return { ...next, status: 'confirmed', paymentId, paymentStatus, confirmedAt: fact.at };
    }
    case 'order.payment_failed':
      return { ...next, paymentStatus: 'failed', paymentId: fact.paymentId };
    case 'order.payment_captured':
      return { ...next, paymentStatus: 'captured' };
    case 'order.payment_released':
      return { ...next, paymentStatus: 'none' };
    case 'order.payment_refunded':
      return { ...next, paymentStatus: 'refunded' };
    case 'order.processing_started':
      return { ...next, status: 'processing' };
    case 'order.partially_shipped':
      return { ...next, ...shipped(state, fact.shipment) };
    case 'order.shipped':
      return { ...next, ...shipped(state, fact.shipment), status: 'shipped', shippedAt: fact.at };
    case 'order.shipment_delivered':
      return { ...next, shipments: shipmentsAfterDelivery(state.shipments, fact.reference, fact.at) };
    case 'order.delivered': {
      const shipments = shipmentsAfterDelivery(state.shipments, null, fact.at);
      return { ...next, shipments, status: 'delivered', deliveredAt: fact.at };
    }
    case 'order.items_returned':
      return { ...next, items: itemsAfterReturn(state.items, fact.items) };
    case 'order.rest_canceled': {
      const items = itemsAfterCanceling(state.items, fact.items);
      const canceled = { ...next, items, restCanceled: restsAfter(state.restCanceled, fact) };
      if (linesLeft(items).length > 0) return canceled;
      return { ...canceled, status: 'shipped', shippedAt: state.shipments.at(-1)!.shippedAt };
    }
    case 'order.canceled':
      return { ...next, status: 'canceled', cancelReason: fact.reason, canceledAt: fact.at };
    default:
      return fact satisfies never;
  }
}

type RestFact = Extract<OrderFact, { type: 'order.rest_canceled' }>;

function restsAfter(
  before: RestsCanceled | null,
  { amount, refundId, reason, at, reference }: RestFact,
): RestsCanceled {
  const untaken = (before?.untaken ?? 0) + (refundId === null ? amount : 0);
  return { amount: (before?.amount ?? 0) + amount, untaken, refundId, reason, at, reference: reference ?? null };
}

function shipped(order: Order, shipment: OrderShipment): Pick<Order, 'items' | 'shipments'> {
  return {
    items: itemsAfterShipping(order.items, shipment.items),
    shipments: [...order.shipments, shipment],
  };
}

export function fold(facts: readonly OrderFact[]): OrderState {
  return facts.reduce<OrderState>(evolve, { status: 'none' });
}
