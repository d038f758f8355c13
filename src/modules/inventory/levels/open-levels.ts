import type { Tenant } from '#kernel/database/tenant.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { notFound } from '#kernel/errors.ts';
import { newId, type ProductId, type WarehouseId } from '#kernel/ids.ts';
import type { StockLevel } from '../stock.ts';
import { levelOpen, levelsLockByWarehouse, toLevel } from './levels.store.ts';

/** What a warehouse has of these products, made where nothing of it was there. Errors: `not_found` (warehouse). */
export async function openAndLock(
  tx: WriteTransaction,
  tenant: Tenant,
  warehouseId: WarehouseId,
  productIds: readonly ProductId[],
  now: Date,
): Promise<StockLevel[]> {
  const createdAt = now.toISOString();
  // Rows are made before any is locked, so that whoever waits for such a row holds nothing that others wait for.
  const opened = productIds.map((productId) =>
    levelOpen(tenant, { id: newId('lvl', now.getTime()), productId, warehouseId, createdAt }),
  );
  const results = await tx.run([...opened, levelsLockByWarehouse(tenant, warehouseId, productIds)]);
  const levels = results.at(-1)!.rows.map(toLevel);
  if (levels.length < productIds.length) throw notFound('warehouse', warehouseId);
  return levels;
}
