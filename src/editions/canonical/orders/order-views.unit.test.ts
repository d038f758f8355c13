import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredEvent } from '#kernel/events/event.ts';
import { newId } from '#kernel/ids.ts';
import { paymentPublicEvents } from '../payments/payment-views.ts';
import { orderPublicEvents } from './order-views.ts';

const order = {
  id: newId('ord'),
  status: 'delivered',
  paymentStatus: 'captured',
  items: [{ id: newId('itm'), productId: newId('prd'), quantity: 3, unitPrice: 100, tracksStock: true }],
  total: 300,
  currency: 'USD',
  shipment: { carrier: 'DHL', trackingNumber: 'JD01' },
};

function event(type: string, data: object): StoredEvent {
  return { type, data, streamId: order.id, streamVersion: 4 } as unknown as StoredEvent;
}

test('C-67 C-87 webhooks get the order as the API shows it, what changed in its words, and the status before', () => {
  const data = { order, changed: ['deliveredAt', 'status'], previous_status: 'shipped' };
  const events = orderPublicEvents(event('order.delivered', data));
  assert.deepEqual(
    events.map(({ type }) => type),
    ['order.updated', 'order.completed'],
  );
  assert.partialDeepStrictEqual(events[0]!.data, {
    change: 'order.delivered',
    changed: ['delivered_at', 'status'],
    previous_status: 'shipped',
    order: {
      payment_status: 'captured',
      items: [{ quantity: 3, unit_price: 100, amount: 300 }],
      shipment: { carrier: 'DHL', tracking_number: 'JD01' },
    },
  });
  assert.ok(!JSON.stringify(events).includes('tracksStock'), 'what only we need stays inside');
});

test('C-87 webhooks get payments that succeeded or failed, as the API shows them', () => {
  const payment = { id: newId('pay'), status: 'succeeded', amount: 300, capturedAmount: 300, refunds: [] };
  const [told] = paymentPublicEvents(event('payment.succeeded', { payment }));
  assert.equal(told!.type, 'payment.succeeded');
  assert.partialDeepStrictEqual(told!.data, { payment: { id: payment.id, captured_amount: 300 } });
  assert.deepEqual(paymentPublicEvents(event('payment.authorized', { payment })), []);
});
