import type { CommandContext } from '#kernel/context.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { invalidField } from '#kernel/errors.ts';
import { newId, type ProductId, type StockLevelId, type WarehouseId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Catalog } from '#modules/catalog/index.ts';
import { adjustedEvent } from '../events.ts';
import type { Inventory } from '../inventory.service.ts';
import type { Adjustment, ImportOutcome, ImportRow, ImportRowError, StockLevel } from '../stock.ts';
import { warehousesNamed } from '../warehouses/warehouses.store.ts';
import { recordMovements } from './ledger.ts';
import { lockLevels, type Place } from './open-levels.ts';

const MOST_ROWS = 1_000;
/** Pieces that one row may name; the sum of a level stays far from what a number can hold exactly. */
const MOST_PIECES = 1_000_000_000;

const NOTHING = { applied: 0, changed: 0 };

/** A row that passed the checks, with its place in the batch. */
interface Sound extends Place {
  row: number;
  input: ImportRow;
}

export function imports(kit: ModuleKit, catalog: Catalog): Pick<Inventory, 'importBatch'> {
  const { writes, clock } = kit;
  return {
    async importBatch(context, rows, { dryRun = false } = {}) {
      if (rows.length > MOST_ROWS) throw invalidField('rows', 'too_many', `At most ${MOST_ROWS} rows in one batch.`);
      const errors: ImportRowError[] = [];
      const refuse = (row: number, column: ImportRowError['column'], code: string, message: string) =>
        void errors.push({ row, column, code, message });
      const tracked = await trackedProducts(catalog, context, rows);
      const work = async (tx: WriteTransaction): Promise<ImportOutcome> => {
        errors.length = 0;
        const sound = await soundRows(tx, context.tenant, rows, tracked, refuse);
        const counts = sound.length === 0 ? NOTHING : await apply(tx, context, clock.now(), sound, refuse);
        return { ...counts, errors: errors.toSorted((one, other) => one.row - other.row) };
      };
      return dryRun ? writes.rehearse(context, work) : writes.run(context, work);
    },
  };
}

async function trackedProducts(
  catalog: Catalog,
  { tenant }: CommandContext,
  rows: readonly ImportRow[],
): Promise<ReadonlyMap<ProductId, boolean>> {
  const ids = [...new Set(rows.map(({ productId }) => productId))];
  const products = await catalog.getProducts(tenant, ids);
  return new Map(products.map(({ id, tracksStock }) => [id, tracksStock]));
}

type Refuse = (row: number, column: ImportRowError['column'], code: string, message: string) => void;

async function soundRows(
  tx: WriteTransaction,
  tenant: Tenant,
  rows: readonly ImportRow[],
  tracked: ReadonlyMap<ProductId, boolean>,
  refuse: Refuse,
): Promise<Sound[]> {
  const named = [...new Set(rows.flatMap(({ warehouse }) => warehouse ?? []))];
  const found = await tx.query(warehousesNamed(tenant, named));
  const ids = new Map<string, WarehouseId>(found.flatMap(({ id, name }) => [[name, id] as const, [id, id] as const]));
  return rows.flatMap((input, row): Sound[] => {
    const { productId, warehouse, mode, quantity } = input;
    if (!tracked.get(productId)) {
      const known = tracked.has(productId);
      refuse(
        row,
        'product',
        known ? 'not_allowed' : 'not_found',
        known ? 'Only hardware has stock.' : 'No such product.',
      );
      return [];
    }
    if (warehouse && !ids.has(warehouse)) {
      refuse(row, 'warehouse', 'not_found', 'No open warehouse has this id or name.');
      return [];
    }
    const code = quantityFault(mode, quantity);
    if (code) {
      refuse(row, 'quantity', code, `Send a whole number from ${leastOf(mode)} to ${MOST_PIECES}.`);
      return [];
    }
    return [{ row, input, productId, warehouseId: warehouse ? ids.get(warehouse)! : null }];
  });
}

function leastOf(mode: ImportRow['mode']): number {
  return mode === 'set' ? 0 : -MOST_PIECES;
}

function quantityFault(mode: ImportRow['mode'], quantity: number): string | null {
  if (!Number.isInteger(quantity)) return 'not_integer';
  if (quantity < leastOf(mode)) return 'too_small';
  return quantity > MOST_PIECES ? 'too_large' : null;
}

/** One statement for each time a level recurs: a batch that names each level once, as most do, is a single step. */
async function apply(
  tx: WriteTransaction,
  { tenant }: CommandContext,
  now: Date,
  sound: readonly Sound[],
  refuse: Refuse,
): Promise<Omit<ImportOutcome, 'errors'>> {
  const locked = await lockLevels(tx, tenant, sound, now);
  const current = new Map<StockLevelId, StockLevel>(locked.all.map((level) => [level.id, level]));
  let applied = 0;
  let changed = 0;
  for (const round of roundsOf(sound, (place) => locked.at(place).id)) {
    const before = [...current.values()];
    const steps = round.flatMap(({ row, input, levelId }) => {
      const level = current.get(levelId)!;
      const by = input.mode === 'set' ? input.quantity - level.available : input.quantity;
      if (level.available + by < 0) {
        refuse(row, 'quantity', 'insufficient_stock', `Only ${level.available} are available there.`);
        return [];
      }
      applied += 1;
      if (by !== 0) changed += 1;
      // No movement of zero is written (C-74).
      return by === 0 ? [] : [{ level, by, referenceId: input.referenceId }];
    });
    const adjustments = steps.map(({ level, by, referenceId }) => importAdjustment(level, by, referenceId, now));
    const entries = steps.map(({ level, by }, index) => {
      const { id, referenceId, reason } = adjustments[index]!;
      const change = { available: by, reserved: 0, damaged: 0 };
      return { level, change, cause: { kind: 'adjustment' as const, id, referenceId, reason } };
    });
    const after = recordMovements(tx, tenant, now, entries, before);
    after.forEach((level, index) => {
      current.set(level.id, level);
      tx.append(adjustedEvent(adjustments[index]!, level));
    });
  }
  return { applied, changed };
}

/** The first row of each level, then the second, and so on: what one statement changes it changes once. */
function roundsOf(sound: readonly Sound[], levelAt: (place: Place) => StockLevelId) {
  const rounds: (Sound & { levelId: StockLevelId })[][] = [];
  const seen = new Map<StockLevelId, number>();
  for (const row of sound) {
    const levelId = levelAt(row);
    const round = seen.get(levelId) ?? 0;
    seen.set(levelId, round + 1);
    rounds[round] ??= [];
    rounds[round].push({ ...row, levelId });
  }
  return rounds;
}

function importAdjustment(level: StockLevel, quantityChange: number, referenceId: string, now: Date): Adjustment {
  return {
    id: newId('adj', now.getTime()),
    productId: level.productId,
    warehouseId: level.warehouseId,
    quantityChange,
    damagedChange: 0,
    reason: 'correction',
    referenceId,
    note: null,
    createdAt: now.toISOString(),
  };
}
