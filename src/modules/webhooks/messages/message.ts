import type { Tenant } from '#kernel/database/tenant.ts';
import type { Json, StoredEvent } from '#kernel/events/event.ts';
import type { EventId } from '#kernel/ids.ts';

/**
 * What a mapper makes of a stored event: the public name and what receivers get to see. Data that must be looked up is a
 * function, called only when somebody listens.
 */
export interface PublicEvent {
  type: string;
  data: Json | (() => Promise<Json>);
}

/** The mappers of the source modules; an event that is not public maps to none. */
export type PublicEventMappers = Readonly<Record<string, (event: StoredEvent) => readonly PublicEvent[]>>;

/** A public event, ready to be sent. */
export interface Message {
  id: EventId;
  tenant: Tenant;
  type: string;
  /** Whose shape it has; see DeliveryContract. */
  contract: string;
  objectId: string;
  sequence: number;
  traceparent: string;
  /** The exact text that is signed and sent. */
  body: string;
  occurredAt: string;
}

/** The body of a message: the envelope of every event and the data of this one. */
export interface MessageBody {
  id: string;
  type: string;
  created_at: string;
  object_id: string;
  sequence: number;
  livemode: boolean;
  data: Json;
}

export function composeMessage(facts: Omit<Message, 'body'>, data: Json): Message {
  const body: MessageBody = {
    id: facts.id,
    type: facts.type,
    created_at: facts.occurredAt,
    object_id: facts.objectId,
    sequence: facts.sequence,
    livemode: facts.tenant.livemode,
    data,
  };
  return { ...facts, body: JSON.stringify(body) };
}
