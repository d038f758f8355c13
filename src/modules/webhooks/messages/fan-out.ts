import type { Clock } from '#kernel/clock.ts';
import type { Row } from '#kernel/database/connection.ts';
import type { Consumer } from '#kernel/events/bus.ts';
import type { StoredEvent } from '#kernel/events/event.ts';
import { newId } from '#kernel/ids.ts';
import { deliveriesInsert, type NewDelivery } from '../deliveries/deliveries.store.ts';
import { endpointsSubscribed } from '../endpoints/endpoints.store.ts';
import { isEventType } from './event-types.ts';
import { composeMessage, type Message, type PublicEventMappers } from './message.ts';
import { messagesInsert } from './messages.store.ts';

/**
 * Makes public events of stored ones and a delivery for every endpoint that subscribed. Events of organisations without
 * endpoints are kept too: `GET /events` shows what happened whether or not somebody listened. Endpoints are read in the
 * same transaction, once per batch, so that a new one misses nothing.
 */
export function createFanOut(mappers: PublicEventMappers, clock: Clock, wake: () => void): Consumer {
  const publicOf = (event: StoredEvent) => mappers[event.source]?.(event) ?? [];
  return {
    name: 'webhooks.fan-out',
    sources: Object.keys(mappers),
    wants: (event) => publicOf(event).length > 0,
    async handle(events, tx) {
      const messages = events.flatMap((event) => messagesOf(event, publicOf(event)));
      const organizations = [...new Set(messages.map((message) => message.tenant.orgId))];
      const endpoints = await tx.query(endpointsSubscribed(organizations));
      const nowMs = clock.nowMs();
      const deliveries = messages.flatMap((message) =>
        endpoints.filter((row) => isSubscribed(row, message)).map((row) => deliveryOf(row, message, nowMs)),
      );
      const statements = [messagesInsert(messages, new Date(nowMs).toISOString())];
      if (deliveries.length > 0) statements.push(deliveriesInsert(deliveries));
      await tx.run(statements);
    },
    committed: wake,
  };
}

function messagesOf(event: StoredEvent, publicEvents: ReturnType<PublicEventMappers[string]>): Message[] {
  return publicEvents.map(({ type, data }, index) => {
    if (!isEventType(type)) throw new Error(`The mapper of ${event.source} made an event that is not public: ${type}`);
    const facts = {
      // The same id as in the audit trail, as far as one event maps to one.
      id: index === 0 ? event.id : newId('evt', Date.parse(event.occurredAt)),
      tenant: event.tenant,
      type,
      objectId: event.streamId,
      sequence: event.streamVersion,
      traceparent: event.metadata.traceparent,
      occurredAt: event.occurredAt,
    };
    return composeMessage(facts, data);
  });
}

function isSubscribed(endpoint: Row, message: Message): boolean {
  const { orgId, livemode } = message.tenant;
  return endpoint.org_id === orgId && endpoint.livemode === livemode && endpoint.events.includes(message.type);
}

function deliveryOf(endpoint: Row, message: Message, nowMs: number): NewDelivery {
  const now = new Date(nowMs).toISOString();
  return {
    tenant: message.tenant,
    message,
    ordered: endpoint.ordering === 'per_object',
    delivery: {
      id: newId('dlv', nowMs),
      webhookId: endpoint.id,
      eventId: message.id,
      eventType: message.type,
      kind: 'event',
      status: 'pending',
      attempts: [],
      nextAttemptAt: now,
      createdAt: now,
      completedAt: null,
    },
  };
}
