import { type CommandContext, systemContext } from '#kernel/context.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { DomainError } from '#kernel/errors.ts';
import type { OrderId, ProductId } from '#kernel/ids.ts';
import type { JobHandler } from '#kernel/jobs/worker.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { reservationEvent } from '../events.ts';
import { recordMovements } from '../levels/ledger.ts';
import { levelsLockByOrder, toCandidate } from '../levels/levels.store.ts';
import { levelOf } from '../levels/open-levels.ts';
import type { Allocation, Reservation, StockLevel, StockLine } from '../stock.ts';
import { allocateWhatIsThere, type Candidate, totalsOf } from './allocation.ts';
import { fillPlan, MOST_ORDERS, ordersWaiting } from './backorders.store.ts';
import * as store from './reservations.store.ts';

/** The reservation with as much of what it waits for as there is by now, and all its levels as they are then. */
export interface Filled {
  reservation: Reservation;
  levels: readonly StockLevel[];
}

/**
 * Takes what came in for a reservation that waits. `locked` are the levels that it holds and every level of the products
 * that it waits for. Adds the movements, and nothing else.
 */
export function fill(
  tx: WriteTransaction,
  tenant: Tenant,
  now: Date,
  reservation: Reservation,
  locked: readonly (StockLevel & Candidate)[],
): Filled {
  const { backordered } = reservation;
  const levels = locked.map(levelOf);
  if (backordered.length === 0) return { reservation, levels };
  const { allocations: added, backordered: left } = allocateWhatIsThere(backordered, locked);
  if (added.length === 0) return { reservation, levels };
  const cause = { kind: 'reservation' as const, id: reservation.id, referenceId: reservation.orderId };
  const entries = added.map(({ levelId, quantity }) => ({
    level: levels.find(({ id }) => id === levelId)!,
    change: { available: -quantity, reserved: quantity, damaged: 0 },
    cause,
  }));
  const waitedFor = totalsOf(backordered);
  const after = recordMovements(
    tx,
    tenant,
    now,
    entries,
    levels.filter(({ productId }) => waitedFor.has(productId)),
  );
  return {
    reservation: {
      ...reservation,
      allocations: merged(reservation.allocations, added),
      backordered: left,
      version: reservation.version + 1,
      updatedAt: now.toISOString(),
    },
    levels: levels.map((level) => after.find(({ id }) => id === level.id) ?? level),
  };
}

/** Errors: `insufficient_stock` when pieces must leave that the order still waits for. */
export function requireFilled(reservation: Reservation, lines: readonly StockLine[] | undefined): void {
  const left = totalsOf(
    reservation.allocations.map(({ productId, quantity, committed }) => ({
      productId,
      quantity: quantity - committed,
    })),
  );
  const wanted = lines && totalsOf(lines);
  for (const [productId, missing] of totalsOf(reservation.backordered)) {
    const asked = wanted ? (wanted.get(productId) ?? 0) : (left.get(productId) ?? 0) + missing;
    const there = left.get(productId) ?? 0;
    if (asked <= there) continue;
    const message = `${missing} of ${productId} are on backorder; ${there} can leave now.`;
    throw new DomainError('insufficient_stock', message);
  }
}

/**
 * Takes what came in for pieces that are about to leave, so that they leave for certain; nothing to do for an order that
 * waits for nothing. Errors: `insufficient_stock` when it still waits for some of them; then nothing changes.
 */
export async function requireThere(
  kit: ModuleKit,
  context: CommandContext,
  orderId: OrderId,
  lines: readonly StockLine[],
): Promise<void> {
  const open = await store.reservationReadOpen(kit.database, context.tenant, orderId);
  if (!open || open.backordered.length === 0) return;
  await kit.writes.run(context, async (tx) => {
    const filled = await fillOrder(kit, context, tx, orderId);
    if (filled) requireFilled(filled.reservation, lines);
  });
}

/** Gives what came in of a product to the orders that wait for it, oldest first, while there is any. */
export function fillBackordersJob(kit: ModuleKit): JobHandler {
  return async ({ id, tenant, payload }) => {
    const productId = payload.product_id as ProductId;
    const rows = await kit.database.read(tenant, ordersWaiting(tenant, productId));
    for (const row of rows) {
      const context = systemContext('inventory.backorders', tenant, { requestId: id, traceparent: '' });
      const filled = await kit.writes.run(context, (tx) => fillOrder(kit, context, tx, row.order_id));
      if (filled && !filled.changed) return;
    }
    if (rows.length < MOST_ORDERS) return;
    await kit.database.flight(tenant, [fillPlan(tenant, [productId], kit.clock.now())]);
  };
}

/** Gives an order what came in for it; null when it waits for nothing any more. */
async function fillOrder(
  kit: ModuleKit,
  { tenant }: CommandContext,
  tx: WriteTransaction,
  orderId: OrderId,
): Promise<{ reservation: Reservation; changed: boolean } | null> {
  const [latest, locked] = await tx.run([
    store.reservationLockLatest(tenant, orderId),
    levelsLockByOrder(tenant, orderId),
  ]);
  const current = store.toReservation(latest!.rows[0]!);
  if (current.status !== 'reserved') return null;
  const { reservation } = fill(tx, tenant, kit.clock.now(), current, locked!.rows.map(toCandidate));
  const changed = reservation !== current;
  if (changed) {
    tx.add(store.reservationUpdate(tenant, reservation));
    tx.append(reservationEvent('stock.reserved', reservation));
  }
  return { reservation, changed };
}

function merged(allocations: readonly Allocation[], added: readonly Allocation[]): Allocation[] {
  const own = allocations.map((allocation) => {
    const more = added.find(({ levelId }) => levelId === allocation.levelId);
    return more ? { ...allocation, quantity: allocation.quantity + more.quantity } : allocation;
  });
  const known = new Set(own.map(({ levelId }) => levelId));
  return [...own, ...added.filter(({ levelId }) => !known.has(levelId))];
}
