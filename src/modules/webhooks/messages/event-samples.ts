import type { Json } from '#kernel/events/event.ts';
import type { ALL_EVENT_TYPES } from './event-types.ts';
import { composeMessage, type MessageBody } from './message.ts';

const ORDER = {
  id: 'ord_01m85bzpp3e00a29fhn388ttwp',
  customer_id: 'cus_01m85bzpp3e00a29fhn388ttwq',
  status: 'pending',
  currency: 'USD',
  total: 4998,
};
const PAYMENT = {
  id: 'pay_01m85bzpp3e00a29fhn388ttwr',
  order_id: ORDER.id,
  status: 'captured',
  currency: 'USD',
  amount: 4998,
};

function sample(type: string, objectId: string, sequence: number, data: Json): MessageBody {
  const facts = {
    id: 'evt_01m85bzpp3e00a29fhn388ttws' as const,
    tenant: { orgId: 'org_01m85bzpp3e00a29fhn388ttwt' as const, livemode: true },
    occurredAt: '2026-01-15T00:00:00.000Z',
  };
  return JSON.parse(composeMessage({ ...facts, type, objectId, sequence, traceparent: '' }, data).body);
}

/** What each event looks like. The data of orders and payments is what their modules map (see their READMEs). */
export const EVENT_SAMPLES: Readonly<Record<(typeof ALL_EVENT_TYPES)[number], MessageBody>> = {
  'order.created': sample('order.created', ORDER.id, 1, { order: ORDER }),
  'order.updated': sample('order.updated', ORDER.id, 2, { order: { ...ORDER, status: 'confirmed' } }),
  'order.completed': sample('order.completed', ORDER.id, 5, { order: { ...ORDER, status: 'delivered' } }),
  'payment.succeeded': sample('payment.succeeded', PAYMENT.id, 2, { payment: PAYMENT }),
  'payment.failed': sample('payment.failed', PAYMENT.id, 2, { payment: { ...PAYMENT, status: 'failed' } }),
  'invoice.paid': sample('invoice.paid', 'INV-2026-0001', 3, {
    invoice: { id: 'INV-2026-0001', status: 'paid', currency: 'USD', total: 4998 },
  }),
  'webhook.test': sample('webhook.test', 'dlv_01m85bzpp3e00a29fhn388ttww', 1, {
    webhook_id: 'whk_01m85bzpp3e00a29fhn388ttwx',
    message: 'This is a test. Your endpoint works when it answers 2xx.',
  }),
};
