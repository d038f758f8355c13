import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DomainError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { factOf, ORDER_EVENTS, orderEvents, publicEventsOf } from './events.ts';
import { fold, type Order, type OrderState, type OrderStatus } from './order.ts';
import { decide, type OrderCommand } from './order-decisions.ts';
import { totalOf } from './order-total.ts';
import { AT, aDraft, anItem, anyCommand, anyDraft, COMMANDS, given, PAYMENT } from './order-under-test.ts';
import { fulfillmentOf } from './shipments.ts';

const TO: Record<OrderStatus, OrderCommand[]> = {
  draft: [],
  confirmed: [COMMANDS.confirm(1)],
  processing: [COMMANDS.confirm(1), COMMANDS.process],
  shipped: [COMMANDS.confirm(1), COMMANDS.process, COMMANDS.ship],
  delivered: [COMMANDS.confirm(1), COMMANDS.process, COMMANDS.ship, COMMANDS.deliver],
  canceled: [COMMANDS.cancel],
};
const statuses = Object.keys(TO) as OrderStatus[];

function inStatus(status: OrderStatus): Order {
  const { state } = given(aDraft(), ...TO[status]);
  assert.equal(state.status, status);
  return state;
}

/** Which statuses allow a command, tried out on all of them. */
function allowedFrom(command: (order: Order) => OrderCommand): OrderStatus[] {
  return statuses.filter((status) => {
    const order = inStatus(status);
    try {
      return decide(command(order), order).length > 0;
    } catch (error) {
      assert.ok(error instanceof DomainError && error.kind === 'invalid_state', String(error));
      assert.match(error.message, new RegExp(status));
      return false;
    }
  });
}

test('ORD-17 ORD-25 each step is allowed from the one before it only', () => {
  assert.deepEqual(
    allowedFrom((order) => ({ ...COMMANDS.confirm(order.version), paymentId: newId('pay') }) as OrderCommand),
    ['draft'],
  );
  assert.deepEqual(
    allowedFrom(() => COMMANDS.process),
    ['confirmed'],
  );
  assert.deepEqual(
    allowedFrom(() => ({ ...COMMANDS.ship, shipment: { carrier: 'UPS', trackingNumber: '1Z', reference: 'other' } })),
    ['processing'],
  );
  assert.deepEqual(
    allowedFrom(() => COMMANDS.deliver),
    ['shipped'],
  );
});

test('ORD-18 ORD-19 ORD-20 an order can be canceled until it is shipped', () => {
  const from = statuses.filter((status) => {
    try {
      return decide(COMMANDS.cancel, inStatus(status)).length > 0;
    } catch {
      return false;
    }
  });
  assert.deepEqual(from, ['draft', 'confirmed', 'processing']);
});

test('ORD-22 items change in a draft only, and the total is computed or must be exact', () => {
  const items = [anItem({ quantity: 3, unitPrice: 100 }), anItem({ quantity: 1, unitPrice: 1 })];
  const change = (changes: object): OrderCommand => ({ type: 'change', changes, at: AT });
  const draft = aDraft();
  assert.deepEqual(decide(change({ items }), draft), [
    { type: 'order.changed', at: AT, changes: { items, total: 301 } },
  ]);
  assert.equal(given(draft, change({ items, total: 301 })).state.total, 301);
  assert.throws(() => decide(change({ items, total: 302 }), draft), { kind: 'validation', message: /must be 301/ });
  assert.throws(() => decide(change({ total: draft.total + 1 }), draft), { kind: 'validation' });
  assert.deepEqual(decide(change({ total: draft.total }), draft), []);
  assert.deepEqual(
    allowedFrom(() => change({ items })),
    ['draft'],
  );
});

test('ARC-15 a saga may repeat its steps: the second run of each has no effect', () => {
  const { state: confirmed } = given(aDraft(), COMMANDS.confirm(1));
  assert.deepEqual(decide(COMMANDS.confirm(1), confirmed), []);
  assert.equal(inStatus('shipped').shipments.length, 1);
  assert.deepEqual(decide(COMMANDS.ship, inStatus('shipped')), []);
  assert.deepEqual(decide(COMMANDS.cancel, inStatus('canceled')), []);
});

test('ARC-15 an order that was edited while stock and payment were arranged is not confirmed', () => {
  const { state } = given(aDraft(), { type: 'change', changes: { poNumber: 'PO-1' }, at: AT });
  assert.throws(() => decide(COMMANDS.confirm(1), state), { kind: 'invalid_state', message: /changed/ });
  assert.equal(decide(COMMANDS.confirm(2), state)[0]!.type, 'order.confirmed');
});

