import type { Row } from '#kernel/database/connection.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared } from '#kernel/database/statement.ts';
import { everyTenant } from '#kernel/database/tenant.ts';

/** Everything a token depends on, in one row: whoever of them has ended, the token has ended. */
const selectGrant = prepared(`select g.id, g.org_id, g.livemode, g.client_id, g.user_id, g.session_id, g.offline,
    g.scopes, g.revoked_at, g.methods, g.expires_at,
    c.status as client_status, c.expires_at as client_expires_at, c.scopes as client_scopes, c.org_id as client_org_id,
    o.status as organization_status, u.status as user_status, u.role as user_role,
    s.ended_at as session_ended_at, s.expires_at as session_expires_at
  from identity.grants g
  join identity.oauth_clients c on c.id = g.client_id
  join identity.organizations o on o.org_id = g.org_id
  left join identity.users u on u.id = g.user_id
  left join identity.sessions s on s.id = g.session_id
  where g.id = $1`);

const selectKey = prepared(`select k.id, k.org_id, k.livemode, k.family, k.scopes, k.ip_ranges, k.read_only,
    k.owner_user_id, k.expires_at, k.retires_at, k.revoked_at, o.status as organization_status,
    o.plan, o.requests_per_minute, o.requests_per_day, u.status as owner_status, u.role as owner_role
  from identity.api_keys k join identity.organizations o on o.org_id = k.org_id
  left join identity.users u on u.id = k.owner_user_id
  where k.secret_hash = $1`);

export async function grantFindForToken(database: ModuleDatabase, grantId: string): Promise<Row | null> {
  const [row] = await database.read(everyTenant, selectGrant([grantId]));
  return row ?? null;
}

export async function keyFindBySecret(database: ModuleDatabase, secretHash: Buffer): Promise<Row | null> {
  const [row] = await database.read(everyTenant, selectKey([secretHash]));
  return row ?? null;
}
