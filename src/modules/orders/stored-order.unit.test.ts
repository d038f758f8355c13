import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from '#kernel/ids.ts';
import { factOf, orderIn } from './events.ts';
import { fold, type Order } from './order.ts';
import { amountDue } from './order-total.ts';
import { AT, aDraft, anItem, PAYMENT } from './order-under-test.ts';

const LATER = '2026-01-17T10:00:00.000Z';

/** What the log held of an item before shipments came in parts. */
function oldItem() {
  const newer = ['line', 'shippedQuantity', 'returnedQuantity', 'canceledQuantity'];
  return Object.fromEntries(Object.entries(anItem()).filter(([field]) => !newer.includes(field)));
}

const NEWER = [
  'shipments',
  'approval',
  'restCanceled',
  'discountTotal',
  'taxTotal',
  'shippingTotal',
  'externalId',
  'sealedDetails',
];

function oldDraft(): Record<string, unknown> {
  const order = Object.entries(aDraft()).filter(([field]) => !NEWER.includes(field));
  return { ...Object.fromEntries(order), items: [oldItem()], shipment: null };
}

const replaced = [oldItem(), oldItem()];
const LOG = [
  { type: 'order.created', data: { order: oldDraft(), changed: [], previous_status: null } },
  { type: 'order.changed', data: { at: AT, changes: { items: replaced, total: 7996 } } },
  { type: 'order.confirmed', data: { at: AT, paymentId: PAYMENT, paymentStatus: 'authorized' } },
  { type: 'order.processing_started', data: { at: AT } },
  { type: 'order.shipped', data: { at: AT, shipment: { carrier: 'DHL', trackingNumber: 'JD01' } } },
  { type: 'order.delivered', data: { at: LATER } },
];

const LINES = [
  { line: 1, quantity: 2 },
  { line: 2, quantity: 2 },
];

test('ARC-03 G-39 a log from before shipments came in parts folds into the order of today', () => {
  const order = fold(LOG.map(factOf)) as Order;
  assert.deepEqual(
    order.items.map(({ line, quantity, shippedQuantity }) => ({ line, quantity, shippedQuantity })),
    LINES.map(({ line, quantity }) => ({ line, quantity, shippedQuantity: quantity })),
  );
  const shipment = { reference: 'JD01', carrier: 'DHL', trackingNumber: 'JD01', items: LINES, shippedAt: AT };
  assert.deepEqual(order.shipments, [{ ...shipment, deliveredAt: LATER }]);
  assert.deepEqual([order.status, order.total, 'shipment' in order], ['delivered', 7996, false]);
  assert.deepEqual([order.sealedDetails, order.externalId, amountDue(order)], [null, null, 7996]);
});

test('a rest that was canceled when it could not be picked reads like one of today', () => {
  const read = (rest: object) =>
    orderIn({ data: { order: { ...aDraft(), restCanceled: rest } as never } }).restCanceled!;
  const old = { amount: 700, refundId: null, reason: null, at: AT };
  assert.deepEqual(read(old), { ...old, untaken: 700, reference: null });
  assert.equal(read({ ...old, refundId: 'ref_1' }).untaken, 0);
});

test('the order inside an old event reads like one of today', () => {
  const shipment = { carrier: 'DHL', trackingNumber: 'JD01' };
  const shipped = { ...oldDraft(), status: 'shipped', shippedAt: AT, shipment };
  const order = orderIn({ data: { order: shipped as never } });
  assert.deepEqual([order.items[0]!.line, order.items[0]!.shippedQuantity], [1, 2]);
  const items = [{ line: 1, quantity: 2 }];
  assert.deepEqual(order.shipments, [{ ...shipment, reference: 'JD01', items, shippedAt: AT, deliveredAt: null }]);
  const draft = orderIn({ data: { order: { ...oldDraft(), id: newId('ord') } as never } });
  assert.deepEqual([draft.shipments, draft.items[0]!.shippedQuantity], [[], 0]);
});
