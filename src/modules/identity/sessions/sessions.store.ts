import type { Row } from '#kernel/database/connection.ts';
import { equals, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import { everyTenant, type Scope } from '#kernel/database/tenant.ts';
import type { Session, UserOfSession } from './session.ts';

const COLUMNS = `id, org_id, livemode, version, user_id, methods, last_seen_at, expires_at, ended_at, end_reason,
  created_at, updated_at`;

const find = prepared(`select ${COLUMNS} from identity.sessions where id = $1`);
const findBySecret = prepared(`select s.id, s.org_id, s.livemode, s.version, s.user_id, s.methods, s.last_seen_at,
    s.expires_at, s.ended_at, s.end_reason, s.created_at, s.updated_at, u.role as user_role, u.status as user_status,
    o.status as organization_status
  from identity.sessions s
  join identity.users u on u.id = s.user_id
  join identity.organizations o on o.org_id = s.org_id
  where s.secret_hash = $1`);
const insert = prepared(`insert into identity.sessions
    (id, org_id, livemode, version, user_id, secret_hash, methods, last_seen_at, expires_at, created_at, updated_at)
  values ($1, $2, $3, 1, $4, $5, $6, $7, $8, $7, $7)`);
const touch = prepared('update identity.sessions set last_seen_at = $2 where id = $1 and last_seen_at < $2');

export async function sessionFind(database: ModuleDatabase, scope: Scope, id: string): Promise<Session | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toSession(row) : null;
}

/** Over every tenant: the secret in the cookie is the proof. */
export async function sessionFindBySecret(
  database: ModuleDatabase,
  secretHash: Buffer,
): Promise<(Session & UserOfSession) | null> {
  const [row] = await database.read(everyTenant, findBySecret([secretHash]));
  if (!row) return null;
  const isOwnerActive = row.user_status === 'active' && row.organization_status === 'active';
  return { ...toSession(row), role: row.user_role, isOwnerActive };
}

export async function sessionsList(
  database: ModuleDatabase,
  scope: Scope,
  filter: { userId?: string; open?: boolean },
  page: PageRequest,
): Promise<Page<Session>> {
  const conditions = [
    equals('user_id', filter.userId),
    filter.open ? { column: 'ended_at', operator: 'is null' as const } : null,
  ];
  return mapPage(
    await listPage(database, scope, { from: 'identity.sessions', columns: COLUMNS, conditions, page }),
    toSession,
  );
}

export function sessionInsert(session: Session, secretHash: Buffer): Statement {
  return insert([
    session.id,
    session.orgId,
    session.livemode,
    session.userId,
    secretHash,
    session.methods,
    session.createdAt,
    session.expiresAt,
  ]);
}

export function sessionTouch(id: string, now: string): Statement {
  return touch([id, now]);
}

function toSession(row: Row): Session {
  return {
    id: row.id,
    orgId: row.org_id,
    livemode: row.livemode,
    version: row.version,
    userId: row.user_id,
    methods: row.methods,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
    endedAt: row.ended_at,
    endReason: row.end_reason,
    createdAt: row.created_at,
  };
}
