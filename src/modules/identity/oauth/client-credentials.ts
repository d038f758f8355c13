import { SECOND_MS } from '#kernel/clock.ts';
import { hashSecret } from '#kernel/crypto/secrets.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { newId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { ProtocolClient } from '../clients/clients.store.ts';
import { identityEvent } from '../events.ts';
import { type Cause, provenContext } from '../platform.ts';
import { parseScopes } from '../scopes.ts';
import { ACCESS_TOKEN_SECONDS, type TokenSigner } from '../tokens/access-token.ts';
import { grantInsert, refreshTokenInsert } from './grants.store.ts';
import { OAuthError } from './oauth-error.ts';
import { newRefreshToken, REFRESH_TOKEN_SECONDS, type TokenResponse, tokenResponse } from './token-pair.ts';

/** When a family that starts now can be forgotten, and its first refresh token. */
export function familyTimes(nowMs: number, withRefreshToken: boolean) {
  const lifeMs = (withRefreshToken ? REFRESH_TOKEN_SECONDS : ACCESS_TOKEN_SECONDS) * SECOND_MS;
  return { createdAt: new Date(nowMs).toISOString(), expiresAt: new Date(nowMs + lifeMs).toISOString() };
}

/** The scopes a client asks for itself; all of its own when it names none. Errors: `invalid_scope`. */
export function requestedScopes(client: ProtocolClient, text: string | undefined): string[] {
  const asked = parseScopes(text);
  if (asked.length === 0) return client.scopes;
  const foreign = asked.find((scope) => !client.scopes.includes(scope));
  if (foreign !== undefined) {
    throw new OAuthError('invalid_scope', `The client may not have the scope ${printable(foreign)}.`);
  }
  return asked;
}

/** What RFC 6749 allows in an error_description. */
export function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?').slice(0, 100);
}

/**
 * The client credentials grant (RFC 6749 section 4.4), with a refresh token unless the client switched it off (C-17).
 * One round trip. Errors: `unauthorized_client`, `invalid_scope`.
 */
export async function grantToClient(
  kit: ModuleKit,
  signer: TokenSigner,
  cause: Cause,
  client: ProtocolClient,
  scopeText: string | undefined,
): Promise<TokenResponse> {
  if (!client.grantTypes.includes('client_credentials')) {
    throw new OAuthError('unauthorized_client', 'This client may not use client_credentials.');
  }
  const scopes = requestedScopes(client, scopeText);
  const nowMs = kit.clock.nowMs();
  const tenant: Tenant = { orgId: client.orgId, livemode: client.livemode };
  const refreshToken = client.issueRefreshToken ? newRefreshToken() : null;
  const grantId = newId('grt', nowMs);
  const times = familyTimes(nowMs, refreshToken !== null);
  const answer = await tokenResponse(
    signer,
    { grantId, ...tenant, clientId: client.id, userId: null, scopes, authenticatedAt: null, methods: [] },
    refreshToken,
  );
  const grant = { id: grantId, tenant, grantType: 'client_credentials' as const, clientId: client.id, ...times };
  const statements = [
    grantInsert({
      ...grant,
      userId: null,
      sessionId: null,
      scopes,
      offline: true,
      authenticatedAt: null,
      methods: [],
    }),
  ];
  if (refreshToken !== null) {
    const token = { hash: hashSecret(refreshToken), grantId, tenant, issuedAt: times.createdAt };
    statements.push(refreshTokenInsert({ ...token, expiresAt: times.expiresAt }));
  }
  await kit.writes.store(provenContext(cause, tenant, { kind: 'client', id: client.id }), {
    statements,
    events: [
      identityEvent('grant.created', grantId, 1, {
        grant: { id: grantId, grant_type: 'client_credentials', client_id: client.id, scopes },
      }),
    ],
    result: null,
  });
  return answer;
}