test('C-62 news of the payment moves the payment status forward only, and only for the own payment', () => {
  const note = (
    became: Extract<OrderCommand, { type: 'note-payment' }>['became'],
    paymentId = PAYMENT,
  ): OrderCommand => ({
    type: 'note-payment',
    paymentId,
    became,
    at: AT,
  });
  const paymentStatus = (...commands: OrderCommand[]) =>
    given(aDraft(), COMMANDS.confirm(1), ...commands).state.paymentStatus;
  assert.equal(paymentStatus(), 'authorized');
  assert.equal(paymentStatus(note('captured')), 'captured');
  assert.equal(paymentStatus(note('captured'), note('refunded')), 'refunded');
  assert.equal(paymentStatus(note('refunded'), note('captured')), 'refunded');
  assert.equal(paymentStatus(note('released')), 'none');
  assert.equal(paymentStatus(note('released'), note('captured')), 'none');
  assert.equal(paymentStatus(note({ failed: 'bank_returned' })), 'failed');
  assert.equal(paymentStatus(note('captured', newId('pay'))), 'authorized');
  assert.deepEqual(decide(note('captured'), aDraft()), []);
});

test('ARC-03 any life of an order: version counts events, money adds up, the fold of the log is the order', () => {
  fc.assert(
    fc.property(anyDraft, fc.array(anyCommand, { maxLength: 12 }), (draft, commands) => {
      let state: OrderState = { status: 'none' };
      const log: { type: string; data: Record<string, unknown> }[] = [];
      for (const command of [{ type: 'create', order: draft } as const, ...commands]) {
        const facts = decided(command, state);
        const { events, state: next } = orderEvents(state, facts);
        // As PostgreSQL gives it back, and without the copies that only consumers read.
        for (const event of events) log.push(JSON.parse(JSON.stringify(event)));
        state = next;
        checkInvariants(state as Order, log.length);
      }
      const facts = log.map(({ type, data }) => factOf({ type, data }));
      assert.deepEqual(fold(facts), state);
      assert.deepEqual(log.at(-1)!.data.order, JSON.parse(JSON.stringify(state)));
    }),
    { numRuns: 300 },
  );
});

function decided(command: OrderCommand, state: OrderState) {
  try {
    return decide(command, state);
  } catch (error) {
    assert.ok(error instanceof DomainError, String(error));
    return [];
  }
}

function checkInvariants(order: Order, eventCount: number): void {
  assert.equal(order.version, eventCount);
  assert.equal(order.total, totalOf(order.items));
  assert.ok(Number.isSafeInteger(order.total) && order.total > 0);
  if (order.status !== 'draft' && order.status !== 'canceled') assert.ok(order.paymentId !== null);
  if (order.status === 'draft') assert.ok(['none', 'failed'].includes(order.paymentStatus));
  checkShipments(order);
}

/** What left, line by line, is what the shipments say; and all of it when the order is shipped (G-39). */
function checkShipments(order: Order): void {
  const left = new Map<number, number>();
  for (const { items } of order.shipments) {
    for (const { line, quantity } of items) left.set(line, (left.get(line) ?? 0) + quantity);
  }
  for (const item of order.items) {
    assert.equal(item.shippedQuantity, left.get(item.line) ?? 0);
    assert.ok(item.shippedQuantity + item.canceledQuantity <= item.quantity);
    if (order.restCanceled === null) assert.equal(item.canceledQuantity, 0);
  }
  const isShipped = order.status === 'shipped' || order.status === 'delivered';
  assert.equal(fulfillmentOf(order) === 'fulfilled', isShipped);
  assert.ok(order.shipments.length === 0 || isShipped || order.status === 'processing');
  if (order.status === 'delivered') assert.ok(order.shipments.every(({ deliveredAt }) => deliveredAt !== null));
  assert.equal(new Set(order.shipments.map(({ reference }) => reference)).size, order.shipments.length);
}

test('C-67 C-87 every event has public names, delivered has two, created is never an update', () => {
  for (const type of ORDER_EVENTS) assert.ok(publicEventsOf({ type }).length > 0, type);
  assert.deepEqual(publicEventsOf({ type: 'order.created' }), ['order.created']);
  assert.deepEqual(publicEventsOf({ type: 'order.delivered' }), ['order.updated', 'order.completed']);
  assert.deepEqual(publicEventsOf({ type: 'order.canceled' }), ['order.updated']);
  assert.deepEqual(publicEventsOf({ type: 'payment.created' }), []);
});

test('an event names the fields that changed and the status before', () => {
  const { state } = given(aDraft(), COMMANDS.confirm(1));
  const { events } = orderEvents(state, decide(COMMANDS.process, state));
  assert.deepEqual(events[0]!.data.changed, ['status']);
  assert.equal(events[0]!.data.previous_status, 'confirmed');
  const [created] = orderEvents({ status: 'none' }, [{ type: 'order.created', order: aDraft() }]).events;
  assert.deepEqual([created!.data.changed, created!.data.previous_status], [[], null]);
});
