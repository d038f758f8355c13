import type { CommandContext } from '#kernel/context.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import { DomainError, invalidField, notFound } from '#kernel/errors.ts';
import { newId, type WebhookId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { OutgoingHttp } from '#kernel/resilience/outgoing-http.ts';
import { deliveriesCancel } from '../deliveries/deliveries.store.ts';
import { checkSigningSecret, newSigningSecret } from '../deliveries/signature.ts';
import { endpointEvent } from '../events.ts';
import { type ContractOf, DEFAULT_CONTRACT, type DeliveryContract } from '../messages/delivery-contract.ts';
import { ENDPOINTS_MAX, type NewWebhook, type Webhook, type WebhookPatch, type WebhookWithSecret } from './endpoint.ts';
import * as store from './endpoints.store.ts';
import { ROTATION_OVERLAP_MS, secretContext } from './secrets.ts';

/** Endpoints. Each method names the errors it may raise. */
export interface Endpoints {
  /** Errors: `validation` (secret, url that can never be called), `invalid_state` (50 endpoints exist). */
  createWebhook(context: CommandContext, input: NewWebhook): Promise<WebhookWithSecret>;
  /** Errors: `not_found`. */
  getWebhook(scope: Scope, id: WebhookId): Promise<Webhook>;
  /** Of one contract when it is named. */
  listWebhooks(scope: Scope, page: PageRequest, contract?: string): Promise<Page<Webhook>>;
  /** Errors: `not_found`, `validation` (url), `precondition_failed`, `resource_locked`. */
  updateWebhook(context: CommandContext, id: WebhookId, patch: WebhookPatch): Promise<Webhook>;
  /** Also cancels what waits to be sent to it. Errors: `not_found`, `precondition_failed`, `resource_locked`. */
  deleteWebhook(context: CommandContext, id: WebhookId): Promise<null>;
  /** Both secrets sign for 24 hours. Errors: `not_found`, `validation` (secret), `precondition_failed`, `resource_locked`. */
  rotateSecret(context: CommandContext, id: WebhookId, secret?: string): Promise<WebhookWithSecret>;
}

export function createEndpoints(
  kit: ModuleKit,
  http: Pick<OutgoingHttp, 'checkTarget'>,
  contractOf: ContractOf,
  onResume: () => void,
): Endpoints {
  const { database, writes, clock, sealing } = kit;

  async function getWebhook(scope: Scope, id: WebhookId): Promise<Webhook> {
    const webhook = await store.endpointFind(database, scope, id);
    if (!webhook) throw notFound('webhook', id);
    return webhook;
  }

  /** The endpoint that a command is about, in the version that its caller knows. */
  async function current(context: CommandContext, id: WebhookId): Promise<Webhook> {
    const webhook = await getWebhook(context.tenant, id);
    expectVersion(context, 'webhook', webhook.version);
    return webhook;
  }

  function nextVersion(webhook: Webhook): Webhook {
    return { ...webhook, version: webhook.version + 1, updatedAt: clock.now().toISOString() };
  }

  function sealed(context: CommandContext, id: WebhookId, secret: string): Buffer {
    return sealing.sealForOrganization(context.tenant.orgId, secret, secretContext(id));
  }

  return {
    getWebhook,
    listWebhooks: (scope, page, contract) => store.endpointsList(database, scope, page, contract),

    async createWebhook(context, input) {
      checkTarget(http, input.url);
      const contract = input.contract ?? DEFAULT_CONTRACT;
      checkEvents(contractOf(contract), input.events);
      const secret = chosenSecret(input.secret);
      const now = clock.now().toISOString();
      const webhook: Webhook = {
        id: newId('whk', clock.nowMs()),
        version: 1,
        contract,
        url: input.url,
        events: [...input.events],
        description: input.description ?? null,
        ordering: input.ordering ?? 'none',
        paused: false,
        failingSince: null,
        previousSecretUntil: null,
        createdAt: now,
        updatedAt: now,
      };
      return writes.run(context, async (tx) => {
        const [row] = await tx.query(store.endpointsCount(context.tenant));
        if (row!.endpoints >= ENDPOINTS_MAX) throw tooMany();
        tx.add(store.endpointInsert(context.tenant, webhook, sealed(context, webhook.id, secret)));
        tx.append(endpointEvent('webhook.created', webhook));
        return { ...webhook, secret };
      });
    },

    async updateWebhook(context, id, patch) {
      if (patch.url !== undefined) checkTarget(http, patch.url);
      const before = await current(context, id);
      const { events, ...changes } = patch;
      if (events) checkEvents(contractOf(before.contract), events);
      const webhook: Webhook = { ...nextVersion(before), ...changes, events: [...(events ?? before.events)] };
      const statements = [store.endpointUpdate(context.tenant, webhook)];
      const result = await writes.store(context, {
        statements,
        events: [endpointEvent('webhook.updated', webhook)],
        result: webhook,
      });
      if (before.paused && !webhook.paused) onResume();
      return result;
    },

    async deleteWebhook(context, id) {
      const webhook = nextVersion(await current(context, id));
      const statements = [store.endpointRemove(context.tenant, webhook), deliveriesCancel(id, webhook.updatedAt)];
      return writes.store(context, { statements, events: [endpointEvent('webhook.deleted', webhook)], result: null });
    },

    async rotateSecret(context, id, given) {
      const secret = chosenSecret(given);
      const previousSecretUntil = new Date(clock.nowMs() + ROTATION_OVERLAP_MS).toISOString();
      const webhook: Webhook = { ...nextVersion(await current(context, id)), previousSecretUntil };
      return writes.store(context, {
        statements: [store.endpointRotate(context.tenant, webhook, sealed(context, id, secret))],
        events: [endpointEvent('webhook.secret_rotated', webhook)],
        result: { ...webhook, secret },
      });
    },
  };
}

function chosenSecret(given: string | undefined): string {
  if (given === undefined) return newSigningSecret();
  checkSigningSecret(given);
  return given;
}

function checkEvents({ eventTypes }: DeliveryContract, events: readonly string[]): void {
  const index = events.findIndex((name) => !eventTypes.includes(name));
  if (index < 0) return;
  throw invalidField(`events[${index}]`, 'not_allowed', `Send one of: ${eventTypes.join(', ')}.`);
}

/** Refuses at once what can never be called; names are looked up again at every delivery (G-23). */
function checkTarget(http: Pick<OutgoingHttp, 'checkTarget'>, url: string): void {
  try {
    http.checkTarget(url);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    throw invalidField('url', 'not_allowed', error.message);
  }
}

function tooMany(): DomainError {
  return new DomainError(
    'invalid_state',
    `There are ${ENDPOINTS_MAX} webhooks, which is the most; delete one that you no longer need.`,
  );
}
