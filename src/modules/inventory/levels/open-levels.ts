import type { Tenant } from '#kernel/database/tenant.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { notFound } from '#kernel/errors.ts';
import { newId, type ProductId, type WarehouseId } from '#kernel/ids.ts';
import type { Candidate } from '../reservations/allocation.ts';
import type { StockLevel } from '../stock.ts';
import { ensureDefaultWarehouse, warehouseGone } from '../warehouses/warehouses.service.ts';
import { warehouseHoldDefault, warehousesHold } from '../warehouses/warehouses.store.ts';
import { levelsLockByProducts, levelsOpen, toCandidate } from './levels.store.ts';

/** One product in one warehouse; the default one for null. */
export interface Place {
  productId: ProductId;
  warehouseId: WarehouseId | null;
}

/** Every level of some products, locked until the transaction ends. */
export interface LockedLevels {
  all: readonly StockLevel[];
  /** The level of a place that the lock was asked for. */
  at(place: Place): StockLevel;
}

/**
 * Locks every level of these products in the order of their ids, and makes those of `places` that are not there yet.
 * Their warehouses cannot be closed before the transaction ends. One round trip unless the first default warehouse must
 * be made. Errors: `not_found` (warehouse), `gone` (archived warehouse).
 */
export async function lockLevels(
  tx: WriteTransaction,
  tenant: Tenant,
  places: readonly Place[],
  now: Date,
): Promise<LockedLevels> {
  const productIds = [...new Set(places.map(({ productId }) => productId))];
  const named = [...new Set(places.flatMap(({ warehouseId }) => warehouseId ?? []))];
  // Rows are made before any is locked, so that whoever waits for such a row holds nothing that others wait for.
  const statements = [
    warehousesHold(tenant, named),
    warehouseHoldDefault(tenant),
    levelsOpen(tenant, places.map(withId(now)), now.toISOString()),
    levelsLockByProducts(tenant, productIds),
  ];
  const [held, byDefault, , found] = await tx.run(statements);
  let locked = found;
  for (const warehouseId of named) {
    const row = held!.rows.find(({ id }) => id === warehouseId);
    if (!row) throw notFound('warehouse', warehouseId);
    if (row.archived_at) throw warehouseGone(warehouseId);
  }
  if (byDefault!.rows.length === 0 && places.some(({ warehouseId }) => warehouseId === null)) {
    await ensureDefaultWarehouse(tx, tenant, now);
    locked = (await tx.run(statements)).at(-1);
  }
  const candidates = locked!.rows.map(toCandidate);
  const byPlace = new Map(candidates.map((level) => [keyOf(level), level]));
  for (const level of candidates) if (level.isDefault) byPlace.set(keyOf({ ...level, warehouseId: null }), level);
  return { all: candidates, at: (place) => levelOf(byPlace.get(keyOf(place))!) };
}

function withId(now: Date) {
  return (place: Place) => ({ ...place, id: newId('lvl', now.getTime()) });
}

function keyOf({ productId, warehouseId }: Place): string {
  return `${productId}|${warehouseId ?? ''}`;
}

/** The level alone, without its warehouse's place in the row. */
export function levelOf({ isDefault: _isDefault, priority: _priority, ...level }: StockLevel & Candidate): StockLevel {
  return level;
}
