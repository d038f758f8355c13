import { type Static, Type } from 'typebox';
import { id, listOf, object, optional, quantity } from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import { CARRIERS, type Rate, type Shipping, type ShippingQuote } from '#modules/shipping/index.ts';
import { CurrencyCode, idView, MinorUnits, orNull, Timestamp } from '../common/shapes.ts';
import { NewParcels, NewPlace, ParcelView, parcelInput, parcelView } from './shapes.ts';

const NewQuote = object({
  from: NewPlace,
  to: NewPlace,
  parcels: optional(NewParcels),
  items: optional(
    listOf(object({ product_id: id('prd'), quantity: quantity() }), {
      min: 1,
      description: 'In place of `parcels`: one parcel is made of the weights and dimensions of these products.',
    }),
  ),
});
const QuoteId = object({ id: id('shq') });

const PlaceView = Type.Object({ country: Type.String({ examples: ['FR'] }), postal_code: orNull(Type.String()) });
const QuoteView = Type.Object(
  {
    id: idView('shq'),
    from: PlaceView,
    to: PlaceView,
    parcels: Type.Array(ParcelView),
    rates: Type.Array(
      Type.Object({
        carrier: Type.Enum([...CARRIERS]),
        zone: Type.String({ description: 'The zone of the rate table that the route lies in.' }),
        billable_grams: Type.Integer({ description: 'Weight or room, whichever is more, over all parcels.' }),
        amount: MinorUnits,
        currency: CurrencyCode,
        rate_table_id: orNull(idView('rtb')),
      }),
      { description: 'Cheapest first.' },
    ),
    expires_at: Timestamp,
    created_at: Timestamp,
  },
  { $id: 'ShippingQuote' },
);

function quoteView({ id: quoteId, from, to, parcels, rates, createdAt, expiresAt }: ShippingQuote) {
  return {
    id: quoteId,
    from: { country: from.country, postal_code: from.postalCode },
    to: { country: to.country, postal_code: to.postalCode },
    parcels: parcels.map(parcelView),
    rates: rates.map(rateView),
    expires_at: expiresAt,
    created_at: createdAt,
  };
}

function rateView({ carrier, zone, billableGrams, amount, currency, rateTableId }: Rate) {
  return { carrier, zone, billable_grams: billableGrams, amount, currency, rate_table_id: rateTableId };
}

function placeInput({ country, postal_code }: Static<typeof NewPlace>) {
  return { country, postalCode: postal_code ?? null };
}

/** /shipping/quotes, and /shipping-quotes to read one again. */
export function quoteOperations({ quotes }: Shipping): Operation[] {
  const create = operation({
    id: 'shipping_quotes.create',
    method: 'POST',
    path: '/shipping/quotes',
    summary: 'Ask what shipping costs',
    description:
      'The prices of every carrier that takes these parcels, or what is made of these products, from weight, room, origin and destination. They hold for 15 minutes: the same question gives the same quote in that time (200), and a new one (201) afterwards.',
    access: { scope: 'shipping:write' },
    body: NewQuote,
    responses: {
      200: { description: 'The quote that holds for this question.', schema: QuoteView },
      201: { description: 'A new quote.', schema: QuoteView },
    },
    errors: [],
    async handle({ context, body }) {
      const { quote, isNew } = await quotes.quote(context, {
        from: placeInput(body.from),
        to: placeInput(body.to),
        parcels: body.parcels?.map(parcelInput),
        items: body.items?.map(({ product_id: productId, quantity: pieces }) => ({ productId, quantity: pieces })),
      });
      return isNew ? created(quoteView(quote), '/shipping-quotes') : ok(quoteView(quote));
    },
  });

  const get = operation({
    id: 'shipping_quotes.get',
    method: 'GET',
    path: '/shipping-quotes/:id',
    summary: 'Get a shipping quote',
    description: 'A quote of your organisation; also an expired one, for 30 days.',
    access: { scope: 'shipping:read' },
    params: QuoteId,
    responses: { 200: { description: 'The quote.', schema: QuoteView } },
    errors: [],
    handle: async ({ tenant, params }) => ok(quoteView(await quotes.getQuote(tenant, params.id))),
  });

  return [create, get];
}
