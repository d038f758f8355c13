import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { newId } from '#kernel/ids.ts';
import { choosePrice, isValidAt, type Price, requireSoundTerms, unitAmountFor } from './price.ts';

const amount = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const quantity = fc.integer({ min: 1, max: 1_000_000_000 });
const tiers = fc
  .uniqueArray(fc.record({ minQuantity: fc.integer({ min: 2, max: 1_000_000 }), unitAmount: amount }), {
    selector: (tier) => tier.minQuantity,
    maxLength: 50,
  })
  .map((list) => list.toSorted((left, right) => left.minQuantity - right.minQuantity));

function price(more: Partial<Price> = {}): Price {
  const at = '2026-01-01T00:00:00.000Z';
  return {
    id: newId('pri'),
    productId: newId('prd'),
    version: 1,
    currency: 'USD',
    unitAmount: 100,
    tiers: [],
    validFrom: null,
    validUntil: null,
    billingInterval: 'one_time',
    isDefault: false,
    customerId: null,
    archivedAt: null,
    createdAt: at,
    updatedAt: at,
    ...more,
  };
}

test('the tier of a quantity is the highest that begins at it or below, whatever the tiers', () => {
  fc.assert(
    fc.property(amount, tiers, quantity, (unitAmount, list, asked) => {
      requireSoundTerms({ currency: 'USD', unitAmount, tiers: list, validFrom: null, validUntil: null });
      const reached = list.filter((tier) => tier.minQuantity <= asked).map((tier) => tier.minQuantity);
      const highest = list.find((tier) => tier.minQuantity === Math.max(...reached));
      assert.equal(unitAmountFor({ unitAmount, tiers: list }, asked), highest?.unitAmount ?? unitAmount);
    }),
  );
});

test('a quantity at the edge of a tier gets it, and one below does not', () => {
  const terms = {
    unitAmount: 100,
    tiers: [
      { minQuantity: 10, unitAmount: 90 },
      { minQuantity: 100, unitAmount: 80 },
    ],
  };
  assert.deepEqual(
    [1, 9, 10, 99, 100, 1_000_000].map((asked) => unitAmountFor(terms, asked)),
    [100, 100, 90, 90, 80, 80],
  );
});

test('tiers that do not ascend, or begin at 1, are refused by their place', () => {
  const terms = { currency: 'USD', unitAmount: 1, validFrom: null, validUntil: null } as const;
  const refused = (quantities: number[]) => {
    const list = quantities.map((minQuantity) => ({ minQuantity, unitAmount: 1 }));
    try {
      requireSoundTerms({ ...terms, tiers: list });
      return null;
    } catch (error) {
      return (error as { details: { field: string }[] }).details[0]!.field;
    }
  };
  assert.deepEqual([[], [2], [2, 3], [1], [2, 2], [5, 3]].map(refused), [
    null,
    null,
    null,
    'tiers[0].min_quantity',
    'tiers[1].min_quantity',
    'tiers[1].min_quantity',
  ]);
});

test("a customer's contract price comes before everybody's, and nobody else gets it", () => {
  const [mine, other] = [newId('cus'), newId('cus')];
  const everybody = price();
  const contract = price({ productId: everybody.productId, customerId: mine, unitAmount: 70 });
  const ask = (...customerIds: (typeof mine)[]) =>
    choosePrice(
      [everybody, contract],
      { productId: everybody.productId, currency: 'USD', quantity: 1, customerIds },
      '2026-02-01T00:00:00.000Z',
    );
  assert.partialDeepStrictEqual(ask(mine), { priceId: contract.id, unitAmount: 70, source: 'contract' });
  assert.equal(ask(other, mine)!.priceId, contract.id, 'that of whoever was merged into the buyer');
  for (const customers of [[other], []]) {
    assert.partialDeepStrictEqual(ask(...customers), { priceId: everybody.id, unitAmount: 100, source: 'list' });
  }
});

test('outside its window, archived, or in another currency or interval a price does not apply', () => {
  const from = '2026-01-10T00:00:00.000Z';
  const until = '2026-01-20T00:00:00.000Z';
  const window = { validFrom: from, validUntil: until };
  const instants = ['2026-01-09T23:59:59.999Z', from, '2026-01-19T23:59:59.999Z', until];
  assert.deepEqual(
    instants.map((at) => isValidAt(window, at)),
    [false, true, true, false],
  );
  const base = price();
  const question = { productId: base.productId, currency: 'USD', quantity: 1 } as const;
  const others = [
    { archivedAt: from },
    { currency: 'EUR' },
    { billingInterval: 'month' },
    { productId: newId('prd') },
    { validFrom: '2027-01-01T00:00:00.000Z' },
  ] as const;
  for (const more of others) assert.equal(choosePrice([{ ...base, ...more }], question, from), null);
  assert.equal(choosePrice([base], question, from)?.unitAmount, 100);
});
