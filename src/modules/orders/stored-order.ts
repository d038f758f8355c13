import type { Order, OrderFact, OrderItem, OrderState } from './order.ts';
import { linesLeft } from './shipments.ts';

/*
 * The log is never rewritten, so what it holds of older days is read into the shape of today here, and nowhere else.
 * Before shipments came in parts an item had no line and no shipped quantity, and an order had one `shipment`; before
 * amounts stood beside the total there were none, nor an external id, notes or addresses.
 */

type OldItem = Omit<OrderItem, 'line' | 'shippedQuantity'> & Partial<Pick<OrderItem, 'line' | 'shippedQuantity'>>;
type OldShipment = { carrier: string; trackingNumber: string };
type Newer = 'shipments' | 'discountTotal' | 'taxTotal' | 'shippingTotal' | 'externalId' | 'sealedDetails';
type OldOrder = Omit<Order, 'items' | Newer> &
  Partial<Pick<Order, Newer>> & { items: OldItem[]; shipment?: OldShipment | null };

/** What an order had before there was a field for it. */
const BEFORE = { discountTotal: 0, taxTotal: 0, shippingTotal: 0, externalId: null, sealedDetails: null };

/** An order as an event or an answer kept it, in the shape of today. */
export function currentOrder(stored: Order): Order {
  if (stored.sealedDetails !== undefined) return stored;
  if (stored.shipments !== undefined) return { ...BEFORE, ...stored };
  const { shipment, ...rest } = stored as OldOrder;
  const items = currentItems(rest.items, Boolean(shipment));
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
  }));
}

/** A fact of any age as today's; `state` is the order before it. */
export function currentFact(fact: OrderFact, state: OrderState): OrderFact {
  switch (fact.type) {
    case 'order.created':
      return fact.order.sealedDetails === undefined ? { ...fact, order: currentOrder(fact.order) } : fact;
    case 'order.changed': {
      const { items } = fact.changes;
      if (items === undefined || items[0]?.line !== undefined) return fact;
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
