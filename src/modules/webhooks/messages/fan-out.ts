import type { Clock } from '#kernel/clock.ts';
import type { Row } from '#kernel/database/connection.ts';
import type { Consumer } from '#kernel/events/bus.ts';
import type { StoredEvent } from '#kernel/events/event.ts';
import { newId } from '#kernel/ids.ts';
import { deliveriesInsert, type NewDelivery } from '../deliveries/deliveries.store.ts';
import { endpointsSubscribed } from '../endpoints/endpoints.store.ts';
import { isOlderThan } from './boundary.ts';
import { DEFAULT_CONTRACT, type DeliveryContract } from './delivery-contract.ts';
import { isEventType } from './event-types.ts';
import { composeMessage, type Message, type PublicEvent } from './message.ts';
import { messagesInsert } from './messages.store.ts';

/**
 * Makes public events of stored ones, in the shape of each contract, and a delivery for every endpoint that subscribed.
 * Events of the default contract are kept without listeners too: `GET /events` shows what happened. Endpoints are read in
 * the same transaction, once per batch, so that a new one misses nothing; what is older than it is not its business.
 */
export function createFanOut(contracts: readonly DeliveryContract[], clock: Clock, wake: () => void): Consumer {
  return {
    name: 'webhooks.fan-out',
    sources: [...new Set(contracts.flatMap(({ publicEvents }) => Object.keys(publicEvents)))],
    wants: (event) => contracts.some((contract) => publicOf(contract, event).length > 0),
    async handle(events, tx) {
      const organizations = [...new Set(events.map((event) => event.tenant.orgId))];
      const endpoints = await tx.query(endpointsSubscribed(organizations));
      const nowMs = clock.nowMs();
      const messages: Message[] = [];
      const deliveries: NewDelivery[] = [];
      for (const contract of contracts) {
        for (const { facts, data, event } of events.flatMap((each) => draftsOf(contract, each))) {
          const subscribers = endpoints.filter((row) => isSubscribed(row, facts) && !isOlderThan(row, event));
          if (subscribers.length === 0 && contract.name !== DEFAULT_CONTRACT) continue;
          const message = composeMessage(facts, typeof data === 'function' ? await data() : data);
          messages.push(message);
          deliveries.push(...subscribers.map((row) => deliveryOf(row, message, nowMs)));
        }
      }
      if (messages.length === 0) return;
      const statements = [messagesInsert(messages, new Date(nowMs).toISOString())];
      if (deliveries.length > 0) statements.push(deliveriesInsert(deliveries));
      await tx.run(statements);
    },
    committed: wake,
  };
}

type Facts = Omit<Message, 'body'>;

function publicOf({ publicEvents }: DeliveryContract, event: StoredEvent): readonly PublicEvent[] {
  return publicEvents[event.source]?.(event) ?? [];
}

function draftsOf(
  contract: DeliveryContract,
  event: StoredEvent,
): { facts: Facts; data: PublicEvent['data']; event: StoredEvent }[] {
  return publicOf(contract, event).map(({ type, data }, index) => {
    const isFirst = index === 0 && contract.name === DEFAULT_CONTRACT;
    if (contract.name === DEFAULT_CONTRACT && !isEventType(type)) {
      throw new Error(`The mapper of ${event.source} made an event that is not public: ${type}`);
    }
    const facts = {
      // The same id as in the audit trail, as far as one event maps to one.
      id: isFirst ? event.id : newId('evt', Date.parse(event.occurredAt)),
      tenant: event.tenant,
      type,
      contract: contract.name,
      objectId: event.streamId,
      sequence: event.streamVersion,
      traceparent: event.metadata.traceparent,
      occurredAt: event.occurredAt,
    };
    return { facts, data, event };
  });
}

function isSubscribed(endpoint: Row, { tenant, contract, type }: Facts): boolean {
  const isOfTenant = endpoint.org_id === tenant.orgId && endpoint.livemode === tenant.livemode;
  return isOfTenant && endpoint.contract === contract && endpoint.events.includes(type);
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
