import type { NewEvent } from '#kernel/events/event.ts';
import type { Delivery } from './deliveries/delivery.ts';
import { statusOf, type Webhook } from './endpoints/endpoint.ts';

/** What happened to an endpoint. */
export type EndpointEventType =
  | 'webhook.created'
  | 'webhook.updated'
  | 'webhook.deleted'
  | 'webhook.secret_rotated'
  | 'webhook.failing'
  | 'webhook.recovered';

/** What somebody asked to be sent. */
export type DeliveryEventType = 'webhook.test_sent' | 'webhook.replayed';

/** Of the URL only the host: its path often is a secret of the receiver. */
export function endpointEvent(type: EndpointEventType, webhook: Webhook): NewEvent {
  const { id, events, ordering } = webhook;
  const host = new URL(webhook.url).host;
  return {
    type,
    streamId: id,
    streamVersion: webhook.version,
    data: { webhook: { id, host, events, ordering, status: statusOf(webhook) } },
  };
}

/** A delivery made by hand is a stream of its own, of one event. */
export function deliveryEvent(type: DeliveryEventType, delivery: Delivery): NewEvent {
  const { id, webhookId, eventId, eventType } = delivery;
  return {
    type,
    streamId: id,
    streamVersion: 1,
    data: { delivery: { id, webhook_id: webhookId, event_id: eventId, event_type: eventType } },
  };
}
