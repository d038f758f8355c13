import { SECOND_MS } from '#kernel/clock.ts';
import { hashSecret } from '#kernel/crypto/secrets.ts';
import type { Row } from '#kernel/database/connection.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { DomainError } from '#kernel/errors.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { ProtocolClient } from '../clients/clients.store.ts';
import { identityEvent } from '../events.ts';
import { type Cause, provenContext } from '../platform.ts';
import { parseScopes, scopesWithin } from '../scopes.ts';
import type { TokenSigner } from '../tokens/access-token.ts';
import { boundsOf } from '../tokens/authenticator.ts';
import type { Revocations } from '../tokens/revocations.ts';
import { refreshTokenFind, refreshTokenRotate } from './grants.store.ts';
import { OAuthError } from './oauth-error.ts';
import { basisOf, newRefreshToken, REFRESH_TOKEN_SECONDS, type TokenResponse, tokenResponse } from './token-pair.ts';

export interface RefreshDependencies {
  kit: ModuleKit;
  signer: TokenSigner;
  revocations: Revocations;
}

const REFUSED = 'The refresh token is unknown, expired, used or revoked; start a new authorization.';

/**
 * The refresh grant (RFC 6749 section 6): single use, a new pair each time (AUTH-04, AUTH-05). A second use ends the
 * whole family at once, because one of the two users stole it (RFC 9700 section 4.14), except inside the grace window of
 * a client that asked for one: then it gets the very same pair again and nothing new is minted (C-18).
 * Errors: `invalid_grant`, `invalid_scope`.
 */
export async function refresh(
  dependencies: RefreshDependencies,
  cause: Cause,
  client: ProtocolClient,
  request: { refreshToken: string; scope: string | undefined },
): Promise<TokenResponse> {
  const { kit } = dependencies;
  const hash = hashSecret(request.refreshToken);
  const row = await refreshTokenFind(kit.database, hash);
  // A foreign client learns nothing and changes nothing.
  if (!row || row.client_id !== client.id) throw new OAuthError('invalid_grant', REFUSED);
  if (row.used_at !== null) return answerSecondUse(dependencies, cause, client, row);
  checkFamily(row, kit.clock.nowMs());
  const scopes = narrowedScopes(row, request.scope);
  try {
    return await rotate(dependencies, cause, client, { hash, row, scopes });
  } catch (error) {
    if (!(error instanceof DomainError) || error.kind !== 'resource_locked') throw error;
    // Somebody was faster with this token or its family: what is stored now decides.
    const now = await refreshTokenFind(kit.database, hash);
    if (now && now.used_at !== null) return answerSecondUse(dependencies, cause, client, now);
    throw new OAuthError('invalid_grant', REFUSED, error);
  }
}

async function rotate(
  dependencies: RefreshDependencies,
  cause: Cause,
  client: ProtocolClient,
  use: { hash: Buffer; row: Row; scopes: string[] },
): Promise<TokenResponse> {
  const { kit, signer } = dependencies;
  const { hash, row, scopes } = use;
  const nowMs = kit.clock.nowMs();
  const next = newRefreshToken();
  const answer = await tokenResponse(signer, basisOf(row, scopes), next);
  const keepsSuccessor = client.refreshReuseGraceSeconds > 0;
  const version = row.version + 1;
  const statement = refreshTokenRotate({
    hash,
    grantId: row.id,
    grantVersion: row.version,
    nextHash: hashSecret(next),
    now: new Date(nowMs).toISOString(),
    nextExpiresAt: new Date(nowMs + REFRESH_TOKEN_SECONDS * SECOND_MS).toISOString(),
    successor: keepsSuccessor
      ? kit.sealing.sealForOrganization(row.org_id, JSON.stringify(answer), successorContext(row.id))
      : null,
  });
  const grant = { id: row.id, client_id: row.client_id, user_id: row.user_id, scopes };
  await kit.writes.store(contextOf(cause, row), {
    statements: [statement],
    events: [identityEvent('grant.refreshed', row.id, version, { grant })],
    result: null,
  });
  return answer;
}

/** Inside the grace window the stored successor; otherwise the family ends. */
async function answerSecondUse(
  dependencies: RefreshDependencies,
  cause: Cause,
  client: ProtocolClient,
  row: Row,
): Promise<TokenResponse> {
  const { kit, revocations } = dependencies;
  const ageMs = kit.clock.nowMs() - Date.parse(row.used_at);
  const isInGrace = ageMs < client.refreshReuseGraceSeconds * SECOND_MS;
  if (isInGrace && row.successor !== null && row.revoked_at === null) {
    return JSON.parse(kit.sealing.openForOrganization(row.org_id, row.successor, successorContext(row.id)));
  }
  if (row.revoked_at === null) await revocations.revoke(contextOf(cause, row), { grantId: row.id }, 'refresh_reuse');
  throw new OAuthError('invalid_grant', REFUSED);
}

function checkFamily(row: Row, nowMs: number): void {
  const isUserAlive = row.user_id === null || row.user_status === 'active';
  const hasSession = !row.offline && row.session_id !== null;
  const isSessionOver = hasSession && (row.session_ended_at !== null || Date.parse(row.session_expires_at) <= nowMs);
  const isExpired = Date.parse(row.token_expires_at) <= nowMs;
  const isActive = row.revoked_at === null && row.organization_status === 'active' && isUserAlive;
  if (isExpired || isSessionOver || !isActive) throw new OAuthError('invalid_grant', REFUSED);
}

/** The family's scopes that client and role still allow; fewer when asked for, never more. */
function narrowedScopes(row: Row, text: string | undefined): string[] {
  const allowed = scopesWithin(boundsOf(row), row.scopes);
  const asked = parseScopes(text);
  if (asked.length === 0) return allowed;
  if (asked.some((scope) => !allowed.includes(scope))) {
    throw new OAuthError('invalid_scope', 'A refresh cannot add scopes to those that were granted.');
  }
  return asked;
}

function contextOf(cause: Cause, row: Row) {
  const tenant: Tenant = { orgId: row.org_id, livemode: row.livemode };
  return provenContext(cause, tenant, { kind: 'client', id: row.client_id, userId: row.user_id ?? undefined });
}

/** The place of a sealed answer: the family of its tokens. */
export function successorContext(grantId: string): string {
  return `identity.refresh_tokens.successor:${grantId}`;
}
