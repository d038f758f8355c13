import type { Authenticator } from '#gateway/authenticate.ts';
import { type Exchange, headerOf, type Step } from '#gateway/exchange.ts';
import { DomainError } from '#kernel/errors.ts';
import type { Principal } from '#kernel/http/principal.ts';

/**
 * A request with a user's access token in `Authorization` beside the key is that user's: it may do what both may do, and
 * the audit trail names the user (C-21). The key alone decides which organisation, mode and limits apply.
 */
export function narrowToUser(authenticate: Authenticator): Step {
  return (exchange) => {
    if (!exchange.principal) return;
    const header = headerOf(exchange, 'authorization');
    if (header === undefined) return;
    const token = /^bearer +(\S+)$/i.exec(header)?.[1];
    if (token === undefined) return refuse(exchange, 'Send the user token as `Authorization: Bearer <token>`.');
    return narrow(exchange, token, authenticate);
  };
}

async function narrow(exchange: Exchange, token: string, authenticate: Authenticator): Promise<void> {
  const key = exchange.principal!;
  try {
    const user = await authenticate(token, exchange.ipAddress);
    if (!user.actor.userId) return refuse(exchange, 'The token in `Authorization` is not that of a user.');
    if (user.organizationId !== key.organizationId || user.livemode !== key.livemode) {
      return refuse(exchange, 'The user token belongs to another organisation or mode than the key.');
    }
    exchange.principal = onBehalf(key, user);
  } catch (error) {
    if (!(error instanceof DomainError) || error.kind !== 'unauthenticated') throw error;
    refuse(exchange, 'The user token has expired or was revoked; refresh it with POST /v1/sessions/refresh.');
  }
}

function onBehalf(key: Principal, user: Principal): Principal {
  return {
    ...key,
    actor: user.actor,
    scopes: new Set([...key.scopes].filter((scope) => user.scopes.has(scope))),
    expiresAtMs: Math.min(key.expiresAtMs, user.expiresAtMs),
  };
}

function refuse(exchange: Exchange, message: string): void {
  exchange.principal = null;
  exchange.refusedCredential = new DomainError('unauthenticated', message);
}
