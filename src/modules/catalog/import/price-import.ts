import type { CommandContext } from '#kernel/context.ts';
import { prepared } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { newId, type ProductId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Currency } from '#kernel/money.ts';
import { type BatchOutcome, batchOutcome, type RowOutcome, refusedRow } from '#kernel/row-outcome.ts';
import { PRODUCT_COLUMNS, productUpdate, toProduct } from '../catalog.store.ts';
import { priceEvent, productEvent } from '../events.ts';
import type { BillingInterval, Price } from '../prices/price.ts';
import { openPricesFind, priceInsert, priceReplace, toPrice } from '../prices/prices.store.ts';
import type { Product } from '../product.ts';
import { IMPORT_ROWS_MAX } from './product-import.ts';

/** What a product costs everybody in one currency and billing interval. The product is named by one of its three names. */
export interface PriceImportRow {
  productId?: ProductId;
  externalId?: string;
  sku?: string;
  currency: Currency;
  billingInterval: BillingInterval;
  unitAmount: number;
}

export interface PriceImport {
  /**
   * Sets everybody's prices in one transaction: a price that is there gets its next version, one that is not is added, and
   * the product follows its default price. Tiers and windows of a price stay as they are. At most 2,000 rows. Repeating
   * it changes nothing; with the same idempotency key it gives the first answer again. With `dryRun` all is tried and nothing is stored. Errors: `resource_locked`; never for a row.
   */
  importPrices(
    context: CommandContext,
    rows: readonly PriceImportRow[],
    options?: { dryRun?: boolean },
  ): Promise<BatchOutcome>;
}

const lockNamed = prepared(`select ${PRODUCT_COLUMNS} from catalog.products where org_id = $1 and livemode = $2
  and (id = any($3::text[]) or external_id = any($4::text[]) or sku = any($5::text[])) order by id for update`);

export function createPriceImport({ writes, clock }: ModuleKit): PriceImport {
  return {
    async importPrices(context, rows, { dryRun = false } = {}) {
      if (rows.length > IMPORT_ROWS_MAX) throw new Error(`A batch has at most ${IMPORT_ROWS_MAX} rows`);
      const work = async (tx: WriteTransaction) => {
        const known = await knownPrices(tx, context.tenant, rows);
        const outcomes = rows.map((row) => known.take(row, clock.now()));
        known.store(tx, context.tenant);
        return batchOutcome(outcomes);
      };
      return dryRun ? writes.rehearse(context, work) : writes.run(context, work);
    },
  };
}

async function knownPrices(tx: WriteTransaction, { orgId, livemode }: Tenant, rows: readonly PriceImportRow[]) {
  const names = (read: (row: PriceImportRow) => string | undefined) => rows.flatMap((row) => read(row) ?? []);
  const found = await tx.query(
    lockNamed([
      orgId,
      livemode,
      names((row) => row.productId),
      names((row) => row.externalId),
      names((row) => row.sku),
    ]),
  );
  const products = found.map(toProduct);
  const prices = products.length === 0 ? [] : await tx.query(openPricesFind(products.map(({ id }) => id)));
  return new KnownPrices(products, prices.map(toPrice));
}

/** Products and their prices as the rows before have left them, and what is to be stored in the end. */
class KnownPrices {
  readonly #products = new Map<string, Product>();
  readonly #prices = new Map<string, Price>();
  /** By the product's id: as it will be. */
  readonly #touched = new Map<ProductId, Product>();
  readonly #added: Price[] = [];
  readonly #changed: { before: Price; after: Price }[] = [];
  readonly #seen = new Set<string>();

  constructor(products: readonly Product[], prices: readonly Price[]) {
    for (const product of products) {
      this.#products.set(`id ${product.id}`, product).set(`sku ${product.sku}`, product);
      if (product.externalId !== null) this.#products.set(`external ${product.externalId}`, product);
    }
    for (const price of prices) this.#prices.set(keyOf(price.productId, price), price);
  }

  take(row: PriceImportRow, now: Date): RowOutcome {
    const { column, name } = nameOf(row);
    const product = this.#products.get(name);
    if (!product) return refusedRow(column, 'not_found', 'No product of yours has this name.');
    if (product.archivedAt !== null) return refusedRow(column, 'archived', `The product ${product.id} is archived.`);
    const key = keyOf(product.id, row);
    if (this.#seen.has(key)) return refusedRow('currency', 'duplicate', 'A row before this one sets the same price.');
    this.#seen.add(key);
    const before = this.#prices.get(key);
    if (before?.unitAmount === row.unitAmount) return { outcome: 'unchanged' };
    const at = now.toISOString();
    if (!before) {
      this.#added.push(newPrice(product.id, row, now));
      this.#touch(product, at, (current) => ({ priceCount: current.priceCount + 1 }));
      return { outcome: 'created' };
    }
    const after = { ...before, unitAmount: row.unitAmount, version: before.version + 1, updatedAt: at };
    this.#changed.push({ before, after });
    if (before.isDefault) this.#touch(product, at, () => ({ price: row.unitAmount }));
    return { outcome: 'updated' };
  }

  #touch(product: Product, at: string, change: (current: Product) => Partial<Product>): void {
    const current = this.#touched.get(product.id) ?? { ...product, version: product.version + 1, updatedAt: at };
    this.#touched.set(product.id, { ...current, ...change(current) });
  }

  store(tx: WriteTransaction, tenant: Tenant): void {
    for (const product of this.#touched.values()) {
      tx.add(productUpdate(tenant, product));
      tx.append(productEvent('product.updated', product));
    }
    for (const price of this.#added) {
      tx.add(priceInsert(tenant, price));
      tx.append(priceEvent('price.created', price));
    }
    for (const { before, after } of this.#changed) {
      tx.add(...priceReplace(tenant, before, after));
      tx.append(priceEvent('price.updated', after));
    }
  }
}

function nameOf({ productId, externalId, sku }: PriceImportRow): { column: string; name: string } {
  if (productId) return { column: 'product_id', name: `id ${productId}` };
  if (externalId) return { column: 'external_id', name: `external ${externalId}` };
  return { column: 'sku', name: `sku ${sku}` };
}

function keyOf(productId: ProductId, price: Pick<Price, 'currency' | 'billingInterval'>): string {
  return `${productId} ${price.currency} ${price.billingInterval}`;
}

function newPrice(productId: ProductId, row: PriceImportRow, now: Date): Price {
  const at = now.toISOString();
  return {
    id: newId('pri', now.getTime()),
    productId,
    version: 1,
    currency: row.currency,
    unitAmount: row.unitAmount,
    tiers: [],
    validFrom: null,
    validUntil: null,
    billingInterval: row.billingInterval,
    isDefault: false,
    customerId: null,
    archivedAt: null,
    createdAt: at,
    updatedAt: at,
  };
}
