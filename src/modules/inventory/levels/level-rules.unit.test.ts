import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADJUSTMENT_REASONS } from '../stock.ts';
import { changeOf, fallsLow } from './level-rules.ts';

test('STK-06 an adjustment of zero is refused for every reason', () => {
  for (const reason of ADJUSTMENT_REASONS) {
    assert.throws(() => changeOf(reason, 0), { kind: 'validation' });
  }
});

test('STK-04 STK-05 each reason takes the sign that fits it; damage keeps the pieces as damaged', () => {
  assert.deepEqual(changeOf('restock', 5), { available: 5, reserved: 0, damaged: 0 });
  assert.deepEqual(changeOf('damage', -5), { available: -5, reserved: 0, damaged: 5 });
  assert.deepEqual(changeOf('loss', -5), { available: -5, reserved: 0, damaged: 0 });
  assert.deepEqual(changeOf('correction', -5), { available: -5, reserved: 0, damaged: 0 });
  assert.deepEqual(changeOf('correction', 5), { available: 5, reserved: 0, damaged: 0 });
  for (const reason of ['restock', 'return', 'opening'] as const) {
    assert.throws(() => changeOf(reason, -1), { kind: 'validation' });
  }
  for (const reason of ['damage', 'loss'] as const) assert.throws(() => changeOf(reason, 1), { kind: 'validation' });
});

test('STK-09 a level falls low only on the step that crosses its reorder point', () => {
  const at = (available: number, reorderPoint: number | null = 5) => ({ available, reorderPoint });
  assert.equal(fallsLow(at(5), at(4)), true);
  assert.equal(fallsLow(at(6), at(5)), false);
  assert.equal(fallsLow(at(4), at(3)), false);
  assert.equal(fallsLow(at(4), at(9)), false);
  assert.equal(fallsLow(at(4, null), at(4, 5)), true);
  assert.equal(fallsLow(at(4, null), at(0, null)), false);
});
