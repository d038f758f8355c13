import { isDeepStrictEqual } from 'node:util';
import type { CommandContext } from '#kernel/context.ts';
import { violatedUnique } from '#kernel/database/database-errors.ts';
import { type Statement, statement } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import type { NewEvent } from '#kernel/events/event.ts';
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
import { productsInsertAll, productsInsertNew, productsLockByKeys } from './import.store.ts';

/** More rows are longer transactions and larger statements for nothing. */
export const IMPORT_ROWS_MAX = 2_000;

export interface ProductImport {
  /**
   * Creates or updates products, found by external id or, without one, by SKU. Rows are checked and normalised as for
   * `createProduct`; an update takes what a row has and leaves the rest. All rows that can be stored are, in one
   * transaction; the answer tells of each row, in order. At most 2,000 rows. Repeating it changes nothing; with the same
   * idempotency key it gives the first answer again. With `dryRun` all is tried and nothing is stored. Errors:
   * `resource_locked`, `unavailable`; never for a row.
   */
  importBatch(
    context: CommandContext,
    rows: readonly NewProduct[],
    options?: { dryRun?: boolean },
  ): Promise<BatchOutcome>;
  /** As `importBatch`, but null, with nothing stored, when a row is about a product that is there, or two about one. */
  importNew(context: CommandContext, rows: readonly NewProduct[]): Promise<BatchOutcome | null>;
  /** By which a row finds its product. Batches that share none of these may be imported with `importNew` at once. */
  importKeysOf(row: NewProduct): readonly string[];
}

/** Takes back a batch that is not all new, with the claim of its idempotency key. */
const NOT_ALL_NEW = new Error('Not all rows are new');

export function createProductImport({ writes, clock }: ModuleKit): ProductImport {
  /** Whether the batch before was of new products; a wrong guess costs time only. */
  let expectsNew = true;

  return {
    async importBatch(context, rows, { dryRun = false } = {}) {
      if (rows.length > IMPORT_ROWS_MAX) throw new Error(`A batch has at most ${IMPORT_ROWS_MAX} rows`);
      if (rows.length === 0) return batchOutcome([]);
      const work = async (tx: WriteTransaction) => {
        const now = clock.now();
        const stored = expectsNew ? await storeAllNew(tx, context.tenant, rows, now) : null;
        const { outcomes, events } = stored ?? (await storeRows(tx, context.tenant, rows, now));
        tx.append(...events);
        const outcome = batchOutcome(outcomes);
        expectsNew = outcome.updated + outcome.unchanged === 0;
        return outcome;
      };
      return dryRun ? writes.rehearse(context, work) : writes.run(context, work);
    },

    async importNew(context, rows) {
      try {
        return await writes.run(context, async (tx) => {
          const stored = await storeAllNew(tx, context.tenant, rows, clock.now());
          if (!stored) throw NOT_ALL_NEW;
          tx.append(...stored.events);
          return batchOutcome(stored.outcomes);
        });
      } catch (error) {
        if (error === NOT_ALL_NEW) return null;
        throw error;
      }
    },

    importKeysOf: keysOf,
  };
}

/** What became of rows, in order, and what is to be told of it. */
interface StoredRows {
  outcomes: RowOutcome[];
  events: NewEvent[];
}

const SAVEPOINT = statement('savepoint rows');
const TAKE_BACK = statement('rollback to savepoint rows');

/** Most files hold new products only, which need no look at what is there; null when a key is taken or stands twice. */
async function storeAllNew(
  tx: WriteTransaction,
  tenant: Tenant,
  rows: readonly NewProduct[],
  now: Date,
): Promise<StoredRows | null> {
  const [places, ...more] = wavesOf(rows, keysOf);
  if (more.length > 0) return null;
  const products = inOrder(rows, places!).map((place) => newProduct(rows[place]!, now));
  try {
    await tx.run([SAVEPOINT, productsInsertAll(tenant, products)]);
  } catch (error) {
    if (!violatedUnique(error)) throw error;
    await tx.run([TAKE_BACK]);
    return null;
  }
  return { outcomes: rows.map(() => ({ outcome: 'created' })), events: [importedEvent(products, now)] };
}

async function storeRows(
  tx: WriteTransaction,
  tenant: Tenant,
  rows: readonly NewProduct[],
  now: Date,
): Promise<StoredRows> {
  try {
    await tx.run([SAVEPOINT]);
    return await storeWaves(tx, tenant, rows, now);
  } catch (error) {
    if (!violatedUnique(error)) throw error;
    await tx.run([TAKE_BACK]);
  }
  // Somebody took a key meanwhile, or two rows exchange theirs: fewer rows at a time tell which.
  if (rows.length === 1) {
    const refused = refusedRow('sku', 'duplicate', 'The SKU or external id belongs to another product.');
    return { outcomes: [refused], events: [] };
  }
  const half = Math.ceil(rows.length / 2);
  const first = await storeRows(tx, tenant, rows.slice(0, half), now);
  const second = await storeRows(tx, tenant, rows.slice(half), now);
  return { outcomes: [...first.outcomes, ...second.outcomes], events: [...first.events, ...second.events] };
}

async function storeWaves(
  tx: WriteTransaction,
  tenant: Tenant,
  rows: readonly NewProduct[],
  now: Date,
): Promise<StoredRows> {
  const outcomes: RowOutcome[] = new Array(rows.length);
  const events: NewEvent[] = [];
  const created: Product[] = [];
  for (const wave of wavesOf(rows, keysOf)) {
    const places = inOrder(rows, wave);
    const products = places.map((place) => newProduct(rows[place]!, now));
    const stored = new Set((await tx.query(productsInsertNew(tenant, products))).map(({ id }) => id as ProductId));
    const known: number[] = [];
    places.forEach((place, index) => {
      const product = products[index]!;
      if (!stored.has(product.id)) {
        known.push(place);
        return;
      }
      created.push(product);
      outcomes[place] = { outcome: 'created' };
    });
    if (known.length > 0) events.push(...(await updateKnown(tx, tenant, { rows, places: known, now }, outcomes)));
  }
  if (created.length > 0) events.push(importedEvent(created, now));
  return { outcomes, events };
}

function importedEvent(products: readonly Product[], now: Date): NewEvent {
  return productsImportedEvent(
    newId('bat', now.getTime()),
    products.map(({ id }) => id),
  );
}

/** Batches that run at once take their keys in one order, so that none waits for the other in a circle. */
function inOrder(rows: readonly NewProduct[], places: number[]): number[] {
  return places.sort((left, right) => (orderOf(rows[left]!) < orderOf(rows[right]!) ? -1 : 1));
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
  tenant: Tenant,
  { rows, places, now }: KnownRows,
  outcomes: RowOutcome[],
): Promise<NewEvent[]> {
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
  return changes.map(({ after }) => productEvent('product.updated', after));
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

async function storeChanges(tx: WriteTransaction, tenant: Tenant, changes: readonly Change[]): Promise<void> {
  const repriced = changes.filter(
    ({ before, after }) => before.price !== after.price || before.currency !== after.currency,
  );
  const ids = repriced.map(({ after }) => after.id);
  const rows = ids.length > 0 ? await tx.query(defaultPricesFind(ids)) : [];
  const prices = new Map(rows.map(toPrice).map((price) => [price.productId, price]));
  const statements: Statement[] = [];
  for (const { after } of changes) {
    statements.push(productUpdate(tenant, after));
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
