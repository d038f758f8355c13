import {
  id,
  listOf,
  nonNegativeInteger,
  object,
  optional,
  positiveInteger,
  quantity,
  text,
} from '#kernel/http/fields.ts';
import { type Operation, ok, operation } from '#kernel/http/operation.ts';
import type { Orders } from '#modules/orders/index.ts';
import { OrderView, orderView } from './order-views.ts';

const OrderId = object({ id: id('ord') });
const Cancellation = object({
  reason: optional(text({ max: 500, description: 'Why, for the history.', example: 'customer_request' })),
});
const RestCancellation = object({
  reason: optional(text({ max: 500, description: 'Why, for the history.', example: 'out_of_stock' })),
  amount: optional(
    nonNegativeInteger({
      description: 'What is refunded of money that was taken, minor units; the share unless given.',
    }),
  ),
  items: optional(
    listOf(object({ line: positiveInteger(), quantity: quantity() }), {
      min: 1,
      description: 'What never leaves; everything that is left unless given. What you do not name can still leave.',
    }),
  ),
});
const Shipment = object({
  carrier: text({ max: 100, example: 'DHL' }),
  tracking_number: text({ max: 100, example: 'JD014600003828392837' }),
  reference: optional(
    text({
      max: 100,
      description: "Names the shipment, else its parcel's id does; asking again with the same one ships nothing twice.",
    }),
  ),
  items: optional(
    listOf(object({ line: positiveInteger(), quantity: quantity() }), {
      min: 1,
      description: 'What leaves now; everything that is in no other parcel unless given.',
    }),
  ),
});
const Delivery = object({
  reference: optional(text({ max: 100, description: 'The shipment that arrived; all of them unless given.' })),
});
const access = { scope: 'orders:write' };
const changed = { 200: { description: 'The order after the change.', schema: OrderView } };

/** The routes that move an order along its life (ORD-17): confirm, process, ship, deliver, cancel, capture. */
export function transitionOperations(orders: Orders): Operation[] {
  const confirm = operation({
    id: 'orders.confirm',
    method: 'POST',
    path: '/orders/:id/confirm',
    summary: 'Confirm an order',
    description:
      'draft → confirmed: reserves the stock and authorises the payment, or leaves everything as it was. An order above an approval rule must be approved first. With `capture_on: confirm` the money is taken too.',
    access,
    params: OrderId,
    responses: changed,
    errors: [
      'invalid_state',
      'insufficient_stock',
      'payment_failed',
      'insufficient_funds',
      'upstream',
      'precondition_failed',
      'resource_locked',
    ],
    async handle({ context, params }) {
      const order = await orders.confirmOrder(context, params.id);
      return ok(orderView(order), order.version);
    },
  });

  const cancel = operation({
    id: 'orders.cancel',
    method: 'POST',
    path: '/orders/:id/cancel',
    summary: 'Cancel an order',
    description:
      'Possible until the order is shipped; of one that is shipped in part, cancel what is left. Reserved stock goes back, an authorised payment is released, a captured one is refunded in full.',
    access,
    params: OrderId,
    body: Cancellation,
    responses: changed,
    errors: ['invalid_state', 'precondition_failed', 'resource_locked'],
    async handle({ context, params, body }) {
      const order = await orders.cancelOrder(context, params.id, body.reason ?? null);
      return ok(orderView(order), order.version);
    },
  });

  return [confirm, cancel, cancelRestOperation(orders), captureOperation(orders), ...fulfilmentOperations(orders)];
}

function cancelRestOperation(orders: Orders): Operation {
  return operation({
    id: 'orders.cancel_rest',
    method: 'POST',
    path: '/orders/:id/cancel-rest',
    summary: 'Cancel what is left of an order',
    description:
      'For an order that was shipped in part: what has not left, or the `items` you name of it, never will. When nothing is left, the order becomes shipped, or delivered when all of its shipments have arrived. Reserved stock goes back, parcels that wait are given up, and the share of these pieces in total − discount + tax is refunded, or not taken when it was not taken yet. Shipping stays paid unless you name another amount.',
    access,
    params: OrderId,
    body: RestCancellation,
    responses: changed,
    errors: ['invalid_state', 'payment_failed', 'upstream', 'precondition_failed', 'resource_locked'],
    async handle({ context, params, body }) {
      const order = await orders.cancelRest(context, params.id, body);
      return ok(orderView(order), order.version);
    },
  });
}

function fulfilmentOperations(orders: Orders): Operation[] {
  const process = operation({
    id: 'orders.process',
    method: 'POST',
    path: '/orders/:id/process',
    summary: 'Start to process an order',
    description: 'confirmed → processing: it is being picked and packed.',
    access,
    params: OrderId,
    responses: changed,
    errors: ['invalid_state', 'precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      const order = await orders.processOrder(context, params.id);
      return ok(orderView(order), order.version);
    },
  });

  const ship = operation({
    id: 'orders.ship',
    method: 'POST',
    path: '/orders/:id/ship',
    summary: 'Ship an order',
    description:
      'processing → shipped, in one shipment or several: the reserved stock leaves, and with `capture_on: ship` the first shipment takes the whole amount. The order stays processing with `fulfillment_status: partial` until the last piece has left. The parcel is a shipment of `GET /shipping`: the one that waits under this carrier and number, else a new one. Its carrier may be any; ups, fedex, dhl and usps have a page to follow it.',
    access,
    params: OrderId,
    body: Shipment,
    responses: changed,
    errors: [
      'invalid_state',
      'duplicate',
      'payment_failed',
      'insufficient_funds',
      'upstream',
      'precondition_failed',
      'resource_locked',
    ],
    async handle({ context, params, body }) {
      const { carrier, tracking_number: trackingNumber, reference, items } = body;
      const order = await orders.shipOrder(context, params.id, { carrier, trackingNumber, reference, items });
      return ok(orderView(order), order.version);
    },
  });

  const deliver = operation({
    id: 'orders.deliver',
    method: 'POST',
    path: '/orders/:id/deliver',
    summary: 'Complete an order',
    description:
      'shipped → delivered; webhooks get `order.completed`. With the reference of a shipment only that one arrived, and the last one completes the order.',
    access,
    params: OrderId,
    body: Delivery,
    responses: changed,
    errors: ['invalid_state', 'precondition_failed', 'resource_locked'],
    async handle({ context, params, body }) {
      const order = await orders.deliverOrder(context, params.id, body.reference);
      return ok(orderView(order), order.version);
    },
  });

  return [process, ship, deliver];
}

function captureOperation(orders: Orders): Operation {
  return operation({
    id: 'orders.capture',
    method: 'POST',
    path: '/orders/:id/capture',
    summary: 'Take the money of an order',
    description: 'Captures the authorised payment now, whatever `capture_on` says.',
    access,
    params: OrderId,
    responses: changed,
    errors: [
      'invalid_state',
      'payment_failed',
      'insufficient_funds',
      'upstream',
      'precondition_failed',
      'resource_locked',
    ],
    async handle({ context, params }) {
      const order = await orders.captureOrder(context, params.id);
      return ok(orderView(order), order.version);
    },
  });
}
