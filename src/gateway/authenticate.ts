import { DomainError } from '#kernel/errors.ts';
import type { Principal } from '#kernel/http/principal.ts';
import { type Exchange, headerOf, type Step } from './exchange.ts';

/** Checks a bearer credential; synchronous when it was seen before. Errors: `unauthenticated`, `unavailable`. */
export type Authenticator = (token: string, ipAddress: string) => Principal | Promise<Principal>;

/**
 * Turns `Authorization: Bearer …` into a principal (ARC-16). A refusal is kept, not thrown: first the anonymous limit
 * counts the attempt (C-06), then `authorize` refuses. Keys in the query string are refused even on public routes.
 */
export function authenticateBearer(authenticate: Authenticator): Step {
  return (exchange) => {
    const header = headerOf(exchange, 'authorization');
    if (header === undefined) {
      exchange.refusedCredential = missingCredential(exchange);
      return;
    }
    if (header.length < 8 || header.slice(0, 7).toLowerCase() !== 'bearer ') {
      // Clients of the token endpoint authenticate with Basic; the operation itself checks it.
      exchange.refusedCredential = unauthenticated('Send the credential as `Authorization: Bearer <token>`.');
      return;
    }
    try {
      const found = authenticate(header.slice(7).trim(), exchange.ipAddress);
      if (!(found instanceof Promise)) {
        exchange.principal = found;
        return;
      }
      return found.then(
        (principal) => {
          exchange.principal = principal;
        },
        (error) => keepRefusal(exchange, error),
      );
    } catch (error) {
      keepRefusal(exchange, error);
    }
  };
}

/** A database that is away is not a wrong credential. */
function keepRefusal(exchange: Exchange, error: unknown): void {
  if (!(error instanceof DomainError) || error.kind !== 'unauthenticated') throw error;
  exchange.refusedCredential = error;
}

function missingCredential(exchange: Exchange): DomainError {
  if (headerOf(exchange, 'x-api-key')) {
    return unauthenticated('This edition takes `Authorization: Bearer <access token or API key>`, not X-API-Key.');
  }
  if (/[?&](api_key|access_token|token)=/.test(exchange.request.raw.url ?? '')) {
    return unauthenticated('Credentials in the query string are refused; send `Authorization: Bearer <token>`.');
  }
  return unauthenticated('Send an access token as `Authorization: Bearer <token>`; get one from POST /auth/token.');
}

function unauthenticated(message: string): DomainError {
  return new DomainError('unauthenticated', message);
}
