import { isDeepStrictEqual } from 'node:util';
import { type CommandContext, innerContext } from '#kernel/context.ts';
import { violatedUnique } from '#kernel/database/database-errors.ts';
import type { Statement } from '#kernel/database/statement.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { newId, type ProductId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import {
  type BatchOutcome,
  batchOutcome,
  type RefusedRow,
  type RowOutcome,
  refusedBy,
  refusedRow,
  wavesOf,
} from '#kernel/row-outcome.ts';
import { productUpdate, toProduct } from '../catalog.store.ts';
import { productEvent, productsImportedEvent } from '../events.ts';
import { defaultPricesFind, priceReplace, toPrice } from '../prices/prices.store.ts';
import type { NewProduct, Product } from '../product.ts';
import { newProduct, patchedProduct } from '../product-changes.ts';
import { productsInsertNew, productsLockByKeys } from './import.store.ts';

/** More rows are longer transactions and larger statements for nothing. */
export const IMPORT_ROWS_MAX = 2_000;

export interface ProductImport {
  /**
   * Creates or updates products, found by external id or, without one, by SKU. Rows are checked and normalised as for
   * `createProduct`; an update takes what a row has and leaves the rest. All rows that can be stored are, in one
   * transaction; the answer tells of each row, in order. At most 2,000 rows. Repeating it changes nothing, so it needs no
   * idempotency key and ignores one. With `dryRun` all is tried and nothing is stored. Errors: `resource_locked`, `unavailable`; never for a row.
   */
  importBatch(
    context: CommandContext,
    rows: readonly NewProduct[],
    options?: { dryRun?: boolean },
  ): Promise<BatchOutcome>;
}

export function createProductImport({ writes, clock }: ModuleKit): ProductImport {
  async function importRows(
    context: CommandContext,
    rows: readonly NewProduct[],
    dryRun: boolean,
  ): Promise<RowOutcome[]> {
    const work = (tx: WriteTransaction) => storeRows(tx, context, rows, clock.now());
    try {
      return await (dryRun ? writes.rehearse(context, work) : writes.run(context, work));
    } catch (error) {
      if (!violatedUnique(error)) throw error;
      // Somebody took a key meanwhile, or two rows exchange theirs: fewer rows at a time tell which.
      if (rows.length === 1)
        return [refusedRow('sku', 'duplicate', 'The SKU or external id belongs to another product.')];
      const half = Math.ceil(rows.length / 2);
      const first = await importRows(context, rows.slice(0, half), dryRun);
      return [...first, ...(await importRows(context, rows.slice(half), dryRun))];
    }
  }

  return {
    async importBatch(context, rows, { dryRun = false } = {}) {
      if (rows.length > IMPORT_ROWS_MAX) throw new Error(`A batch has at most ${IMPORT_ROWS_MAX} rows`);
      return batchOutcome(rows.length === 0 ? [] : await importRows(innerContext(context), rows, dryRun));
    },
  };
}

async function storeRows(
  tx: WriteTransaction,
  context: CommandContext,
  rows: readonly NewProduct[],
  now: Date,
): Promise<RowOutcome[]> {
  const outcomes: RowOutcome[] = new Array(rows.length);
  const created: ProductId[] = [];
  for (const wave of wavesOf(rows, keysOf)) {
    // Batches that run at once take their keys in one order, so that none waits for the other in a circle.
    wave.sort((left, right) => (orderOf(rows[left]!) < orderOf(rows[right]!) ? -1 : 1));
    const products = wave.map((place) => newProduct(rows[place]!, now));
    const results = await tx.run([productsInsertNew(context.tenant, products)]);
    const stored = new Set(results[0]!.rows.map((row) => row.id as ProductId));
    const known: number[] = [];
    wave.forEach((place, index) => {
      const { id } = products[index]!;
      if (!stored.has(id)) {
        known.push(place);
        return;
      }
      created.push(id);
      outcomes[place] = { outcome: 'created' };
    });
    if (known.length > 0) await updateKnown(tx, context, { rows, places: known, now }, outcomes);
  }
  if (created.length > 0) tx.append(productsImportedEvent(newId('bat', now.getTime()), created));
  return outcomes;
}

function keysOf({ externalId, sku }: NewProduct): string[] {
  return [...(externalId ? [`id ${externalId}`] : []), ...(sku ? [`sku ${sku}`] : [])];
}

