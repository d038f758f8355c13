import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { progressOf, type Scan, SHIPMENT_STATUSES, type ShipmentStatus } from './status.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 0, 15, 0, minute)).toISOString();
const scans = (...statuses: (ShipmentStatus | null)[]): Scan[] =>
  statuses.map((status, index) => ({ key: `k${index}`, status, occurredAt: at(index) }));

test('SHP-08 the statuses are exactly seven', () => {
  const words = 'created picked_up in_transit out_for_delivery delivered failed returned';
  assert.deepEqual(SHIPMENT_STATUSES, words.split(' '));
});

test('SHP-08 a parcel goes its way, may skip scans, is tried again and may come back', () => {
  const status = (...statuses: (ShipmentStatus | null)[]) => progressOf(scans(...statuses)).status;
  assert.equal(status(), 'created');
  assert.equal(status('picked_up', 'in_transit', 'out_for_delivery', 'delivered'), 'delivered');
  assert.equal(status('delivered'), 'delivered');
  assert.equal(status('out_for_delivery', 'failed', 'out_for_delivery', 'delivered'), 'delivered');
  assert.equal(status('picked_up', 'failed', 'returned'), 'returned');
  assert.equal(status('delivered', 'returned'), 'returned');
});

test('SHP-08 what cannot follow changes nothing: delivered ends the way but for a return, and returned ends it', () => {
  const status = (...statuses: (ShipmentStatus | null)[]) => progressOf(scans(...statuses)).status;
  for (const late of ['created', 'picked_up', 'in_transit', 'out_for_delivery', 'failed'] as const) {
    assert.equal(status('delivered', late), 'delivered', late);
    assert.equal(status('returned', late), 'returned', late);
  }
  assert.equal(status('in_transit', 'picked_up'), 'in_transit');
  assert.equal(status('in_transit', null), 'in_transit', 'a word that nobody knows');
});

test('a parcel has left when the carrier had it, and has not when it failed before', () => {
  assert.deepEqual(progressOf(scans('failed')), { status: 'failed', leftAt: null, deliveredAt: null });
  assert.equal(progressOf(scans('failed', 'in_transit')).leftAt, at(1));
  assert.deepEqual(progressOf(scans('picked_up', 'delivered', 'returned')), {
    status: 'returned',
    leftAt: at(0),
    deliveredAt: at(1),
  });
});

const someScans = fc
  .array(
    fc.record({
      status: fc.option(fc.constantFrom(...SHIPMENT_STATUSES), { nil: null }),
      // Few instants, so that many scans share one.
      minute: fc.integer({ min: 0, max: 6 }),
    }),
    { maxLength: 12 },
  )
  .map((all): Scan[] => all.map(({ status, minute }, index) => ({ key: `k${index}`, status, occurredAt: at(minute) })));

test('G-38 any order of arrival, with any scans twice, leads to the same progress', () => {
  const permuted = someScans.chain((all) =>
    fc.tuple(
      fc.constant(all),
      fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2, maxLength: all.length * 2 }),
    ),
  );
  fc.assert(
    fc.property(permuted, ([all, arrived]) => {
      assert.deepEqual(progressOf(arrived), progressOf(all));
    }),
    { numRuns: 1_000 },
  );
});

test('G-38 one more scan never makes the past forget: leaving and arriving stay known', () => {
  fc.assert(
    fc.property(someScans, (all) => {
      const { status, leftAt, deliveredAt } = progressOf(all);
      if (status === 'delivered') assert.notEqual(deliveredAt, null);
      if (status !== 'created' && status !== 'failed') assert.notEqual(leftAt, null);
      if (deliveredAt) assert.ok(leftAt !== null && leftAt <= deliveredAt);
    }),
    { numRuns: 1_000 },
  );
});
