import { Type } from 'typebox';
import { enumOf, id, object, optional } from '#kernel/http/fields.ts';
import { type Operation, ok, operation } from '#kernel/http/operation.ts';
import {
  ALL_EVENT_TYPES,
  DELIVERY_KINDS,
  DELIVERY_STATUSES,
  type Delivery,
  type Webhooks,
} from '#modules/webhooks/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { idView, orNull, Timestamp } from '../common/shapes.ts';

const WebhookId = object({ id: id('whk') });
const DeliveryId = object({ id: id('whk'), delivery_id: id('dlv') });
const DeliveryQuery = object({
  ...pageQuery,
  status: optional(enumOf(DELIVERY_STATUSES)),
  event_type: optional(enumOf(ALL_EVENT_TYPES)),
});

const AttemptView = Type.Object({
  number: Type.Integer({ description: '1 is the first; 6 the last.' }),
  started_at: Timestamp,
  duration_ms: Type.Integer(),
  response_status: orNull(Type.Integer()),
  response_body: Type.String({ description: 'The first kilobyte of the answer.' }),
  error: orNull(Type.String({ description: 'Why it counts as failed.' })),
});
const DeliveryView = Type.Object(
  {
    id: idView('dlv'),
    webhook_id: idView('whk'),
    event_id: idView('evt'),
    event_type: Type.String({ examples: ['order.created'] }),
    kind: Type.Enum([...DELIVERY_KINDS]),
    status: Type.Enum([...DELIVERY_STATUSES]),
    response_status: orNull(Type.Integer({ description: 'Of the last attempt; null when nothing answered.' })),
    duration_ms: orNull(Type.Integer({ description: 'Of the last attempt.' })),
    attempts: Type.Array(AttemptView),
    next_attempt_at: orNull(Timestamp),
    created_at: Timestamp,
    completed_at: orNull(Timestamp),
  },
  { $id: 'WebhookDelivery' },
);

function deliveryView(delivery: Delivery) {
  const last = delivery.attempts[delivery.attempts.length - 1];
  return {
    id: delivery.id,
    webhook_id: delivery.webhookId,
    event_id: delivery.eventId,
    event_type: delivery.eventType,
    kind: delivery.kind,
    status: delivery.status,
    response_status: last?.response_status ?? null,
    duration_ms: last?.duration_ms ?? null,
    attempts: delivery.attempts,
    next_attempt_at: delivery.nextAttemptAt,
    created_at: delivery.createdAt,
    completed_at: delivery.completedAt,
  };
}

/** What was sent to a webhook, and sending again. */
export function deliveryOperations(webhooks: Webhooks, cursors: CursorCodec): Operation[] {
  const test = operation({
    id: 'webhooks.test',
    method: 'POST',
    path: '/webhooks/:id/test',
    summary: 'Send a test event',
    description: 'Sends `webhook.test` once, also to a paused webhook. Read the delivery to see how it went.',
    access: { scope: 'webhooks:write' },
    params: WebhookId,
    responses: { 202: { description: 'The delivery, on its way.', schema: DeliveryView } },
    errors: [],
    async handle({ context, params }) {
      return { status: 202, body: deliveryView(await webhooks.sendTest(context, params.id)) };
    },
  });

  const list = operation({
    id: 'webhook_deliveries.list',
    method: 'GET',
    path: '/webhooks/:id/deliveries',
    summary: 'List deliveries',
    description: 'The last 30 days, newest first, each with every attempt: status, response code and timing.',
    access: { scope: 'webhooks:read' },
    params: WebhookId,
    query: DeliveryQuery,
    responses: { 200: { description: 'A page of deliveries.', schema: pageOf(DeliveryView) } },
    errors: [],
    async handle({ tenant, params, query }) {
      const name = listName(`webhook_deliveries.list:${params.id}`, query);
      const filter = { status: query.status, eventType: query.event_type };
      const page = await webhooks.listDeliveries(tenant, params.id, filter, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, deliveryView);
    },
  });

  const get = operation({
    id: 'webhook_deliveries.get',
    method: 'GET',
    path: '/webhooks/:id/deliveries/:delivery_id',
    summary: 'Get a delivery',
    description: 'One delivery of the last 30 days.',
    access: { scope: 'webhooks:read' },
    params: DeliveryId,
    responses: { 200: { description: 'The delivery.', schema: DeliveryView } },
    errors: [],
    async handle({ tenant, params }) {
      return ok(deliveryView(await webhooks.getDelivery(tenant, params.id, params.delivery_id)));
    },
  });

  const replay = operation({
    id: 'webhook_deliveries.replay',
    method: 'POST',
    path: '/webhooks/:id/deliveries/:delivery_id/replay',
    summary: 'Send a delivery again',
    description:
      'The same body with the same `webhook-id`, as a new delivery with the whole retry schedule. Any delivery of the last 30 days.',
    access: { scope: 'webhooks:write' },
    params: DeliveryId,
    responses: { 202: { description: 'The new delivery, on its way.', schema: DeliveryView } },
    errors: [],
    async handle({ context, params }) {
      const delivery = await webhooks.replay(context, params.id, params.delivery_id);
      return { status: 202, body: deliveryView(delivery) };
    },
  });

  return [test, list, get, replay];
}
