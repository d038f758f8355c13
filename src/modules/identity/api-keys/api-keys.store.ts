import type { Row } from '#kernel/database/connection.ts';
import { equals, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase, Transaction } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import { everyTenant, type Scope, type Tenant } from '#kernel/database/tenant.ts';
import type { ApiKey } from './api-key.ts';

export interface ApiKeyFilter {
  edition?: string;
  family?: string;
  ownerUserId?: string;
  /** Leaves out revoked keys. */
  usable?: boolean;
}

/** Requests of a key on one UTC day. */
export interface DailyUsage {
  day: string;
  requests: number;
}

const COLUMNS = `id, org_id, livemode, version, edition, family, name, hint, scopes, ip_ranges, read_only, owner_user_id,
  expires_at, retires_at, replaced_by, last_used_at, revoked_at, revoke_reason, created_at, updated_at`;

const find = prepared(`select ${COLUMNS} from identity.api_keys where id = $1`);
const lock = prepared(`select ${COLUMNS} from identity.api_keys where id = $1 for update`);
/** One succession of a family after the other, also when there is no key yet that could be locked. */
const lockFamily = prepared(`select pg_advisory_xact_lock(hashtextextended($1 || $2, 7264103))`);
const lockCurrent = prepared(`select ${COLUMNS} from identity.api_keys
  where org_id = $1 and family = $2 and revoked_at is null and retires_at is null for update`);
const findBySecret = prepared(`select ${COLUMNS} from identity.api_keys where secret_hash = $1`);
const insert =
  prepared(`insert into identity.api_keys (id, org_id, livemode, version, edition, family, name, hint, scopes,
    ip_ranges, read_only, owner_user_id, expires_at, created_at, updated_at, secret_hash, created_by)
  values ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14, $15)`);
const update = prepared(`with changed as (
    update identity.api_keys set version = $2, name = $3, scopes = $4, ip_ranges = $5, expires_at = $6, retires_at = $7,
      replaced_by = $8, revoked_at = $9, revoke_reason = $10, updated_at = $11
    where id = $1 and version = $2 - 1 returning 1)
  select kernel.require((select count(*) from changed) = 1, 'key changed meanwhile')`);
const usage = prepared(`select day, requests from identity.api_key_usage where key_id = $1 and day >= $2 order by day`);

export async function keyFind(database: ModuleDatabase, scope: Scope, id: string): Promise<ApiKey | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toKey(row) : null;
}

/** Inside a transaction: nobody else changes the key until it ends. */
export async function keyLock(tx: Transaction, id: string): Promise<ApiKey | null> {
  const [row] = await tx.query(lock([id]));
  return row ? toKey(row) : null;
}

/** Inside a transaction: the current keys of a family, which nobody else adds to until it ends. */
export async function keysLockCurrent(tx: Transaction, orgId: string, family: string): Promise<ApiKey[]> {
  await tx.query(lockFamily([orgId, family]));
  const rows = await tx.query(lockCurrent([orgId, family]));
  return rows.map(toKey);
}

/** Over every tenant: who has the secret may say so. */
export async function keyFindByHash(
  database: ModuleDatabase,
  hash: Buffer,
): Promise<{ key: ApiKey; tenant: Tenant } | null> {
  const [row] = await database.read(everyTenant, findBySecret([hash]));
  return row ? { key: toKey(row), tenant: { orgId: row.org_id, livemode: row.livemode } } : null;
}

export async function keysList(
  database: ModuleDatabase,
  scope: Scope,
  filter: ApiKeyFilter,
  page: PageRequest,
): Promise<Page<ApiKey>> {
  const conditions = [
    equals('edition', filter.edition),
    equals('family', filter.family),
    equals('owner_user_id', filter.ownerUserId),
    filter.usable ? { column: 'revoked_at', operator: 'is null' as const } : null,
  ];
  return mapPage(
    await listPage(database, scope, { from: 'identity.api_keys', columns: COLUMNS, conditions, page }),
    toKey,
  );
}

export async function keyUsageByDay(
  database: ModuleDatabase,
  scope: Scope,
  id: string,
  since: string,
): Promise<DailyUsage[]> {
  const rows = await database.read(scope, usage([id, since]));
  return rows.map((row) => ({ day: row.day, requests: row.requests }));
}

export function keyInsert(key: ApiKey, secretHash: Buffer, createdBy: string): Statement {
  return insert([
    key.id,
    key.orgId,
    key.livemode,
    key.edition,
    key.family,
    key.name,
    key.hint,
    key.scopes,
    key.ipRanges,
    key.readOnly,
    key.ownerUserId,
    key.expiresAt,
    key.createdAt,
    secretHash,
    createdBy,
  ]);
}

export function keyUpdate(key: ApiKey): Statement {
  return update([
    key.id,
    key.version,
    key.name,
    key.scopes,
    key.ipRanges,
    key.expiresAt,
    key.retiresAt,
    key.replacedBy,
    key.revokedAt,
    key.revokeReason,
    key.updatedAt,
  ]);
}

function toKey(row: Row): ApiKey {
  return {
    id: row.id,
    orgId: row.org_id,
    livemode: row.livemode,
    version: row.version,
    edition: row.edition,
    family: row.family,
    name: row.name,
    hint: row.hint,
    scopes: row.scopes,
    ipRanges: row.ip_ranges,
    readOnly: row.read_only,
    ownerUserId: row.owner_user_id,
    expiresAt: row.expires_at,
    retiresAt: row.retires_at,
    replacedBy: row.replaced_by,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
    revokeReason: row.revoke_reason,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
