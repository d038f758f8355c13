import type { Order, OrderFact, OrderItem, OrderState, RestsCanceled } from './order.ts';
import { linesLeft } from './shipments.ts';

/*
 * The log is never rewritten, so what it holds of older days is read into the shape of today here, and nowhere else.
 * An order began with one `shipment` for everything and items without lines; then came shipments in parts, amounts
 * beside the total with external id and details, approvals with returns, and the cancellation of a rest, which could not be
 * picked at first.
 */

type OldItem = Omit<OrderItem, NewerOfItem> & Partial<Pick<OrderItem, NewerOfItem>>;
type NewerOfItem = 'line' | 'shippedQuantity' | 'returnedQuantity' | 'canceledQuantity';
type OldShipment = { carrier: string; trackingNumber: string };
type Newer =
  | 'shipments'
  | 'approval'
  | 'restCanceled'
  | 'discountTotal'
  | 'taxTotal'
  | 'shippingTotal'
  | 'externalId'
  | 'sealedDetails';
type OldOrder = Omit<Order, 'items' | Newer> &
  Partial<Pick<Order, Newer>> & { items: OldItem[]; shipment?: OldShipment | null };

/** What an order had before there was a field for it. */
const BEFORE = {
  approval: null,
  restCanceled: null,
  discountTotal: 0,
  taxTotal: 0,
  shippingTotal: 0,
  externalId: null,
  sealedDetails: null,
};

/** Whether every field is there; the newest one tells. */
function isCurrent(stored: Order): boolean {
  const { restCanceled } = stored;
  return restCanceled === null || restCanceled?.untaken !== undefined;
}

/** One cancellation was all there could be, before or after the money was taken. */
function currentRest(stored: RestsCanceled | null | undefined): RestsCanceled | null {
  if (!stored || stored.untaken !== undefined) return stored ?? null;
  const { amount, refundId } = stored as Pick<RestsCanceled, 'amount' | 'refundId'>;
  return { ...(stored as RestsCanceled), untaken: refundId === null ? amount : 0, reference: null };
}

/** An order as an event or an answer kept it, in the shape of today. */
export function currentOrder(stored: Order): Order {
  if (isCurrent(stored)) return stored;
  const { shipment, shipments: known, ...old } = stored as OldOrder;
  const rest = { ...old, restCanceled: currentRest(old.restCanceled) };
  const items = currentItems(rest.items, Boolean(shipment));
  if (known) return { ...BEFORE, ...rest, items, shipments: known };
  const { shippedAt, deliveredAt } = rest;
  const everything = items.map(({ line, quantity }) => ({ line, quantity }));
  const reference = shipment?.trackingNumber ?? '';
  const shipments = shipment ? [{ reference, ...shipment, items: everything, shippedAt: shippedAt!, deliveredAt }] : [];
  return { ...BEFORE, ...rest, items, shipments };
}

function currentItems(items: readonly OldItem[], isShipped: boolean): OrderItem[] {
  return items.map((item, index) => ({
    ...item,
    line: item.line ?? index + 1,
    shippedQuantity: item.shippedQuantity ?? (isShipped ? item.quantity : 0),
    returnedQuantity: item.returnedQuantity ?? 0,
    canceledQuantity: item.canceledQuantity ?? 0,
  }));
}

/** A fact of any age as today's; `state` is the order before it. */
export function currentFact(fact: OrderFact, state: OrderState): OrderFact {
  switch (fact.type) {
    case 'order.created':
      return isCurrent(fact.order) ? fact : { ...fact, order: currentOrder(fact.order) };
    case 'order.changed': {
      const { items } = fact.changes;
      if (items === undefined || items[0]?.canceledQuantity !== undefined) return fact;
      return { ...fact, changes: { ...fact.changes, items: currentItems(items, false) } };
    }
    case 'order.shipped': {
      if (fact.shipment.items !== undefined || state.status === 'none') return fact;
      const { carrier, trackingNumber } = fact.shipment as OldShipment;
      const items = linesLeft(state.items);
      const shipment = { reference: trackingNumber, carrier, trackingNumber, items };
      return { ...fact, shipment: { ...shipment, shippedAt: fact.at, deliveredAt: null } };
    }
    default:
      return fact;
  }
}
