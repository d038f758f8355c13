import { Type } from 'typebox';
import {
  currency,
  enumOf,
  id,
  integer,
  listOf,
  money,
  object,
  optional,
  patchOf,
  timestamp,
} from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import {
  BILLING_INTERVALS,
  type Catalog,
  type Price,
  type PriceTier,
  type PriceVersion,
  TIERS_MAX,
} from '#modules/catalog/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { CurrencyCode, idView, MinorUnits, orNull, Timestamp } from '../common/shapes.ts';
import { ProductId } from './products.ts';

const NewTier = object({
  min_quantity: integer({ min: 2, max: 1_000_000_000, description: 'From this quantity on every unit costs this.' }),
  unit_amount: money(),
});
const NewPrice = object({
  currency: currency(),
  unit_amount: money({ description: 'For each unit, from quantity 1 on.' }),
  billing_interval: optional(enumOf(BILLING_INTERVALS, { description: '`one_time` unless given.' })),
  tiers: optional(listOf(NewTier, { max: TIERS_MAX, description: 'Volume tiers, ascending by quantity.' })),
  customer_id: optional(id('cus', { description: 'Makes it the contract price of this customer alone.' })),
  valid_from: optional(timestamp({ description: 'Applies from then on.' })),
  valid_until: optional(timestamp({ description: 'Does not apply any more from then on.' })),
});
const PricePatch = patchOf(NewPrice, { omit: ['currency', 'billing_interval', 'customer_id'] });
const PriceId = object({ id: id('pri') });
const PriceQuery = object({
  ...pageQuery,
  product_id: optional(id('prd')),
  customer_id: optional(id('cus', { description: 'The contract prices of this customer.' })),
  currency: optional(currency()),
  billing_interval: optional(enumOf(BILLING_INTERVALS)),
});

const TierViews = Type.Array(Type.Object({ min_quantity: Type.Integer(), unit_amount: MinorUnits }));
const PriceView = Type.Object(
  {
    id: idView('pri'),
    product_id: idView('prd'),
    version: Type.Integer({ description: 'Moves on with every change; what was sold stays on its version.' }),
    currency: CurrencyCode,
    unit_amount: MinorUnits,
    billing_interval: Type.Enum([...BILLING_INTERVALS]),
    tiers: TierViews,
    default: Type.Boolean(),
    customer_id: orNull(idView('cus')),
    valid_from: orNull(Timestamp),
    valid_until: orNull(Timestamp),
    archived_at: orNull(Timestamp),
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'Price' },
);
const PriceVersionView = Type.Object(
  {
    version: Type.Integer(),
    currency: CurrencyCode,
    unit_amount: MinorUnits,
    tiers: TierViews,
    valid_from: orNull(Timestamp),
    valid_until: orNull(Timestamp),
    since: Timestamp,
  },
  { $id: 'PriceVersion' },
);

function priceView(price: Price) {
  return {
    id: price.id,
    product_id: price.productId,
    version: price.version,
    currency: price.currency,
    unit_amount: price.unitAmount,
    billing_interval: price.billingInterval,
    tiers: tierViews(price.tiers),
    default: price.isDefault,
    customer_id: price.customerId,
    valid_from: price.validFrom,
    valid_until: price.validUntil,
    archived_at: price.archivedAt,
    created_at: price.createdAt,
    updated_at: price.updatedAt,
  };
}

function versionView({ version, currency, unitAmount, tiers, validFrom, validUntil, since }: PriceVersion) {
  const window = { valid_from: validFrom, valid_until: validUntil };
  return { version, currency, unit_amount: unitAmount, tiers: tierViews(tiers), ...window, since };
}

function tierViews(tiers: readonly PriceTier[]) {
  return tiers.map(({ minQuantity, unitAmount }) => ({ min_quantity: minQuantity, unit_amount: unitAmount }));
}

function tiersInput(tiers: readonly { min_quantity: number; unit_amount: number }[] | null | undefined) {
  if (!tiers) return tiers as null | undefined;
  return tiers.map((tier) => ({ minQuantity: tier.min_quantity, unitAmount: tier.unit_amount }));
}

/** /products/:id/prices and /prices (G-05). */
export function priceOperations(catalog: Catalog, cursors: CursorCodec): Operation[] {
  return [...pricesOfProduct(catalog), ...priceReads(catalog, cursors), ...priceChanges(catalog)];
}

