import { currency, object, optional } from '#kernel/http/fields.ts';
import type { Resource } from '#modules/bulk/index.ts';
import type { Catalog, NewProduct, Product, ProductCategory } from '#modules/catalog/index.ts';
import { NewProduct as NewProductShape, newProductInput } from '../../catalog/products.ts';
import { pagesOf } from './export-pages.ts';
import { rowShape } from './row-shape.ts';

/** As in the API, but a row without a currency leaves that of a product as it is. */
const ProductRow = object({ ...NewProductShape.properties, currency: optional(currency()) });

/** Products: the external id says which one a row is about or, without one, the SKU. */
export function productResource(
  catalog: Pick<Catalog, 'importBatch' | 'importNew' | 'importKeysOf' | 'listProducts'>,
): Resource {
  const shape = rowShape(ProductRow, (row): NewProduct => newProductInput(row));
  return {
    readScope: 'products:read',
    isPersonal: false,
    writeScope: 'products:write',
    import: {
      ...shape,
      read(record, source) {
        const result = shape.read(record, source);
        if ('errors' in result || result.value.externalId || result.value.sku) return result;
        const message = 'Send an external_id or a sku, or the same row again would be another product.';
        return { errors: [{ field: 'external_id', code: 'required', message }] };
      },
      store: (context, rows, { dryRun }) => catalog.importBatch(context, rows as NewProduct[], { dryRun }),
      unordered: {
        keysOf: (row) => catalog.importKeysOf(row as NewProduct),
        storeNew: (context, rows) => catalog.importNew(context, rows as NewProduct[]),
      },
    },
    export: {
      columns: ['id', ...shape.columns],
      filters: ['category', 'collection'],
      page: pagesOf((tenant, { category, collection }, page) => {
        const search = {
          category: category as ProductCategory | undefined,
          collection: collection as string | undefined,
        };
        return catalog.listProducts(tenant, search, page);
      }, recordOf),
    },
  };
}

function recordOf(product: Product) {
  const { dimensions } = product;
  return {
    id: product.id,
    name: product.name,
    description: product.description,
    price: product.price,
    currency: product.currency,
    category: product.category,
    active: product.active,
    sku: product.sku,
    external_id: product.externalId,
    collection: product.collection,
    tags: product.tags,
    weight_grams: product.weightGrams,
    dimensions: dimensions && {
      length_mm: dimensions.lengthMm,
      width_mm: dimensions.widthMm,
      height_mm: dimensions.heightMm,
    },
    hs_code: product.hsCode,
    country_of_origin: product.countryOfOrigin,
    metadata: product.metadata,
  };
}