function orderOf({ externalId, sku }: NewProduct): string {
  return externalId ?? sku ?? '';
}

interface KnownRows {
  rows: readonly NewProduct[];
  /** Those whose keys are taken. */
  places: readonly number[];
  now: Date;
}

async function updateKnown(
  tx: WriteTransaction,
  { tenant }: CommandContext,
  { rows, places, now }: KnownRows,
  outcomes: RowOutcome[],
): Promise<void> {
  const keys = (read: (row: NewProduct) => string | null | undefined) =>
    places.flatMap((place) => read(rows[place]!) ?? []);
  const found = await tx.query(
    productsLockByKeys(
      tenant,
      keys((row) => row.externalId),
      keys((row) => row.sku),
    ),
  );
  const products = new KnownProducts(found.map(toProduct));
  const changes: Change[] = [];
  for (const place of places) {
    const change = changeOf(products, rows[place]!, now);
    outcomes[place] = 'after' in change ? { outcome: change.isChanged ? 'updated' : 'unchanged' } : change;
    if (!('after' in change) || !change.isChanged) continue;
    products.put(change.after, change.before);
    changes.push(change);
  }
  if (changes.length > 0) await storeChanges(tx, tenant, changes);
}

/** The products that rows may mean, as the rows before have left them. */
class KnownProducts {
  readonly #byExternalId = new Map<string, Product>();
  readonly #bySku = new Map<string, Product>();

  constructor(products: readonly Product[]) {
    for (const product of products) this.put(product);
  }

  put(product: Product, before?: Product): void {
    if (before) this.#bySku.delete(before.sku);
    this.#bySku.set(product.sku, product);
    if (product.externalId !== null) this.#byExternalId.set(product.externalId, product);
  }

  withExternalId(id: string | null | undefined): Product | undefined {
    return id ? this.#byExternalId.get(id) : undefined;
  }

  withSku(sku: string | null | undefined): Product | undefined {
    return sku ? this.#bySku.get(sku) : undefined;
  }
}

type Change = { before: Product; after: Product; isChanged: boolean };

function changeOf(products: KnownProducts, row: NewProduct, now: Date): Change | RefusedRow {
  const sameSku = products.withSku(row.sku);
  const before = products.withExternalId(row.externalId) ?? sameSku;
  if (!before || (sameSku && sameSku.id !== before.id)) return taken();
  if (row.externalId && before.externalId !== null && before.externalId !== row.externalId) return taken();
  if (before.archivedAt !== null) {
    return refusedRow('external_id', 'archived', `The product ${before.id} is archived; restore it to change it.`);
  }
  try {
    // Without a SKU the product keeps the one it has.
    const after = patchedProduct(before, { ...row, sku: row.sku ?? undefined }, now);
    const { version, updatedAt } = before;
    return { before, after, isChanged: !isDeepStrictEqual({ ...after, version, updatedAt }, before) };
  } catch (error) {
    return refusedBy(error);
  }
}

function taken(): RefusedRow {
  return refusedRow('sku', 'duplicate', 'Another product has this SKU.');
}

async function storeChanges(
  tx: WriteTransaction,
  tenant: CommandContext['tenant'],
  changes: readonly Change[],
): Promise<void> {
  const repriced = changes.filter(
    ({ before, after }) => before.price !== after.price || before.currency !== after.currency,
  );
  const ids = repriced.map(({ after }) => after.id);
  const rows = ids.length > 0 ? await tx.query(defaultPricesFind(ids)) : [];
  const prices = new Map(rows.map(toPrice).map((price) => [price.productId, price]));
  const statements: Statement[] = [];
  for (const { after } of changes) {
    statements.push(productUpdate(tenant, after));
    tx.append(productEvent('product.updated', after));
    const price = prices.get(after.id);
    if (!price) continue;
    const { price: unitAmount, currency, updatedAt } = after;
    if (price.unitAmount === unitAmount && price.currency === currency) continue;
    const next = { ...price, unitAmount, currency, updatedAt, version: price.version + 1 };
    statements.push(...priceReplace(tenant, price, next));
    prices.set(after.id, next);
  }
  // At once, because the next wave reads what this one has changed.
  await tx.run(statements);
}
