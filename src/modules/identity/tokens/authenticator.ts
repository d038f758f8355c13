import { BlockList, isIP } from 'node:net';
import { SECOND_MS } from '#kernel/clock.ts';
import { hashSecret, isWellFormedSecret } from '#kernel/crypto/secrets.ts';
import type { Row } from '#kernel/database/connection.ts';
import { DomainError } from '#kernel/errors.ts';
import { PLATFORM_SCOPE, type Principal } from '#kernel/http/principal.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { KeyUsage } from '../api-keys/key-usage.ts';
import type { Plan, RequestLimits } from '../organizations/organization.ts';
import { PLATFORM_ORGANIZATION } from '../platform.ts';
import { hasSecondFactor, type ScopeBounds, scopesWithin } from '../scopes.ts';
import type { TokenSigner, VerifiedAccessToken } from './access-token.ts';
import { grantFindForToken, keyFindBySecret } from './authenticator.store.ts';
import type { CredentialCache, KnownCredential } from './credential-cache.ts';
import { familyOf, invalidKey, type KeyDoor, STANDARD_DOOR, wrongDoor } from './key-doors.ts';

/** A proven API key, with what an edition must know beyond the principal. */
export interface KeyPrincipal extends Principal {
  readonly key: {
    id: string;
    family: string;
    readOnly: boolean;
    /** Of its organisation. */
    plan: Plan;
    requestLimits: RequestLimits;
  };
}

/** Turns credentials into proof of who calls. */
export interface Authenticator {
  /**
   * The owner of a credential at the standard door: an access token or an `sk_live_…` / `sk_test_…` key. Synchronous when the credential was proven before; the same object every time. `ipAddress` is
   * compared with the key's ranges. Errors: `unauthenticated`, `forbidden` (address).
   */
  authenticate(token: string, ipAddress?: string): Principal | Promise<Principal>;
  /** The owner of an API key that was shown at this door. Errors: as `authenticate`. */
  authenticateKey(secret: string, door: KeyDoor, ipAddress?: string): KeyPrincipal | Promise<KeyPrincipal>;
}

export interface AuthenticatorDependencies {
  kit: ModuleKit;
  signer: TokenSigner;
  cache: CredentialCache;
  usage: KeyUsage;
  /** Age of a proof after which the database is asked again; infinite while one process does all revoking. */
  revalidateAfterMs: number;
  /** Further doors beside the standard one. */
  doors: readonly KeyDoor[];
}

export function createAuthenticator(dependencies: AuthenticatorDependencies): Authenticator {
  const { kit, signer, cache, usage, revalidateAfterMs } = dependencies;
  const { clock, database } = kit;
  const doors = [STANDARD_DOOR, ...dependencies.doors];

  /** The warm path: no promise, no allocation. Undefined when the credential must be proven (again). */
  function known(token: string, ipAddress: string | undefined): Principal | undefined {
    const entry = cache.get(token);
    if (entry === undefined) return undefined;
    const nowMs = clock.nowMs();
    if (entry.principal.expiresAtMs <= nowMs || nowMs - entry.provenAtMs >= revalidateAfterMs) {
      cache.delete(token);
      return undefined;
    }
    if (entry.allowedAddresses !== null) checkAddress(entry.allowedAddresses, ipAddress);
    if (entry.principal.actor.kind === 'api_key') usage.count(entry.principal, nowMs);
    return entry.principal;
  }

  function keep(token: string, entry: Omit<KnownCredential, 'provenAtMs'>, epoch: number): void {
    cache.set(token, { ...entry, provenAtMs: clock.nowMs() }, epoch);
  }

  async function proveToken(token: string): Promise<Principal> {
    const epoch = cache.epoch();
    const facts = await signer.verifyAccessToken(token);
    if (!facts) throw invalidToken();
    const row = await grantFindForToken(database, facts.grantId);
    const principal = row && principalOfToken(facts, row, clock.nowMs());
    if (!principal) throw invalidToken();
    const dependsOn = [row.id, row.client_id, row.user_id, row.org_id, row.session_id].filter((id) => id !== null);
    keep(token, { principal, allowedAddresses: null, dependsOn }, epoch);
    return principal;
  }

  async function proveKey(secret: string, door: KeyDoor, ipAddress: string | undefined): Promise<KeyPrincipal> {
    const epoch = cache.epoch();
    // The checksum refuses mistyped and invented keys before they cost a look-up.
    const row = isWellFormedSecret(secret) ? await keyFindBySecret(database, hashSecret(secret)) : null;
    if (!row || !isKeyAlive(row, clock.nowMs())) throw invalidKey(door);
    if (!door.families.includes(row.family)) throw wrongDoor(row.family, door, doors);
    const allowedAddresses = row.ip_ranges.length > 0 ? addressList(row.ip_ranges) : null;
    if (allowedAddresses) checkAddress(allowedAddresses, ipAddress);
    const principal = principalOfKey(row);
    usage.count(principal, clock.nowMs());
    const dependsOn = [row.id, row.org_id, row.owner_user_id].filter((id) => id !== null);
    keep(secret, { principal, allowedAddresses, dependsOn }, epoch);
    return principal;
  }

  return {
    authenticate(token, ipAddress) {
      const warm = known(token, ipAddress) as KeyPrincipal | undefined;
      // A key of another door in the cache has no place here.
      if (warm && (!warm.key || STANDARD_DOOR.families.includes(warm.key.family))) return warm;
      const family = familyOf(token, doors);
      if (family === undefined) return proveToken(token);
      if (STANDARD_DOOR.families.includes(family)) return proveKey(token, STANDARD_DOOR, ipAddress);
      throw wrongDoor(family, STANDARD_DOOR, doors);
    },

    authenticateKey(secret, door, ipAddress) {
      const warm = known(secret, ipAddress) as KeyPrincipal | undefined;
      return warm?.key && door.families.includes(warm.key.family) ? warm : proveKey(secret, door, ipAddress);
    },
  };
}

