import { SECOND_MS } from '#kernel/clock.ts';
import { hashSecret } from '#kernel/crypto/secrets.ts';
import type { Row } from '#kernel/database/connection.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { DomainError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { ProtocolClient } from '../clients/clients.store.ts';
import { identityEvent } from '../events.ts';
import { type Cause, provenContext } from '../platform.ts';
import { scopesWithin } from '../scopes.ts';
import type { TokenSigner } from '../tokens/access-token.ts';
import { boundsOf } from '../tokens/authenticator.ts';
import type { Revocations } from '../tokens/revocations.ts';
import { familyTimes } from './client-credentials.ts';
import { codeConsume, codeFind } from './codes.store.ts';
import { grantInsert, refreshTokenInsert } from './grants.store.ts';
import { OAuthError } from './oauth-error.ts';
import { verifierMatches } from './pkce.ts';
import { newRefreshToken, type TokenResponse, tokenResponse } from './token-pair.ts';

export interface CodeExchangeDependencies {
  kit: ModuleKit;
  signer: TokenSigner;
  revocations: Revocations;
}

const REFUSED = 'The code is unknown, expired, used, or was given for another client, redirect_uri or code_verifier.';

/**
 * The authorization code grant (RFC 6749 section 4.1.3 with RFC 7636). The code is used up by the first right request;
 * a code that comes back ends the family made from it. Errors: `invalid_request`, `invalid_grant`, `unauthorized_client`.
 */
export async function exchangeCode(
  dependencies: CodeExchangeDependencies,
  cause: Cause,
  client: ProtocolClient,
  request: { code?: string; redirectUri?: string; codeVerifier?: string },
): Promise<TokenResponse> {
  const { kit } = dependencies;
  const { code, redirectUri, codeVerifier } = request;
  if (!client.grantTypes.includes('authorization_code')) {
    throw new OAuthError('unauthorized_client', 'This client may not use authorization_code.');
  }
  if (!code || !redirectUri || !codeVerifier) {
    throw new OAuthError('invalid_request', 'Send code, redirect_uri and code_verifier.');
  }
  const hash = hashSecret(code);
  const row = await codeFind(kit.database, hash);
  if (!row || row.client_id !== client.id) throw new OAuthError('invalid_grant', REFUSED);
  if (row.used_at !== null) return refuseReplay(dependencies, cause, row);
  const isBound = row.redirect_uri === redirectUri && verifierMatches(codeVerifier, row.code_challenge);
  if (!isBound || !isCodeAlive(row, kit.clock.nowMs())) throw new OAuthError('invalid_grant', REFUSED);
  try {
    return await issue(dependencies, cause, client, { hash, row });
  } catch (error) {
    if (!(error instanceof DomainError) || error.kind !== 'resource_locked') throw error;
    // Two requests with one code: the loser is a replay.
    const now = await codeFind(kit.database, hash);
    if (now && now.used_at !== null) return refuseReplay(dependencies, cause, now);
    throw new OAuthError('invalid_grant', REFUSED, error);
  }
}

async function issue(
  { kit, signer }: CodeExchangeDependencies,
  cause: Cause,
  client: ProtocolClient,
  { hash, row }: { hash: Buffer; row: Row },
): Promise<TokenResponse> {
  const nowMs = kit.clock.nowMs();
  const tenant: Tenant = { orgId: row.org_id, livemode: row.livemode };
  const scopes = scopesWithin(boundsOf({ ...row, client_scopes: client.scopes }), row.scopes);
  const refreshToken = client.issueRefreshToken ? newRefreshToken() : null;
  const grantId = newId('grt', nowMs);
  const times = familyTimes(nowMs, refreshToken !== null);
  const person = { userId: row.user_id, authenticatedAt: row.authenticated_at, methods: row.methods };
  const basis = { grantId, ...tenant, clientId: client.id, scopes, ...person };
  const answer = await tokenResponse(signer, basis, refreshToken);
  if (scopes.includes('openid')) answer.id_token = await idToken(signer, client, tenant, row);
  const offline = scopes.includes('offline_access');
  const grant = { id: grantId, tenant, grantType: 'authorization_code' as const, clientId: client.id, ...times };
  const statements = [
    codeConsume(hash, times.createdAt, grantId),
    grantInsert({ ...grant, ...person, sessionId: row.session_id, scopes, offline }),
  ];
  if (refreshToken !== null) {
    const token = { hash: hashSecret(refreshToken), grantId, tenant, issuedAt: times.createdAt };
    statements.push(refreshTokenInsert({ ...token, expiresAt: times.expiresAt }));
  }
  const facts = { id: grantId, grant_type: 'authorization_code', client_id: client.id, user_id: row.user_id, scopes };
  await kit.writes.store(provenContext(cause, tenant, { kind: 'user', id: row.user_id, userId: row.user_id }), {
    statements,
    events: [identityEvent('grant.created', grantId, 1, { grant: facts })],
    result: null,
  });
  return answer;
}

function idToken(signer: TokenSigner, client: ProtocolClient, tenant: Tenant, row: Row): Promise<string> {
  return signer.signIdToken({
    subject: row.user_id,
    clientId: client.id,
    tenant,
    nonce: row.nonce,
    authTime: Math.floor(Date.parse(row.authenticated_at) / SECOND_MS),
    methods: row.methods,
    sessionId: row.session_id,
  });
}

async function refuseReplay({ revocations }: CodeExchangeDependencies, cause: Cause, row: Row): Promise<never> {
  const tenant: Tenant = { orgId: row.org_id, livemode: row.livemode };
  const context = provenContext(cause, tenant, { kind: 'client', id: row.client_id });
  await revocations.revoke(context, { grantId: row.grant_id }, 'code_replayed');
  throw new OAuthError('invalid_grant', REFUSED);
}

function isCodeAlive(row: Row, nowMs: number): boolean {
  const isSessionAlive = row.session_ended_at === null && Date.parse(row.session_expires_at) > nowMs;
  const isOwnerAlive = row.user_status === 'active' && row.organization_status === 'active';
  return Date.parse(row.expires_at) > nowMs && isSessionAlive && isOwnerAlive;
}
