import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { PRODUCT_COLUMNS } from '../catalog.store.ts';
import type { Product } from '../product.ts';
import { searchTextOf } from '../search/words.ts';

/** Tags and words come as one text each, since arrays in arrays would flow into one. */
const INSERT_PRODUCTS = `insert into catalog.products (id, org_id, livemode, version, name, description, category, active,
    sku, external_id, collection, tags, price_amount, currency, price_count, weight_grams, length_mm, width_mm, height_mm,
    hs_code, country_of_origin, metadata, search, created_at, updated_at)
  select id, $1, $2::boolean, 1, name, description, category, active, sku, external_id, collection,
    coalesce(string_to_array(tags, e'\\n'), '{}'), price_amount, currency, 1, weight_grams, length_mm, width_mm, height_mm, hs_code,
    country_of_origin, coalesce(metadata, '{}'), array_to_tsvector(string_to_array(words, ' ')), $3::timestamptz, $3::timestamptz
  from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::boolean[], $9::text[], $10::text[], $11::text[],
    $12::text[], $13::bigint[], $14::text[], $15::int[], $16::int[], $17::int[], $18::int[], $19::text[], $20::text[],
    $21::jsonb[], $22::text[]) as row (id, name, description, category, active, sku, external_id, collection, tags,
    price_amount, currency, weight_grams, length_mm, width_mm, height_mm, hs_code, country_of_origin, metadata, words)`;
/** A price has the id of its product with another prefix. */
const withPrices = (products: string) => `with made as (${products} returning id, currency, price_amount),
  priced as (
    insert into catalog.prices (id, org_id, livemode, product_id, currency, unit_amount, billing_interval, is_default,
      created_at, updated_at)
    select 'pri' || substr(id, 4), $1, $2::boolean, id, currency, price_amount, 'one_time', true, $3::timestamptz,
      $3::timestamptz
    from made)
  select id from made`;
const insertNew = prepared(withPrices(`${INSERT_PRODUCTS} on conflict do nothing`));
// To look first for a row in the way costs as much as two more indexes, and a new file meets none.
const insertAllNew = prepared(withPrices(INSERT_PRODUCTS).replace(/select id from made$/, 'select count(*) from made'));
const findByKeys = prepared(`select ${PRODUCT_COLUMNS} from catalog.products
  where org_id = $1 and livemode = $2 and (external_id = any($3::text[]) or sku = any($4::text[])) order by id for update`);

/** Products with their default prices, in one statement; those whose SKU or external id is taken are left out. */
export function productsInsertNew(tenant: Tenant, products: readonly Product[]): Statement {
  return insertNew(columnsOf(tenant, products));
}

/** The same, but a key that is taken is a unique violation, and nothing is stored. */
export function productsInsertAll(tenant: Tenant, products: readonly Product[]): Statement {
  return insertAllNew(columnsOf(tenant, products));
}

function columnsOf({ orgId, livemode }: Tenant, products: readonly Product[]): unknown[] {
  // Most files leave most columns empty; `unnest` fills up the rows of an array that is shorter with nulls.
  const column = (read: (product: Product) => unknown) => {
    const values = products.map(read);
    return values.every((value) => value === null) ? [] : values;
  };
  return [
    orgId,
    livemode,
    products[0]!.createdAt,
    column(({ id }) => id),
    column(({ name }) => name),
    column(({ description }) => description),
    column(({ category }) => category),
    column(({ active }) => active),
    column(({ sku }) => sku),
    column(({ externalId }) => externalId),
    column(({ collection }) => collection),
    column(({ tags }) => (tags.length === 0 ? null : tags.join('\n'))),
    column(({ price }) => price),
    column(({ currency }) => currency),
    column(({ weightGrams }) => weightGrams),
    column(({ dimensions }) => dimensions?.lengthMm ?? null),
    column(({ dimensions }) => dimensions?.widthMm ?? null),
    column(({ dimensions }) => dimensions?.heightMm ?? null),
    column(({ hsCode }) => hsCode),
    column(({ countryOfOrigin }) => countryOfOrigin),
    column(({ metadata }) => (isEmpty(metadata) ? null : JSON.stringify(metadata))),
    column((product) => searchTextOf({ orgId, livemode }, product)),
  ];
}

/** Locks the products that have one of these keys. */
export function productsLockByKeys(
  { orgId, livemode }: Tenant,
  externalIds: readonly string[],
  skus: readonly string[],
): Statement {
  return findByKeys([orgId, livemode, externalIds, skus]);
}

function isEmpty(record: object): boolean {
  for (const _ in record) return false;
  return true;
}