/** Null when anything the token depends on has ended. Scopes shrink with the client and with the role of the user. */
function principalOfToken(facts: VerifiedAccessToken, row: Row, nowMs: number): Principal | null {
  const isTenantSame = row.org_id === facts.tenant.orgId && row.livemode === facts.tenant.livemode;
  const isClientSame = row.client_id === facts.clientId && facts.subject === (row.user_id ?? row.client_id);
  const isClientAlive = row.client_status === 'active' && !hasPassed(row.client_expires_at, nowMs);
  const isUserAlive = row.user_id === null || row.user_status === 'active';
  const isSessionAlive =
    row.offline || row.session_id === null || (!row.session_ended_at && !hasPassed(row.session_expires_at, nowMs));
  const isAlive = row.revoked_at === null && row.organization_status === 'active' && isSessionAlive;
  if (!(isTenantSame && isClientSame && isClientAlive && isUserAlive && isAlive)) return null;

  const ends = [facts.expiresAt * SECOND_MS, Date.parse(row.client_expires_at ?? '')];
  if (!row.offline) ends.push(Date.parse(row.session_expires_at ?? ''));
  const scopes = scopesWithin(boundsOf(row), facts.scopes);
  const platform = scopes.includes(PLATFORM_SCOPE) && row.client_org_id === PLATFORM_ORGANIZATION;
  // A client of the platform serves many organisations; each has its own rate-limit bucket.
  const credentialId = row.client_org_id === row.org_id ? row.client_id : `${row.client_id}:${row.org_id}`;
  return Object.freeze<Principal>({
    actor: Object.freeze(
      row.user_id === null
        ? { kind: 'client' as const, id: row.client_id }
        : { kind: 'user' as const, id: row.user_id, userId: row.user_id },
    ),
    credentialId,
    organizationId: platform ? null : row.org_id,
    livemode: row.livemode,
    scopes: new Set(platform ? scopes : scopes.filter((scope) => scope !== PLATFORM_SCOPE)),
    platform,
    expiresAtMs: Math.min(...ends.filter((end) => !Number.isNaN(end))),
  });
}

/** What client and role allow now; both may have shrunk since the token was issued. */
export function boundsOf(row: Row): ScopeBounds {
  if (row.user_id === null) return { clientScopes: row.client_scopes };
  const isStaff = row.org_id === PLATFORM_ORGANIZATION && row.user_role === 'admin';
  return {
    clientScopes: row.client_scopes,
    role: row.user_role,
    platformStaff: isStaff && hasSecondFactor(row.methods),
  };
}

function principalOfKey(row: Row): KeyPrincipal {
  const ends = [row.expires_at, row.retires_at].map((end) => Date.parse(end ?? '')).filter((end) => !Number.isNaN(end));
  const scopes = new Set(scopesOfKey(row));
  const platform = scopes.has(PLATFORM_SCOPE) && row.org_id === PLATFORM_ORGANIZATION;
  return Object.freeze<KeyPrincipal>({
    actor: Object.freeze({ kind: 'api_key', id: row.id, ...(row.owner_user_id && { ownerId: row.owner_user_id }) }),
    credentialId: row.id,
    organizationId: platform ? null : row.org_id,
    livemode: row.livemode,
    scopes,
    platform,
    expiresAtMs: Math.min(Number.MAX_SAFE_INTEGER, ...ends),
    key: Object.freeze({
      id: row.id,
      family: row.family,
      readOnly: row.read_only,
      plan: row.plan,
      requestLimits: Object.freeze({ perMinute: row.requests_per_minute, perDay: row.requests_per_day }),
    }),
  });
}

/** A key never does more than whoever made it may do now; one that a program made stands for itself. */
function scopesOfKey({ scopes, owner_role: role, org_id: orgId }: Row): string[] {
  // The staff of the platform hold what no role of an organisation has.
  const isStaff = orgId === PLATFORM_ORGANIZATION && role === 'admin';
  return role === null || isStaff ? scopes : scopesWithin({ clientScopes: scopes, role }, scopes);
}

function isKeyAlive(row: Row, nowMs: number): boolean {
  return (
    row.revoked_at === null &&
    !['inactive', 'archived'].includes(row.owner_status) &&
    row.organization_status === 'active' &&
    !hasPassed(row.expires_at, nowMs) &&
    !hasPassed(row.retires_at, nowMs)
  );
}

function hasPassed(instant: string | null, nowMs: number): boolean {
  return instant !== null && Date.parse(instant) <= nowMs;
}

/** Single addresses and CIDR ranges as one list. */
export function addressList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

function checkAddress(allowed: BlockList, ipAddress: string | undefined): void {
  const version = isIP(ipAddress ?? '');
  if (version !== 0 && allowed.check(ipAddress!, version === 6 ? 'ipv6' : 'ipv4')) return;
  throw new DomainError(
    'forbidden',
    'This API key may not be used from your address; add the address to the key’s `ip_ranges`.',
  );
}

function invalidToken(): DomainError {
  return new DomainError(
    'unauthenticated',
    'The access token is invalid, expired or revoked; get a new one from POST /auth/token.',
  );
}
