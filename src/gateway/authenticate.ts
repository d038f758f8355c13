import { DomainError } from '#kernel/errors.ts';
import type { Principal } from '#kernel/http/principal.ts';
import { type Exchange, headerOf, type Step } from './exchange.ts';

/** Checks a credential; synchronous when it was seen before. Errors: `unauthenticated`, `forbidden`, `unavailable`. */
export type Authenticator = (credential: string, ipAddress: string) => Principal | Promise<Principal>;

/** Finds the credential where an edition has it, or says how it is to be sent. */
export type CredentialReader = (exchange: Exchange) => string | DomainError;

/**
 * Turns the credential of a request into a principal (ARC-16). A refusal is kept, not thrown: first the anonymous limit
 * counts the attempt (C-06), then `authorize` refuses.
 */
export function authenticateBy(credentialOf: CredentialReader, authenticate: Authenticator): Step {
  return (exchange) => {
    const credential = credentialOf(exchange);
    if (typeof credential !== 'string') {
      exchange.refusedCredential = credential;
      return;
    }
    try {
      const found = authenticate(credential, exchange.ipAddress);
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

/**
 * A database that is away is not a wrong credential; one from a forbidden address is, and is counted like any stranger's.
 */
function keepRefusal(exchange: Exchange, error: unknown): void {
  if (!(error instanceof DomainError) || !['unauthenticated', 'forbidden'].includes(error.kind)) throw error;
  exchange.refusedCredential = error;
}

/** The words of an edition for requests whose credential is not where it belongs. */
export interface CredentialHints {
  /** Nothing was sent. */
  missing: string;
  /** It was sent in the header of another edition. */
  otherHeader: string;
  /** It was sent in the query string, where every log would keep it; refused whatever it is (C-10). */
  inQuery: string;
}

/** `Authorization: Bearer …`. */
export function bearerCredential(hints: CredentialHints): CredentialReader {
  return (exchange) => {
    const header = headerOf(exchange, 'authorization');
    if (header === undefined) return misplaced(exchange, hints, 'x-api-key');
    // Clients of the token endpoint authenticate with Basic; the operation itself checks it.
    return bearerToken(header) ?? unauthenticated(hints.missing);
  };
}

const REMEMBERED = 256;
const rememberedHeaders = new Array<string | undefined>(REMEMBERED);
const rememberedTokens = new Array<string>(REMEMBERED).fill('');

/**
 * The token of a header, null when it has none. Of a header that was seen lately it is the same text object as before,
 * which knows its hash already: hashing a token of 800 characters anew cost 2 % of a cached read.
 */
function bearerToken(header: string): string | null {
  const end = header.length;
  const slot = (header.charCodeAt(end - 1) * 31 + header.charCodeAt(end - 2)) % REMEMBERED || 0;
  if (rememberedHeaders[slot] === header) return rememberedTokens[slot]!;
  const token = header.slice(0, 7).toLowerCase() === 'bearer ' ? header.slice(7).trim() : '';
  if (token === '') return null;
  rememberedHeaders[slot] = header;
  rememberedTokens[slot] = token;
  return token;
}

/** `X-API-Key: …`. */
export function keyCredential(hints: CredentialHints): CredentialReader {
  return (exchange) => headerOf(exchange, 'x-api-key')?.trim() || misplaced(exchange, hints, 'authorization');
}

const IN_QUERY = /[?&](api_?key|access_token|token|key)=/i;

function misplaced(exchange: Exchange, hints: CredentialHints, otherHeader: string): DomainError {
  if (headerOf(exchange, otherHeader)) return unauthenticated(hints.otherHeader);
  if (IN_QUERY.test(exchange.request.raw.url ?? '')) return unauthenticated(hints.inQuery);
  return unauthenticated(hints.missing);
}

function unauthenticated(message: string): DomainError {
  return new DomainError('unauthenticated', message);
}
