import { MINUTE_MS } from '#kernel/clock.ts';
import { type CommandContext, innerContext } from '#kernel/context.ts';
import { violatedUnique } from '#kernel/database/database-errors.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { DomainError } from '#kernel/errors.ts';
import { newId, type OrderId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { reservationEvent } from '../events.ts';
import type { Inventory } from '../inventory.service.ts';
import { recordMovements } from '../levels/ledger.ts';
import { levelsLockByOrder, levelsLockByProducts, toCandidate, toLevel } from '../levels/levels.store.ts';
import { levelOf } from '../levels/open-levels.ts';
import { settingsFind, toSettings } from '../settings/settings.service.ts';
import type { Reservation, ReservationRequest, StockLine } from '../stock.ts';
import { allocate, allocateWhatIsThere, type Candidate, totalsOf } from './allocation.ts';
import { requireThere } from './backorders.ts';
import { commit } from './commit.ts';
import { expiryOf } from './holds.ts';
import { givenBack } from './parts.ts';
import * as store from './reservations.store.ts';
import { takeBack } from './returns.ts';

type Part = 'reserve' | 'hold' | 'unreserve' | 'release' | 'requireThere' | 'commit' | 'returned';

export function reservations(kit: ModuleKit): Pick<Inventory, Part> {
  return {
    reserve: (context, request) => reserve(kit, context, request, null),
    hold: (context, request) => hold(kit, context, request),
    unreserve: (context, orderId) => unreserve(kit, context, orderId),
    release: (context, orderId, keep) => release(kit, context, orderId, { keep }),
    requireThere: (context, orderId, lines) => requireThere(kit, context, orderId, lines),
    commit: (context, orderId, request) => commit(kit, context, orderId, request),
    returned: (context, request) => takeBack(kit, context, request),
  };
}

/** Holds stock for a draft as long as the organisation's setting says; null when it says not at all (G-35). */
async function hold(kit: ModuleKit, context: CommandContext, request: ReservationRequest): Promise<Reservation | null> {
  const { tenant } = context;
  const [row] = await kit.database.read(tenant, settingsFind(tenant));
  const { draftHoldMinutes } = toSettings(row);
  if (draftHoldMinutes === 0) return null;
  return reserve(kit, context, request, new Date(kit.clock.nowMs() + draftHoldMinutes * MINUTE_MS));
}

/**
 * The order is a draft again: where drafts hold stock it keeps what it has for that time, otherwise it gives it back. A
 * promise beyond what is there is given back too, because no hold has one.
 */
async function unreserve(kit: ModuleKit, context: CommandContext, orderId: OrderId): Promise<void> {
  const { tenant } = context;
  const isHeld = await kit.writes.run(innerContext(context), async (tx) => {
    const [latest, settings] = await tx.run([store.reservationLockLatest(tenant, orderId), settingsFind(tenant)]);
    const current = latest!.rows[0] && store.toReservation(latest!.rows[0]);
    const { draftHoldMinutes } = toSettings(settings!.rows[0]);
    if (current?.status !== 'reserved' || current.backordered.length > 0 || draftHoldMinutes === 0) return false;
    const now = kit.clock.now();
    // A repeated step finds it done.
    if (!current.expiresAt) prolong(tx, tenant, current, new Date(now.getTime() + draftHoldMinutes * MINUTE_MS), now);
    return true;
  });
  if (!isHeld) await release(kit, innerContext(context), orderId);
}

/** A hold for other items makes way: the draft was changed since. */
async function reserve(
  kit: ModuleKit,
  context: CommandContext,
  request: ReservationRequest,
  until: Date | null,
): Promise<Reservation> {
  const { tenant } = context;
  const { orderId } = request;
  try {
    const made = await reserveOnce(kit, context, request, until);
    if (made) return made;
    const only = ({ expiresAt }: Reservation) => expiresAt !== null;
    await release(kit, innerContext(context), orderId, { only });
    const again = await reserveOnce(kit, context, request, until);
    if (again) return again;
    throw new DomainError('resource_locked', `The order ${orderId} is being changed; repeat the request.`);
  } catch (error) {
    // Two calls for one order that have no product in common lock different rows; the table lets only one of them in.
    if (violatedUnique(error) !== 'reservations_open_order_key') throw error;
    const open = await store.reservationReadOpen(kit.database, tenant, orderId);
    if (!open) throw error;
    return requireSame(request, open);
  }
}

/** Two round trips: BEGIN with the locks, then the changes with COMMIT. Null when a hold for other items is in the way. */
function reserveOnce(
  kit: ModuleKit,
  context: CommandContext,
  request: ReservationRequest,
  until: Date | null,
): Promise<Reservation | null> {
  const { tenant } = context;
  const { orderId, items } = request;
  const productIds = [...totalsOf(items).keys()];
  return kit.writes.run(context, async (tx) => {
    // The locks come first: once they are held, a reservation that raced this one is visible.
    const [locked, open] = await tx.run([
      levelsLockByProducts(tenant, productIds),
      store.reservationFindOpen(tenant, orderId),
    ]);
    const now = kit.clock.now();
    const current = open!.rows[0] && store.toReservation(open!.rows[0]);
    if (current?.expiresAt) return isSame(request, current) ? prolong(tx, tenant, current, until, now) : null;
    if (current) return requireSame(request, current);
    const levels = locked!.rows.map(toCandidate);
    const promise = await promised(tx, tenant, items, levels, until);
    const reservation = newReservation(orderId, promise, until, now);
    const cause = { kind: 'reservation' as const, id: reservation.id, referenceId: orderId };
    const entries = reservation.allocations.map(({ levelId, quantity }) => ({
      level: levelOf(levels.find(({ id }) => id === levelId)!),
      change: { available: -quantity, reserved: quantity, damaged: 0 },
      cause,
    }));
    recordMovements(tx, tenant, now, entries, levels);
    tx.add(store.reservationInsert(tenant, reservation));
    tx.append(reservationEvent('stock.reserved', reservation));
    if (until) tx.enqueue(expiryOf(reservation, until));
    return reservation;
  });
}

/** What there is, and what is promised beyond it where the organisation allows that. Errors: `insufficient_stock`. */
async function promised(
  tx: WriteTransaction,
  tenant: Tenant,
  items: ReservationRequest['items'],
  levels: readonly Candidate[],
  until: Date | null,
): Promise<Pick<Reservation, 'allocations' | 'backordered'>> {
  const there = allocateWhatIsThere(items, levels);
  // The setting is read only when it matters; a hold never promises what is not there.
  if (there.backordered.length > 0 && !until) {
    const [row] = await tx.query(settingsFind(tenant));
    if (toSettings(row).backorder === 'allow') return there;
  }
  return { allocations: allocate(items, levels), backordered: [] };
}

/** A hold lasts longer, or for good when the order is confirmed. */
function prolong(
  tx: WriteTransaction,
  tenant: Tenant,
  current: Reservation,
  until: Date | null,
  now: Date,
): Reservation {
  const expiresAt = until?.toISOString() ?? null;
  const prolonged = { ...current, expiresAt, version: current.version + 1, updatedAt: now.toISOString() };
  tx.add(store.reservationUpdate(tenant, prolonged));
  tx.append(reservationEvent('stock.reserved', prolonged));
  if (until) tx.enqueue(expiryOf(prolonged, until));
  return prolonged;
}

export async function release(
  kit: ModuleKit,
  context: CommandContext,
  orderId: OrderId,
  { only = () => true, keep = [] }: { only?: (reservation: Reservation) => boolean; keep?: readonly StockLine[] } = {},
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
    if (current.status === 'released' || !only(current)) return current;
    if (current.status === 'committed') {
      const message = `The stock of the order ${orderId} has left the house; take it back with a return.`;
      throw new DomainError('invalid_state', message);
    }
    const now = kit.clock.now();
    const { parts, after } = givenBack(current, keep);
    if (after === current) return current;
    const released: Reservation = { ...after, version: current.version + 1, updatedAt: now.toISOString() };
    const cause = { kind: 'release' as const, id: current.id, referenceId: orderId };
    const entries = parts.map(({ allocation, quantity }) => ({
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

function isSame({ items }: ReservationRequest, { allocations, backordered }: Reservation): boolean {
  const wanted = totalsOf(items);
  const held = totalsOf([...allocations, ...backordered]);
  return wanted.size === held.size && [...wanted].every(([productId, total]) => held.get(productId) === total);
}

/** Errors: `invalid_state` when the order's reservation is not of these items. */
function requireSame(request: ReservationRequest, reservation: Reservation): Reservation {
  if (isSame(request, reservation)) return reservation;
  const message = `The order ${request.orderId} holds stock for other items; release it before reserving anew.`;
  throw new DomainError('invalid_state', message);
}

function newReservation(
  orderId: OrderId,
  promise: Pick<Reservation, 'allocations' | 'backordered'>,
  until: Date | null,
  now: Date,
): Reservation {
  const createdAt = now.toISOString();
  return {
    id: newId('rsv', now.getTime()),
    version: 1,
    orderId,
    status: 'reserved',
    ...promise,
    expiresAt: until?.toISOString() ?? null,
    createdAt,
    updatedAt: createdAt,
  };
}
