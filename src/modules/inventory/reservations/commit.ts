import type { CommandContext } from '#kernel/context.ts';
import { DomainError } from '#kernel/errors.ts';
import type { OrderId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { committedEvent } from '../events.ts';
import { recordMovements } from '../levels/ledger.ts';
import { levelsLockByOrder, toCandidate } from '../levels/levels.store.ts';
import type { CommitRequest, Reservation, StockLine } from '../stock.ts';
import { totalsOf } from './allocation.ts';
import { fill, requireFilled } from './backorders.ts';
import { claimed, type Effect } from './effects.store.ts';
import { afterLeaving, leaving, partsOf, remainder } from './parts.ts';
import * as store from './reservations.store.ts';

/** Reserved pieces leave the house, once for each shipment. */
export async function commit(
  kit: ModuleKit,
  context: CommandContext,
  orderId: OrderId,
  request: CommitRequest | undefined,
): Promise<Reservation> {
  const { tenant } = context;
  return kit.writes.run(context, async (tx) => {
    const now = kit.clock.now();
    const first = request ? await claimed(tx, tenant, shipmentEffect(orderId, request, now)) : true;
    const [latest, locked] = await tx.run([
      store.reservationLockLatest(tenant, orderId),
      levelsLockByOrder(tenant, orderId),
    ]);
    const [row] = latest!.rows;
    if (!row) throw new DomainError('invalid_state', `The order ${orderId} has no reserved stock; reserve it first.`);
    const current = store.toReservation(row);
    if (!first) return current;
    if (current.status === 'released') {
      throw new DomainError('invalid_state', `The stock of the order ${orderId} was released; reserve it again.`);
    }
    const { reservation, levels } = fill(tx, tenant, now, current, locked!.rows.map(toCandidate));
    requireFilled(reservation, request?.lines);
    const { allocations } = reservation;
    const parts = request?.lines ? partsOf(allocations, request.lines) : remainder(allocations);
    if (parts.length === 0) return current;
    const after = { ...afterLeaving(reservation, parts, now), version: current.version + 1, expiresAt: null };
    const entries = parts.map(({ allocation, quantity }) => ({
      level: levels.find(({ id }) => id === allocation.levelId)!,
      change: leaving(quantity),
      cause: { kind: 'commit' as const, id: current.id, referenceId: orderId },
    }));
    recordMovements(tx, tenant, now, entries);
    tx.add(store.reservationUpdate(tenant, after));
    const lines = parts.map(({ allocation: { productId }, quantity }) => ({ productId, quantity }));
    tx.append(committedEvent(after, request?.shipment ?? null, lines));
    return after;
  });
}

function shipmentEffect(orderId: OrderId, { shipment, lines }: CommitRequest, now: Date): Effect {
  const asked = lines ? sorted(lines) : null;
  return { kind: 'shipment', subjectId: orderId, reference: shipment, lines: asked, createdAt: now.toISOString() };
}

/** The same pieces in whichever sequence they are named. */
function sorted(lines: readonly StockLine[]): [string, number][] {
  return [...totalsOf(lines)].toSorted(([one], [other]) => (one < other ? -1 : 1));
}
