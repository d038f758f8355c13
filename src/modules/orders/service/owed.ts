import type { StoredEvent } from '#kernel/events/event.ts';
import { orderIn } from '../events.ts';
import { amountToTake } from '../order-total.ts';

/**
 * What the customer owes for an order as an event left it: nothing for drafts and canceled orders, nor for the history
 * of another system, which no payment stands behind.
 */
export function owedFor(event: Pick<StoredEvent, 'data'>) {
  const order = orderIn(event);
  const { id: orderId, customerId, currency, status, paymentId } = order;
  const isOwed = status !== 'draft' && status !== 'canceled' && paymentId !== null;
  return { orderId, customerId, currency, due: isOwed ? amountToTake(order) : 0 };
}
