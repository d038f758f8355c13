import type { Carrier } from '../carrier.ts';
import { CUSTOMS_UNION } from '../shipments/customs.ts';
import type { RateBand, RateTable, RateZone } from './rate-table.ts';

/** List prices to start with, in US cents. An organisation puts its own contract in their place (POST /rate-tables). */
const WEIGHTS = [500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000];

const PRICES: Readonly<Record<Exclude<Carrier, 'custom'>, Record<'home' | 'union' | 'america' | 'world', number[]>>> = {
  ups: {
    home: [899, 999, 1_149, 1_499, 1_999, 2_899, 3_799],
    union: [1_599, 1_799, 2_099, 2_799, 3_899, 5_799, 7_499],
    america: [1_899, 2_199, 2_699, 3_899, 5_499, 8_299, 10_999],
    world: [3_499, 4_299, 5_599, 8_999, 13_999, 21_999, 29_999],
  },
  fedex: {
    home: [929, 1_029, 1_179, 1_529, 2_049, 2_949, 3_849],
    union: [1_649, 1_849, 2_149, 2_849, 3_949, 5_899, 7_599],
    america: [1_849, 2_149, 2_649, 3_799, 5_399, 8_199, 10_899],
    world: [3_399, 4_199, 5_499, 8_799, 13_699, 21_499, 29_499],
  },
  dhl: {
    home: [849, 949, 1_099, 1_449, 1_949, 2_849, 3_749],
    union: [1_399, 1_599, 1_899, 2_499, 3_499, 5_299, 6_899],
    america: [2_299, 2_699, 3_299, 4_699, 6_699, 9_899, 12_999],
    world: [3_199, 3_999, 5_199, 8_399, 12_999, 20_499, 27_999],
  },
  usps: {
    home: [549, 699, 899, 1_299, 1_849, 2_799, 3_699],
    union: [1_799, 2_099, 2_599, 3_699, 5_199, 7_799, 9_999],
    america: [1_599, 1_899, 2_399, 3_499, 4_999, 7_599, 9_999],
    world: [2_499, 3_199, 4_399, 7_199, 11_199, 17_999, 24_999],
  },
};

/** North America, which the carriers price as one. */
const AMERICA = ['US', 'CA', 'MX'];

function zonesOf(prices: (typeof PRICES)['ups']): RateZone[] {
  const bands = (amounts: number[]): RateBand[] =>
    amounts.map((amount, index) => ({ upToGrams: WEIGHTS[index]!, amount }));
  const zone = (name: keyof typeof prices, places: string[], perExtraKg: number): RateZone => ({
    name,
    from: places,
    to: places,
    sameCountry: name === 'home',
    bands: bands(prices[name]),
    perExtraKg,
  });
  return [
    zone('home', [], 99),
    zone('union', [...CUSTOMS_UNION], 199),
    zone('america', AMERICA, 299),
    zone('world', [], 899),
  ];
}

/** The tables that come with the product, one for each carrier that has prices of its own. */
export const DEFAULT_RATE_TABLES: readonly RateTable[] = (['ups', 'fedex', 'dhl', 'usps'] as const).map((carrier) => ({
  id: null,
  carrier,
  currency: 'USD',
  volumetricDivisor: 5_000,
  zones: zonesOf(PRICES[carrier]),
}));
