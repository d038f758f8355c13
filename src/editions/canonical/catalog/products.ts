import { type Static, Type } from 'typebox';
import {
  boolean,
  country,
  currency,
  enumOf,
  id,
  listOf,
  metadata,
  money,
  object,
  optional,
  patchOf,
  positiveInteger,
  sku,
  slug,
  text,
  withDefault,
} from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import type { Currency } from '#kernel/money.ts';
import { type Catalog, PRODUCT_CATEGORIES, type Product } from '#modules/catalog/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { CurrencyCode, idView, MetadataView, MinorUnits, orNull, Timestamp } from '../common/shapes.ts';

/** 10 t and 10 km: what is more is a slip of the unit. */
const MEASURE_MAX = 10_000_000;

/** What a product is made of; an import reads the same fields. */
export const NewProduct = object({
  name: text({ max: 255, example: 'Steel bolt M8' }),
  description: text({ max: 2000, multiline: true }),
  price: money({ description: 'The default price in the smallest unit of `currency`.' }),
  currency: withDefault(currency({ description: 'USD unless given (C-72).' }), 'USD'),
  category: enumOf(PRODUCT_CATEGORIES),
  active: boolean({ description: 'An inactive product cannot be put into new orders.' }),
  sku: optional(sku({ description: 'Unique in your organisation; generated when absent.' })),
  external_id: optional(text({ description: 'Your own id of the product; unique in your organisation.' })),
  collection: optional(slug({ description: 'A group of your own, beside the fixed categories.' })),
  tags: optional(listOf(text({ max: 50 }), { unique: true, max: 20 })),
  weight_grams: optional(positiveInteger({ description: 'Packed, for shipping.', max: MEASURE_MAX })),
  dimensions: optional(
    object({
      length_mm: positiveInteger({ max: MEASURE_MAX }),
      width_mm: positiveInteger({ max: MEASURE_MAX }),
      height_mm: positiveInteger({ max: MEASURE_MAX }),
    }),
  ),
  hs_code: optional(
    text({
      min: 6,
      max: 10,
      pattern: '^[0-9]+$',
      patternMessage: 'Send the 6 to 10 digits of the Harmonised System without dots.',
      description: 'Harmonised System code for customs.',
      example: '731815',
    }),
  ),
  country_of_origin: optional(country({ description: 'Where it was made, for customs.' })),
  metadata: optional(metadata()),
});
const ProductPatch = patchOf(NewProduct);
export const ProductId = object({ id: id('prd') });
const ProductQuery = object({
  ...pageQuery,
  q: optional(text({ description: 'Words, each at least by its beginning; or a whole SKU or external id.' })),
  tag: optional(text({ max: 50 })),
  category: optional(enumOf(PRODUCT_CATEGORIES)),
  active: optional(boolean()),
  collection: optional(slug()),
  external_id: optional(text()),
  sku: optional(sku({ description: 'Exactly this one.' })),
  archived: optional(boolean({ description: 'true lists the deleted products instead of the others.' })),
  currency: optional(currency({ description: 'Default price in this currency.' })),
  price_min: optional(money({ description: 'Default price at least this many minor units of `currency`, or of USD.' })),
  price_max: optional(money({ description: 'Default price at most this many minor units of `currency`, or of USD.' })),
});
export const ProductView = Type.Object(
  {
    id: idView('prd'),
    name: Type.String(),
    description: Type.String(),
    price: MinorUnits,
    currency: CurrencyCode,
    category: Type.Enum([...PRODUCT_CATEGORIES]),
    active: Type.Boolean(),
    sku: Type.String(),
    external_id: orNull(Type.String()),
    collection: orNull(Type.String()),
    tags: Type.Array(Type.String()),
    weight_grams: orNull(Type.Integer()),
    dimensions: orNull(Type.Object({ length_mm: Type.Integer(), width_mm: Type.Integer(), height_mm: Type.Integer() })),
    hs_code: orNull(Type.String()),
    country_of_origin: orNull(Type.String({ description: 'ISO 3166-1 alpha-2.', examples: ['FR'] })),
    price_count: Type.Integer({ description: 'How many prices the product has; read them at /products/:id/prices.' }),
    metadata: MetadataView,
    archived_at: orNull(Timestamp),
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'Product' },
);
export function productView(product: Product) {
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
    price_count: product.priceCount,
    metadata: product.metadata,
    archived_at: product.archivedAt,
    created_at: product.createdAt,
    updated_at: product.updatedAt,
  };
}

