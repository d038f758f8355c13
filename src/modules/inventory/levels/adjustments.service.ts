import type { CommandContext } from '#kernel/context.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { DomainError, invalidField, notFound } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Catalog } from '#modules/catalog/index.ts';
import { adjustedEvent, levelEvent } from '../events.ts';
import type { Inventory } from '../inventory.service.ts';
import type { Adjustment, NewAdjustment, StockLevel } from '../stock.ts';
import { recordMovements, tellLow } from './ledger.ts';
import { changeOf, fallsLow } from './level-rules.ts';
import { levelLockById, levelUpdateReorderPoint, toLevel } from './levels.store.ts';
import { type LockedLevels, lockLevels } from './open-levels.ts';

export function adjustments(
  kit: ModuleKit,
  catalog: Catalog,
): Pick<Inventory, 'adjust' | 'setTotal' | 'setReorderPoint'> {
  const { writes, clock } = kit;

  /** Books one change of a level whose product is locked. */
  function adjustWithin(tx: WriteTransaction, { tenant }: CommandContext, input: NewAdjustment, levels: LockedLevels) {
    const now = clock.now();
    const level = levels.at({ productId: input.productId, warehouseId: input.warehouseId ?? null });
    refuseShortage(input, level);
    const change = changeOf(input.reason, input.quantityChange);
    const adjustment = newAdjustment(input, level, change.damaged, now);
    const { id, reason, referenceId, note } = adjustment;
    const cause = { kind: 'adjustment' as const, id, referenceId, reason, note };
    const [after] = recordMovements(tx, tenant, now, [{ level, change, cause }], levels.all);
    tx.append(adjustedEvent(adjustment, after!));
    return adjustment;
  }

  return {
    async adjust(context, input) {
      // Refuses what no level could take before anything is locked.
      changeOf(input.reason, input.quantityChange);
      await requireTracked(catalog, context, input);
      return writes.run(context, async (tx) => {
        const place = { productId: input.productId, warehouseId: input.warehouseId ?? null };
        return adjustWithin(tx, context, input, await lockLevels(tx, context.tenant, [place], clock.now()));
      });
    },

    async setTotal(context, { total, ...input }) {
      await requireTracked(catalog, context, input);
      return writes.run(context, async (tx) => {
        const place = { productId: input.productId, warehouseId: null };
        const levels = await lockLevels(tx, context.tenant, [place], clock.now());
        const there = levels.all.reduce((sum, { available }) => sum + available, 0);
        if (there === total) return null;
        return adjustWithin(tx, context, { ...input, reason: 'correction', quantityChange: total - there }, levels);
      });
    },

    setReorderPoint(context, id, reorderPoint) {
      return writes.run(context, async (tx) => {
        const [row] = await tx.query(levelLockById(context.tenant, id));
        if (!row) throw notFound('stock level', id);
        const before = toLevel(row);
        expectVersion(context, 'stock level', before.version);
        const set = { ...before, reorderPoint, version: before.version + 1, updatedAt: clock.now().toISOString() };
        tx.append(levelEvent('stock.reorder_point_set', set));
        // A raised point can make a level low without any movement; each event has a version of its own in the stream.
        const after = fallsLow(before, set) ? { ...set, version: set.version + 1 } : set;
        if (after !== set) tellLow(tx, after);
        tx.add(levelUpdateReorderPoint(context.tenant, after));
        return after;
      });
    },
  };
}

async function requireTracked(
  catalog: Catalog,
  context: CommandContext,
  input: Pick<NewAdjustment, 'productId'>,
): Promise<void> {
  const product = await catalog.getProduct(context.tenant, input.productId);
  if (product.tracksStock) return;
  const message = `Only hardware has stock; this product is of the category ${product.category}.`;
  throw invalidField('product_id', 'not_allowed', message);
}

function refuseShortage({ quantityChange }: NewAdjustment, { available }: StockLevel): void {
  if (available + quantityChange >= 0) return;
  const message = `Only ${available} are available there; take at most that many.`;
  throw new DomainError('insufficient_stock', message, {
    details: [{ field: 'quantity_change', code: 'insufficient_stock', message }],
  });
}

function newAdjustment(input: NewAdjustment, level: StockLevel, damagedChange: number, now: Date): Adjustment {
  return {
    id: newId('adj', now.getTime()),
    productId: level.productId,
    warehouseId: level.warehouseId,
    quantityChange: input.quantityChange,
    damagedChange,
    reason: input.reason,
    referenceId: input.referenceId,
    note: input.note ?? null,
    createdAt: now.toISOString(),
  };
}
