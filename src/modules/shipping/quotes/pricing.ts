import type { Currency } from '#kernel/money.ts';
import type { Carrier } from '../carrier.ts';
import { billableGrams, type Parcel } from './parcel.ts';
import type { RateTable, RateTableId, RateZone } from './rate-table.ts';

/** Where a parcel comes from or goes to, as far as its price depends on it. */
export type Place = { country: string; postalCode: string | null };

/** What is to be priced, in one spelling: two requests that mean the same are the same text (SHP-13). */
export interface Route {
  from: Place;
  to: Place;
  parcels: Parcel[];
}

/** What one carrier asks for the whole of it. `amount` is minor units of `currency`. */
export type Rate = {
  carrier: Carrier;
  zone: string;
  billableGrams: number;
  amount: number;
  currency: Currency;
  rateTableId: RateTableId | null;
};

/** The one spelling of a route: postal codes without blanks in capitals, parcels in order of size, sides too. */
export function normalRoute({ from, to, parcels }: Route): Route {
  const boxes = parcels.map((parcel) => {
    const [lengthMm, widthMm, heightMm] = [parcel.lengthMm, parcel.widthMm, parcel.heightMm].sort((a, b) => b - a);
    return { weightGrams: parcel.weightGrams, lengthMm: lengthMm!, widthMm: widthMm!, heightMm: heightMm! };
  });
  const text = (parcel: Parcel) => JSON.stringify(Object.values(parcel).map((value) => String(value).padStart(8, '0')));
  boxes.sort((left, right) => (text(left) < text(right) ? -1 : 1));
  return { from: normalPlace(from), to: normalPlace(to), parcels: boxes };
}

function normalPlace({ country, postalCode }: Place): Place {
  return { country, postalCode: postalCode === null ? null : plainPostalCode(postalCode) || null };
}

function plainPostalCode(postalCode: string): string {
  return postalCode.toUpperCase().replace(/[^A-Z0-9]/g, '');
}

/** What each table asks for a route, cheapest first; a carrier that does not take it is not among them. */
export function ratesFor(route: Route, tables: readonly RateTable[]): Rate[] {
  const rates = tables.flatMap((table) => rateOf(route, table) ?? []);
  return rates.sort((left, right) => left.amount - right.amount || (left.carrier < right.carrier ? -1 : 1));
}

function rateOf(route: Route, table: RateTable): Rate | null {
  const zone = table.zones.find((each) => covers(each, route));
  if (!zone) return null;
  let grams = 0;
  let amount = 0;
  for (const parcel of route.parcels) {
    const billable = billableGrams(parcel, table.volumetricDivisor);
    const price = priceOf(billable, zone);
    if (price === null) return null;
    grams += billable;
    amount += price;
  }
  // The largest amounts, weights and numbers that are taken stay a thousand times below 2^53; a slip must not be sent.
  if (!Number.isSafeInteger(amount)) throw new Error(`The price of a route is ${amount}`);
  const { carrier, currency, id: rateTableId } = table;
  return { carrier, zone: zone.name, billableGrams: grams, amount, currency, rateTableId };
}

function priceOf(grams: number, { bands, perExtraKg }: RateZone): number | null {
  const band = bands.find(({ upToGrams }) => grams <= upToGrams);
  if (band) return band.amount;
  const last = bands.at(-1)!;
  if (perExtraKg === null) return null;
  return last.amount + Math.ceil((grams - last.upToGrams) / 1_000) * perExtraKg;
}

function covers({ from, to, sameCountry }: RateZone, route: Route): boolean {
  if (sameCountry && route.from.country !== route.to.country) return false;
  return includesPlace(from, route.from) && includesPlace(to, route.to);
}

function includesPlace(places: readonly string[], { country, postalCode }: Place): boolean {
  if (places.length === 0) return true;
  return places.some((place) => {
    const prefix = place.slice(3);
    return place.slice(0, 2) === country && (prefix === '' || (postalCode ?? '').startsWith(prefix));
  });
}
