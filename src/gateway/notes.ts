import type { Clock } from '#kernel/clock.ts';
import { DomainError } from '#kernel/errors.ts';
import type { Operation } from '#kernel/http/operation.ts';
import type { Principal } from '#kernel/http/principal.ts';
import type { AccessEntry } from '#modules/audit/index.ts';
import type { CountedRequest } from '#modules/usage/index.ts';
import type { Exchange } from './exchange.ts';

/** What a finished request is noted with; the parts that need a library arrive as plain functions. */
export interface NoteTakers {
  clock: Clock;
  recordAccess(entry: AccessEntry): void;
  /** For the metrics of an organisation (V1-115..118). */
  countRequest(request: CountedRequest): void;
  /** One line per request (ARC-18). */
  logRequest(exchange: Exchange, status: number, durationMs: number, bytes: number): void;
  /** A fault of ours, with its cause; never sent to the client. */
  logFault(exchange: Exchange, error: unknown): void;
  measure(operation: string, status: number, durationMs: number): void;
  /** Somebody used what will go (G-58). */
  noteDeprecatedUse(principal: Principal, operation: Operation): void;
}

/** Request log, metrics and the audit of every access (SOC-04..07); runs after the answer left. */
export function takeNotes(
  takers: NoteTakers,
  edition: string,
): (exchange: Exchange, status: number, bytes: number) => void {
  return (exchange, status, bytes) => {
    exchange.endTrace(status, exchange.error);
    const durationMs = performance.now() - exchange.arrivedMs;
    takers.measure(exchange.operation.id, status, durationMs);
    if (exchange.principal?.organizationId) takers.countRequest(countedOf(exchange, edition, status, durationMs));
    if (exchange.operation.deprecated && exchange.principal) {
      takers.noteDeprecatedUse(exchange.principal, exchange.operation);
    }
    takers.logRequest(exchange, status, durationMs, bytes);
    if (exchange.error && isFault(exchange.error)) takers.logFault(exchange, exchange.error);
    // A command that stored events is audited from them, durably; everything else here, at the edge, before any cache.
    if ((exchange.context?.effects.events ?? 0) > 0 || isUnaudited(exchange)) return;
    const access = accessOf(exchange, takers.clock);
    takers.recordAccess(access);
    for (const { operation, objectId } of exchange.answer?.alsoSeen ?? []) {
      takers.recordAccess({ ...access, action: operation, objectId });
    }
  };
}

function countedOf(
  { principal, verdict }: Exchange,
  edition: string,
  status: number,
  durationMs: number,
): CountedRequest {
  const { organizationId, livemode } = principal!;
  const limit = verdict && { used: verdict.limit - verdict.remaining, of: verdict.limit };
  return { orgId: organizationId!, livemode, edition, outcome: outcomeOf(status), durationMs, limit };
}

function outcomeOf(status: number): CountedRequest['outcome'] {
  if (status < 400) return 'success';
  if (status >= 500) return 'server_error';
  return status === 429 ? 'refused' : 'client_error';
}

function isFault(error: unknown): boolean {
  if (!(error instanceof DomainError)) return true;
  return error.kind === 'internal' || error.kind === 'unavailable' || error.cause !== undefined;
}

/** Liveness probes and documents touch no data of anybody. */
function isUnaudited(exchange: Exchange): boolean {
  return 'public' in exchange.operation.access && !exchange.error && exchange.operation.method === 'GET';
}

function accessOf(exchange: Exchange, clock: Clock): AccessEntry {
  const { principal, tenant, error } = exchange;
  const outcome = !error ? 'success' : error instanceof DomainError ? error.kind : 'internal';
  return {
    orgId: tenant && tenant.orgId !== '*' ? tenant.orgId : (principal?.organizationId ?? null),
    livemode: tenant?.livemode ?? principal?.livemode ?? true,
    occurredAtMs: clock.nowMs(),
    actor: principal?.actor ?? ANONYMOUS,
    platform: principal?.platform ?? false,
    action: exchange.operation.id,
    objectId: objectOf(exchange),
    outcome,
    requestId: exchange.requestId,
    ipAddress: exchange.ipAddress,
    userAgent: exchange.userAgent,
  };
}

const ID_FORM = /^(?:[a-z]{2,6}_[0-9a-z]{26}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** What a request was about. The path of a refused one may hold anything, such as somebody's e-mail address. */
function objectOf({ params: read, request, error, answer }: Exchange): string | null {
  // A request that was refused before its parameters were read still named an object.
  const params = (read ?? request.params) as Record<string, string> | undefined;
  const named = params && Object.values(params)[0];
  if (named !== undefined) return !error || ID_FORM.test(named) ? named : null;
  const body = answer?.body as { id?: unknown } | undefined;
  return typeof body?.id === 'string' ? body.id : null;
}

const ANONYMOUS = { kind: 'anonymous', id: '' } as const;
