import type { CommandContext } from '#kernel/context.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import type { WarehouseId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { returnedEvent } from '../events.ts';
import { recordMovements } from '../levels/ledger.ts';
import { lockLevels } from '../levels/open-levels.ts';
import type { Allocation, Reservation, ReturnRequest } from '../stock.ts';
import { warehousesHold } from '../warehouses/warehouses.store.ts';
import { claimed, type Effect } from './effects.store.ts';
import { comingBack, takenBack } from './parts.ts';
import * as store from './reservations.store.ts';

/** Goods come back, once for each reference, and each piece at most once. */
export async function takeBack(kit: ModuleKit, context: CommandContext, request: ReturnRequest): Promise<void> {
  const { tenant } = context;
  const { orderId, warehouseId } = request;
  await kit.writes.run(context, async (tx) => {
    const now = kit.clock.now();
    if (!(await claimed(tx, tenant, returnEffect(request, now)))) return;
    const before = (await tx.query(store.reservationsLock(tenant, orderId))).map(store.toReservation);
    const all = before.flatMap(({ allocations }) => allocations);
    const { allocations, parts } = takenBack(all, request.lines);
    const after = before.map((reservation) => withReturns(reservation, allocations, now));
    const changed = after.filter((reservation, index) => reservation.version > before[index]!.version);
    if (changed.length === 0) return;
    const home = warehouseId ? () => warehouseId : await homesOf(tx, tenant, parts);
    const places = parts.map(({ allocation }) => ({
      productId: allocation.productId,
      warehouseId: home(allocation.warehouseId),
    }));
    const locked = await lockLevels(tx, tenant, places, now);
    const cause = { kind: 'return' as const, id: changed.at(-1)!.id, referenceId: orderId };
    const targets = places.map(locked.at);
    const entries = [...new Map(targets.map((level) => [level.id, level])).values()].map((level) => {
      const own = parts.filter((_part, index) => targets[index]!.id === level.id);
      return { level, change: comingBack(own), cause };
    });
    recordMovements(tx, tenant, now, entries);
    tx.add(...changed.map((reservation) => store.reservationUpdate(tenant, reservation)));
    tx.append(...changed.map((reservation) => returnedEvent(reservation, request)));
  });
}

/** Pieces go back to the warehouse that they left from; to the default one when that is closed by now. */
async function homesOf(
  tx: WriteTransaction,
  tenant: Tenant,
  parts: readonly { allocation: Allocation }[],
): Promise<(from: WarehouseId) => WarehouseId | null> {
  const rows = await tx.query(
    warehousesHold(
      tenant,
      parts.map(({ allocation }) => allocation.warehouseId),
    ),
  );
  const open = new Set(rows.filter((row) => row.archived_at === null).map((row) => row.id));
  return (from) => (open.has(from) ? from : null);
}

/** Takes this reservation's allocations off the front of `allocations`; the next version when something came back. */
function withReturns(reservation: Reservation, allocations: Allocation[], now: Date): Reservation {
  const own = allocations.splice(0, reservation.allocations.length);
  if (own.every(({ returned }, index) => returned === reservation.allocations[index]!.returned)) return reservation;
  return { ...reservation, allocations: own, version: reservation.version + 1, updatedAt: now.toISOString() };
}

function returnEffect({ orderId, reference, lines, warehouseId }: ReturnRequest, now: Date): Effect {
  const asked = { lines: lines.map((line) => ({ ...line })), warehouseId: warehouseId ?? null };
  return { kind: 'return', subjectId: orderId, reference, lines: asked, createdAt: now.toISOString() };
}
