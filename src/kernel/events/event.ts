import type { Actor, CommandContext } from '../context.ts';
import type { Tenant } from '../database/tenant.ts';
import type { EventId } from '../ids.ts';

/** JSON as it is stored; personal data in it is sealed before it comes here. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** What a module says has happened. `type` is dotted and in the past tense: `order.created`. */
export interface NewEvent {
  type: string;
  streamId: string;
  /** 1 for the first event of an object, then one more each time; two writers of one version cannot both succeed. */
  streamVersion: number;
  data: Record<string, Json>;
}

/** Who, from where, by which request: what the audit trail needs to know about a change (SOC-04..07). */
export interface EventMetadata {
  actor: Actor;
  /** Sealed (crypto/origins.ts). */
  origin: string;
  request_id: string;
  traceparent: string;
  operation: string;
  idempotency_key?: string;
}

/** An event as the log gives it back. */
export interface StoredEvent extends NewEvent {
  id: EventId;
  /** The module whose log holds it. */
  source: string;
  tenant: Tenant;
  /** ISO 8601 UTC. */
  occurredAt: string;
  /** Of the transaction that stored it, as the database counts them; known once it is read from the log. */
  transactionId?: string;
  metadata: EventMetadata;
}

export function metadataOf(context: CommandContext, origin: string): EventMetadata {
  return {
    actor: context.actor,
    origin,
    request_id: context.requestId,
    traceparent: context.traceparent,
    operation: context.operation,
    ...(context.idempotency && { idempotency_key: context.idempotency.key }),
  };
}
