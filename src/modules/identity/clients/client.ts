import type { ClientId, OrganizationId } from '#kernel/ids.ts';

export const GRANT_TYPES = ['client_credentials', 'authorization_code', 'refresh_token'] as const;
export type GrantType = (typeof GRANT_TYPES)[number];
export const CLIENT_TYPES = ['confidential', 'public'] as const;
export type ClientType = (typeof CLIENT_TYPES)[number];
export const GRACE_SECONDS_MAX = 300;

/** A program that may ask for tokens. Instants are ISO 8601. */
export interface OAuthClient {
  id: ClientId;
  orgId: OrganizationId;
  livemode: boolean;
  version: number;
  name: string;
  type: ClientType;
  /** `tcs_live_…a1B2`; null for a public client. */
  secretHint: string | null;
  /** Compared letter by letter (RFC 9700 section 2.1). */
  redirectUris: string[];
  grantTypes: GrantType[];
  scopes: string[];
  /** C-17: a refresh token with every access token, unless switched off. */
  issueRefreshToken: boolean;
  /** C-18: within this time a used refresh token gives the very same successor pair again; 0 for never. */
  refreshReuseGraceSeconds: number;
  ownerUserId: string | null;
  status: 'active' | 'revoked';
  expiresAt: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface NewClient {
  name: string;
  type?: ClientType;
  redirectUris?: string[];
  grantTypes?: GrantType[];
  scopes: string[];
  issueRefreshToken?: boolean;
  refreshReuseGraceSeconds?: number;
  ownerUserId?: string | null;
  expiresAt?: string | null;
}

/** Only the fields to change; the type is fixed, since a public client has no secret. */
export type ClientPatch = Partial<Omit<NewClient, 'type'>>;

/** A client with its secret, which is shown this once. */
export interface ClientWithSecret {
  client: OAuthClient;
  /** Null for a public client. */
  secret: string | null;
}

/** How long a client may be used; none for a revoked or expired one. */
export function isClientUsable(client: Pick<OAuthClient, 'status' | 'expiresAt'>, nowMs: number): boolean {
  return client.status === 'active' && (client.expiresAt === null || Date.parse(client.expiresAt) > nowMs);
}
