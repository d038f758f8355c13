import type { CommandContext } from '#kernel/context.ts';
import { violatedUnique } from '#kernel/database/database-errors.ts';
import { DomainError } from '#kernel/errors.ts';
import { newId, type OrderId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { reservationEvent } from '../events.ts';
import type { Inventory } from '../inventory.service.ts';
import { recordMovements } from '../levels/ledger.ts';
import { levelsLockByOrder, levelsLockByProducts, toCandidate, toLevel } from '../levels/levels.store.ts';
import type { Allocation, Reservation, ReservationRequest } from '../stock.ts';
import { allocate, totalsOf } from './allocation.ts';
import { commit } from './commit.ts';
import { remainder } from './parts.ts';
import * as store from './reservations.store.ts';
import { takeBack } from './returns.ts';

export function reservations(kit: ModuleKit): Pick<Inventory, 'reserve' | 'release' | 'commit' | 'returned'> {
  return {
    reserve: (context, request) => reserve(kit, context, request),
    release: (context, orderId) => release(kit, context, orderId),
    commit: (context, orderId, request) => commit(kit, context, orderId, request),
    returned: (context, request) => takeBack(kit, context, request),
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
      const cause = { kind: 'reservation' as const, id: reservation.id, referenceId: orderId };
      const entries = allocations.map(({ levelId, quantity }) => {
        const { isDefault: _isDefault, priority: _priority, ...level } = levels.find(({ id }) => id === levelId)!;
        return { level, change: { available: -quantity, reserved: quantity, damaged: 0 }, cause };
      });
      recordMovements(tx, tenant, now, entries, levels);
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

async function release(kit: ModuleKit, context: CommandContext, orderId: OrderId): Promise<Reservation | null> {
  const { tenant } = context;
  return kit.writes.run(context, async (tx) => {
    const [latest, locked] = await tx.run([
      store.reservationLockLatest(tenant, orderId),
      levelsLockByOrder(tenant, orderId),
    ]);
    const [row] = latest!.rows;
    if (!row) return null;
    const current = store.toReservation(row);
    if (current.status === 'released') return current;
    if (current.status === 'committed') {
      const message = `The stock of the order ${orderId} has left the house; take it back with a return.`;
      throw new DomainError('invalid_state', message);
    }
    const now = kit.clock.now();
    const version = current.version + 1;
    const released: Reservation = { ...current, status: 'released', version, updatedAt: now.toISOString() };
    const cause = { kind: 'release' as const, id: current.id, referenceId: orderId };
    const entries = remainder(current.allocations).map(({ allocation, quantity }) => ({
      level: toLevel(locked!.rows.find(({ id }) => id === allocation.levelId)!),
      change: { available: quantity, reserved: -quantity, damaged: 0 },
      cause,
    }));
    recordMovements(tx, tenant, now, entries);
    tx.add(store.reservationUpdate(tenant, released));
    tx.append(reservationEvent('stock.released', released));
    return released;
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
