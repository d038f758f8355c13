import { createHash } from 'node:crypto';
import { refuseCardNumbers } from '#kernel/card-number.ts';
import type { IdempotencyClaim } from '#kernel/context.ts';
import type { BlindIndex } from '#kernel/crypto/blind-index.ts';
import { isSingle, type Tenant } from '#kernel/database/tenant.ts';
import { stillRunning } from '#kernel/database/write-path.ts';
import { DomainError } from '#kernel/errors.ts';
import { PLATFORM_SCOPE } from '#kernel/http/principal.ts';
import { PLATFORM_ORGANIZATION } from '#modules/identity/index.ts';
import { type Exchange, headerOf, type Step } from './exchange.ts';

const KEY_FORM = /^[\x21-\x7e]{1,255}$/;

/**
 * Makes the proof that a command runs with: tenant, actor, origin, trace, the version the caller read (`If-Match`) and the
 * idempotency claim. One request with the same key at a time runs in this process; the database holds the rest (C-52).
 */
export function prepareCommand(running: Set<string>, blindIndex: BlindIndex): Step {
  return (exchange) => {
    const { principal, operation } = exchange;
    const tenant = isPlatformWide(exchange) ? platformTenant(exchange) : exchange.tenant;
    if (!principal || !tenant) return;
    if (!isSingle(tenant)) {
      if (operation.method === 'GET') return;
      throw new DomainError('validation', 'Send `X-Organization-Id` to say for which organisation this is.', {
        details: [{ field: 'X-Organization-Id', code: 'required', message: 'Name the organisation by its id.' }],
      });
    }
    exchange.expectedVersion = versionOf(headerOf(exchange, 'if-match'));
    exchange.context = {
      tenant,
      actor: principal.platform ? { ...principal.actor, platform: true } : principal.actor,
      origin: { ipAddress: exchange.ipAddress, userAgent: exchange.userAgent },
      requestId: exchange.requestId,
      traceparent: exchange.traceparent,
      operation: operation.id,
      effects: { events: 0 },
      expectedVersion: exchange.expectedVersion,
      idempotency: operation.method === 'GET' ? undefined : claimOf(exchange, tenant, { running, blindIndex }),
    };
  };
}

/** Commands about the platform itself (a new organisation) happen in the platform's own organisation. */
function isPlatformWide({ principal, tenant, operation }: Exchange): boolean {
  const isForPlatform = 'scope' in operation.access && operation.access.scope === PLATFORM_SCOPE;
  return isForPlatform && principal !== null && tenant !== null && !isSingle(tenant);
}

function platformTenant({ principal }: Exchange): Tenant {
  return { orgId: PLATFORM_ORGANIZATION, livemode: principal!.livemode };
}

function claimOf(
  exchange: Exchange,
  tenant: Tenant,
  { running, blindIndex }: { running: Set<string>; blindIndex: BlindIndex },
): IdempotencyClaim | undefined {
  const key = headerOf(exchange, 'idempotency-key') ?? headerOf(exchange, 'x-idempotency-key');
  if (key === undefined) return undefined;
  if (!KEY_FORM.test(key)) {
    const message = 'An idempotency key is 1 to 255 visible ASCII characters.';
    throw new DomainError('bad_request', message, {
      details: [{ field: 'Idempotency-Key', code: 'format', message }],
    });
  }
  refuseCardNumbers({ 'Idempotency-Key': key });
  const route = exchange.operation.id;
  const claim = `${tenant.orgId}|${tenant.livemode}|${route}|${key}`;
  if (running.has(claim)) throw stillRunning();
  running.add(claim);
  exchange.runningClaim = claim;
  const request = requestText(exchange);
  return {
    key,
    route,
    fingerprint: blindIndex(tenant.orgId, 'idempotency.request', request),
    unkeyedFingerprint: createHash('sha256').update(request).digest(),
    replayed: false,
  };
}

/** The request as it was understood: two spellings of one request are the same request. */
function requestText({ params, query, body }: Exchange): string {
  return JSON.stringify([params, query, body ?? null]);
}

/** `"7"` or `W/"7"` → 7. Anything else that is not `*` matches no version. */
function versionOf(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  const match = /^\s*(?:W\/)?"(\d+)"\s*$/.exec(header);
  return match ? Number(match[1]) : -1;
}

/** Gives the claim back when the request is over, whatever became of it. */
export function releaseClaim(running: Set<string>): (exchange: Exchange) => void {
  return (exchange) => {
    if (exchange.runningClaim) running.delete(exchange.runningClaim);
  };
}
