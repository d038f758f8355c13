import type { Row } from '#kernel/database/connection.ts';
import { atLeast, atMost, equals, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { ProductId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import { type Dimensions, type Product, type ProductCategory, tracksStock } from './product.ts';
import { searchTextOf } from './search/words.ts';

export interface ProductFilter {
  category?: ProductCategory;
  collection?: string;
  active?: boolean;
  priceMin?: number;
  priceMax?: number;
  currency?: Currency;
  inStock?: boolean;
  externalId?: string;
  sku?: string;
  /** The deleted ones instead of the others. */
  archived?: boolean;
}

export const PRODUCT_COLUMNS = `id, version, name, description, category, active, sku, external_id, collection, tags,
  price_amount, currency, price_count, weight_grams, length_mm, width_mm, height_mm, hs_code, country_of_origin, metadata,
  archived_at, created_at, updated_at`;

const find = prepared(`select ${PRODUCT_COLUMNS} from catalog.products where id = $1`);
const findMany = prepared(`select ${PRODUCT_COLUMNS} from catalog.products where id = any($1::text[])`);
const currencies = prepared(`select distinct currency from catalog.products
  where org_id = $1 and livemode = $2 and archived_at is null order by currency`);
const insert = prepared(`insert into catalog.products
  (id, org_id, livemode, version, name, description, category, active, sku, price_amount, currency, price_count,
   metadata, created_at, updated_at, external_id, collection, tags, weight_grams, length_mm, width_mm, height_mm,
   hs_code, country_of_origin, search)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
   array_to_tsvector(string_to_array($25, ' ')))`);
const update = prepared(`with changed as (
    update catalog.products set version = $3, name = $4, description = $5, category = $6, active = $7, sku = $8,
      price_amount = $9, currency = $10, price_count = $11, metadata = $12, updated_at = $13, external_id = $14,
      collection = $15, tags = $16, weight_grams = $17, length_mm = $18, width_mm = $19, height_mm = $20, hs_code = $21,
      country_of_origin = $22, archived_at = $23, search = array_to_tsvector(string_to_array($24, ' '))
    where org_id = $1 and id = $2 and version = $3 - 1 returning 1)
  select kernel.require((select count(*) from changed) = 1, 'product changed meanwhile')`);

export async function productFind(database: ModuleDatabase, scope: Scope, id: ProductId): Promise<Product | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toProduct(row) : null;
}

export async function productsFindMany(
  database: ModuleDatabase,
  scope: Scope,
  ids: readonly ProductId[],
): Promise<Product[]> {
  return (await database.read(scope, findMany([ids]))).map(toProduct);
}

/** The currencies of the prices that products show in lists. */
export async function productCurrencies(database: ModuleDatabase, tenant: Tenant): Promise<Currency[]> {
  const rows = await database.read(tenant, currencies([tenant.orgId, tenant.livemode]));
  return rows.map(({ currency }) => currency);
}

export async function productsList(
  database: ModuleDatabase,
  scope: Scope,
  filter: ProductFilter,
  page: PageRequest,
): Promise<Page<Product>> {
  const conditions = [
    equals('sku', filter.sku),
    equals('external_id', filter.externalId),
    equals('category', filter.category),
    equals('collection', filter.collection),
    equals('active', filter.active),
    atLeast('price_amount', filter.priceMin),
    atMost('price_amount', filter.priceMax),
    equals('currency', filter.currency),
    equals('in_stock', filter.inStock),
    { column: 'archived_at', operator: filter.archived ? 'is not null' : 'is null' } as const,
  ];
  const query = { from: 'catalog.products', columns: PRODUCT_COLUMNS, conditions, page };
  return mapPage(await listPage(database, scope, query), toProduct);
}

export function productInsert(tenant: Tenant, product: Product): Statement {
  const { dimensions } = product;
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
    product.externalId,
    product.collection,
    product.tags,
    product.weightGrams,
    dimensions?.lengthMm,
    dimensions?.widthMm,
    dimensions?.heightMm,
    product.hsCode,
    product.countryOfOrigin,
    searchTextOf(tenant, product),
  ]);
}

/** Stores the next version; aborts the transaction when the stored version is not the one before. */
export function productUpdate(tenant: Tenant, product: Product): Statement {
  const { dimensions } = product;
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
    product.externalId,
    product.collection,
    product.tags,
    product.weightGrams,
    dimensions?.lengthMm,
    dimensions?.widthMm,
    dimensions?.heightMm,
    product.hsCode,
    product.countryOfOrigin,
    product.archivedAt,
    searchTextOf(tenant, product),
  ]);
}

export function toProduct(row: Row): Product {
  return {
    id: row.id,
    version: row.version,
    name: row.name,
    description: row.description,
    category: row.category,
    tracksStock: tracksStock(row.category),
    active: row.active,
    sku: row.sku,
    externalId: row.external_id,
    collection: row.collection,
    tags: row.tags,
    price: row.price_amount,
    currency: row.currency,
    priceCount: row.price_count,
    weightGrams: row.weight_grams,
    dimensions: toDimensions(row),
    hsCode: row.hs_code,
    countryOfOrigin: row.country_of_origin,
    metadata: row.metadata,
    archivedAt: row.archived_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function toDimensions(row: Row): Dimensions | null {
  if (row.length_mm === null) return null;
  return { lengthMm: row.length_mm, widthMm: row.width_mm, heightMm: row.height_mm };
}
