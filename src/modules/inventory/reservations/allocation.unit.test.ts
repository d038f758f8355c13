import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DomainError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { allocate, type Candidate, totalsOf } from './allocation.ts';

const bolt = newId('prd');
const nut = newId('prd');

function candidate(available: number, more: Partial<Candidate> = {}): Candidate {
  const place = { isDefault: false, priority: 0, warehouseId: newId('whs') };
  return { id: newId('lvl'), productId: bolt, available, ...place, ...more };
}

test('STK-07 the default warehouse gives first, then the others by priority, split where needed (G-37)', () => {
  const late = candidate(10, { priority: 9 });
  const early = candidate(3, { priority: 1 });
  const main = candidate(2, { isDefault: true, priority: 99 });
  const allocations = allocate([{ productId: bolt, quantity: 6 }], [late, early, main]);
  assert.deepEqual(
    allocations.map(({ levelId, quantity }) => [levelId, quantity]),
    [
      [main.id, 2],
      [early.id, 3],
      [late.id, 1],
    ],
  );
});

test('STK-08 one short item refuses the whole order and names each short line with what is available', () => {
  const items = [
    { productId: bolt, quantity: 3 },
    { productId: nut, quantity: 1 },
    { productId: bolt, quantity: 2 },
  ];
  const candidates = [candidate(4), candidate(9, { productId: nut })];
  assert.throws(
    () => allocate(items, candidates),
    (error: DomainError) => {
      assert.equal(error.kind, 'insufficient_stock');
      assert.deepEqual(
        error.details.map(({ field }) => field),
        ['items[0].product_id', 'items[2].product_id'],
      );
      assert.match(error.details[0]!.message, /5 of prd_\w+ are wanted and 4 are available/);
      return true;
    },
  );
});

test('STK-07 STK-08 an allocation gives exactly what is wanted and never more than a level has', () => {
  const line = fc.record({ productId: fc.constantFrom(bolt, nut), quantity: fc.integer({ min: 1, max: 20 }) });
  const level = fc
    .record({
      productId: fc.constantFrom(bolt, nut),
      available: fc.integer({ min: 0, max: 30 }),
      isDefault: fc.boolean(),
      priority: fc.integer({ min: 0, max: 3 }),
    })
    .map(({ available, ...more }) => candidate(available, more));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), fc.array(level, { maxLength: 6 }), (items, levels) => {
      const wanted = totalsOf(items);
      const enough = [...wanted].every(([productId, quantity]) => {
        const own = levels.filter((each) => each.productId === productId);
        return own.reduce((sum, each) => sum + each.available, 0) >= quantity;
      });
      if (!enough) return assert.throws(() => allocate(items, levels), { kind: 'insufficient_stock' });
      const allocations = allocate(items, levels);
      assert.deepEqual(new Map([...totalsOf(allocations)].toSorted()), new Map([...wanted].toSorted()));
      assert.equal(new Set(allocations.map(({ levelId }) => levelId)).size, allocations.length);
      for (const { levelId, quantity } of allocations) {
        assert.ok(quantity > 0 && quantity <= levels.find(({ id }) => id === levelId)!.available);
      }
    }),
  );
});
