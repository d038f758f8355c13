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
  'refund.succeeded',
  'refund.failed',
  'dispute.opened',
  'dispute.answered',
  'dispute.won',
  'dispute.lost',
  'return.requested',
  'return.approved',
  'return.rejected',
  'return.received',
  'return.refunded',
  'return.exchanged',
  'return.refund_failed',
  'quote.created',
  'quote.updated',
  'quote.sent',
  'quote.accepted',
  'quote.declined',
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
  'refund.succeeded': 'Money went back to its buyer. `object_id` names the payment.',
  'refund.failed': 'A refund was declined; the amount is free to be refunded again. `object_id` names the payment.',
  'dispute.opened': 'A buyer disputes a payment; answer before `evidence_due_at`. `object_id` names the payment.',
  'dispute.answered': 'Evidence against a dispute was handed in. `object_id` names the payment.',
  'dispute.won': 'A dispute was decided for you; the amount is yours again. `object_id` names the payment.',
  'dispute.lost': 'A dispute was decided for the buyer. `object_id` names the payment.',
  'return.requested': 'Goods of an order were announced to come back.',
  'return.approved': 'A return was approved; the goods may be sent.',
  'return.rejected': 'A return was rejected; its pieces can be announced again.',
  'return.received': 'The goods of a return arrived and are booked into stock.',
  'return.refunded': 'A return is over: the money for it was given back.',
  'return.exchanged': 'A return is over: `replacement_order_id` names the draft of what is sent instead.',
  'return.refund_failed': 'The refund of a return came back; the return is `received` again and can be settled anew.',
  'quote.created': 'A quote was drafted.',
  'quote.updated': 'The draft of a quote changed.',
  'quote.sent': 'A quote was sent; its prices stand until `valid_until`.',
  'quote.accepted': 'A quote was accepted; `order_id` names its order.',
  'quote.declined': 'A quote was declined.',
  'webhook.test': 'You asked for a test with POST /webhooks/:id/test.',
};

export function isEventType(name: string): name is EventType {
  return (EVENT_TYPES as readonly string[]).includes(name);
}
