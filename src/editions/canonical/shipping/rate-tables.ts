import { type Static, Type } from 'typebox';
import {
  boolean,
  currency,
  enumOf,
  id,
  integer,
  listOf,
  nonNegativeInteger,
  object,
  optional,
  text,
  withDefault,
} from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import { CARRIERS, PARCEL_MAX, type Shipping, type StoredRateTable } from '#modules/shipping/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { CurrencyCode, idView, MinorUnits, orNull, Timestamp } from '../common/shapes.ts';

/** A million in the currency: with a hundred parcels of a tonne the sum stays far below 2^53. */
const AMOUNT_MAX = 100_000_000;
const PLACES = 'Countries (FR), or parts of them by the beginning of the postal code (FR-20); none means everywhere.';

const places = listOf(text({ max: 13, example: 'FR' }), { description: PLACES });
const NewBand = object({
  up_to_grams: integer({ min: 1, max: PARCEL_MAX.weightGrams, example: 1000 }),
  amount: nonNegativeInteger({ max: AMOUNT_MAX, description: 'Minor units of `currency`.', example: 499 }),
});
const NewZone = object({
  name: text({ max: 64, example: 'home' }),
  from: withDefault(places, []),
  to: withDefault(places, []),
  same_country: withDefault(boolean({ description: 'Only routes that stay in one country.' }), false),
  bands: listOf(NewBand, { min: 1, max: 100 }),
  per_extra_kg: optional(
    nonNegativeInteger({
      max: AMOUNT_MAX,
      description: 'For each begun kilogram above the last band; heavier parcels are not taken when absent.',
      example: 99,
    }),
  ),
});
const NewRateTable = object({
  carrier: enumOf(CARRIERS),
  currency: withDefault(currency(), 'USD'),
  volumetric_divisor: withDefault(
    integer({ min: 1, max: 1_000_000, description: 'Cubic millimetres that count as a gram; 5000 is usual.' }),
    5_000,
  ),
  zones: listOf(NewZone, { min: 1, description: 'The first that fits a route is its zone.' }),
});
const RateTableId = object({ id: id('rtb') });
const RateTableQuery = object({ ...pageQuery, carrier: optional(enumOf(CARRIERS)) });

const RateTableView = Type.Object(
  {
    id: idView('rtb'),
    carrier: Type.Enum([...CARRIERS]),
    currency: CurrencyCode,
    volumetric_divisor: Type.Integer(),
    zones: Type.Array(
      Type.Object({
        name: Type.String(),
        from: Type.Array(Type.String()),
        to: Type.Array(Type.String()),
        same_country: Type.Boolean(),
        bands: Type.Array(Type.Object({ up_to_grams: Type.Integer(), amount: MinorUnits })),
        per_extra_kg: orNull(MinorUnits),
      }),
    ),
    retired_at: orNull(Timestamp),
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'RateTable' },
);

function rateTableView(table: StoredRateTable) {
  return {
    id: table.id,
    carrier: table.carrier,
    currency: table.currency,
    volumetric_divisor: table.volumetricDivisor,
    zones: table.zones.map(({ sameCountry, bands, perExtraKg, ...zone }) => ({
      ...zone,
      same_country: sameCountry,
      bands: bands.map(({ upToGrams, amount }) => ({ up_to_grams: upToGrams, amount })),
      per_extra_kg: perExtraKg,
    })),
    retired_at: table.retiredAt,
    created_at: table.createdAt,
    updated_at: table.updatedAt,
  };
}

function rateTableInput(body: Static<typeof NewRateTable>) {
  return {
    carrier: body.carrier,
    currency: body.currency,
    volumetricDivisor: body.volumetric_divisor,
    zones: body.zones.map(({ same_country, bands, per_extra_kg, name, from, to }) => ({
      name,
      from: from.map((place) => place.toUpperCase()),
      to: to.map((place) => place.toUpperCase()),
      sameCountry: same_country,
      bands: bands.map(({ up_to_grams, amount }) => ({ upToGrams: up_to_grams, amount })),
      perExtraKg: per_extra_kg ?? null,
    })),
  };
}

/** /rate-tables: an organisation's own prices of carriers. */
export function rateTableOperations({ rateTables }: Shipping, cursors: CursorCodec): Operation[] {
  const create = operation({
    id: 'rate_tables.create',
    method: 'POST',
    path: '/rate-tables',
    summary: 'Bring the prices of a carrier',
    description:
      'Replaces the prices of this carrier for new quotes. Without a table of yours, list prices that come with the product are quoted; the carrier custom has none.',
    access: { scope: 'shipping:write' },
    body: NewRateTable,
    responses: { 201: { description: 'The table, in force.', schema: RateTableView } },
    errors: [],
    async handle({ context, body }) {
      const table = await rateTables.createRateTable(context, rateTableInput(body));
      return created(rateTableView(table), '/rate-tables', table.version);
    },
  });

  const list = operation({
    id: 'rate_tables.list',
    method: 'GET',
    path: '/rate-tables',
    summary: 'List rate tables',
    description: 'Your own tables, newest first. The newest of a carrier that was not retired is in force.',
    access: { scope: 'shipping:read' },
    query: RateTableQuery,
    responses: { 200: { description: 'A page of rate tables.', schema: pageOf(RateTableView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('rate_tables.list', query);
      const filter = { carrier: query.carrier };
      const page = await rateTables.listRateTables(tenant, filter, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, rateTableView);
    },
  });

  const get = operation({
    id: 'rate_tables.get',
    method: 'GET',
    path: '/rate-tables/:id',
    summary: 'Get a rate table',
    description: 'One rate table of your organisation, in force or not.',
    access: { scope: 'shipping:read' },
    params: RateTableId,
    responses: { 200: { description: 'The rate table.', schema: RateTableView } },
    errors: [],
    async handle({ tenant, params }) {
      const table = await rateTables.getRateTable(tenant, params.id);
      return ok(rateTableView(table), table.version);
    },
  });

  const retire = operation({
    id: 'rate_tables.retire',
    method: 'DELETE',
    path: '/rate-tables/:id',
    summary: 'Retire a rate table',
    description: 'The one before it is in force again, or the list prices. Quotes that are out keep their prices.',
    access: { scope: 'shipping:write' },
    params: RateTableId,
    responses: { 200: { description: 'The table, retired.', schema: RateTableView } },
    errors: ['gone', 'precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      const table = await rateTables.retireRateTable(context, params.id);
      return ok(rateTableView(table), table.version);
    },
  });

  return [create, list, get, retire];
}
