import type { Tenant } from './database/tenant.ts';

/** Who acts. `system` is the product itself: consumers, jobs and sagas that run on. */
export interface Actor {
  kind: 'user' | 'client' | 'api_key' | 'system' | 'anonymous';
  /** The id of the user, client or key; a component name for `system`. */
  id: string;
  /** Set when a person stands behind the credential. */
  userId?: string;
  /** Of a key that works by itself: the person who made it, and answers for it. */
  ownerId?: string;
  /** True when the act crossed into an organisation by the platform:admin scope; such acts are audited as such (C-14). */
  platform?: boolean;
}

/** The person whose data the origin of an act is, or null when a machine acted. */
export function personOf(actor: Actor): string | null {
  return actor.userId ?? (actor.kind === 'user' ? actor.id : null);
}

/** Who answers for an act: the person behind the credential or its owner, or the credential that acts for itself. */
export function responsibleFor({ userId, ownerId, id }: Actor): string {
  return userId ?? ownerId ?? id;
}

/** From where: the address and client of the request (SOC-07). */
export interface Origin {
  ipAddress: string;
  userAgent: string;
}

/** An idempotency key with what it was used for (C-52). */
export interface IdempotencyClaim {
  key: string;
  route: string;
  /** A keyed hash over the normalised request: nobody guesses from it what personal data the request held. */
  fingerprint: Buffer;
  /** The hash without a key, as rows of before have it until they expire; it is compared and never stored. */
  unkeyedFingerprint?: Buffer;
  /** Set by the write path when the answer is the stored one of an earlier request. */
  replayed: boolean;
}

/**
 * Everything a command needs to know about its cause. Only the gateway makes one for a request and only
 * `systemContext` makes one for the machinery, so that a service method cannot run without proof of who and where.
 */
export interface CommandContext {
  readonly tenant: Tenant;
  readonly actor: Actor;
  /** Sealed already in work that goes on after the request (a saga). */
  readonly origin: Origin | string;
  readonly requestId: string;
  /** W3C trace context, carried into events and from there into webhooks (OBS-03). */
  readonly traceparent: string;
  /** The operation, e.g. `orders.create`, or the component that acts. */
  readonly operation: string;
  readonly idempotency?: IdempotencyClaim;
  /** How many events this command stored; a request that stored none is audited as an access at the edge. */
  readonly effects: { events: number };
  /** The version the caller read (`If-Match`), when it sent one; a stale one is refused with `precondition_failed`. */
  readonly expectedVersion?: number;
}

/** A context of the product itself; `cause` keeps the request id and trace of what started the work. */
export function systemContext(
  component: string,
  tenant: Tenant,
  cause: { requestId: string; traceparent: string },
): CommandContext {
  return {
    tenant,
    actor: { kind: 'system', id: component },
    origin: { ipAddress: '', userAgent: component },
    requestId: cause.requestId,
    traceparent: cause.traceparent,
    operation: component,
    effects: { events: 0 },
  };
}

/** The same cause for the inner writes of a saga, which has claimed the idempotency key and checked the version itself. */
export function innerContext(context: CommandContext): CommandContext {
  return { ...context, idempotency: undefined, expectedVersion: undefined };
}
