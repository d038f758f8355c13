import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decimal, object } from '#kernel/http/fields.ts';
import { compile } from '#kernel/http/validate.ts';
import type { Currency } from '#kernel/money.ts';
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
  const currency = fc.constantFrom<Currency>('USD', 'EUR', 'JPY');
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999_999_999_999_999 }), currency, (minorUnits, code) => {
      const throughClient = JSON.parse(printed(minorUnits, code));
      const { value, errors } = read({ price: throughClient }, 'body');
      // 13 digits before the point are the most that an amount may have.
      if (code === 'JPY' && minorUnits > 9_999_999_999_999) return assert.ok(errors);
      assert.equal(minorUnitsOf((value as { price: string }).price, code, 'price'), minorUnits);
    }),
  );
});

test('V2-48 zero, negative, quoted, too long and exponential numbers are refused', () => {
  for (const price of [0, -1, '49.99', 1e21, 1e-7, 12345678901234.5, 0.1 + 0.2, Number.NaN, null, true]) {
    assert.ok(read({ price }, 'body').errors, String(price));
  }
});
