import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCustoms, customsOf, isInternational, type NewCustoms } from './customs.ts';

const bolts = {
  description: 'Steel bolts',
  hsCode: '7318.15',
  quantity: 3,
  unitValue: 1_999,
  originCountry: 'DE',
};
const declaration = (more: object = {}): NewCustoms => ({
  contents: 'sale',
  currency: 'EUR',
  items: [{ ...bolts, ...more }],
});
const fieldOf = (work: () => unknown) => {
  try {
    work();
    return 'accepted';
  } catch (error) {
    return (error as { details: { field: string }[] }).details[0]!.field;
  }
};

test('SHP-14 goods are international across a customs border, which the members of the EU do not have between them', () => {
  assert.equal(isInternational('US', 'US'), false);
  assert.equal(isInternational('US', 'CA'), true);
  assert.equal(isInternational('DE', 'FR'), false);
  assert.equal(isInternational('DE', 'CH'), true);
  assert.equal(isInternational('GB', 'IE'), true);
  assert.equal(isInternational('FR', 'MC'), false);
});

test('SHP-14 SHP-15 an international shipment needs a declaration of every piece', () => {
  const abroad = { from: 'DE', to: 'CH', pieces: 3 };
  assert.equal(
    fieldOf(() => checkCustoms(null, abroad)),
    'customs',
  );
  assert.equal(
    fieldOf(() => checkCustoms(null, { ...abroad, to: 'FR' })),
    'accepted',
  );
  assert.equal(
    fieldOf(() => checkCustoms(null, { ...abroad, to: null })),
    'accepted',
  );
  assert.equal(
    fieldOf(() => checkCustoms(customsOf(declaration()), abroad)),
    'accepted',
  );
  assert.equal(
    fieldOf(() => checkCustoms(customsOf(declaration()), { ...abroad, pieces: 4 })),
    'customs.items',
  );
  assert.equal(
    fieldOf(() => checkCustoms(customsOf(declaration()), { ...abroad, pieces: 2 })),
    'customs.items',
  );
});

test('SHP-14 an HS code is 6 to 10 digits, however they are grouped', () => {
  for (const code of ['731815', '7318.15', '7318 15', '7318.15.90.61', '9801001012']) {
    const [item] = customsOf(declaration({ hsCode: code })).items;
    assert.match(item!.hsCode, /^\d{6,10}$/, code);
  }
  for (const code of ['73181', '73181590611', '7318-15', 'ABCDEF', '001815', '٧٣١٨١٥', '']) {
    assert.equal(
      fieldOf(() => customsOf(declaration({ hsCode: code }))),
      'customs.items[0].hs_code',
      code,
    );
  }
});

test('SHP-15 the declared values add up exactly, and a sum past 2^53 is refused', () => {
  assert.equal(customsOf(declaration()).totalValue, 5_997);
  const huge = declaration({ unitValue: Number.MAX_SAFE_INTEGER, quantity: 2 });
  assert.equal(
    fieldOf(() => customsOf(huge)),
    'customs.items',
  );
  const two = { ...huge, items: [1, 2].map(() => ({ ...bolts, quantity: 1, unitValue: Number.MAX_SAFE_INTEGER })) };
  assert.equal(
    fieldOf(() => customsOf(two)),
    'customs.items',
  );
});
