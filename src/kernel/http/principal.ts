import type { Actor } from '../context.ts';
import type { OrganizationId } from '../ids.ts';

/**
 * The proof that a credential was checked: who calls, for which organisation and mode, with which scopes. Only an
 * authenticator of the identity module makes one; it is kept until the credential expires or is revoked, so one object
 * serves many requests and must not be changed.
 */
export interface Principal {
  readonly actor: Actor;
  /** The OAuth client or API key; the bucket of the credential rate limit. */
  readonly credentialId: string;
  /** Null for a platform administrator's token, which names an organisation per request (C-14). */
  readonly organizationId: OrganizationId | null;
  readonly livemode: boolean;
  readonly scopes: ReadonlySet<string>;
  readonly platform: boolean;
  /** Milliseconds since the epoch; the principal is not used at or after this instant. */
  readonly expiresAtMs: number;
}

/** The scope that reads and writes every organisation (C-14). */
export const PLATFORM_SCOPE = 'platform:admin';
