import type { CommandContext } from '#kernel/context.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope } from '#kernel/database/tenant.ts';
import { notFound } from '#kernel/errors.ts';
import { type EventId, newId, type WebhookId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Endpoints } from '../endpoints/endpoints.service.ts';
import { deliveryEvent } from '../events.ts';
import { TEST_EVENT_TYPE } from '../messages/event-types.ts';
import { composeMessage, type MessageBody } from '../messages/message.ts';
import { type EventFilter, messageFind, messagesInsert, messagesList } from '../messages/messages.store.ts';
import { keptSince } from '../retention.ts';
import * as store from './deliveries.store.ts';
import type { Delivery, DeliveryId, DeliveryKind } from './delivery.ts';

/** Public events and their deliveries, of the last 30 days. Each method names the errors it may raise. */
export interface Deliveries {
  listEvents(scope: Scope, filter: EventFilter, page: PageRequest): Promise<Page<MessageBody>>;
  /** Errors: `not_found`. */
  getEvent(scope: Scope, id: EventId): Promise<MessageBody>;
  /** Errors: `not_found`. */
  listDeliveries(
    scope: Scope,
    webhookId: WebhookId,
    filter: store.DeliveryFilter,
    page: PageRequest,
  ): Promise<Page<Delivery>>;
  /** Errors: `not_found`. */
  getDelivery(scope: Scope, webhookId: WebhookId, id: DeliveryId): Promise<Delivery>;
  /** Sends a `webhook.test` event to this endpoint, once, also when it is paused. Errors: `not_found`. */
  sendTest(context: CommandContext, webhookId: WebhookId): Promise<Delivery>;
  /** Sends the same message again, in a delivery of its own with the whole schedule. Errors: `not_found`. */
  replay(context: CommandContext, webhookId: WebhookId, id: DeliveryId): Promise<Delivery>;
}

export function createDeliveries(kit: ModuleKit, endpoints: Endpoints, wake: () => void): Deliveries {
  const { database, writes, clock } = kit;

  async function find(scope: Scope, webhookId: WebhookId, id: DeliveryId): Promise<store.StoredDelivery> {
    await endpoints.getWebhook(scope, webhookId);
    const delivery = await store.deliveryFind(database, scope, webhookId, id, keptSince(clock));
    if (!delivery) throw notFound('delivery', id);
    return delivery;
  }

  function newDelivery(kind: DeliveryKind, webhookId: WebhookId, eventId: EventId, eventType: string): Delivery {
    const now = clock.now().toISOString();
    return {
      id: newId('dlv', clock.nowMs()),
      webhookId,
      eventId,
      eventType,
      kind,
      status: 'pending',
      attempts: [],
      nextAttemptAt: now,
      createdAt: now,
      completedAt: null,
    };
  }

  return {
    listEvents: (scope, filter, page) => messagesList(database, scope, filter, keptSince(clock), page),

    async getEvent(scope, id) {
      const event = await messageFind(database, scope, id, keptSince(clock));
      if (!event) throw notFound('event', id);
      return event;
    },

    async listDeliveries(scope, webhookId, filter, page) {
      await endpoints.getWebhook(scope, webhookId);
      return store.deliveriesList(database, scope, webhookId, filter, keptSince(clock), page);
    },

    async getDelivery(scope, webhookId, id) {
      const { objectId: _objectId, sequence: _sequence, ...delivery } = await find(scope, webhookId, id);
      return delivery;
    },

    async sendTest(context, webhookId) {
      const { contract } = await endpoints.getWebhook(context.tenant, webhookId);
      const { tenant, traceparent } = context;
      const eventId = newId('evt', clock.nowMs());
      const delivery = newDelivery('test', webhookId, eventId, TEST_EVENT_TYPE);
      // Each test is an object of its own with one change, so that receivers that drop old sequences take it.
      const about = { id: eventId, objectId: delivery.id, sequence: 1 };
      const facts = { ...about, tenant, contract, type: TEST_EVENT_TYPE, traceparent };
      const data = { webhook_id: webhookId, message: 'This is a test. Your endpoint works when it answers 2xx.' };
      const message = composeMessage({ ...facts, occurredAt: delivery.createdAt }, data);
      const result = await writes.store(context, {
        statements: [
          messagesInsert([message], delivery.createdAt),
          store.deliveriesInsert([{ tenant, delivery, message, ordered: false }]),
        ],
        events: [deliveryEvent('webhook.test_sent', delivery)],
        result: delivery,
      });
      wake();
      return result;
    },

    async replay(context, webhookId, id) {
      const original = await find(context.tenant, webhookId, id);
      if (!(await messageFind(database, context.tenant, original.eventId, keptSince(clock)))) {
        throw notFound('delivery', id);
      }
      const { tenant } = context;
      const delivery = newDelivery('replay', webhookId, original.eventId, original.eventType);
      const result = await writes.store(context, {
        // Never ordered: it is an old event, and newer ones of the object shall not wait for it.
        statements: [store.deliveriesInsert([{ tenant, delivery, message: original, ordered: false }])],
        events: [deliveryEvent('webhook.replayed', delivery)],
        result: delivery,
      });
      wake();
      return result;
    },
  };
}
