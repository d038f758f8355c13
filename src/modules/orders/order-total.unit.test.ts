import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { requireExactTotal, requireOneCurrency, totalOf } from './order-total.ts';

const lines = fc.array(
  fc.record({
    quantity: fc.integer({ min: 1, max: 1_000_000 }),
    unitPrice: fc.integer({ min: 1, max: 1_000_000_000 }),
  }),
  { minLength: 1, maxLength: 8 },
);

/** The sum in integers without bounds. */
function exactly(items: readonly { quantity: number; unitPrice: number }[]): bigint {
  return items.reduce((sum, { quantity, unitPrice }) => sum + BigInt(quantity) * BigInt(unitPrice), 0n);
}

test('ORD-09 the total is the exact sum, and one more or one less is refused with the right total named', () => {
  fc.assert(
    fc.property(lines, (items) => {
      const expected = exactly(items);
      assert.equal(BigInt(totalOf(items)), expected);
      const total = Number(expected);
      assert.equal(requireExactTotal(total, items), total);
      for (const wrong of [total - 1, total + 1]) {
        assert.throws(() => requireExactTotal(wrong, items), {
          kind: 'validation',
          message: new RegExp(`total must be ${total},`),
        });
      }
    }),
  );
});

test('ORD-09 a line or a sum past 2^53 is refused instead of rounded', () => {
  const largest = Number.MAX_SAFE_INTEGER;
  assert.equal(totalOf([{ quantity: 1, unitPrice: largest }]), largest);
  assert.throws(() => totalOf([{ quantity: 2, unitPrice: largest }]), { kind: 'validation', message: /too large/ });
  const sum = [
    { quantity: 1, unitPrice: largest },
    { quantity: 1, unitPrice: 1 },
  ];
  assert.throws(() => totalOf(sum), { kind: 'validation', message: /too large/ });
});

test('ORD-12 an item in another currency is refused and named', () => {
  const items = [
    { quantity: 1, unitPrice: 1 },
    { quantity: 1, unitPrice: 1, currency: 'EUR' as const },
    { quantity: 1, unitPrice: 1, currency: 'USD' as const },
  ];
  assert.throws(
    () => requireOneCurrency('EUR', items),
    (error: { details: { field: string }[] }) => error.details[0]!.field === 'items[2].currency',
  );
  assert.equal(requireOneCurrency('EUR', items.slice(0, 2)), undefined);
});
