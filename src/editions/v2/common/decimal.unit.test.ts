import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decimal, object } from '#kernel/http/fields.ts';
import { compile } from '#kernel/http/validate.ts';
import { CURRENCIES, type Currency } from '#kernel/money.ts';
import { atLeastMinorUnits, atMostMinorUnits, decimalOf, minorUnitsOf } from './decimal.ts';

const read = compile(object({ price: decimal() }));
const printed = (minorUnits: number, currency: Currency) => JSON.stringify(decimalOf(minorUnits, currency));

test('C-40 C-41 amounts are printed with exactly the digits of their currency', () => {
  assert.equal(printed(4999, 'USD'), '49.99');
  assert.equal(printed(4990, 'EUR'), '49.90');
  assert.equal(printed(5, 'USD'), '0.05');
  assert.equal(printed(0, 'USD'), '0.00');
  assert.equal(printed(500, 'JPY'), '500');
  assert.equal(printed(Number.MAX_SAFE_INTEGER, 'USD'), '90071992547409.91');
});

test('C-40 more digits than the currency has are refused, zeros behind them are not', () => {
  assert.equal(minorUnitsOf('49.9', 'USD', 'price'), 4990);
  assert.equal(minorUnitsOf('49.990', 'USD', 'price'), 4999);
  assert.equal(minorUnitsOf('500.0', 'JPY', 'price'), 500);
  for (const [text, currency] of [
    ['49.999', 'USD'],
    ['0.5', 'JPY'],
  ] as const) {
    assert.throws(() => minorUnitsOf(text, currency, 'price'), { kind: 'validation' });
  }
});

test('bounds of a filter are inclusive, also between two minor units', () => {
  assert.deepEqual([atLeastMinorUnits('10', 'USD'), atMostMinorUnits('10', 'USD')], [1000, 1000]);
  assert.deepEqual([atLeastMinorUnits('10.001', 'USD'), atMostMinorUnits('10.009', 'USD')], [1001, 1000]);
  assert.deepEqual([atLeastMinorUnits('9.5', 'JPY'), atMostMinorUnits('9.5', 'JPY')], [10, 9]);
});

test('property: what is printed is read back as the same minor units, through the JSON of any client', () => {
  const currency = fc.constantFrom(...(Object.keys(CURRENCIES) as Currency[]));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999_999_999_999_999 }), currency, (minorUnits, code) => {
      const throughClient = JSON.parse(printed(minorUnits, code));
      const { value, errors } = read({ price: throughClient }, 'body');
      // 13 digits before the point are the most that an amount may have.
      if (CURRENCIES[code] === 0 && minorUnits > 9_999_999_999_999) return assert.ok(errors);
      assert.equal(minorUnitsOf((value as { price: string }).price, code, 'price'), minorUnits);
    }),
  );
});

test('property: 0, 2, 3 and 4 digits: what is read is what was written, to the last digit, and one digit more is refused', () => {
  for (const [code, digits] of [
    ['KRW', 0],
    ['CHF', 2],
    ['KWD', 3],
    ['CLF', 4],
  ] as const) {
    assert.equal(CURRENCIES[code], digits);
    const whole = fc.integer({ min: 0, max: 99_999_999 });
    const fraction = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: digits, maxLength: digits });
    fc.assert(
      fc.property(whole, fraction, fc.integer({ min: 1, max: 9 }), (before, after, more) => {
        const text = digits === 0 ? String(before) : `${before}.${after.join('')}`;
        const minorUnits = minorUnitsOf(text, code, 'price');
        assert.equal(BigInt(minorUnits), BigInt(before) * 10n ** BigInt(digits) + BigInt(after.join('') || 0));
        assert.equal(printed(minorUnits, code), text);
        const finer = `${digits === 0 ? `${text}.` : text}${more}`;
        assert.throws(() => minorUnitsOf(finer, code, 'price'), { kind: 'validation' });
        // A bound between two minor units takes the next one inside of the range.
        assert.deepEqual([atMostMinorUnits(finer, code), atLeastMinorUnits(finer, code)], [minorUnits, minorUnits + 1]);
        assert.deepEqual([atMostMinorUnits(text, code), atLeastMinorUnits(text, code)], [minorUnits, minorUnits]);
      }),
    );
  }
});

test('C-40 an amount that no safe integer of minor units holds is refused, not rounded', () => {
  assert.equal(minorUnitsOf('9007199254740.991', 'KWD', 'price'), Number.MAX_SAFE_INTEGER);
  for (const [text, code] of [
    ['9007199254740.992', 'KWD'],
    ['9999999999999', 'CLF'],
  ] as const) {
    assert.throws(() => minorUnitsOf(text, code, 'price'), /can be [0-9.]+ at most/);
  }
});

test('V2-48 zero, negative, quoted, too long and exponential numbers are refused', () => {
  for (const price of [0, -1, '49.99', 1e21, 1e-7, 12345678901234.5, 0.1 + 0.2, Number.NaN, null, true]) {
    assert.ok(read({ price }, 'body').errors, String(price));
  }
});
