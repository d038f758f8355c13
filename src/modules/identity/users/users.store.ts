import type { BlindIndex } from '#kernel/crypto/blind-index.ts';
import type { Sealing, SubjectKey } from '#kernel/crypto/sealing.ts';
import type { Row } from '#kernel/database/connection.ts';
import { equals, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase, Transaction } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import { everyTenant, type Scope, type Tenant } from '#kernel/database/tenant.ts';
import { comparableEmail, type Role, type User, type UserStatus } from './user.ts';

export interface UserFilter {
  role?: Role;
  status?: UserStatus;
  email?: string;
  /** Leaves out archived people. */
  unarchived?: boolean;
}

/** How rows become people and back. */
export interface UserCodec {
  sealing: Sealing;
  blindIndex: BlindIndex;
}

/** A user with the key of the person and what only sign-in needs. */
export interface StoredUser {
  user: User;
  key: SubjectKey;
  livemode: boolean;
  passwordHash: string | null;
}

const COLUMNS = `u.id, u.org_id, u.livemode, u.version, u.name, u.email, u.pending_email, u.role, u.roles, u.status,
  u.plan, u.password_hash, u.last_login, u.metadata, u.created_at, u.updated_at, k.wrapped_key`;
const JOINED = 'identity.users u join identity.subject_keys k on k.subject_id = u.id';

const find = prepared(`select ${COLUMNS} from ${JOINED} where u.id = $1`);
const lock = prepared(`select ${COLUMNS} from ${JOINED} where u.id = $1 for update of u`);
const findByEmail = prepared(`select ${COLUMNS} from ${JOINED} where u.org_id = $1 and u.livemode = $2
  and u.email_index = $3`);
const findByEmails = prepared(`select ${COLUMNS} from ${JOINED} where u.org_id = $1 and u.livemode = $2
  and u.email_index = any($3::bytea[])`);
const findByLogin = prepared(`select ${COLUMNS} from ${JOINED}
  where u.login_index = $1 and u.livemode = $2 and ($3::text is null or u.org_id = $3) order by u.id limit 5`);
const insertKey = prepared(`insert into identity.subject_keys (subject_id, org_id, livemode, wrapped_key, created_at)
  values ($1, $2, $3, $4, $5)`);
const insert = prepared(`insert into identity.users (id, org_id, livemode, version, name, email, email_index,
    login_index, pending_email, role, roles, status, plan, password_hash, last_login, metadata, archived_at, created_at,
    updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`);
const update = prepared(`with changed as (
    update identity.users set version = $2, name = $3, email = $4, email_index = $5, login_index = $6,
      pending_email = $7, role = $8, roles = $9, status = $10, plan = $11, password_hash = $12, last_login = $13,
      metadata = $14, archived_at = case when $10 = 'archived' then coalesce(archived_at, $15) end, purge_at = case when $10 = 'archived' then purge_at end, updated_at = $15
    where id = $1 and version = $2 - 1 returning 1)
  select kernel.require((select count(*) from changed) = 1, 'user changed meanwhile')`);

/** The key of an address inside its organisation, and over all of them for sign-in. */
export function emailIndexes(codec: UserCodec, orgId: string, email: string): { own: Buffer; login: Buffer } {
  const comparable = comparableEmail(email);
  return {
    own: codec.blindIndex(orgId, 'identity.users.email', comparable),
    login: codec.blindIndex('platform', 'identity.users.email', comparable),
  };
}

export async function userFind(
  database: ModuleDatabase,
  codec: UserCodec,
  scope: Scope,
  id: string,
): Promise<StoredUser | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toStored(codec, row) : null;
}

/** Inside a transaction: nobody else changes the user until it ends. */
export async function userLock(tx: Transaction, codec: UserCodec, id: string): Promise<StoredUser | null> {
  const [row] = await tx.query(lock([id]));
  return row ? toStored(codec, row) : null;
}

export async function userFindByEmail(
  database: ModuleDatabase,
  codec: UserCodec,
  tenant: Tenant,
  email: string,
): Promise<StoredUser | null> {
  const { own } = emailIndexes(codec, tenant.orgId, email);
  const [row] = await database.read(tenant, findByEmail([tenant.orgId, tenant.livemode, own]));
  return row ? toStored(codec, row) : null;
}

/** Inside a transaction: who of the tenant has one of these addresses. */
export async function usersFindByEmails(
  tx: Transaction,
  codec: UserCodec,
  tenant: Tenant,
  emails: readonly string[],
): Promise<StoredUser[]> {
  const indexes = emails.map((email) => emailIndexes(codec, tenant.orgId, email).own);
  const rows = await tx.query(findByEmails([tenant.orgId, tenant.livemode, indexes]));
  return rows.map((row) => toStored(codec, row));
}

