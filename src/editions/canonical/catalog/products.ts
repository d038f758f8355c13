import { Type } from 'typebox';
import {
  boolean,
  currency,
  enumOf,
  id,
  metadata,
  money,
  object,
  optional,
  patchOf,
  sku,
  text,
  withDefault,
} from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import {
  BILLING_INTERVALS,
  type Catalog,
  PRODUCT_CATEGORIES,
  type Price,
  type Product,
} from '#modules/catalog/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { CurrencyCode, idView, MetadataView, MinorUnits, Timestamp } from '../common/shapes.ts';

const NewProduct = object({
  name: text({ max: 255, example: 'Steel bolt M8' }),
  description: text({ max: 2000, multiline: true }),
  price: money({ description: 'The default price in the smallest unit of `currency`.' }),
  currency: withDefault(currency({ description: 'USD unless given (C-72).' }), 'USD'),
  category: enumOf(PRODUCT_CATEGORIES),
  active: boolean({ description: 'An inactive product cannot be put into new orders.' }),
  sku: optional(sku({ description: 'Unique in your organisation; generated when absent.' })),
  metadata: optional(metadata()),
});
const ProductPatch = patchOf(NewProduct);
const ProductId = object({ id: id('prd') });
const ProductQuery = object({
  ...pageQuery,
  category: optional(enumOf(PRODUCT_CATEGORIES)),
  active: optional(boolean()),
  price_min: optional(money({ description: 'Default price at least this many minor units.' })),
  price_max: optional(money({ description: 'Default price at most this many minor units.' })),
});
const NewPrice = object({
  currency: currency(),
  unit_amount: money(),
  billing_interval: optional(enumOf(BILLING_INTERVALS, { description: '`one_time` unless given.' })),
});

const ProductView = Type.Object(
  {
    id: idView('prd'),
    name: Type.String(),
    description: Type.String(),
    price: MinorUnits,
    currency: CurrencyCode,
    category: Type.Enum([...PRODUCT_CATEGORIES]),
    active: Type.Boolean(),
    sku: Type.String(),
    price_count: Type.Integer({ description: 'How many prices the product has; read them at /products/:id/prices.' }),
    metadata: MetadataView,
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'Product' },
);
const PriceView = Type.Object(
  {
    id: idView('pri'),
    product_id: idView('prd'),
    currency: CurrencyCode,
    unit_amount: MinorUnits,
    billing_interval: Type.Enum([...BILLING_INTERVALS]),
    default: Type.Boolean(),
    created_at: Timestamp,
  },
  { $id: 'Price' },
);

function productView(product: Product) {
  return {
    id: product.id,
    name: product.name,
    description: product.description,
    price: product.price,
    currency: product.currency,
    category: product.category,
    active: product.active,
    sku: product.sku,
    price_count: product.priceCount,
    metadata: product.metadata,
    created_at: product.createdAt,
    updated_at: product.updatedAt,
  };
}

function priceView(price: Price) {
  return {
    id: price.id,
    product_id: price.productId,
    currency: price.currency,
    unit_amount: price.unitAmount,
    billing_interval: price.billingInterval,
    default: price.isDefault,
    created_at: price.createdAt,
  };
}

/** /products and the prices below it. */
export function productOperations(catalog: Catalog, cursors: CursorCodec): Operation[] {
  const create = operation({
    id: 'products.create',
    method: 'POST',
    path: '/products',
    summary: 'Create a product',
    description: 'Adds a product with its default price to your catalogue.',
    access: { scope: 'products:write' },
    body: NewProduct,
    responses: { 201: { description: 'The new product.', schema: ProductView } },
    errors: ['duplicate'],
    async handle({ context, body }) {
      const product = await catalog.createProduct(context, body);
      return created(productView(product), '/products', product.version);
    },
  });

  const list = operation({
    id: 'products.list',
    method: 'GET',
    path: '/products',
    summary: 'List products',
    description: 'Newest first. Each product tells how many prices it has, not the prices themselves.',
    access: { scope: 'products:read' },
    query: ProductQuery,
    responses: { 200: { description: 'A page of products.', schema: pageOf(ProductView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('products.list', query);
      const filter = {
        category: query.category,
        active: query.active,
        priceMin: query.price_min,
        priceMax: query.price_max,
      };
      const page = await catalog.listProducts(tenant, filter, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, productView);
    },
  });

  const get = operation({
    id: 'products.get',
    method: 'GET',
    path: '/products/:id',
    summary: 'Get a product',
    description: 'One product of your catalogue.',
    access: { scope: 'products:read' },
    params: ProductId,
    responses: { 200: { description: 'The product.', schema: ProductView } },
    errors: [],
    cached: { service: 'catalog', resource: 'product' },
    async handle({ tenant, params }) {
      const product = await catalog.getProduct(tenant, params.id);
      return ok(productView(product), product.version);
    },
  });

  const update = operation({
    id: 'products.update',
    method: 'PATCH',
    path: '/products/:id',
    summary: 'Change a product',
    description: 'A merge patch: only the fields you send change. Orders that exist keep their prices.',
    access: { scope: 'products:write' },
    params: ProductId,
    body: ProductPatch,
    responses: { 200: { description: 'The changed product.', schema: ProductView } },
    errors: ['duplicate', 'precondition_failed', 'resource_locked'],
    async handle({ context, params, body }) {
      const product = await catalog.updateProduct(context, params.id, body);
      return ok(productView(product), product.version);
    },
  });

  return [create, list, get, update, ...priceOperations(catalog)];
}

function priceOperations(catalog: Catalog): Operation[] {
  const create = operation({
    id: 'prices.create',
    method: 'POST',
    path: '/products/:id/prices',
    summary: 'Add a price',
    description: 'One price per currency and billing interval.',
    access: { scope: 'products:write' },
    params: ProductId,
    body: NewPrice,
    responses: { 201: { description: 'The new price.', schema: PriceView } },
    errors: ['duplicate', 'resource_locked'],
    async handle({ context, params, body }) {
      const input = { currency: body.currency, unitAmount: body.unit_amount, billingInterval: body.billing_interval };
      return created(priceView(await catalog.addPrice(context, params.id, input)), `/products/${params.id}/prices`);
    },
  });

  const list = operation({
    id: 'prices.list',
    method: 'GET',
    path: '/products/:id/prices',
    summary: 'List the prices of a product',
    description: 'All prices of one product, the oldest first.',
    access: { scope: 'products:read' },
    params: ProductId,
    responses: { 200: { description: 'The prices.', schema: Type.Object({ data: Type.Array(PriceView) }) } },
    errors: [],
    async handle({ tenant, params }) {
      return ok({ data: (await catalog.listPrices(tenant, params.id)).map(priceView) });
    },
  });

  return [create, list];
}
