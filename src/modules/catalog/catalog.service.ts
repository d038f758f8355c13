import type { CommandContext } from '#kernel/context.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import { notFound } from '#kernel/errors.ts';
import { newId, type ProductId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Currency } from '#kernel/money.ts';
import { createProductArchive, type ProductArchive } from './archive.ts';
import * as store from './catalog.store.ts';
import type { CatalogDependencies } from './dependencies.ts';
import { productEvent } from './events.ts';
import { createPriceImport, type PriceImport } from './import/price-import.ts';
import { createProductImport, type ProductImport } from './import/product-import.ts';
import { createPrices, type Prices } from './prices/prices.service.ts';
import { defaultPrice, defaultPriceOf, priceInsert, priceReplace } from './prices/prices.store.ts';
import type { NewProduct, Product, ProductPatch } from './product.ts';
import { newProduct, patchedProduct } from './product-changes.ts';
import { refuseArchived, refuseDuplicate } from './refusals.ts';
import { createProductSearch, type ProductSearch } from './search/search.service.ts';

/** Products and prices. Each method names the errors it may raise. */
export interface Catalog extends Prices, ProductImport, PriceImport, ProductArchive {
  /** Errors: `duplicate` (SKU, external id). */
  createProduct(context: CommandContext, input: NewProduct): Promise<Product>;
  /** Archived ones too. Errors: `not_found`. */
  getProduct(scope: Scope, id: ProductId): Promise<Product>;
  /** The products that exist among `ids`, archived ones too, in no particular order. */
  getProducts(scope: Scope, ids: readonly ProductId[]): Promise<Product[]>;
  /** Newest first. Errors: `validation` (words over every organisation). */
  listProducts(scope: Scope, search: ProductSearch, page: PageRequest): Promise<Page<Product>>;
  /** The currencies of the prices that products show in lists. */
  productCurrencies(tenant: Tenant): Promise<Currency[]>;
  /** Errors: `not_found`, `gone`, `duplicate` (SKU, external id, currency of the default price), `precondition_failed`. */
  updateProduct(context: CommandContext, id: ProductId, patch: ProductPatch): Promise<Product>;
}

export function createCatalogService(kit: ModuleKit, dependencies: CatalogDependencies): Catalog {
  const { database, writes, clock } = kit;

  async function getProduct(scope: Scope, id: ProductId): Promise<Product> {
    const product = await store.productFind(database, scope, id);
    if (!product) throw notFound('product', id);
    return product;
  }

  return {
    ...createProductArchive(kit, { ...dependencies, getProduct }),
    ...createProductImport(kit),
    ...createPriceImport(kit),
    ...createPrices(kit, { ...dependencies, getProduct }),
    getProduct,
    getProducts: (scope, ids) => store.productsFindMany(database, scope, ids),
    listProducts: createProductSearch(kit),
    productCurrencies: (tenant) => store.productCurrencies(database, tenant),

    async createProduct(context, input) {
      const now = clock.now();
      const product = newProduct(input, now);
      const price = defaultPrice(newId('pri', now.getTime()), product);
      const statements = [store.productInsert(context.tenant, product), priceInsert(context.tenant, price)];
      const events = [productEvent('product.created', product)];
      return writes.store(context, { statements, events, result: product }).catch(refuseDuplicate);
    },

    async updateProduct(context, id, patch) {
      return writes.orStored(context, async () => {
        const current = await getProduct(context.tenant, id);
        refuseArchived('product', current);
        expectVersion(context, 'product', current.version);
        const product = patchedProduct(current, patch, clock.now());
        const statements = [store.productUpdate(context.tenant, product)];
        if (product.price !== current.price || product.currency !== current.currency) {
          const before = await defaultPriceOf(database, context.tenant, id);
          const { price: unitAmount, currency, updatedAt } = product;
          const after = { ...before, unitAmount, currency, updatedAt, version: before.version + 1 };
          statements.push(...priceReplace(context.tenant, before, after));
        }
        const events = [productEvent('product.updated', product)];
        return writes.store(context, { statements, events, result: product }).catch(refuseDuplicate);
      });
    },
  };
}
