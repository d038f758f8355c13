import { DomainError, type ErrorDetail } from '#kernel/errors.ts';
import type { LineQuantity, Order } from '#modules/orders/index.ts';
import { holdsPieces, referenceOf, type ShipmentRecord } from './shipment.ts';

/**
 * What can still be put into a parcel, by line: what was ordered, less what the order says has left, less what waits in
 * other shipments that the order has not heard of yet.
 */
export function linesLeft(order: Order, shipments: readonly ShipmentRecord[]): Map<number, number> {
  const heardOf = new Set(order.shipments.map(({ reference }) => reference));
  const left = new Map(
    order.items.map((item) => [item.line, item.quantity - item.shippedQuantity - item.canceledQuantity]),
  );
  for (const shipment of shipments) {
    if (heardOf.has(referenceOf(shipment)) || !holdsPieces(shipment)) continue;
    for (const { line, quantity } of shipment.items) left.set(line, (left.get(line) ?? 0) - quantity);
  }
  return left;
}

/**
 * The lines of a new shipment; everything left unless told. Errors: `invalid_state` when nothing is left, `validation`
 * naming each entry of which less is left, or that stands twice.
 */
export function linesToPack(left: ReadonlyMap<number, number>, asked: readonly LineQuantity[] | null): LineQuantity[] {
  const rest = [...left].flatMap(([line, quantity]) => (quantity > 0 ? [{ line, quantity }] : []));
  if (rest.length === 0) {
    throw new DomainError(
      'invalid_state',
      'Everything of this order is in a shipment already; nothing is left to ship.',
    );
  }
  if (!asked) return rest;
  const seen = new Set<number>();
  const details: ErrorDetail[] = [];
  asked.forEach(({ line, quantity }, index) => {
    const most = left.get(line) ?? 0;
    const refuse = (field: string, code: string, message: string) =>
      details.push({ field: `items[${index}].${field}`, code, message });
    if (seen.has(line))
      refuse('line', 'duplicate', `Line ${line} is named twice; name it once with the whole quantity.`);
    else if (most <= 0) refuse('line', 'not_found', `Nothing of line ${line} is left to ship.`);
    else if (quantity > most) refuse('quantity', 'too_large', `Of line ${line} only ${most} can be shipped.`);
    seen.add(line);
  });
  if (details.length > 0) throw new DomainError('validation', details[0]!.message, { details });
  return asked.map(({ line, quantity }) => ({ line, quantity }));
}
