import type { Clock } from '#kernel/clock.ts';
import { hashSecret, secretsEqual } from '#kernel/crypto/secrets.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { isId } from '#kernel/ids.ts';
import { isClientUsable } from '../clients/client.ts';
import { clientFindForProtocol, type ProtocolClient } from '../clients/clients.store.ts';
import { OAuthError } from './oauth-error.ts';

/** How a client presents itself: the Authorization header, or fields of the body; one of them, never both. */
export interface ClientCredentials {
  authorization?: string;
  clientId?: string;
  clientSecret?: string;
}

const UNKNOWN = 'The client is unknown, expired or revoked, or its secret is wrong.';

/**
 * Proves the client by client_secret_basic, client_secret_post, or nothing for a public client (whose code is bound by
 * PKCE). Costs one round trip. Errors: `invalid_client`, `invalid_request` (two methods at once).
 */
export async function authenticateClient(
  database: ModuleDatabase,
  clock: Clock,
  credentials: ClientCredentials,
): Promise<ProtocolClient> {
  const { id, secret } = readCredentials(credentials);
  const client = isId('cli', id) ? await clientFindForProtocol(database, id) : null;
  if (!client?.organizationActive || !isClientUsable(client, clock.nowMs())) {
    throw new OAuthError('invalid_client', UNKNOWN);
  }
  if (client.secretHash === null) {
    if (secret !== undefined) throw new OAuthError('invalid_client', 'A public client has no secret; send none.');
    return client;
  }
  if (secret === undefined || !secretsEqual(hashSecret(secret), client.secretHash)) {
    throw new OAuthError('invalid_client', UNKNOWN);
  }
  return client;
}

function readCredentials(credentials: ClientCredentials): { id: string; secret?: string } {
  const { authorization, clientId, clientSecret } = credentials;
  if (authorization === undefined || !/^basic /i.test(authorization)) {
    if (!clientId) {
      throw new OAuthError(
        'invalid_client',
        'Name the client: HTTP Basic, or client_id and client_secret in the body.',
      );
    }
    return { id: clientId, secret: clientSecret };
  }
  if (clientSecret !== undefined) {
    throw new OAuthError('invalid_request', 'Send the client secret once: in the header or in the body.');
  }
  const basic = readBasic(authorization);
  if (!basic || (clientId !== undefined && clientId !== basic.id)) throw new OAuthError('invalid_client', UNKNOWN);
  return basic;
}

/** Both halves are form-encoded inside the base64 (RFC 6749 section 2.3.1). */
function readBasic(authorization: string): { id: string; secret: string } | null {
  const text = Buffer.from(authorization.slice('basic '.length).trim(), 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return null;
  try {
    const decode = (part: string) => decodeURIComponent(part.replaceAll('+', ' '));
    return { id: decode(text.slice(0, colon)), secret: decode(text.slice(colon + 1)) };
  } catch {
    return null;
  }
}
