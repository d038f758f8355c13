import type { Tenant } from '#kernel/database/tenant.ts';
import { DomainError, notFound } from '#kernel/errors.ts';
import {
  anyCurrency,
  boolean,
  decimal,
  id,
  longText,
  metadata,
  nonNegativeInteger,
  object,
  optional,
  sku,
  slug,
  text,
  withDefault,
} from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import type { ProductId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import type { Catalog, Product, ProductSearch } from '#modules/catalog/index.ts';
import type { Inventory } from '#modules/inventory/index.ts';
import { atLeastMinorUnits, atMostMinorUnits, minorUnitsOf } from '../common/decimal.ts';
import { pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { categoryFields, ProductView, productView } from './product-views.ts';
import { stockOperation } from './stock.ts';

const ProductQuery = object({
  ...pageQuery,
  category: optional(slug({ description: 'Your own slug, or a fixed category.' })),
  in_stock: optional(boolean({ description: 'Whether any is available; follows changes of stock within a second.' })),
  currency: optional(
    anyCurrency({ description: 'Products with their price in it; `min_price` and `max_price` are in it too.' }),
  ),
  min_price: optional(
    decimal({ description: 'Inclusive. A catalogue with prices in several currencies asks for `currency` too.' }),
  ),
  max_price: optional(decimal({ description: 'Inclusive, in the same way.' })),
  q: optional(text({ max: 200, description: 'Words in name and description.' })),
});
const NewProduct = object({
  name: text({ max: 255, example: 'Standard Widget' }),
  sku: optional(sku({ description: 'Unique in your catalogue; made when absent.' })),
  price: decimal(),
  currency: withDefault(anyCurrency(), 'USD'),
  category: optional(slug({ description: 'Any slug; `hardware`, `software` and so on mean the fixed categories.' })),
  stock: withDefault(nonNegativeInteger({ max: 1_000_000_000, description: 'What is there at the beginning.' }), 0),
  description: optional(longText({ max: 2_000, description: 'The name unless given.' })),
  metadata: metadata(),
});
const ProductPath = object({ product_id: id('prd') });

/** /v2/products. */
export function productOperations(catalog: Catalog, inventory: Inventory): Operation[] {
  const list = operation({
    id: 'v2.products.list',
    method: 'GET',
    path: '/v2/products',
    summary: 'List products',
    description: 'Your products, newest first unless told otherwise.',
    access: { scope: 'products:read' },
    query: ProductQuery,
    responses: { 200: { description: 'A page of products.', schema: pageOf(ProductView) } },
    errors: [],
    async handle({ tenant, query }) {
      const page = await catalog.listProducts(
        tenant,
        await searchOf(catalog, tenant as Tenant, query),
        pageRequest(query),
      );
      const stock = await stockOf(inventory, tenant as Tenant, page.items);
      return pageAnswer(
        query,
        page,
        page.items.map((product) => productView(product, stock(product.id))),
      );
    },
  });

  const get = operation({
    id: 'v2.products.get',
    method: 'GET',
    path: '/v2/products/:product_id',
    summary: 'Get a product',
    description: 'One product of your catalogue.',
    access: { scope: 'products:read' },
    params: ProductPath,
    responses: { 200: { description: 'The product.', schema: ProductView } },
    errors: [],
    async handle({ tenant, params }) {
      const product = await catalog.getProduct(tenant, params.product_id);
      if (product.archivedAt !== null) throw notFound('product', product.id);
      const stock = await stockOf(inventory, tenant as Tenant, [product]);
      return ok(productView(product, stock(product.id)));
    },
  });

  const create = operation({
    id: 'v2.products.create',
    method: 'POST',
    path: '/v2/products',
    summary: 'Create a product',
    description: 'Adds a product, and its stock to your default warehouse.',
    access: { scope: 'products:write' },
    body: NewProduct,
    responses: { 201: { description: 'The new product.', schema: ProductView } },
    errors: ['duplicate'],
    async handle({ context, body }) {
      const { stock, category, price, description, ...given } = body;
      const input = {
        ...given,
        ...categoryFields(category),
        description: description ?? given.name,
        price: minorUnitsOf(price, given.currency, 'price'),
        active: true,
      };
      const product = await catalog.createProduct(context, input);
      // Each module keeps the idempotency key for its own half, so a repetition finishes what a dead process left.
      if (stock > 0 && product.tracksStock) {
        const opening = { productId: product.id, quantityChange: stock, reason: 'opening' as const };
        await inventory.adjust(context, { ...opening, referenceId: product.id });
      }
      return created(productView(product, product.tracksStock ? stock : 0), '/v2/products');
    },
  });

  return [list, get, create, stockOperation(catalog, inventory)];
}

interface ProductFilters {
  category?: string | null;
  in_stock?: boolean | null;
  currency?: Currency | null;
  min_price?: string | null;
  max_price?: string | null;
  q?: string | null;
}

async function searchOf(catalog: Catalog, tenant: Tenant, query: ProductFilters): Promise<ProductSearch> {
  const { category, in_stock, min_price, max_price, q } = query;
  const fields = category ? categoryFields(category) : null;
  const currency = query.currency ?? (min_price || max_price ? await onlyCurrency(catalog, tenant) : undefined);
  return {
    ...(fields?.collection ? { collection: fields.collection } : fields && { category: fields.category }),
    ...(typeof in_stock === 'boolean' && { inStock: in_stock }),
    ...(currency && { currency }),
    ...(currency && min_price && { priceMin: atLeastMinorUnits(min_price, currency) }),
    ...(currency && max_price && { priceMax: atMostMinorUnits(max_price, currency) }),
    ...(q && { text: q }),
  };
}

/** 10 dollars and 10 yen are not comparable, so a range needs its currency once there is more than one to choose from. */
async function onlyCurrency(catalog: Catalog, tenant: Tenant): Promise<Currency> {
  const [first = 'USD', ...others] = await catalog.productCurrencies(tenant);
  if (others.length === 0) return first;
  const message = `Your products have prices in ${[first, ...others].join(', ')}: send \`currency\` with a price range.`;
  throw new DomainError('bad_request', message, { details: [{ field: 'currency', code: 'required', message }] });
}

/** What is available of some products; 0 for those that have no stock. */
export async function stockOf(
  inventory: Inventory,
  tenant: Tenant,
  products: readonly Product[],
): Promise<(id: ProductId) => number> {
  const levels = await inventory.stockOf(
    tenant,
    products.filter(({ tracksStock }) => tracksStock).map(({ id: productId }) => productId),
  );
  const available = new Map(levels.map((level) => [level.productId, level.available]));
  return (productId) => available.get(productId) ?? 0;
}
