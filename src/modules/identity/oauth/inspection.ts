import { hashSecret } from '#kernel/crypto/secrets.ts';
import type { Row } from '#kernel/database/connection.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { DomainError } from '#kernel/errors.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { ProtocolClient } from '../clients/clients.store.ts';
import { type Cause, PLATFORM_ORGANIZATION, provenContext } from '../platform.ts';
import type { TokenSigner } from '../tokens/access-token.ts';
import type { Authenticator } from '../tokens/authenticator.ts';
import type { Revocations } from '../tokens/revocations.ts';
import { grantFind, refreshTokenFind } from './grants.store.ts';

export interface InspectionDependencies {
  kit: ModuleKit;
  signer: TokenSigner;
  authenticator: Authenticator;
  revocations: Revocations;
}

/** RFC 7662 section 2.2; `active: false` alone for anything the caller may not know about. */
export type Introspection = { active: false } | ({ active: true } & Record<string, unknown>);

/**
 * Ends the family of a token, given an access or a refresh token of the calling client (RFC 7009 allows a server to
 * take the whole family, and a half-revoked one helps nobody). Unknown tokens are no error.
 */
export async function revokeToken(
  dependencies: InspectionDependencies,
  cause: Cause,
  client: ProtocolClient,
  token: string,
): Promise<void> {
  const { kit, signer, revocations } = dependencies;
  const facts = await signer.verifyAccessToken(token);
  const grant = facts
    ? await grantFind(kit.database, facts.grantId)
    : await refreshTokenFind(kit.database, hashSecret(token));
  if (!grant || grant.client_id !== client.id || grant.revoked_at) return;
  const tenant: Tenant = { orgId: grant.org_id, livemode: grant.livemode };
  const context = provenContext(cause, tenant, { kind: 'client', id: client.id });
  await revocations.revoke(context, { grantId: grant.id }, 'revoked_by_client');
}

/** What a token is, for clients of its own organisation and of the platform. */
export async function introspect(
  dependencies: InspectionDependencies,
  client: ProtocolClient,
  token: string,
): Promise<Introspection> {
  const { kit, signer, authenticator } = dependencies;
  const mayKnow = (tenant: Tenant) =>
    client.orgId === PLATFORM_ORGANIZATION || (tenant.orgId === client.orgId && tenant.livemode === client.livemode);
  const facts = await signer.verifyAccessToken(token);
  if (facts) {
    const principal = mayKnow(facts.tenant) ? await prove(authenticator, token) : null;
    if (!principal) return { active: false };
    return {
      active: true,
      token_type: 'Bearer',
      iss: signer.issuer(),
      aud: signer.issuer(),
      sub: facts.subject,
      client_id: facts.clientId,
      jti: facts.tokenId,
      iat: facts.issuedAt,
      exp: facts.expiresAt,
      scope: [...principal.scopes].join(' '),
      org_id: facts.tenant.orgId,
      livemode: facts.tenant.livemode,
    };
  }
  const row = await refreshTokenFind(kit.database, hashSecret(token));
  if (!row || !mayKnow({ orgId: row.org_id, livemode: row.livemode }) || !isRefreshable(row, kit.clock.nowMs())) {
    return { active: false };
  }
  return {
    active: true,
    token_type: 'refresh_token',
    iss: signer.issuer(),
    sub: row.user_id ?? row.client_id,
    client_id: row.client_id,
    exp: Math.floor(Date.parse(row.token_expires_at) / 1000),
    scope: row.scopes.join(' '),
    org_id: row.org_id,
    livemode: row.livemode,
  };
}

async function prove(authenticator: Authenticator, token: string) {
  try {
    return await authenticator.authenticate(token);
  } catch (error) {
    if (error instanceof DomainError && error.kind === 'unauthenticated') return null;
    throw error;
  }
}

function isRefreshable(row: Row, nowMs: number): boolean {
  const isUserAlive = row.user_id === null || row.user_status === 'active';
  return row.used_at === null && row.revoked_at === null && isUserAlive && Date.parse(row.token_expires_at) > nowMs;
}
