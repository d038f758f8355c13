import { DAY_MS, SECOND_MS } from '#kernel/clock.ts';
import { newSecret } from '#kernel/crypto/secrets.ts';
import type { Row } from '#kernel/database/connection.ts';
import type { OrganizationId } from '#kernel/ids.ts';
import { ACCESS_TOKEN_SECONDS, type TokenSigner } from '../tokens/access-token.ts';

/** Refresh tokens live 30 days from their issue (AUTH-03). */
export const REFRESH_TOKEN_SECONDS = (30 * DAY_MS) / SECOND_MS;

/** The answer of the token endpoint (RFC 6749 section 5.1), in its own words. */
export interface TokenResponse {
  access_token: string;
  token_type: 'Bearer';
  expires_in: number;
  refresh_token?: string;
  /** Seconds; how long `refresh_token` may be used. */
  refresh_token_expires_in?: number;
  scope: string;
  id_token?: string;
}

/** What a family's next tokens are made from. */
export interface TokenBasis {
  grantId: string;
  orgId: OrganizationId;
  livemode: boolean;
  clientId: string;
  userId: string | null;
  scopes: readonly string[];
  /** ISO 8601; null when no person stands behind the family. */
  authenticatedAt: string | null;
  methods: readonly string[];
}

export function newRefreshToken(): string {
  return newSecret('tcr');
}

export function basisOf(grant: Row, scopes: readonly string[]): TokenBasis {
  return {
    grantId: grant.id,
    orgId: grant.org_id,
    livemode: grant.livemode,
    clientId: grant.client_id,
    userId: grant.user_id,
    scopes,
    authenticatedAt: grant.authenticated_at,
    methods: grant.methods,
  };
}

/** Signs an access token and puts the answer together; `refreshToken` null for a family without one. */
export async function tokenResponse(
  signer: TokenSigner,
  basis: TokenBasis,
  refreshToken: string | null,
): Promise<TokenResponse> {
  const accessToken = await signer.signAccessToken({
    subject: basis.userId ?? basis.clientId,
    clientId: basis.clientId,
    grantId: basis.grantId,
    tenant: { orgId: basis.orgId, livemode: basis.livemode },
    scopes: basis.scopes,
    ...(basis.authenticatedAt !== null && {
      authTime: Math.floor(Date.parse(basis.authenticatedAt) / SECOND_MS),
      methods: basis.methods,
    }),
  });
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: ACCESS_TOKEN_SECONDS,
    ...(refreshToken !== null && { refresh_token: refreshToken, refresh_token_expires_in: REFRESH_TOKEN_SECONDS }),
    scope: basis.scopes.join(' '),
  };
}
