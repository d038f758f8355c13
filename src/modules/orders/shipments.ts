import { DomainError, type ErrorDetail } from '#kernel/errors.ts';
import type { ShipmentId } from '#modules/shipping/index.ts';
import type { Order, OrderItem } from './order.ts';

/** So many pieces of one line of an order. */
export type LineQuantity = { line: number; quantity: number };

/** One parcel, or several that left together. */
export type OrderShipment = {
  /** What names it within its order: the caller's name for it, else the id of its parcel. */
  reference: string;
  carrier: string;
  trackingNumber: string;
  items: LineQuantity[];
  shippedAt: string;
  deliveredAt: string | null;
};

/** A shipment as it is asked for; without `items` it is everything that has not left yet. */
export type ShipmentRequest = {
  carrier: string;
  trackingNumber: string;
  /** A second request with the same reference finds the first one's shipment. */
  reference?: string | null;
  items?: LineQuantity[] | null;
  /** The parcel that the carrier told of; without it one is made, or taken up that waits under this number. */
  shipmentId?: ShipmentId | null;
};

export const FULFILLMENT_STATUSES = ['unfulfilled', 'partial', 'fulfilled'] as const;
export type FulfillmentStatus = (typeof FULFILLMENT_STATUSES)[number];

/** How much of an order has left (G-39). */
export function fulfillmentOf({ items }: Pick<Order, 'items'>): FulfillmentStatus {
  if (linesLeft(items).length === 0) return 'fulfilled';
  return items.some(({ shippedQuantity }) => shippedQuantity > 0) ? 'partial' : 'unfulfilled';
}

/** Everything that has not left yet and still shall, line by line. */
export function linesLeft(items: readonly OrderItem[]): LineQuantity[] {
  return items.flatMap(({ line, quantity, shippedQuantity, canceledQuantity }) => {
    const left = quantity - shippedQuantity - canceledQuantity;
    return left > 0 ? [{ line, quantity: left }] : [];
  });
}

/**
 * What a request would ship. Errors: `validation`, naming each entry whose line is unknown or named twice, or of which
 * less is left.
 */
export function linesToShip(order: Order, asked: readonly LineQuantity[] | null | undefined): LineQuantity[] {
  const left = linesLeft(order.items);
  return asked ? checkedLines(asked, left, 'left to ship') : left;
}

/** The pieces that are canceled of what is left; all of it unless told. Errors: `validation`, as `linesToShip`. */
export function linesToCancel(order: Order, asked: readonly LineQuantity[] | null | undefined): LineQuantity[] {
  const left = linesLeft(order.items);
  return asked ? checkedLines(asked, left, 'left to cancel') : left;
}

/** What of `lines` stays without `less`. */
export function linesWithout(lines: readonly LineQuantity[], less: readonly LineQuantity[]): LineQuantity[] {
  const quantities = new Map(less.map(({ line, quantity }) => [line, quantity]));
  return lines.flatMap(({ line, quantity: all }) => {
    const quantity = all - (quantities.get(line) ?? 0);
    return quantity > 0 ? [{ line, quantity }] : [];
  });
}

/** `asked`, when each entry fits what is `there`. Errors: `validation`. */
export function checkedLines(
  asked: readonly LineQuantity[],
  there: readonly LineQuantity[],
  what: string,
): LineQuantity[] {
  const available = new Map(there.map(({ line, quantity }) => [line, quantity]));
  const seen = new Set<number>();
  const details: ErrorDetail[] = [];
  for (const [index, { line, quantity }] of asked.entries()) {
    const most = available.get(line) ?? 0;
    if (seen.has(line)) {
      const message = `Line ${line} is named twice; name it once with the whole quantity.`;
      details.push({ field: `items[${index}].line`, code: 'duplicate', message });
    } else if (most === 0) {
      details.push({
        field: `items[${index}].line`,
        code: 'not_found',
        message: `Nothing of line ${line} is ${what}.`,
      });
    } else if (quantity > most) {
      const message = `Only ${most} of line ${line} ${most === 1 ? 'is' : 'are'} ${what}; you sent ${quantity}.`;
      details.push({ field: `items[${index}].quantity`, code: 'too_large', message });
    }
    seen.add(line);
  }
  if (details.length > 0) throw new DomainError('validation', details[0]!.message, { details });
  return asked.map(({ line, quantity }) => ({ line, quantity }));
}

/** The items after `shipped` has left. */
export function itemsAfterShipping(items: readonly OrderItem[], shipped: readonly LineQuantity[]): OrderItem[] {
  return counted(items, shipped, 'shippedQuantity');
}

/** The items after `returned` came back. */
export function itemsAfterReturn(items: readonly OrderItem[], returned: readonly LineQuantity[]): OrderItem[] {
  return counted(items, returned, 'returnedQuantity');
}

/** The items after `canceled` will never leave. */
export function itemsAfterCanceling(items: readonly OrderItem[], canceled: readonly LineQuantity[]): OrderItem[] {
  return counted(items, canceled, 'canceledQuantity');
}

type Count = 'shippedQuantity' | 'returnedQuantity' | 'canceledQuantity';

function counted(items: readonly OrderItem[], lines: readonly LineQuantity[], count: Count): OrderItem[] {
  const quantities = new Map(lines.map(({ line, quantity }) => [line, quantity]));
  return items.map((item) => {
    const quantity = quantities.get(item.line);
    return quantity === undefined ? item : { ...item, [count]: item[count] + quantity };
  });
}

/** The shipments after one of them, or all, arrived. */
export function shipmentsAfterDelivery(
  shipments: readonly OrderShipment[],
  reference: string | null,
  at: string,
): OrderShipment[] {
  return shipments.map((shipment) => {
    const arrived = shipment.deliveredAt === null && (reference === null || shipment.reference === reference);
    return arrived ? { ...shipment, deliveredAt: at } : shipment;
  });
}
