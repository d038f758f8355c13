import type { Row } from '#kernel/database/connection.ts';
import { equals, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase, Transaction } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import { everyTenant, type Scope } from '#kernel/database/tenant.ts';
import type { OAuthClient } from './client.ts';

const COLUMNS = `id, org_id, livemode, version, name, type, secret_hint, redirect_uris, grant_types, scopes,
  issue_refresh_token, refresh_reuse_grace_seconds, owner_user_id, status, expires_at, created_at, updated_at`;

const find = prepared(`select ${COLUMNS} from identity.oauth_clients where id = $1`);
const lock = prepared(`select ${COLUMNS} from identity.oauth_clients where id = $1 for update`);
const findForProtocol = prepared(`select c.*, o.status as organization_status from identity.oauth_clients c
  join identity.organizations o on o.org_id = c.org_id where c.id = $1`);
const insert = prepared(`insert into identity.oauth_clients (${COLUMNS}, secret_hash)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`);
const update = prepared(`with changed as (
    update identity.oauth_clients set version = $2, name = $3, secret_hint = $4, redirect_uris = $5, grant_types = $6,
      scopes = $7, issue_refresh_token = $8, refresh_reuse_grace_seconds = $9, owner_user_id = $10, status = $11,
      expires_at = $12, updated_at = $13, secret_hash = coalesce($14, secret_hash)
    where id = $1 and version = $2 - 1 returning 1)
  select kernel.require((select count(*) from changed) = 1, 'client changed meanwhile')`);

/** A client as the protocol sees it: with the hash of its secret and the state of its organisation. */
export interface ProtocolClient extends OAuthClient {
  secretHash: Buffer | null;
  organizationActive: boolean;
}

export async function clientFind(database: ModuleDatabase, scope: Scope, id: string): Promise<OAuthClient | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toClient(row) : null;
}

/** Inside a transaction: nobody else changes the client until it ends. */
export async function clientLock(tx: Transaction, id: string): Promise<OAuthClient | null> {
  const [row] = await tx.query(lock([id]));
  return row ? toClient(row) : null;
}

/** Over every tenant: a client proves with its secret whose it is. */
export async function clientFindForProtocol(database: ModuleDatabase, id: string): Promise<ProtocolClient | null> {
  const [row] = await database.read(everyTenant, findForProtocol([id]));
  if (!row) return null;
  return { ...toClient(row), secretHash: row.secret_hash, organizationActive: row.organization_status === 'active' };
}

export async function clientsList(
  database: ModuleDatabase,
  scope: Scope,
  filter: { status?: OAuthClient['status'] },
  page: PageRequest,
): Promise<Page<OAuthClient>> {
  const conditions = [equals('status', filter.status)];
  return mapPage(
    await listPage(database, scope, { from: 'identity.oauth_clients', columns: COLUMNS, conditions, page }),
    toClient,
  );
}

export function clientInsert(client: OAuthClient, secretHash: Buffer | null): Statement {
  return insert([
    client.id,
    client.orgId,
    client.livemode,
    client.version,
    client.name,
    client.type,
    client.secretHint,
    client.redirectUris,
    client.grantTypes,
    client.scopes,
    client.issueRefreshToken,
    client.refreshReuseGraceSeconds,
    client.ownerUserId,
    client.status,
    client.expiresAt,
    client.createdAt,
    client.updatedAt,
    secretHash,
  ]);
}

/** Stores the next version; `secretHash` null keeps the secret. */
export function clientUpdate(client: OAuthClient, secretHash: Buffer | null): Statement {
  return update([
    client.id,
    client.version,
    client.name,
    client.secretHint,
    client.redirectUris,
    client.grantTypes,
    client.scopes,
    client.issueRefreshToken,
    client.refreshReuseGraceSeconds,
    client.ownerUserId,
    client.status,
    client.expiresAt,
    client.updatedAt,
    secretHash,
  ]);
}

export function toClient(row: Row): OAuthClient {
  return {
    id: row.id,
    orgId: row.org_id,
    livemode: row.livemode,
    version: row.version,
    name: row.name,
    type: row.type,
    secretHint: row.secret_hint,
    redirectUris: row.redirect_uris,
    grantTypes: row.grant_types,
    scopes: row.scopes,
    issueRefreshToken: row.issue_refresh_token,
    refreshReuseGraceSeconds: row.refresh_reuse_grace_seconds,
    ownerUserId: row.owner_user_id,
    status: row.status,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
