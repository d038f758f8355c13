import type { Row } from '#kernel/database/connection.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import { everyTenant, type Tenant } from '#kernel/database/tenant.ts';

/** A family of tokens as it is created. Instants are ISO 8601. */
export interface NewGrant {
  id: string;
  tenant: Tenant;
  grantType: 'client_credentials' | 'authorization_code' | 'session';
  clientId: string;
  userId: string | null;
  sessionId: string | null;
  scopes: readonly string[];
  offline: boolean;
  authenticatedAt: string | null;
  methods: readonly string[];
  createdAt: string;
  expiresAt: string;
}

export interface NewRefreshToken {
  hash: Buffer;
  grantId: string;
  tenant: Tenant;
  issuedAt: string;
  expiresAt: string;
}

const insertGrant = prepared(`insert into identity.grants (id, org_id, livemode, version, grant_type, client_id,
    user_id, session_id, scopes, offline, authenticated_at, methods, expires_at, created_at, updated_at)
  values ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)`);
const insertRefreshToken = prepared(`insert into identity.refresh_tokens
  (token_hash, org_id, livemode, grant_id, issued_at, expires_at) values ($1, $2, $3, $4, $5, $6)`);

const selectRefreshToken = prepared(`select r.expires_at as token_expires_at, r.used_at, r.successor,
    g.id, g.version, g.org_id, g.livemode, g.client_id, g.user_id, g.session_id, g.scopes, g.offline, g.revoked_at,
    g.authenticated_at, g.methods, c.scopes as client_scopes, o.status as organization_status,
    u.status as user_status, u.role as user_role,
    s.ended_at as session_ended_at, s.expires_at as session_expires_at
  from identity.refresh_tokens r
  join identity.grants g on g.id = r.grant_id
  join identity.oauth_clients c on c.id = g.client_id
  join identity.organizations o on o.org_id = g.org_id
  left join identity.users u on u.id = g.user_id
  left join identity.sessions s on s.id = g.session_id
  where r.token_hash = $1`);

/** One statement: of any number of simultaneous uses exactly one finds the token unused and the family unchanged. */
const rotate = prepared(`with consumed as (
    update identity.refresh_tokens set used_at = $5, successor = $7
    where token_hash = $1 and used_at is null and expires_at > $5 returning org_id, livemode),
  family as (
    update identity.grants set version = version + 1, updated_at = $5, expires_at = $6
    where id = $2 and version = $3 and revoked_at is null returning id),
  added as (
    insert into identity.refresh_tokens (token_hash, org_id, livemode, grant_id, issued_at, expires_at)
    select $4, consumed.org_id, consumed.livemode, family.id, $5, $6 from consumed, family returning 1)
  select kernel.require((select count(*) from added) = 1, 'refresh token used meanwhile')`);

const selectGrant = prepared(
  'select id, org_id, livemode, client_id, user_id, session_id, revoked_at from identity.grants where id = $1',
);

export function grantInsert(grant: NewGrant): Statement {
  return insertGrant([
    grant.id,
    grant.tenant.orgId,
    grant.tenant.livemode,
    grant.grantType,
    grant.clientId,
    grant.userId,
    grant.sessionId,
    grant.scopes,
    grant.offline,
    grant.authenticatedAt,
    grant.methods,
    grant.expiresAt,
    grant.createdAt,
  ]);
}

export function refreshTokenInsert(token: NewRefreshToken): Statement {
  const { hash, grantId, tenant, issuedAt, expiresAt } = token;
  return insertRefreshToken([hash, tenant.orgId, tenant.livemode, grantId, issuedAt, expiresAt]);
}

/** The token with its family and everything the family depends on; over every tenant, since the token is the proof. */
export async function refreshTokenFind(database: ModuleDatabase, hash: Buffer): Promise<Row | null> {
  const [row] = await database.read(everyTenant, selectRefreshToken([hash]));
  return row ?? null;
}

export function refreshTokenRotate(use: {
  hash: Buffer;
  grantId: string;
  grantVersion: number;
  nextHash: Buffer;
  now: string;
  nextExpiresAt: string;
  successor: Buffer | null;
}): Statement {
  const { hash, grantId, grantVersion, nextHash, now, nextExpiresAt, successor } = use;
  return rotate([hash, grantId, grantVersion, nextHash, now, nextExpiresAt, successor]);
}

export async function grantFind(database: ModuleDatabase, id: string): Promise<Row | null> {
  const [row] = await database.read(everyTenant, selectGrant([id]));
  return row ?? null;
}
