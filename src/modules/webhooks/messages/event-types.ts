/** The names an endpoint can subscribe to: the public catalogue of the canonical edition (C-87). */
export const EVENT_TYPES = [
  'order.created',
  'order.updated',
  'order.completed',
  'payment.succeeded',
  'payment.failed',
  'invoice.paid',
  'product.low_stock',
  'product.out_of_stock',
  'shipment.created',
  'shipment.updated',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Sent by `POST /webhooks/:id/test` alone, to that endpoint, whatever it subscribed to. */
export const TEST_EVENT_TYPE = 'webhook.test';

/** Every type that a body can bear. */
export const ALL_EVENT_TYPES = [...EVENT_TYPES, TEST_EVENT_TYPE] as const;

/** When each event is sent, for `GET /event-types` and the documentation. */
export const EVENT_DESCRIPTIONS: Readonly<Record<(typeof ALL_EVENT_TYPES)[number], string>> = {
  'order.created': 'An order was placed.',
  'order.updated': 'An order changed: its items, addresses or status. `data` holds the order after the change.',
  'order.completed': 'An order was delivered; sent after the `order.updated` of the same change.',
  'payment.succeeded': 'A payment was captured; the money is yours.',
  'payment.failed': 'A payment was declined or could not be captured.',
  'invoice.paid': 'An invoice was paid in full. Nothing sends it before invoices are part of the product.',
  'product.low_stock':
    'What is available of a product in one warehouse fell below its reorder point; once for each time. `object_id` names the stock level.',
  'product.out_of_stock':
    'Nothing of a product is available in any warehouse any more; once for each time. `object_id` names the movement of the last piece.',
  'shipment.created': 'A shipment was made for an order, with its tracking number.',
  'shipment.updated': 'A carrier told something new of a shipment, or its order took it in.',
  'webhook.test': 'You asked for a test with POST /webhooks/:id/test.',
};

export function isEventType(name: string): name is EventType {
  return (EVENT_TYPES as readonly string[]).includes(name);
}
