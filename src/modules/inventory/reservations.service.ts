import type { CommandContext } from '#kernel/context.ts';
import { violatedUnique } from '#kernel/database/database-errors.ts';
import { DomainError } from '#kernel/errors.ts';
import { newId, type OrderId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { allocate, totalsOf } from './allocation.ts';
import { reservationEvent } from './events.ts';
import type { Inventory } from './inventory.service.ts';
import { recordMovements } from './ledger.ts';
import { levelsLockByOrder, levelsLockByProducts, toCandidate, toLevel } from './levels.store.ts';
import * as store from './reservations.store.ts';
import type { Allocation, Quantities, Reservation, ReservationRequest } from './stock.ts';

/** How a reservation can end, and what that does to the level of each allocation. */
const ENDINGS = {
  released: {
    kind: 'release',
    event: 'stock.released',
    change: (quantity: number): Quantities => ({ available: quantity, reserved: -quantity, damaged: 0 }),
  },
  committed: {
    kind: 'commit',
    event: 'stock.committed',
    change: (quantity: number): Quantities => ({ available: 0, reserved: -quantity, damaged: 0 }),
  },
} as const;

export function reservations(kit: ModuleKit): Pick<Inventory, 'reserve' | 'release' | 'commit'> {
  return {
    reserve: (context, request) => reserve(kit, context, request),
    release: (context, orderId) => end(kit, context, orderId, 'released'),
    async commit(context, orderId) {
      const reservation = await end(kit, context, orderId, 'committed');
      if (reservation) return reservation;
      throw new DomainError('invalid_state', `The order ${orderId} has no reserved stock; reserve it first.`);
    },
  };
}

/** Two round trips: BEGIN with the locks, then the changes with COMMIT. */
async function reserve(kit: ModuleKit, context: CommandContext, request: ReservationRequest): Promise<Reservation> {
  const { tenant } = context;
  const { orderId, items } = request;
  const productIds = [...totalsOf(items).keys()];
  try {
    return await kit.writes.run(context, async (tx) => {
      // The locks come first: once they are held, a reservation that raced this one is visible.
      const [locked, open] = await tx.run([
        levelsLockByProducts(tenant, productIds),
        store.reservationFindOpen(tenant, orderId),
      ]);
      if (open!.rows[0]) return sameAs(request, store.toReservation(open!.rows[0]));
      const levels = locked!.rows.map(toCandidate);
      const allocations = allocate(items, levels);
      const now = kit.clock.now();
      const reservation = newReservation(orderId, allocations, now);
      const entries = allocations.map(({ levelId, quantity }) => {
        const { isDefault: _isDefault, priority: _priority, ...level } = levels.find(({ id }) => id === levelId)!;
        return { level, change: { available: -quantity, reserved: quantity, damaged: 0 } };
      });
      const cause = { kind: 'reservation' as const, id: reservation.id, referenceId: orderId };
      recordMovements(tx, tenant, now, cause, entries);
      tx.add(store.reservationInsert(tenant, reservation));
      tx.append(reservationEvent('stock.reserved', reservation));
      return reservation;
    });
  } catch (error) {
    // Two calls for one order that have no product in common lock different rows; the table lets only one of them in.
    if (violatedUnique(error) !== 'reservations_open_order_key') throw error;
    const open = await store.reservationReadOpen(kit.database, tenant, orderId);
    if (!open) throw error;
    return sameAs(request, open);
  }
}

async function end(
  kit: ModuleKit,
  context: CommandContext,
  orderId: OrderId,
  status: keyof typeof ENDINGS,
): Promise<Reservation | null> {
  const { tenant } = context;
  return kit.writes.run(context, async (tx) => {
    const [latest, locked] = await tx.run([
      store.reservationLockLatest(tenant, orderId),
      levelsLockByOrder(tenant, orderId),
    ]);
    const [row] = latest!.rows;
    if (!row) return null;
    const current = store.toReservation(row);
    if (current.status === status) return current;
    if (current.status !== 'reserved') {
      const message = `The stock of the order ${orderId} is ${current.status}; it cannot be ${status} any more.`;
      throw new DomainError('invalid_state', message);
    }
    const { kind, event, change } = ENDINGS[status];
    const now = kit.clock.now();
    const ended = { ...current, status, version: current.version + 1, updatedAt: now.toISOString() };
    const entries = locked!.rows.map(toLevel).map((level) => {
      const { quantity } = current.allocations.find(({ levelId }) => levelId === level.id)!;
      return { level, change: change(quantity) };
    });
    recordMovements(tx, tenant, now, { kind, id: current.id, referenceId: orderId }, entries);
    tx.add(store.reservationUpdateStatus(tenant, ended));
    tx.append(reservationEvent(event, ended));
    return ended;
  });
}

/** Errors: `invalid_state` when the order's reservation is not of these items. */
function sameAs({ orderId, items }: ReservationRequest, reservation: Reservation): Reservation {
  const wanted = totalsOf(items);
  const held = totalsOf(reservation.allocations);
  const same = wanted.size === held.size && [...wanted].every(([productId, total]) => held.get(productId) === total);
  if (same) return reservation;
  const message = `The order ${orderId} holds stock for other items; release it before reserving anew.`;
  throw new DomainError('invalid_state', message);
}

function newReservation(orderId: OrderId, allocations: Allocation[], now: Date): Reservation {
  const createdAt = now.toISOString();
  return {
    id: newId('rsv', now.getTime()),
    version: 1,
    orderId,
    status: 'reserved',
    allocations,
    createdAt,
    updatedAt: createdAt,
  };
}
