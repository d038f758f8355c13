import type { Row } from '#kernel/database/connection.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import { everyTenant, type Tenant } from '#kernel/database/tenant.ts';

/** An authorization code with everything it is bound to. Instants are ISO 8601. */
export interface NewCode {
  hash: Buffer;
  tenant: Tenant;
  clientId: string;
  userId: string;
  sessionId: string;
  redirectUri: string;
  scopes: readonly string[];
  codeChallenge: string;
  nonce: string | null;
  authenticatedAt: string;
  methods: readonly string[];
  expiresAt: string;
}

const insert = prepared(`insert into identity.authorization_codes (code_hash, org_id, livemode, client_id, user_id,
    session_id, redirect_uri, scopes, code_challenge, nonce, authenticated_at, methods, expires_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`);
const find = prepared(`select a.*, u.role as user_role, u.status as user_status, o.status as organization_status,
    s.ended_at as session_ended_at, s.expires_at as session_expires_at
  from identity.authorization_codes a
  join identity.users u on u.id = a.user_id
  join identity.organizations o on o.org_id = a.org_id
  join identity.sessions s on s.id = a.session_id
  where a.code_hash = $1`);
const consume = prepared(`with used as (
    update identity.authorization_codes set used_at = $2, grant_id = $3
    where code_hash = $1 and used_at is null and expires_at > $2 returning 1)
  select kernel.require((select count(*) from used) = 1, 'code used meanwhile')`);

export function codeInsert(code: NewCode): Statement {
  return insert([
    code.hash,
    code.tenant.orgId,
    code.tenant.livemode,
    code.clientId,
    code.userId,
    code.sessionId,
    code.redirectUri,
    code.scopes,
    code.codeChallenge,
    code.nonce,
    code.authenticatedAt,
    code.methods,
    code.expiresAt,
  ]);
}

export async function codeFind(database: ModuleDatabase, hash: Buffer): Promise<Row | null> {
  const [row] = await database.read(everyTenant, find([hash]));
  return row ?? null;
}

/** Marks the code as used by a family; aborts the transaction when it was used or has expired. */
export function codeConsume(hash: Buffer, now: string, grantId: string): Statement {
  return consume([hash, now, grantId]);
}