/** The service's form of a new product or of a patch; a field that was not sent stays undefined. */
/** A new product as the catalogue takes it. */
export function newProductInput<Body extends Omit<Static<typeof NewProduct>, 'currency'> & { currency?: Currency }>(
  body: Body,
) {
  return { ...productInput(body), dimensions: body.dimensions && sidesOf(body.dimensions) };
}

function productInput<Body extends Static<typeof NewProduct> | Static<typeof ProductPatch>>(body: Body) {
  const { external_id, weight_grams, dimensions: _dimensions, hs_code, country_of_origin, ...same } = body;
  return {
    ...same,
    externalId: external_id,
    weightGrams: weight_grams,
    hsCode: hs_code,
    countryOfOrigin: country_of_origin,
  };
}

function sidesOf<Sides extends { length_mm?: number; width_mm?: number; height_mm?: number }>(sides: Sides) {
  const { length_mm: lengthMm, width_mm: widthMm, height_mm: heightMm } = sides;
  return { lengthMm, widthMm, heightMm } as {
    lengthMm: Sides['length_mm'];
    widthMm: Sides['width_mm'];
    heightMm: Sides['height_mm'];
  };
}

/** /products; their prices are in prices.ts. */
export function productOperations(catalog: Catalog, cursors: CursorCodec): Operation[] {
  return [...productWrites(catalog), ...productReads(catalog, cursors), ...archiveOperations(catalog)];
}

function productWrites(catalog: Catalog): Operation[] {
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
      const product = await catalog.createProduct(context, newProductInput(body));
      return created(productView(product), '/products', product.version);
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
    errors: ['gone', 'duplicate', 'precondition_failed', 'resource_locked'],
    async handle({ context, params, body }) {
      const dimensions = body.dimensions && sidesOf(body.dimensions);
      const product = await catalog.updateProduct(context, params.id, { ...productInput(body), dimensions });
      return ok(productView(product), product.version);
    },
  });

  return [create, update];
}

function productReads(catalog: Catalog, cursors: CursorCodec): Operation[] {
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
    cached: { service: 'catalog', resource: 'products', list: true },
    async handle({ tenant, query }) {
      const name = listName('products.list', query);
      const search = {
        text: query.q,
        tag: query.tag,
        category: query.category,
        active: query.active,
        collection: query.collection,
        externalId: query.external_id,
        sku: query.sku,
        archived: query.archived,
        priceMin: query.price_min,
        priceMax: query.price_max,
        currency: query.currency ?? (hasPriceRange(query) ? 'USD' : undefined),
      };
      const page = await catalog.listProducts(tenant, search, pageRequest(cursors, name, query));
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

  return [list, get];
}

function archiveOperations(catalog: Catalog): Operation[] {
  const archive = operation({
    id: 'products.archive',
    method: 'DELETE',
    path: '/products/:id',
    summary: 'Delete a product',
    description:
      'Archives it: it leaves the lists and is kept for what refers to it. Refused while an order with it is draft, ' +
      'confirmed, processing or shipped; set `active` to false first and delete it when they are done.',
    access: { scope: 'products:write' },
    params: ProductId,
    responses: { 200: { description: 'The archived product.', schema: ProductView } },
    errors: ['gone', 'invalid_state', 'precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      const product = await catalog.archiveProduct(context, params.id);
      return ok(productView(product), product.version);
    },
  });

  const restore = operation({
    id: 'products.restore',
    method: 'POST',
    path: '/products/:id/restore',
    summary: 'Restore a product',
    description: 'Puts an archived product back into the lists. It stays inactive until you set `active`.',
    access: { scope: 'products:write' },
    params: ProductId,
    responses: { 200: { description: 'The product, inactive.', schema: ProductView } },
    errors: ['invalid_state', 'precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      const product = await catalog.restoreProduct(context, params.id);
      return ok(productView(product), product.version);
    },
  });

  return [archive, restore];
}

/** 10 dollars and 10 yen do not compare, so a range is always one of a currency. */
function hasPriceRange({ price_min, price_max }: Static<typeof ProductQuery>): boolean {
  return price_min !== undefined || price_max !== undefined;
}
