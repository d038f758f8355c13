import type { CommandContext } from '#kernel/context.ts';
import { violatedUnique } from '#kernel/database/database-errors.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import { DomainError, notFound } from '#kernel/errors.ts';
import { mergeMetadata } from '#kernel/http/fields.ts';
import { newId, type ProductId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import * as store from './catalog.store.ts';
import { productEvent } from './events.ts';
import { type NewPrice, type NewProduct, type Price, type Product, type ProductPatch, tracksStock } from './product.ts';

/** Products and prices. Each method names the errors it may raise. */
export interface Catalog {
  /** Errors: `duplicate` (SKU). */
  createProduct(context: CommandContext, input: NewProduct): Promise<Product>;
  /** Errors: `not_found`. */
  getProduct(scope: Scope, id: ProductId): Promise<Product>;
  /** The products that exist among `ids`, in no particular order. */
  getProducts(tenant: Tenant, ids: readonly ProductId[]): Promise<Product[]>;
  listProducts(scope: Scope, filter: store.ProductFilter, page: PageRequest): Promise<Page<Product>>;
  /** Errors: `not_found`, `duplicate` (SKU, or currency of the default price), `precondition_failed`. */
  updateProduct(context: CommandContext, id: ProductId, patch: ProductPatch): Promise<Product>;
  /** Errors: `not_found`, `duplicate` (currency and interval). */
  addPrice(context: CommandContext, productId: ProductId, input: NewPrice): Promise<Price>;
  /** Errors: `not_found`. */
  listPrices(scope: Scope, productId: ProductId): Promise<Price[]>;
}

export function createCatalogService(kit: ModuleKit): Catalog {
  const { database, writes, clock } = kit;

  async function getProduct(scope: Scope, id: ProductId): Promise<Product> {
    const product = await store.productFind(database, scope, id);
    if (!product) throw notFound('product', id);
    return product;
  }

  return {
    getProduct,
    getProducts: (tenant, ids) => store.productsFindMany(database, tenant, ids),
    listProducts: (scope, filter, page) => store.productsList(database, scope, filter, page),

    async createProduct(context, input) {
      const now = clock.now();
      const product = newProduct(input, now);
      const statements = [
        store.productInsert(context.tenant, product),
        store.priceInsert(context.tenant, defaultPriceOf(product, now)),
      ];
      const events = [productEvent('product.created', product)];
      return writes.store(context, { statements, events, result: product }).catch(refuseDuplicate);
    },

    async updateProduct(context, id, patch) {
      return writes.orStored(context, async () => {
        const current = await getProduct(context.tenant, id);
        expectVersion(context, 'product', current.version);
        const product = patched(current, patch, clock.now());
        const statements = [store.productUpdate(context.tenant, product)];
        if (product.price !== current.price || product.currency !== current.currency) {
          statements.push(store.defaultPriceUpdate(product));
        }
        const events = [productEvent('product.updated', product)];
        return writes.store(context, { statements, events, result: product }).catch(refuseDuplicate);
      });
    },

    async addPrice(context, productId, input) {
      const current = await getProduct(context.tenant, productId);
      const now = clock.now();
      const price: Price = {
        id: newId('pri', now.getTime()),
        productId,
        currency: input.currency,
        unitAmount: input.unitAmount,
        billingInterval: input.billingInterval ?? 'one_time',
        isDefault: false,
        createdAt: now.toISOString(),
      };
      const product = {
        ...current,
        priceCount: current.priceCount + 1,
        version: current.version + 1,
        updatedAt: now.toISOString(),
      };
      const statements = [store.productUpdate(context.tenant, product), store.priceInsert(context.tenant, price)];
      const events = [productEvent('product.updated', product)];
      return writes.store(context, { statements, events, result: price }).catch(refuseDuplicate);
    },

    async listPrices(scope, productId) {
      await getProduct(scope, productId);
      return store.pricesList(database, scope, productId);
    },
  };
}

function newProduct(input: NewProduct, now: Date): Product {
  const id = newId('prd', now.getTime());
  const createdAt = now.toISOString();
  const { price, currency = 'USD', sku, metadata = {}, ...rest } = input;
  return {
    ...rest,
    id,
    version: 1,
    tracksStock: tracksStock(input.category),
    sku: sku ?? generatedSku(id),
    price,
    currency,
    priceCount: 1,
    metadata,
    createdAt,
    updatedAt: createdAt,
  };
}

function patched(current: Product, { metadata, sku, ...changes }: ProductPatch, now: Date): Product {
  return {
    ...current,
    ...changes,
    tracksStock: tracksStock(changes.category ?? current.category),
    sku: sku === null ? generatedSku(current.id) : (sku ?? current.sku),
    metadata: mergeMetadata(current.metadata, metadata),
    version: current.version + 1,
    updatedAt: now.toISOString(),
  };
}

/** A product without a SKU gets one that cannot clash: the random end of its id (C-73). */
function generatedSku(id: ProductId): string {
  return `SKU-${id.slice(-12).toUpperCase()}`;
}

function defaultPriceOf(product: Product, now: Date): Price {
  return {
    id: newId('pri', now.getTime()),
    productId: product.id,
    currency: product.currency,
    unitAmount: product.price,
    billingInterval: 'one_time',
    isDefault: true,
    createdAt: product.createdAt,
  };
}

function refuseDuplicate(error: unknown): never {
  switch (violatedUnique(error)) {
    case 'products_sku_key':
      throw new DomainError('duplicate', 'A product with this SKU exists; choose another SKU.', { cause: error });
    case 'prices_product_currency_interval_key':
      throw new DomainError('duplicate', 'The product already has a price in this currency and billing interval.', {
        cause: error,
      });
    default:
      throw error;
  }
}
