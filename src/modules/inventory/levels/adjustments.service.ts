import type { CommandContext } from '#kernel/context.ts';
import { expectVersion } from '#kernel/database/versions.ts';
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
import { lockLevels } from './open-levels.ts';

export function adjustments(kit: ModuleKit, catalog: Catalog): Pick<Inventory, 'adjust' | 'setReorderPoint'> {
  const { writes, clock } = kit;
  return {
    async adjust(context, input) {
      const change = changeOf(input.reason, input.quantityChange);
      await requireTracked(catalog, context, input);
      return writes.run(context, async (tx) => {
        const now = clock.now();
        const place = { productId: input.productId, warehouseId: input.warehouseId ?? null };
        const levels = await lockLevels(tx, context.tenant, [place], now);
        const level = levels.at(place);
        refuseShortage(input, level);
        const adjustment = newAdjustment(input, level, change.damaged, now);
        const { id, reason, referenceId, note } = adjustment;
        const cause = { kind: 'adjustment' as const, id, referenceId, reason, note };
        const [after] = recordMovements(tx, context.tenant, now, [{ level, change, cause }], levels.all);
        tx.append(adjustedEvent(adjustment, after!));
        return adjustment;
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

async function requireTracked(catalog: Catalog, context: CommandContext, input: NewAdjustment): Promise<void> {
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
