import { HOUR_MS, MINUTE_MS, SECOND_MS } from '#kernel/clock.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { Json, StoredEvent } from '#kernel/events/event.ts';
import type { Customers } from '#modules/customers/index.ts';
import { orderIn } from '#modules/orders/index.ts';
import type { DeliveryContract, PublicEvent } from '#modules/webhooks/index.ts';
import { snapshotView, statusOf } from '../orders/order-views.ts';

/** What an endpoint of this edition can subscribe to, and when it is sent (C-87). */
export const V2_EVENT_TYPES = [
  'user.created',
  'user.deleted',
  'order.created',
  'order.status_changed',
  'order.shipped',
  'product.out_of_stock',
  'payment.failed',
] as const;

export const V2_CONTRACT = 'v2';

/** How this edition delivers: its events, its retries (V2-76), ten seconds to answer, its own signature (V2-74). */
export function v2DeliveryContract(customers: Customers): DeliveryContract {
  return {
    name: V2_CONTRACT,
    eventTypes: V2_EVENT_TYPES,
    publicEvents: {
      identity: userEvents,
      orders: (event) => orderEvents(customers, event),
      inventory: stockEvents,
      payments: paymentEvents,
    },
    retryDelaysMs: [MINUTE_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 8 * HOUR_MS],
    answerTimeoutMs: 10 * SECOND_MS,
    bodySignatureHeader: 'x-techcorp-signature',
    marksFailing: false,
  };
}

/** Without name and address: whoever may see them reads the user. */
function userEvents({ type, data }: StoredEvent): PublicEvent[] {
  const name = type === 'user.created' ? 'user.created' : type === 'user.archived' ? 'user.deleted' : null;
  if (!name) return [];
  const { id, plan, created_at } = data.user as Record<string, Json>;
  return [{ type: name, data: { user: { id: id!, plan: plan!, created_at: created_at! } } }];
}

function orderEvents(customers: Customers, event: StoredEvent): PublicEvent[] {
  const types = orderTypes(event);
  if (types.length === 0) return [];
  const order = orderIn(event);
  const previous = event.data.previous_status as Parameters<typeof statusOf>[0] | null;
  const data = async () => {
    const users = await customers.usersOfCustomers(event.tenant as Tenant, [order.customerId]);
    const view = JSON.parse(JSON.stringify(snapshotView(order, users[order.customerId]))) as Json;
    return { order: view, previous_status: previous && statusOf(previous) };
  };
  return types.map((type) => ({ type, data }));
}

/** The log of the orders module tells of quotes, returns and approval rules too, which this edition does not have. */
function orderTypes({ type, data }: StoredEvent): string[] {
  if (!data.order) return [];
  if (type === 'order.created') return ['order.created'];
  const { status } = data.order as { status: string };
  const types = data.previous_status === status ? [] : ['order.status_changed'];
  const hasTracking = type === 'order.shipped' || type === 'order.partially_shipped';
  return hasTracking ? [...types, 'order.shipped'] : types;
}

function stockEvents({ type, data }: StoredEvent): PublicEvent[] {
  if (type !== 'stock.depleted') return [];
  return [{ type: 'product.out_of_stock', data: { product: { id: data.product_id!, stock: 0 } } }];
}

function paymentEvents({ type, data }: StoredEvent): PublicEvent[] {
  if (type !== 'payment.failed') return [];
  const { id, orderId, failure } = data.payment as { id: string; orderId: string | null; failure: { code: string } };
  return [{ type: 'payment.failed', data: { payment: { id, order_id: orderId, failure_code: failure.code } } }];
}
