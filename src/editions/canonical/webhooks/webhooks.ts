import { Type } from 'typebox';
import type { Scope } from '#kernel/database/tenant.ts';
import {
  boolean,
  enumOf,
  id,
  listOf,
  object,
  optional,
  patchOf,
  secretText,
  text,
  url,
  withDefault,
} from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import type { Id } from '#kernel/ids.ts';
import {
  DEFAULT_CONTRACT,
  EVENT_TYPES,
  ORDERINGS,
  statusOf,
  WEBHOOK_STATUSES,
  type Webhook,
  type Webhooks,
  type WebhookWithSecret,
} from '#modules/webhooks/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { idView, orNull, Timestamp } from '../common/shapes.ts';
import { requireEventScopes } from './event-scopes.ts';
import { deliveryOperations } from './webhook-deliveries.ts';

const secret = secretText({
  min: 8,
  max: 256,
  description: 'Signs your deliveries: `whsec_` and base64 of 24 to 64 bytes, or any other text. Made when absent.',
});
const endpoint = {
  url: url({ https: true, description: 'Where events are sent by POST. HTTPS and a public address only.' }),
  events: listOf(enumOf(EVENT_TYPES), { min: 1, unique: true, description: 'The events to send; see /event-types.' }),
  description: optional(text({ max: 255 })),
  ordering: withDefault(
    enumOf(ORDERINGS, {
      description: '`per_object`: the next event of an object is sent when the one before was delivered or given up.',
    }),
    'none',
  ),
};
/** Editions whose endpoints have no place of their own to be made at (C-88.4). */
const edition = withDefault(
  enumOf([DEFAULT_CONTRACT, 'v1'], { description: 'Whose webhook it is; those of /v2 are made there.' }),
  DEFAULT_CONTRACT,
);
const NewWebhook = object({ ...endpoint, edition, secret: optional(secret) });
const WebhookPatch = patchOf(
  object({
    ...endpoint,
    paused: withDefault(boolean({ description: 'Holds deliveries back; they are sent when you resume.' }), false),
  }),
);
const Rotation = object({ secret: optional(secret) });
const WebhookId = object({ id: id('whk') });

const webhookFields = {
  id: idView('whk'),
  url: Type.String({ examples: ['https://example.com/hooks'] }),
  edition: Type.String({ description: 'Whose events it gets; those of another edition are made there.' }),
  events: Type.Array(Type.String(), { examples: [['order.created']] }),
  description: orNull(Type.String()),
  status: Type.Enum([...WEBHOOK_STATUSES], {
    description: '`failing`: a delivery was given up and none has succeeded since. Events are still sent to it.',
  }),
  ordering: Type.Enum([...ORDERINGS]),
  failing_since: orNull(Timestamp),
  previous_secret_until: orNull(Timestamp),
  created_at: Timestamp,
  updated_at: Timestamp,
};
const WebhookView = Type.Object(webhookFields, { $id: 'Webhook' });
const WebhookWithSecretView = Type.Object(
  { ...webhookFields, secret: Type.String({ description: 'Shown this once. Keep it to verify signatures.' }) },
  { $id: 'WebhookWithSecret' },
);

function webhookView(webhook: Webhook) {
  return {
    id: webhook.id,
    url: webhook.url,
    edition: webhook.contract,
    events: webhook.events,
    description: webhook.description,
    status: statusOf(webhook),
    ordering: webhook.ordering,
    failing_since: webhook.failingSince,
    previous_secret_until: webhook.previousSecretUntil,
    created_at: webhook.createdAt,
    updated_at: webhook.updatedAt,
  };
}

function secretView(webhook: WebhookWithSecret) {
  return { ...webhookView(webhook), secret: webhook.secret };
}

