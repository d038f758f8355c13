import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { newId } from '#kernel/ids.ts';
import { declarationOf, type Goods, type LinePieces, parcelFor } from './product-defaults.ts';
import { PARCEL_MAX } from './quotes/parcel.ts';
import { customsOf } from './shipments/customs.ts';

const bolt: Goods = {
  id: newId('prd'),
  name: 'Steel bolts',
  weightGrams: 120,
  dimensions: { lengthMm: 40, widthMm: 90, heightMm: 60 },
  hsCode: '7318.15',
  countryOfOrigin: 'DE',
};
const line = (more: Partial<LinePieces> = {}): LinePieces => ({
  line: 1,
  quantity: 3,
  unitPrice: 1_000,
  product: bolt,
  ...more,
});
const abroad = { currency: 'USD' as const, from: 'DE', to: 'CH' };

test('G-39 pieces lie flat in one box, and nothing is made of what nobody knows', () => {
  const box = parcelFor([{ product: bolt, quantity: 3 }]);
  assert.deepEqual(box, { weightGrams: 360, lengthMm: 90, widthMm: 60, heightMm: 120 });
  assert.equal(parcelFor([]), null);
  assert.equal(parcelFor([{ product: { ...bolt, weightGrams: null }, quantity: 1 }]), null);
  const sheet = { product: { ...bolt, dimensions: null }, quantity: 1 };
  assert.equal(parcelFor([{ product: bolt, quantity: 1 }, sheet]), null);
  assert.equal(parcelFor([{ product: bolt, quantity: 9_000 }]), null, 'a tonne is no parcel');
});

const anySide = fc.integer({ min: 1, max: 3_000 });
const anyGoods = fc
  .record({ weightGrams: fc.integer({ min: 1, max: 50_000 }), lengthMm: anySide, widthMm: anySide, heightMm: anySide })
  .map(({ weightGrams, ...dimensions }): Goods => ({ ...bolt, id: newId('prd'), weightGrams, dimensions }));
const anyPieces = fc.array(fc.record({ product: anyGoods, quantity: fc.integer({ min: 1, max: 9 }) }), {
  minLength: 1,
  maxLength: 5,
});

test('SHP-12 the box weighs what its pieces weigh, each of them fits, and it has room for all', () => {
  fc.assert(
    fc.property(anyPieces, (pieces) => {
      const box = parcelFor(pieces);
      const weight = pieces.reduce((sum, { product, quantity }) => sum + product.weightGrams! * quantity, 0);
      const volumeOf = ({ lengthMm, widthMm, heightMm }: NonNullable<Goods['dimensions']>) =>
        BigInt(lengthMm) * BigInt(widthMm) * BigInt(heightMm);
      if (!box) {
        const flat = ({ dimensions }: Goods) => Math.min(...Object.values(dimensions!));
        const height = pieces.reduce((sum, { product, quantity }) => sum + flat(product) * quantity, 0);
        return assert.ok(weight > PARCEL_MAX.weightGrams || height > PARCEL_MAX.sideMm);
      }
      assert.equal(box.weightGrams, weight);
      let volume = 0n;
      for (const { product, quantity } of pieces) {
        const [long, wide] = Object.values(product.dimensions!).sort((one, other) => other - one);
        assert.ok(long! <= box.lengthMm && wide! <= box.widthMm);
        volume += volumeOf(product.dimensions!) * BigInt(quantity);
      }
      assert.ok(volumeOf(box) >= volume);
    }),
  );
});

test('SHP-14 SHP-15 at a border the products declare themselves when they know enough, and only then', () => {
  const made = declarationOf(null, { ...abroad, goods: [line()] });
  assert.deepEqual(customsOf(made!), {
    contents: 'sale',
    currency: 'USD',
    items: [{ description: 'Steel bolts', hsCode: '731815', quantity: 3, unitValue: 1_000, originCountry: 'DE' }],
    totalValue: 3_000,
  });
  assert.equal(declarationOf(null, { ...abroad, to: 'FR', goods: [line()] }), null, 'no border');
  assert.equal(declarationOf(null, { ...abroad, from: null, goods: [line()] }), null);
  assert.equal(declarationOf(null, { ...abroad, goods: [line({ product: { ...bolt, hsCode: null } })] }), null);
});

test('SHP-15 what a declaration leaves out comes from the line; what is sent counts more; what nobody knows is named', () => {
  const goods = [line(), line({ line: 2, product: { ...bolt, countryOfOrigin: null } })];
  const items = [{ line: 1, unitValue: 700, quantity: 2 }];
  const gift = declarationOf({ contents: 'gift', items }, { ...abroad, goods });
  const { description, hsCode } = { description: 'Steel bolts', hsCode: '7318.15' };
  assert.deepEqual(gift, {
    contents: 'gift',
    currency: 'USD',
    items: [{ description, hsCode, quantity: 2, unitValue: 700, originCountry: 'DE' }],
  });
  const lacking = (request: Parameters<typeof declarationOf>[0]) => {
    try {
      declarationOf(request, { ...abroad, goods });
      return [];
    } catch (error) {
      return (error as { details: { field: string }[] }).details.map(({ field }) => field);
    }
  };
  assert.deepEqual(lacking({}), ['customs.items[1].origin_country']);
  assert.deepEqual(lacking({ items: [{ line: 3 }] }), ['customs.items[0].line']);
  assert.deepEqual(lacking({ currency: 'EUR', items: [{ line: 1 }] }), ['customs.items[0].unit_value']);
  assert.deepEqual(lacking({ items: [{ description, quantity: 1 }] }), [
    'customs.items[0].hs_code',
    'customs.items[0].unit_value',
    'customs.items[0].origin_country',
  ]);
});
