import type { Actor } from '#kernel/context.ts';

/** Requests that belong to no organisation (a failed sign-in, the platform's own work) are recorded under this name. */
export const NO_ORGANIZATION = 'platform';

/** What the gateway says about a request that stored no events: a read or a refusal (SOC-04..07, C-107). */
export interface AccessEntry {
  /** The organisation whose data was asked for; null when none is known. */
  orgId: string | null;
  livemode: boolean;
  /** Milliseconds since the epoch, from the clock. */
  occurredAtMs: number;
  actor: Actor;
  /** True when a platform administrator crossed into the organisation (C-14). */
  platform: boolean;
  /** The operation, such as `orders.get`. */
  action: string;
  /** The object that was named; null for lists. */
  objectId: string | null;
  /** `success`, or the kind of the refusal such as `not_found`. */
  outcome: string;
  requestId: string;
  ipAddress: string;
  userAgent: string;
}

/** Where somebody acted from; null in both when the person was erased. */
export interface EntryOrigin {
  ipAddress: string | null;
  userAgent: string | null;
}

/** An entry as it is written: an access, or a change that an event tells of. */
export interface NewEntry {
  id: string;
  orgId: string;
  livemode: boolean;
  /** ISO 8601 UTC. */
  occurredAt: string;
  actor: Actor;
  platform: boolean;
  action: string;
  objectId: string | null;
  outcome: string;
  requestId: string;
  ipAddress: string;
  userAgent: string;
  event?: { id: string; type: string; version: number };
}

/** An entry as the tenant reads it. */
export interface AuditEntry extends EntryOrigin {
  id: string;
  occurredAt: string;
  actorKind: Actor['kind'];
  actorId: string;
  /** The person behind the credential, or null. */
  userId: string | null;
  platform: boolean;
  action: string;
  objectId: string | null;
  outcome: string;
  requestId: string;
  eventId: string | null;
  eventType: string | null;
  /** The version that a change made of the object, or null. */
  objectVersion: number | null;
}
