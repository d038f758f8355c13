import type { Row } from '#kernel/database/connection.ts';
import { type Condition, equals, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { WebhookId } from '#kernel/ids.ts';
import type { Ordering, Webhook } from './endpoint.ts';

const COLUMNS = `id, version, contract, url, events, description, ordering, paused, failing_since, previous_secret_until,
  created_at, updated_at`;
const NOT_DELETED: Condition = { column: 'deleted_at', operator: 'is null' };

const find = prepared(`select ${COLUMNS} from webhooks.endpoints where id = $1 and deleted_at is null`);
const findForUpdate = prepared(
  `select ${COLUMNS} from webhooks.endpoints where org_id = $1 and id = $2 and deleted_at is null for update`,
);
const count = prepared(
  'select count(*) as endpoints from webhooks.endpoints where org_id = $1 and livemode = $2 and deleted_at is null',
);
const subscribed = prepared(`select id, org_id, livemode, contract, events, ordering, created_at,
    made_in::text as made_in from webhooks.endpoints
  where org_id = any($1::text[]) and deleted_at is null`);
const insert = prepared(`insert into webhooks.endpoints
  (id, org_id, livemode, version, contract, url, events, description, ordering, paused, secret, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`);
const update = prepared(`with changed as (
    update webhooks.endpoints set version = $3, url = $4, events = $5, description = $6, ordering = $7, paused = $8,
      failing_since = $9, updated_at = $10
    where org_id = $1 and id = $2 and version = $3 - 1 and deleted_at is null returning 1)
  select kernel.require((select count(*) from changed) = 1, 'webhook changed meanwhile')`);
const rotate = prepared(`with changed as (
    update webhooks.endpoints set version = $3, previous_secret = secret, secret = $4, previous_secret_until = $5,
      updated_at = $6
    where org_id = $1 and id = $2 and version = $3 - 1 and deleted_at is null returning 1)
  select kernel.require((select count(*) from changed) = 1, 'webhook changed meanwhile')`);
const remove = prepared(`with changed as (
    update webhooks.endpoints set version = $3, secret = null, previous_secret = null, previous_secret_until = null,
      deleted_at = $4, updated_at = $4
    where org_id = $1 and id = $2 and version = $3 - 1 and deleted_at is null returning 1)
  select kernel.require((select count(*) from changed) = 1, 'webhook changed meanwhile')`);

export async function endpointFind(database: ModuleDatabase, scope: Scope, id: WebhookId): Promise<Webhook | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toWebhook(row) : null;
}

/** Locks the endpoint in the transaction that runs it; read the answer with `toWebhook`. */
export function endpointLock(tenant: Tenant, id: WebhookId): Statement {
  return findForUpdate([tenant.orgId, id]);
}

export function endpointsCount(tenant: Tenant): Statement {
  return count([tenant.orgId, tenant.livemode]);
}

/** The endpoints, of both modes, of some organisations, as the fan-out needs them. */
export function endpointsSubscribed(orgIds: readonly string[]): Statement {
  return subscribed([orgIds]);
}

/** With `contract`, only the endpoints of that one. */
export async function endpointsList(
  database: ModuleDatabase,
  scope: Scope,
  page: PageRequest,
  contract?: string,
): Promise<Page<Webhook>> {
  const conditions = [NOT_DELETED, equals('contract', contract)];
  const query = { from: 'webhooks.endpoints', columns: COLUMNS, conditions, page };
  return mapPage(await listPage(database, scope, query), toWebhook);
}

export function endpointInsert(tenant: Tenant, webhook: Webhook, sealedSecret: Buffer): Statement {
  return insert([
    webhook.id,
    tenant.orgId,
    tenant.livemode,
    webhook.version,
    webhook.contract,
    webhook.url,
    webhook.events,
    webhook.description,
    webhook.ordering,
    webhook.paused,
    sealedSecret,
    webhook.createdAt,
    webhook.updatedAt,
  ]);
}

/** Stores the next version; aborts the transaction when the stored version is not the one before. So do the two below. */
export function endpointUpdate(tenant: Tenant, webhook: Webhook): Statement {
  return update([
    tenant.orgId,
    webhook.id,
    webhook.version,
    webhook.url,
    webhook.events,
    webhook.description,
    webhook.ordering,
    webhook.paused,
    webhook.failingSince,
    webhook.updatedAt,
  ]);
}

/** The secret becomes the previous one. */
export function endpointRotate(tenant: Tenant, webhook: Webhook, sealedSecret: Buffer): Statement {
  const { id, version, previousSecretUntil, updatedAt } = webhook;
  return rotate([tenant.orgId, id, version, sealedSecret, previousSecretUntil, updatedAt]);
}

/** Forgets the secrets and hides the endpoint. */
export function endpointRemove(tenant: Tenant, webhook: Webhook): Statement {
  return remove([tenant.orgId, webhook.id, webhook.version, webhook.updatedAt]);
}

export function toWebhook(row: Row): Webhook {
  return {
    id: row.id,
    version: row.version,
    contract: row.contract,
    url: row.url,
    events: row.events,
    description: row.description,
    ordering: row.ordering as Ordering,
    paused: row.paused,
    failingSince: row.failing_since,
    previousSecretUntil: row.previous_secret_until,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