function pricesOfProduct(catalog: Catalog): Operation[] {
  const create = operation({
    id: 'prices.create',
    method: 'POST',
    path: '/products/:id/prices',
    summary: 'Add a price',
    description: 'One price per currency and billing interval, and one more for each customer with a contract.',
    access: { scope: 'products:write' },
    params: ProductId,
    body: NewPrice,
    responses: { 201: { description: 'The new price.', schema: PriceView } },
    errors: ['gone', 'duplicate', 'resource_locked'],
    async handle({ context, params, body }) {
      const price = await catalog.addPrice(context, params.id, {
        currency: body.currency,
        unitAmount: body.unit_amount,
        billingInterval: body.billing_interval,
        tiers: tiersInput(body.tiers),
        customerId: body.customer_id,
        validFrom: body.valid_from,
        validUntil: body.valid_until,
      });
      return created(priceView(price), '/prices', price.version);
    },
  });

  const list = operation({
    id: 'products.prices',
    method: 'GET',
    path: '/products/:id/prices',
    summary: 'List the prices of a product',
    description: 'Every price of one product that is on sale, contract prices among them, the oldest first.',
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

function priceReads(catalog: Catalog, cursors: CursorCodec): Operation[] {
  const list = operation({
    id: 'prices.list',
    method: 'GET',
    path: '/prices',
    summary: 'List prices',
    description: 'Prices of all products that are on sale, newest first.',
    access: { scope: 'products:read' },
    query: PriceQuery,
    responses: { 200: { description: 'A page of prices.', schema: pageOf(PriceView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('prices.list', query);
      const filter = {
        productId: query.product_id,
        customerId: query.customer_id,
        currency: query.currency,
        billingInterval: query.billing_interval,
      };
      const page = await catalog.findPrices(tenant, filter, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, priceView);
    },
  });

  const get = operation({
    id: 'prices.get',
    method: 'GET',
    path: '/prices/:id',
    summary: 'Get a price',
    description: 'One price in its present version.',
    access: { scope: 'products:read' },
    params: PriceId,
    responses: { 200: { description: 'The price.', schema: PriceView } },
    errors: [],
    cached: { service: 'catalog', resource: 'price' },
    async handle({ tenant, params }) {
      const price = await catalog.getPrice(tenant, params.id);
      return ok(priceView(price), price.version);
    },
  });

  const versions = operation({
    id: 'prices.versions',
    method: 'GET',
    path: '/prices/:id/versions',
    summary: 'List the versions of a price',
    description: 'What it costs and what it cost before, newest first.',
    access: { scope: 'products:read' },
    params: PriceId,
    responses: { 200: { description: 'The versions.', schema: Type.Object({ data: Type.Array(PriceVersionView) }) } },
    errors: [],
    async handle({ tenant, params }) {
      return ok({ data: (await catalog.listPriceVersions(tenant, params.id)).map(versionView) });
    },
  });

  return [list, get, versions];
}

function priceChanges(catalog: Catalog): Operation[] {
  const update = operation({
    id: 'prices.update',
    method: 'PATCH',
    path: '/prices/:id',
    summary: 'Change a price',
    description: 'Makes the next version. What was sold before stays on the version it was sold at.',
    access: { scope: 'products:write' },
    params: PriceId,
    body: PricePatch,
    responses: { 200: { description: 'The price in its new version.', schema: PriceView } },
    errors: ['gone', 'precondition_failed', 'resource_locked'],
    async handle({ context, params, body }) {
      const price = await catalog.updatePrice(context, params.id, {
        unitAmount: body.unit_amount,
        tiers: tiersInput(body.tiers),
        validFrom: body.valid_from,
        validUntil: body.valid_until,
      });
      return ok(priceView(price), price.version);
    },
  });

  const archive = operation({
    id: 'prices.archive',
    method: 'DELETE',
    path: '/prices/:id',
    summary: 'Archive a price',
    description: 'Takes a price off sale and keeps it for what refers to it. The default price stays.',
    access: { scope: 'products:write' },
    params: PriceId,
    responses: { 200: { description: 'The archived price.', schema: PriceView } },
    errors: ['gone', 'invalid_state', 'precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      const price = await catalog.archivePrice(context, params.id);
      return ok(priceView(price), price.version);
    },
  });

  return [update, archive];
}
