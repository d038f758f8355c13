import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DEFAULT_RATE_TABLES } from './default-rates.ts';
import { billableGrams, type Parcel } from './parcel.ts';
import { normalRoute, type Route, ratesFor } from './pricing.ts';
import { checkRateTable, type RateTable, type RateZone } from './rate-table.ts';

const box: Parcel = { weightGrams: 1_200, lengthMm: 300, widthMm: 200, heightMm: 100 };
const zone: RateZone = {
  name: 'home',
  from: [],
  to: [],
  sameCountry: true,
  bands: [
    { upToGrams: 1_000, amount: 500 },
    { upToGrams: 5_000, amount: 900 },
  ],
  perExtraKg: 100,
};
const table: RateTable = { id: null, carrier: 'ups', currency: 'EUR', volumetricDivisor: 5_000, zones: [zone] };

function route(parcels: Parcel[], from = 'FR', to = 'FR', postalCode: string | null = null): Route {
  return { from: { country: from, postalCode: null }, to: { country: to, postalCode }, parcels };
}

function amounts(asked: Route, tables: RateTable[]): (number | string)[] {
  return ratesFor(asked, tables).flatMap(({ zone: name, amount }) => [name, amount]);
}

test('SHP-12 a parcel costs by its weight, or by the room it takes when that is more', () => {
  assert.equal(billableGrams(box, 5_000), 1_200, '6 litres are 1,200 g');
  assert.equal(billableGrams({ ...box, heightMm: 101 }, 5_000), 1_212);
  assert.equal(billableGrams({ weightGrams: 1, lengthMm: 1, widthMm: 1, heightMm: 1 }, 5_000), 1);
  const weigh = (weightGrams: number) => amounts(route([{ ...box, weightGrams, heightMm: 1 }]), [table])[1];
  assert.deepEqual([1_000, 1_001, 5_000, 5_001, 6_000, 6_001].map(weigh), [500, 900, 900, 1_000, 1_000, 1_100]);
  const large = { weightGrams: 100, lengthMm: 500, widthMm: 500, heightMm: 100 };
  assert.deepEqual(amounts(route([large]), [table]), ['home', 900], '25 litres count as 5,000 g');
  assert.deepEqual(amounts(route([box, box]), [table]), ['home', 1_800], 'each parcel is charged by itself');
});

test('SHP-12 the route decides the zone: the first that fits, down to the beginning of a postal code', () => {
  const zones: RateZone[] = [
    { ...zone, name: 'island', to: ['FR-20'], bands: [{ upToGrams: 5_000, amount: 1_500 }] },
    zone,
    { ...zone, name: 'abroad', from: ['FR'], to: ['DE', 'BE'], sameCountry: false, perExtraKg: null },
  ];
  const priced = (asked: Route) => amounts(normalRoute(asked), [{ ...table, zones }]);
  assert.deepEqual(priced(route([box], 'FR', 'FR', '20 000')), ['island', 1_500]);
  assert.deepEqual(priced(route([box], 'FR', 'FR', '75001')), ['home', 900]);
  assert.deepEqual(priced(route([box], 'FR', 'FR')), ['home', 900], 'an unknown postal code lies in no part');
  assert.deepEqual(priced(route([box], 'FR', 'DE')), ['abroad', 900]);
  assert.deepEqual(priced(route([box], 'DE', 'FR')), [], 'nobody goes that way');
  assert.deepEqual(priced(route([{ ...box, weightGrams: 5_001 }], 'FR', 'DE')), [], 'too heavy for the last band');
});

test('SHP-12 the prices that come with the product quote every carrier but custom, and rise with the distance', () => {
  const carriers = (asked: Route) => ratesFor(asked, DEFAULT_RATE_TABLES).map(({ carrier }) => carrier);
  assert.deepEqual(carriers(route([box], 'US', 'US')).toSorted(), ['dhl', 'fedex', 'ups', 'usps']);
  for (const each of DEFAULT_RATE_TABLES) {
    assert.doesNotThrow(() => checkRateTable(each));
    const price = (to: string, from = 'US') => ratesFor(route([box], from, to), [each])[0]!;
    assert.ok(price('US').amount < price('CA').amount && price('CA').amount < price('JP').amount, each.carrier);
    assert.equal(price('FR', 'DE').zone, 'union');
    assert.equal(price('CH', 'DE').zone, 'world');
  }
});

const parcels = fc.array(
  fc.record({
    weightGrams: fc.integer({ min: 1, max: 1_000_000 }),
    lengthMm: fc.integer({ min: 1, max: 10_000 }),
    widthMm: fc.integer({ min: 1, max: 10_000 }),
    heightMm: fc.integer({ min: 1, max: 10_000 }),
  }),
  { minLength: 1, maxLength: 8 },
);

test('SHP-13 the order of parcels and of their sides, and the spelling of postal codes, are one and the same question', () => {
  fc.assert(
    fc.property(parcels, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (boxes, numbers) => {
      const shuffled = boxes
        .map((parcel) => {
          const sides = [parcel.lengthMm, parcel.widthMm, parcel.heightMm];
          sides.push(sides.shift()!);
          const [lengthMm, widthMm, heightMm] = sides as [number, number, number];
          return { order: numbers.next().value!, parcel: { ...parcel, lengthMm, widthMm, heightMm } };
        })
        .sort((left, right) => left.order - right.order)
        .map(({ parcel }) => parcel);
      const one = normalRoute(route(boxes, 'GB', 'GB', 'sw1a 1aa'));
      const other = normalRoute(route(shuffled, 'GB', 'GB', 'SW1A1AA'));
      assert.equal(JSON.stringify(one), JSON.stringify(other));
    }),
  );
});

test('SHP-12 amounts are whole minor units in the safe range, the sum of the parcels, and never fall with the weight', () => {
  fc.assert(
    fc.property(parcels, fc.constantFrom('US', 'FR', 'JP'), (boxes, to) => {
      for (const rate of ratesFor(route(boxes, 'US', to), DEFAULT_RATE_TABLES)) {
        const alone = (parcel: Parcel) =>
          ratesFor(route([parcel], 'US', to), DEFAULT_RATE_TABLES).find(({ carrier }) => carrier === rate.carrier)!;
        assert.ok(Number.isSafeInteger(rate.amount) && rate.amount > 0);
        assert.equal(
          rate.amount,
          boxes.reduce((sum, parcel) => sum + alone(parcel).amount, 0),
        );
        const heavier = { ...boxes[0]!, weightGrams: boxes[0]!.weightGrams + 1 };
        assert.ok(alone(heavier).amount >= alone(boxes[0]!).amount);
      }
    }),
  );
});

test('a rate table is refused whole with every band and place that is wrong', () => {
  const wrong = { ...zone, to: ['France', 'FR-'], bands: [zone.bands[1]!, zone.bands[0]!, zone.bands[0]!] };
  assert.throws(
    () => checkRateTable({ ...table, zones: [zone, wrong] }),
    (error: { kind: string; details: { field: string }[] }) => {
      assert.equal(error.kind, 'validation');
      assert.deepEqual(
        error.details.map(({ field }) => field),
        ['zones[1].bands[1].up_to_grams', 'zones[1].bands[2].up_to_grams', 'zones[1].to[0]', 'zones[1].to[1]'],
      );
      return true;
    },
  );
});
