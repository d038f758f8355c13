import { type Static, Type } from 'typebox';
import { notFound } from '#kernel/errors.ts';
import { enumOf, id, listOf, object, optional, secretText, url } from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import { idView, Timestamp } from '#kernel/http/shapes.ts';
import type { Webhook, Webhooks } from '#modules/webhooks/index.ts';
import { pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { V2_CONTRACT, V2_EVENT_TYPES } from './contract.ts';

const NewWebhook = object({
  url: url({ https: true, description: 'HTTPS and a public address only.' }),
  events: listOf(enumOf(V2_EVENT_TYPES), { min: 1, unique: true }),
  secret: optional(
    secretText({ min: 8, max: 256, description: 'Signs the deliveries; made when absent, and shown this once.' }),
  ),
});
const WebhookId = object({ webhook_id: id('whk') });

const fields = {
  id: idView('whk'),
  url: Type.String(),
  events: Type.Array(Type.Enum([...V2_EVENT_TYPES])),
  status: Type.Enum(['active', 'paused']),
  created_at: Timestamp,
};
const WebhookView = Type.Object(fields, { $id: 'Webhook' });
const WebhookWithSecretView = Type.Object({ ...fields, secret: Type.String() }, { $id: 'WebhookWithSecret' });

function webhookView(webhook: Webhook): Static<typeof WebhookView> {
  return {
    id: webhook.id,
    url: webhook.url,
    events: webhook.events as (typeof V2_EVENT_TYPES)[number][],
    status: webhook.paused ? 'paused' : 'active',
    created_at: webhook.createdAt,
  };
}

/** /v2/webhooks: the endpoints of this edition alone; those of others do not exist here. */
export function webhookOperations(webhooks: Webhooks): Operation[] {
  const create = operation({
    id: 'v2.webhooks.create',
    method: 'POST',
    path: '/v2/webhooks',
    summary: 'Configure a webhook',
    description: 'From now on these events are sent to the URL, signed in `X-TechCorp-Signature`.',
    access: { scope: 'webhooks:write' },
    body: NewWebhook,
    responses: { 201: { description: 'The webhook with its secret.', schema: WebhookWithSecretView } },
    errors: ['invalid_state'],
    async handle({ context, body }) {
      const webhook = await webhooks.createWebhook(context, { ...body, contract: V2_CONTRACT });
      const view: Static<typeof WebhookWithSecretView> = { ...webhookView(webhook), secret: webhook.secret };
      return created(view, '/v2/webhooks', webhook.version);
    },
  });

  const list = operation({
    id: 'v2.webhooks.list',
    method: 'GET',
    path: '/v2/webhooks',
    summary: 'List webhooks',
    description: 'Without their secrets.',
    access: { scope: 'webhooks:read' },
    query: object(pageQuery),
    responses: { 200: { description: 'A page of webhooks.', schema: pageOf(WebhookView) } },
    errors: [],
    async handle({ tenant, query }) {
      const page = await webhooks.listWebhooks(tenant, pageRequest(query), V2_CONTRACT);
      return pageAnswer(query, page, page.items.map(webhookView));
    },
  });

  const get = operation({
    id: 'v2.webhooks.get',
    method: 'GET',
    path: '/v2/webhooks/:webhook_id',
    summary: 'Get a webhook',
    description: 'Without its secret.',
    access: { scope: 'webhooks:read' },
    params: WebhookId,
    responses: { 200: { description: 'The webhook.', schema: WebhookView } },
    errors: [],
    async handle({ tenant, params }) {
      const webhook = ofThisEdition(await webhooks.getWebhook(tenant, params.webhook_id));
      return ok(webhookView(webhook), webhook.version);
    },
  });

  const remove = operation({
    id: 'v2.webhooks.delete',
    method: 'DELETE',
    path: '/v2/webhooks/:webhook_id',
    summary: 'Delete a webhook',
    description: 'Nothing more is sent to it.',
    access: { scope: 'webhooks:write' },
    params: WebhookId,
    responses: { 204: { description: 'Deleted.' } },
    errors: ['precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      ofThisEdition(await webhooks.getWebhook(context.tenant, params.webhook_id));
      await webhooks.deleteWebhook(context, params.webhook_id);
      return { status: 204 };
    },
  });

  return [create, list, get, remove];
}

function ofThisEdition(webhook: Webhook): Webhook {
  if (webhook.contract !== V2_CONTRACT) throw notFound('webhook', webhook.id);
  return webhook;
}
