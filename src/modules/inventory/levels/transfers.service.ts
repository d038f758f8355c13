import type { CommandContext } from '#kernel/context.ts';
import { DomainError, type ErrorDetail, invalidField, notFound } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { transferredEvent } from '../events.ts';
import type { Inventory } from '../inventory.service.ts';
import type { NewTransfer, StockLevel, Transfer } from '../stock.ts';
import { type Entry, recordMovements } from './ledger.ts';
import { lockLevels } from './open-levels.ts';
import * as store from './transfers.store.ts';

export function transfers(kit: ModuleKit): Pick<Inventory, 'transfer' | 'getTransfer' | 'listTransfers'> {
  const { database } = kit;
  return {
    transfer: (context, input) => transfer(kit, context, input),
    async getTransfer(scope, id) {
      const found = await store.transferFind(database, scope, id);
      if (!found) throw notFound('stock transfer', id);
      return found;
    },
    listTransfers: (scope, filter, page) => store.transfersList(database, scope, filter, page),
  };
}

/** Both sides change in one transaction under the locks of both: there is no moment at which the goods are nowhere. */
async function transfer({ writes, clock }: ModuleKit, context: CommandContext, input: NewTransfer): Promise<Transfer> {
  requireSense(input);
  const { tenant } = context;
  const { fromWarehouseId, toWarehouseId } = input;
  return writes.run(context, async (tx) => {
    const now = clock.now();
    const places = input.items.flatMap(({ productId }) => [
      { productId, warehouseId: fromWarehouseId },
      { productId, warehouseId: toWarehouseId },
    ]);
    const levels = await lockLevels(tx, tenant, places, now);
    const sources = input.items.map(({ productId }) => levels.at({ productId, warehouseId: fromWarehouseId }));
    refuseShortage(input, sources);
    const made = newTransfer(input, now);
    const entries = made.items.flatMap(({ productId, quantity, takenBy, addedBy }, index): Entry[] => {
      const cause = { kind: 'adjustment' as const, referenceId: made.id, reason: 'transfer' as const, note: made.note };
      const target = levels.at({ productId, warehouseId: toWarehouseId });
      return [
        { level: sources[index]!, change: pieces(-quantity), cause: { ...cause, id: takenBy } },
        { level: target, change: pieces(quantity), cause: { ...cause, id: addedBy } },
      ];
    });
    recordMovements(tx, tenant, now, entries, levels.all);
    tx.add(store.transferInsert(tenant, made));
    tx.append(transferredEvent(made));
    return made;
  });
}

function requireSense({ fromWarehouseId, toWarehouseId, items }: NewTransfer): void {
  if (fromWarehouseId === toWarehouseId) {
    const message = 'The goods are there already; name another warehouse.';
    throw invalidField('to_warehouse_id', 'not_allowed', message);
  }
  items.forEach(({ productId, quantity }, index) => {
    if (!Number.isSafeInteger(quantity) || quantity < 1) {
      throw invalidField(`items[${index}].quantity`, 'too_small', 'Send a whole number of pieces, at least 1.');
    }
    if (items.findIndex((each) => each.productId === productId) < index) {
      throw invalidField(`items[${index}].product_id`, 'duplicate', 'Name each product once, with all its pieces.');
    }
  });
}

/** Errors: `insufficient_stock` with a detail for each short item; then nothing moves. */
function refuseShortage({ items }: NewTransfer, sources: readonly StockLevel[]): void {
  const details = items.flatMap(({ productId, quantity }, index): ErrorDetail[] => {
    const { available } = sources[index]!;
    if (available >= quantity) return [];
    const message = `${quantity} of ${productId} are wanted and ${available} are available there.`;
    return [{ field: `items[${index}].quantity`, code: 'insufficient_stock', message }];
  });
  if (details.length === 0) return;
  throw new DomainError('insufficient_stock', 'Not enough stock for this transfer; see `details`.', { details });
}

function newTransfer(input: NewTransfer, now: Date): Transfer {
  const at = now.getTime();
  return {
    id: newId('trf', at),
    fromWarehouseId: input.fromWarehouseId,
    toWarehouseId: input.toWarehouseId,
    items: input.items.map((item) => ({ ...item, takenBy: newId('adj', at), addedBy: newId('adj', at) })),
    referenceId: input.referenceId ?? null,
    note: input.note ?? null,
    createdAt: now.toISOString(),
  };
}

function pieces(available: number) {
  return { available, reserved: 0, damaged: 0 };
}