/** Who may be meant by an address at sign-in: of one organisation, or of any for a client of the platform. */
export async function usersFindByLogin(
  database: ModuleDatabase,
  codec: UserCodec,
  among: { orgId: string | null; livemode: boolean },
  email: string,
): Promise<StoredUser[]> {
  const { login } = emailIndexes(codec, 'platform', email);
  const rows = await database.read(everyTenant, findByLogin([login, among.livemode, among.orgId]));
  return rows.map((row) => toStored(codec, row));
}

export async function usersList(
  database: ModuleDatabase,
  codec: UserCodec,
  scope: Scope,
  filter: UserFilter,
  page: PageRequest,
): Promise<Page<User>> {
  const index = filter.email === undefined ? undefined : indexForFilter(codec, scope, filter.email);
  const conditions = [
    equals('role', filter.role),
    equals('status', filter.status),
    filter.unarchived ? { column: 'archived_at', operator: 'is null' as const } : null,
    ...(index ? [index] : []),
  ];
  const columns = `${COLUMNS}, u.email_index, u.login_index, u.archived_at`;
  const query = { from: `(select ${columns} from ${JOINED}) as users`, columns: '*' };
  return mapPage(await listPage(database, scope, { ...query, conditions, page }), (row) => toStored(codec, row).user);
}

function indexForFilter(codec: UserCodec, scope: Scope, email: string) {
  const indexes = emailIndexes(codec, scope.orgId, email);
  return scope.orgId === '*' ? equals('login_index', indexes.login) : equals('email_index', indexes.own);
}

export function userInsert(codec: UserCodec, stored: StoredUser, wrappedKey: Buffer): Statement[] {
  const { user, livemode, passwordHash } = stored;
  const sealed = sealedFields(codec, stored);
  return [
    insertKey([user.id, user.orgId, livemode, wrappedKey, user.createdAt]),
    insert([
      user.id,
      user.orgId,
      livemode,
      user.version,
      sealed.name,
      sealed.email,
      sealed.emailIndex,
      sealed.loginIndex,
      sealed.pendingEmail,
      user.role,
      user.roles,
      user.status,
      user.plan,
      passwordHash,
      user.lastLogin,
      user.metadata,
      null,
      user.createdAt,
      user.updatedAt,
    ]),
  ];
}

/** Stores the next version; aborts the transaction when the stored version is not the one before. */
export function userUpdate(codec: UserCodec, stored: StoredUser): Statement {
  const { user, passwordHash } = stored;
  const sealed = sealedFields(codec, stored);
  return update([
    user.id,
    user.version,
    sealed.name,
    sealed.email,
    sealed.emailIndex,
    sealed.loginIndex,
    sealed.pendingEmail,
    user.role,
    user.roles,
    user.status,
    user.plan,
    passwordHash,
    user.lastLogin,
    user.metadata,
    user.updatedAt,
  ]);
}

function sealedFields(codec: UserCodec, { user, key }: StoredUser) {
  const { sealing } = codec;
  const indexes = emailIndexes(codec, user.orgId, user.email);
  return {
    name: sealing.seal(key, user.name, `identity.users.name:${user.id}`),
    email: sealing.seal(key, user.email, `identity.users.email:${user.id}`),
    emailIndex: indexes.own,
    loginIndex: indexes.login,
    pendingEmail:
      user.pendingEmail === null
        ? null
        : sealing.seal(key, user.pendingEmail, `identity.users.pending_email:${user.id}`),
  };
}

function toStored({ sealing }: UserCodec, row: Row): StoredUser {
  const key = sealing.openSubjectKey(row.org_id, row.id, row.wrapped_key);
  const pendingEmail = row.pending_email;
  return {
    key,
    livemode: row.livemode,
    passwordHash: row.password_hash,
    user: {
      id: row.id,
      orgId: row.org_id,
      version: row.version,
      name: sealing.open(key, row.name, `identity.users.name:${row.id}`),
      email: sealing.open(key, row.email, `identity.users.email:${row.id}`),
      role: row.role,
      roles: row.roles,
      status: row.status,
      plan: row.plan,
      pendingEmail:
        pendingEmail === null ? null : sealing.open(key, pendingEmail, `identity.users.pending_email:${row.id}`),
      lastLogin: row.last_login,
      metadata: row.metadata,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    },
  };
}
