import type { Row } from '#kernel/database/connection.ts';
import { atLeast, atMost, equals, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { ProductId } from '#kernel/ids.ts';
import { type Price, type Product, type ProductCategory, tracksStock } from './product.ts';

export interface ProductFilter {
  category?: ProductCategory;
  active?: boolean;
  priceMin?: number;
  priceMax?: number;
}

const COLUMNS = `id, version, name, description, category, active, sku, price_amount, currency, price_count, metadata,
  created_at, updated_at`;

const find = prepared(`select ${COLUMNS} from catalog.products where id = $1`);
const findMany = prepared(`select ${COLUMNS} from catalog.products where id = any($1::text[])`);
const pricesOfProduct = prepared('select * from catalog.prices where product_id = $1 order by id');
const insert = prepared(`insert into catalog.products
  (id, org_id, livemode, version, name, description, category, active, sku, price_amount, currency, price_count,
   metadata, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`);
const update = prepared(`with changed as (
    update catalog.products set version = $3, name = $4, description = $5, category = $6, active = $7, sku = $8,
      price_amount = $9, currency = $10, price_count = $11, metadata = $12, updated_at = $13
    where org_id = $1 and id = $2 and version = $3 - 1 returning 1)
  select kernel.require((select count(*) from changed) = 1, 'product changed meanwhile')`);
const insertPriceRow = prepared(`insert into catalog.prices
  (id, org_id, livemode, product_id, currency, unit_amount, billing_interval, is_default, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`);
const updateDefaultPrice = prepared(
  'update catalog.prices set unit_amount = $2, currency = $3 where product_id = $1 and is_default',
);

export async function productFind(database: ModuleDatabase, scope: Scope, id: ProductId): Promise<Product | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toProduct(row) : null;
}

export async function productsFindMany(
  database: ModuleDatabase,
  tenant: Tenant,
  ids: readonly ProductId[],
): Promise<Product[]> {
  return (await database.read(tenant, findMany([ids]))).map(toProduct);
}

export async function productsList(
  database: ModuleDatabase,
  scope: Scope,
  filter: ProductFilter,
  page: PageRequest,
): Promise<Page<Product>> {
  const conditions = [
    equals('category', filter.category),
    equals('active', filter.active),
    atLeast('price_amount', filter.priceMin),
    atMost('price_amount', filter.priceMax),
  ];
  return mapPage(
    await listPage(database, scope, { from: 'catalog.products', columns: COLUMNS, conditions, page }),
    toProduct,
  );
}

export async function pricesList(database: ModuleDatabase, scope: Scope, productId: ProductId): Promise<Price[]> {
  return (await database.read(scope, pricesOfProduct([productId]))).map(toPrice);
}

export function productInsert(tenant: Tenant, product: Product): Statement {
  return insert([
    product.id,
    tenant.orgId,
    tenant.livemode,
    product.version,
    product.name,
    product.description,
    product.category,
    product.active,
    product.sku,
    product.price,
    product.currency,
    product.priceCount,
    product.metadata,
    product.createdAt,
    product.updatedAt,
  ]);
}

/** Stores the next version; aborts the transaction when the stored version is not the one before. */
export function productUpdate(tenant: Tenant, product: Product): Statement {
  return update([
    tenant.orgId,
    product.id,
    product.version,
    product.name,
    product.description,
    product.category,
    product.active,
    product.sku,
    product.price,
    product.currency,
    product.priceCount,
    product.metadata,
    product.updatedAt,
  ]);
}

export function priceInsert(tenant: Tenant, price: Price): Statement {
  return insertPriceRow([
    price.id,
    tenant.orgId,
    tenant.livemode,
    price.productId,
    price.currency,
    price.unitAmount,
    price.billingInterval,
    price.isDefault,
    price.createdAt,
  ]);
}

export function defaultPriceUpdate(product: Product): Statement {
  return updateDefaultPrice([product.id, product.price, product.currency]);
}

function toProduct(row: Row): Product {
  return {
    id: row.id,
    version: row.version,
    name: row.name,
    description: row.description,
    category: row.category,
    tracksStock: tracksStock(row.category),
    active: row.active,
    sku: row.sku,
    price: row.price_amount,
    currency: row.currency,
    priceCount: row.price_count,
    metadata: row.metadata,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function toPrice(row: Row): Price {
  return {
    id: row.id,
    productId: row.product_id,
    currency: row.currency,
    unitAmount: row.unit_amount,
    billingInterval: row.billing_interval,
    isDefault: row.is_default,
    createdAt: row.created_at,
  };
}
