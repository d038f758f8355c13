import { type CommandContext, responsibleFor } from '#kernel/context.ts';
import { violatedUnique } from '#kernel/database/database-errors.ts';
import { DomainError, invalidField, notFound } from '#kernel/errors.ts';
import { newId, type ProductId, type StockCountId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Catalog } from '#modules/catalog/index.ts';
import { countEvent } from '../events.ts';
import type { Inventory } from '../inventory.service.ts';
import { lockLevels, type Place } from '../levels/open-levels.ts';
import { warehouseHoldDefault, warehousesHold } from '../warehouses/warehouses.store.ts';
import { type NewCount, requireComplete, type StockCount } from './count.ts';
import * as store from './counts.store.ts';
import { decide } from './decision.ts';
import { enter } from './entries.ts';
import { changeCount, next } from './step.ts';

type Part =
  | 'startCount'
  | 'enterCount'
  | 'submitCount'
  | 'recount'
  | 'cancelCount'
  | 'approveCount'
  | 'rejectCount'
  | 'getCount'
  | 'listCounts'
  | 'listCountLines';

export function counts(kit: ModuleKit, catalog: Catalog): Pick<Inventory, Part> {
  const { database } = kit;

  async function getCount(scope: Parameters<Inventory['getCount']>[0], id: StockCountId) {
    const count = await store.countFind(database, scope, id);
    if (!count) throw notFound('stock count', id);
    return count;
  }

  return {
    getCount,
    listCounts: (scope, filter, page) => store.countsList(database, scope, filter, page),
    async listCountLines(scope, id, page) {
      await getCount(scope, id);
      return store.countLinesList(database, scope, id, page);
    },

    startCount: (context, input) => start(kit, catalog, context, input).catch(refuseOverlap),
    enterCount: (context, id, entries) => enter(kit, context, id, entries),

    submitCount: (context, id) =>
      changeCount(kit, context, id, 'open', async (tx, count, now) => {
        requireComplete(count);
        const differences = (await tx.query(store.countDifferences(context.tenant, id))).map(store.toLine);
        const submitted = next(count, now, { status: 'submitted', submittedAt: now.toISOString() });
        return { count: submitted, type: 'stock.count_submitted', lines: differences };
      }),

    recount: (context, id, productIds) =>
      changeCount(kit, context, id, 'submitted', async (tx, count, now) => {
        await tx.query(store.countLinesClear(context.tenant, id, productIds ?? null));
        const reopened = next(count, now, { status: 'open', round: count.round + 1, submittedAt: null });
        return { count: reopened, type: 'stock.count_reopened' };
      }),

    cancelCount: (context, id) =>
      changeCount(kit, context, id, 'open', async (tx, count, now) => {
        tx.add(store.countLinesClose(context.tenant, id));
        return { count: next(count, now, { status: 'canceled' }), type: 'stock.count_canceled' };
      }),

    approveCount: (context, id, note) => decide(kit, context, id, { status: 'approved', note: note ?? null }),
    rejectCount: (context, id, note) => decide(kit, context, id, { status: 'rejected', note }),
  };
}

async function start(
  kit: ModuleKit,
  catalog: Catalog,
  context: CommandContext,
  { warehouseId = null, productIds = null }: { [Key in keyof NewCount]: NewCount[Key] | null },
): Promise<StockCount> {
  const { tenant } = context;
  if (productIds) await requireTracked(catalog, context, productIds);
  return kit.writes.run(context, async (tx) => {
    const now = kit.clock.now();
    const places: Place[] = (productIds ?? []).map((productId) => ({ productId, warehouseId }));
    if (places.length > 0) await lockLevels(tx, tenant, places, now);
    const held = warehouseId ? warehousesHold(tenant, [warehouseId]) : warehouseHoldDefault(tenant);
    const [warehouse] = await tx.query(held);
    if (!warehouse) throw warehouseId ? notFound('warehouse', warehouseId) : nothingToCount();
    const createdAt = now.toISOString();
    const count: StockCount = {
      id: newId('cnt', now.getTime()),
      version: 1,
      warehouseId: warehouse.id,
      status: 'open',
      round: 1,
      startedBy: responsibleFor(context.actor),
      decidedBy: null,
      note: null,
      createdAt,
      submittedAt: null,
      decidedAt: null,
      updatedAt: createdAt,
      lines: 0,
      counted: 0,
      discrepancies: 0,
    };
    const [, inserted] = await tx.run([
      store.countInsert(tenant, count),
      store.countLinesInsert(tenant, count, warehouse.id, productIds),
    ]);
    const started = { ...count, lines: inserted!.rowCount };
    if (started.lines === 0) throw nothingToCount();
    tx.append(countEvent('stock.count_started', started, []));
    return started;
  });
}

async function requireTracked(catalog: Catalog, context: CommandContext, ids: readonly ProductId[]): Promise<void> {
  const products = await catalog.getProducts(context.tenant, ids);
  ids.forEach((id, index) => {
    const product = products.find((each) => each.id === id);
    if (!product) throw notFound('product', id);
    if (product.tracksStock) return;
    throw invalidField(`product_ids[${index}]`, 'not_allowed', 'Only hardware has stock that could be counted.');
  });
}

function nothingToCount(): DomainError {
  return new DomainError('invalid_state', 'There is nothing to count: this warehouse never held stock.');
}

function refuseOverlap(error: unknown): never {
  if (violatedUnique(error) !== 'count_lines_open_level_key') throw error;
  const message = 'Some of these products are being counted already; finish or cancel that count first.';
  throw new DomainError('invalid_state', message, { cause: error });
}
