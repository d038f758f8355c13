import type { Row } from '#kernel/database/connection.ts';
import { equals, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { CustomerId, PriceId, ProductId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import type { Product } from '../product.ts';
import type { BillingInterval, Price, PriceVersion } from './price.ts';

export interface PriceFilter {
  productId?: ProductId;
  customerId?: CustomerId;
  currency?: Currency;
  billingInterval?: BillingInterval;
}

const COLUMNS = `id, product_id, version, currency, unit_amount, billing_interval, tiers, is_default, customer_id,
  valid_from, valid_until, archived_at, created_at, updated_at`;

const find = prepared(`select ${COLUMNS} from catalog.prices where id = $1`);
const ofProduct = prepared(
  `select ${COLUMNS} from catalog.prices where product_id = $1 and archived_at is null order by id`,
);
const openOf = prepared(`select ${COLUMNS} from catalog.prices
  where product_id = any($1::text[]) and customer_id is null and archived_at is null`);
const candidates = prepared(`select ${COLUMNS} from catalog.prices
  where product_id = any($1::text[]) and currency = $2 and billing_interval = $3 and archived_at is null
    and (customer_id is null or customer_id = any($4::text[]))`);
const defaultsOf = prepared(`select ${COLUMNS} from catalog.prices where product_id = any($1::text[]) and is_default`);
const versionsOf = prepared('select * from catalog.price_versions where price_id = $1 order by version desc');
const insert = prepared(`insert into catalog.prices
  (id, org_id, livemode, product_id, version, currency, unit_amount, billing_interval, tiers, is_default, customer_id,
   valid_from, valid_until, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`);
const keep = prepared(`insert into catalog.price_versions
  (price_id, version, org_id, livemode, unit_amount, currency, tiers, valid_from, valid_until, since)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`);
const update = prepared(`with changed as (
    update catalog.prices set version = $2, unit_amount = $3, currency = $4, tiers = $5, valid_from = $6,
      valid_until = $7, archived_at = $8, updated_at = $9
    where id = $1 and version = $2 - 1 and archived_at is null returning 1)
  select kernel.require((select count(*) from changed) = 1, 'price changed meanwhile')`);

export async function priceFind(database: ModuleDatabase, scope: Scope, id: PriceId): Promise<Price | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toPrice(row) : null;
}

export async function pricesOfProduct(database: ModuleDatabase, scope: Scope, productId: ProductId): Promise<Price[]> {
  return (await database.read(scope, ofProduct([productId]))).map(toPrice);
}

/** Everybody's prices of these products. */
export function openPricesFind(productIds: readonly ProductId[]): Statement {
  return openOf([productIds]);
}

/** The prices that these products repeat. */
export function defaultPricesFind(productIds: readonly ProductId[]): Statement {
  return defaultsOf([productIds]);
}

export async function defaultPriceOf(database: ModuleDatabase, scope: Scope, productId: ProductId): Promise<Price> {
  const [row] = await database.read(scope, defaultPricesFind([productId]));
  return toPrice(row!);
}

export interface PricesWanted {
  productIds: readonly ProductId[];
  currency: Currency;
  interval: BillingInterval;
  customerIds: readonly CustomerId[];
}

/** Everybody's prices and those of these customers. */
export async function pricesFor(database: ModuleDatabase, scope: Scope, wanted: PricesWanted): Promise<Price[]> {
  const { productIds, currency, interval, customerIds } = wanted;
  return (await database.read(scope, candidates([productIds, currency, interval, customerIds]))).map(toPrice);
}

export async function pricesList(
  database: ModuleDatabase,
  scope: Scope,
  filter: PriceFilter,
  page: PageRequest,
): Promise<Page<Price>> {
  const conditions = [
    equals('product_id', filter.productId),
    equals('customer_id', filter.customerId),
    equals('currency', filter.currency),
    equals('billing_interval', filter.billingInterval),
    { column: 'archived_at', operator: 'is null' } as const,
  ];
  const query = { from: 'catalog.prices', columns: COLUMNS, conditions, page };
  return mapPage(await listPage(database, scope, query), toPrice);
}

/** The versions before the present one, newest first. */
export async function priceVersionsFind(database: ModuleDatabase, scope: Scope, id: PriceId): Promise<PriceVersion[]> {
  return (await database.read(scope, versionsOf([id]))).map((row) => ({
    priceId: row.price_id,
    version: row.version,
    currency: row.currency,
    unitAmount: row.unit_amount,
    tiers: row.tiers,
    validFrom: row.valid_from,
    validUntil: row.valid_until,
    since: row.since,
  }));
}

export function priceInsert(tenant: Tenant, price: Price): Statement {
  return insert([
    price.id,
    tenant.orgId,
    tenant.livemode,
    price.productId,
    price.version,
    price.currency,
    price.unitAmount,
    price.billingInterval,
    JSON.stringify(price.tiers),
    price.isDefault,
    price.customerId,
    price.validFrom,
    price.validUntil,
    price.createdAt,
    price.updatedAt,
  ]);
}

/** Keeps the version that was and stores the next one; aborts the transaction when another came first. */
export function priceReplace(tenant: Tenant, before: Price, after: Price): Statement[] {
  const kept = keep([
    before.id,
    before.version,
    tenant.orgId,
    tenant.livemode,
    before.unitAmount,
    before.currency,
    JSON.stringify(before.tiers),
    before.validFrom,
    before.validUntil,
    before.updatedAt,
  ]);
  const replaced = update([
    after.id,
    after.version,
    after.unitAmount,
    after.currency,
    JSON.stringify(after.tiers),
    after.validFrom,
    after.validUntil,
    after.archivedAt,
    after.updatedAt,
  ]);
  return [replaced, kept];
}

/** What `product` repeats, as a price object of its own. */
export function defaultPrice(id: PriceId, product: Product): Price {
  return {
    id,
    productId: product.id,
    version: 1,
    currency: product.currency,
    unitAmount: product.price,
    tiers: [],
    validFrom: null,
    validUntil: null,
    billingInterval: 'one_time',
    isDefault: true,
    customerId: null,
    archivedAt: null,
    createdAt: product.createdAt,
    updatedAt: product.createdAt,
  };
}

export function toPrice(row: Row): Price {
  return {
    id: row.id,
    productId: row.product_id,
    version: row.version,
    currency: row.currency,
    unitAmount: row.unit_amount,
    billingInterval: row.billing_interval,
    tiers: row.tiers,
    isDefault: row.is_default,
    customerId: row.customer_id,
    validFrom: row.valid_from,
    validUntil: row.valid_until,
    archivedAt: row.archived_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