/** /webhooks and the deliveries below it. */
export function webhookOperations(webhooks: Webhooks, cursors: CursorCodec): Operation[] {
  const create = operation({
    id: 'webhooks.create',
    method: 'POST',
    path: '/webhooks',
    summary: 'Register a webhook',
    description:
      'From now on the events you name are sent to the URL, signed with the secret, which is shown this once. You need the ' +
      'scope to read what they tell about, such as `orders:read` for `order.created`.',
    access: { scope: 'webhooks:write' },
    body: NewWebhook,
    responses: { 201: { description: 'The new webhook with its secret.', schema: WebhookWithSecretView } },
    errors: ['invalid_state'],
    async handle({ context, principal, body }) {
      requireEventScopes(principal, body.events);
      const { edition: contract, ...input } = body;
      const webhook = await webhooks.createWebhook(context, { ...input, contract });
      return created(secretView(webhook), '/webhooks', webhook.version);
    },
  });

  const list = operation({
    id: 'webhooks.list',
    method: 'GET',
    path: '/webhooks',
    summary: 'List webhooks',
    description: 'Newest first, without secrets.',
    access: { scope: 'webhooks:read' },
    query: object(pageQuery),
    responses: { 200: { description: 'A page of webhooks.', schema: pageOf(WebhookView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('webhooks.list', query);
      return pageAnswer(
        cursors,
        name,
        await webhooks.listWebhooks(tenant, pageRequest(cursors, name, query)),
        webhookView,
      );
    },
  });

  const get = operation({
    id: 'webhooks.get',
    method: 'GET',
    path: '/webhooks/:id',
    summary: 'Get a webhook',
    description: 'One webhook, without its secret.',
    access: { scope: 'webhooks:read' },
    params: WebhookId,
    responses: { 200: { description: 'The webhook.', schema: WebhookView } },
    errors: [],
    async handle({ tenant, params }) {
      const webhook = await webhooks.getWebhook(tenant, params.id);
      return ok(webhookView(webhook), webhook.version);
    },
  });

  const update = operation({
    id: 'webhooks.update',
    method: 'PATCH',
    path: '/webhooks/:id',
    summary: 'Change, pause or resume a webhook',
    description: 'A merge patch. A paused webhook loses nothing: its events wait, at most 30 days.',
    access: { scope: 'webhooks:write' },
    params: WebhookId,
    body: WebhookPatch,
    responses: { 200: { description: 'The changed webhook.', schema: WebhookView } },
    errors: ['precondition_failed', 'resource_locked'],
    async handle({ context, principal, params, body }) {
      requireEventScopes(principal, await eventsReadBy(webhooks, context.tenant, params.id, body));
      const webhook = await webhooks.updateWebhook(context, params.id, body);
      return ok(webhookView(webhook), webhook.version);
    },
  });

  return [create, list, get, update, ...secretOperations(webhooks), ...deliveryOperations(webhooks, cursors)];
}

/** What a change lets its caller read: also when only the address changes, for events that are sent elsewhere are read there. */
async function eventsReadBy(
  webhooks: Webhooks,
  tenant: Scope,
  id: Id<'whk'>,
  { events, url: address }: { events?: string[] | null; url?: string | null },
): Promise<readonly string[]> {
  if (events) return events;
  return address ? (await webhooks.getWebhook(tenant, id)).events : [];
}

function secretOperations(webhooks: Webhooks): Operation[] {
  const remove = operation({
    id: 'webhooks.delete',
    method: 'DELETE',
    path: '/webhooks/:id',
    summary: 'Delete a webhook',
    description: 'Nothing more is sent to it, its secrets are destroyed, and it cannot be restored.',
    access: { scope: 'webhooks:write' },
    params: WebhookId,
    responses: { 204: { description: 'It is gone.' } },
    errors: ['precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      await webhooks.deleteWebhook(context, params.id);
      return { status: 204 };
    },
  });

  const rotate = operation({
    id: 'webhooks.rotate_secret',
    method: 'POST',
    path: '/webhooks/:id/rotate-secret',
    summary: 'Replace the secret',
    description:
      'For 24 hours deliveries bear two signatures, by the new and by the old secret, so that you can change over in peace.',
    access: { scope: 'webhooks:write' },
    params: WebhookId,
    body: Rotation,
    responses: { 200: { description: 'The webhook with its new secret.', schema: WebhookWithSecretView } },
    errors: ['precondition_failed', 'resource_locked'],
    async handle({ context, params, body }) {
      const webhook = await webhooks.rotateSecret(context, params.id, body.secret);
      return ok(secretView(webhook), webhook.version);
    },
  });

  return [remove, rotate];
}
