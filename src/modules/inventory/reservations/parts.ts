import { DomainError, invalidField } from '#kernel/errors.ts';
import type { ProductId } from '#kernel/ids.ts';
import type { Allocation, Quantities, Reservation, ReturnCondition, ReturnLine, StockLine } from '../stock.ts';
import { totalsOf } from './allocation.ts';

/** What a part of an order does to one allocation, and by that to its level. */
export interface Part {
  allocation: Allocation;
  quantity: number;
}

/** What is still promised of an allocation. */
export function leftOf({ quantity, committed }: Allocation): number {
  return quantity - committed;
}

/** What has left of an allocation and is not back. */
export function outsideOf({ committed, returned }: Allocation): number {
  return committed - returned;
}

/** Everything that is still promised. */
export function remainder(allocations: readonly Allocation[]): Part[] {
  return allocations
    .map((allocation) => ({ allocation, quantity: leftOf(allocation) }))
    .filter(({ quantity }) => quantity > 0);
}

/**
 * From which allocations the pieces of a shipment come, in the allocations' own order. Errors: `validation` (a quantity
 * that is no positive whole number), `invalid_state` (more than is still reserved).
 */
export function partsOf(allocations: readonly Allocation[], lines: readonly StockLine[]): Part[] {
  requirePieces(lines);
  return [...totalsOf(lines)].flatMap(([productId, wanted]) => {
    const { parts, missing } = spread(allocations, productId, wanted, leftOf);
    if (missing === 0) return parts;
    const message = `Only ${wanted - missing} of ${productId} are still reserved for this order; ${wanted} cannot leave.`;
    throw new DomainError('invalid_state', message);
  });
}

/**
 * What is given back of a reservation, and what it is then: nothing of it is reserved any more, or these pieces. What is
 * there is kept before what is waited for. The reservation itself when it has no more than that.
 */
export function givenBack(reservation: Reservation, keep: readonly StockLine[]): { parts: Part[]; after: Reservation } {
  const { allocations, backordered } = reservation;
  if (keep.length === 0) {
    return { parts: remainder(allocations), after: { ...reservation, status: 'released', backordered: [] } };
  }
  const room = new Map(totalsOf(keep));
  const kept = (productId: ProductId, quantity: number) => {
    const stays = Math.min(quantity, room.get(productId) ?? 0);
    room.set(productId, (room.get(productId) ?? 0) - stays);
    return stays;
  };
  const parts = remainder(allocations)
    .map(({ allocation, quantity }) => ({ allocation, quantity: quantity - kept(allocation.productId, quantity) }))
    .filter(({ quantity }) => quantity > 0);
  const waiting = backordered.map(({ productId, quantity }) => ({ productId, quantity: kept(productId, quantity) }));
  const isSame =
    parts.length === 0 && waiting.every(({ quantity }, index) => quantity === backordered[index]!.quantity);
  if (isSame) return { parts, after: reservation };
  const less = new Map(parts.map(({ allocation, quantity }) => [allocation, quantity]));
  const after = {
    ...reservation,
    allocations: allocations.map((each) => ({ ...each, quantity: each.quantity - (less.get(each) ?? 0) })),
    backordered: waiting.filter(({ quantity }) => quantity > 0),
  };
  return { parts, after };
}

/**
 * Which allocations returned pieces belong to, and in which condition they are; with the allocations as they are then,
 * in the same sequence. Errors: `validation` (a quantity that is no positive whole number), `invalid_state` (more than
 * left the house and is not back yet).
 */
export function takenBack(
  before: readonly Allocation[],
  lines: readonly ReturnLine[],
): { allocations: Allocation[]; parts: (Part & Pick<ReturnLine, 'condition'>)[] } {
  requirePieces(lines);
  const allocations = before.map((allocation) => ({ ...allocation }));
  const parts = lines.flatMap(({ productId, quantity: wanted, condition }) => {
    const found = spread(allocations, productId, wanted, outsideOf);
    if (found.missing > 0) {
      const message = `Only ${wanted - found.missing} of ${productId} are out with this order; ${wanted} cannot come back.`;
      throw new DomainError('invalid_state', message);
    }
    for (const { allocation, quantity } of found.parts) allocation.returned += quantity;
    return found.parts.map((part) => ({ ...part, condition }));
  });
  return { allocations, parts };
}

/** What leaving does to a level. */
export function leaving(quantity: number): Quantities {
  return { available: 0, reserved: -quantity, damaged: 0 };
}

/** What coming back does to a level. */
export function comingBack(parts: readonly { quantity: number; condition: ReturnCondition }[]): Quantities {
  const pieces = (condition: ReturnCondition) =>
    parts.reduce((sum, part) => sum + (part.condition === condition ? part.quantity : 0), 0);
  return { available: pieces('restock'), reserved: 0, damaged: pieces('damaged') };
}

/** The reservation after a part of it has left; it is committed when nothing is left. */
export function afterLeaving(reservation: Reservation, parts: readonly Part[], now: Date): Reservation {
  const allocations = reservation.allocations.map((allocation) => {
    const part = parts.find((each) => each.allocation.levelId === allocation.levelId);
    return part ? { ...allocation, committed: allocation.committed + part.quantity } : allocation;
  });
  const isOver = reservation.backordered.length === 0 && allocations.every((allocation) => leftOf(allocation) === 0);
  const status = isOver ? 'committed' : 'reserved';
  return { ...reservation, status, allocations, version: reservation.version + 1, updatedAt: now.toISOString() };
}

function spread(
  allocations: readonly Allocation[],
  productId: ProductId,
  wanted: number,
  room: (allocation: Allocation) => number,
): { parts: Part[]; missing: number } {
  const parts: Part[] = [];
  let missing = wanted;
  for (const allocation of allocations) {
    const quantity = allocation.productId === productId ? Math.min(missing, room(allocation)) : 0;
    if (quantity > 0) parts.push({ allocation, quantity });
    missing -= quantity;
  }
  return { parts, missing };
}

function requirePieces(lines: readonly StockLine[]): void {
  lines.forEach(({ quantity }, index) => {
    if (Number.isSafeInteger(quantity) && quantity > 0) return;
    throw invalidField(`lines[${index}].quantity`, 'too_small', 'Send a whole number of pieces, at least 1.');
  });
}
