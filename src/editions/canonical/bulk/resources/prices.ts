import { currency, enumOf, id, money, object, optional, sku, text, withDefault } from '#kernel/http/fields.ts';
import type { ProductId } from '#kernel/ids.ts';
import type { Resource } from '#modules/bulk/index.ts';
import { BILLING_INTERVALS, type Catalog, type Price, type PriceImportRow } from '#modules/catalog/index.ts';
import { pagesOf } from './export-pages.ts';
import { rowShape } from './row-shape.ts';

const PriceRow = object({
  product_id: optional(id('prd')),
  external_id: optional(text()),
  sku: optional(sku()),
  currency: currency(),
  unit_amount: money(),
  billing_interval: withDefault(enumOf(BILLING_INTERVALS), 'one_time'),
});

/** Everybody's prices: one per product, currency and billing interval. Tiers and contract prices go through the API. */
export function priceResource(catalog: Pick<Catalog, 'importPrices' | 'findPrices'>): Resource {
  const shape = rowShape(
    PriceRow,
    (row): PriceImportRow => ({
      productId: row.product_id,
      externalId: row.external_id,
      sku: row.sku,
      currency: row.currency,
      unitAmount: row.unit_amount,
      billingInterval: row.billing_interval,
    }),
  );
  return {
    readScope: 'products:read',
    isPersonal: false,
    writeScope: 'products:write',
    import: {
      ...shape,
      read(record, source) {
        const result = shape.read(record, source);
        if ('errors' in result) return result;
        const { productId, externalId, sku: code } = result.value;
        if (productId || externalId || code) return result;
        const message = 'Send the product_id, external_id or sku of the product.';
        return { errors: [{ field: 'product_id', code: 'required', message }] };
      },
      store: (context, rows, { dryRun }) => catalog.importPrices(context, rows as PriceImportRow[], { dryRun }),
    },
    export: {
      columns: ['id', 'product_id', 'currency', 'unit_amount', 'billing_interval'],
      filters: ['product_id'],
      page: pagesOf(
        (tenant, { product_id }, page) =>
          catalog.findPrices(tenant, { productId: product_id as ProductId | undefined }, page),
        recordOf,
      ),
    },
  };
}

/** A contract price would come back as everybody's. */
function recordOf(price: Price) {
  if (price.customerId !== null) return null;
  return {
    id: price.id,
    product_id: price.productId,
    currency: price.currency,
    unit_amount: price.unitAmount,
    billing_interval: price.billingInterval,
  };
}
