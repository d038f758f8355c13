import type { Row } from '#kernel/database/connection.ts';
import { type Condition, equals, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import { everyTenant, type Scope, type Tenant } from '#kernel/database/tenant.ts';
import type { Carrier } from '../carrier.ts';
import type { CarrierAccount, CarrierAccountId } from './account.ts';

/** An account as it lies in the table. */
export interface SealedAccount extends CarrierAccount {
  tenant: Tenant;
  secret: Buffer;
  previousSecret: Buffer | null;
}

const COLUMNS = `id, org_id, livemode, version, carrier, label, secret, previous_secret, previous_secret_until,
  created_at, updated_at`;
const NOT_DELETED: Condition = { column: 'deleted_at', operator: 'is null' };

const find = prepared(`select ${COLUMNS} from shipping.carrier_accounts where id = $1 and deleted_at is null`);
const insert = prepared(`insert into shipping.carrier_accounts
  (id, org_id, livemode, version, carrier, label, secret, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`);
const rotate = prepared(`with changed as (
    update shipping.carrier_accounts set version = $3, previous_secret = secret, secret = $4,
      previous_secret_until = $5, updated_at = $6
    where org_id = $1 and id = $2 and version = $3 - 1 and deleted_at is null returning 1)
  select kernel.require((select count(*) from changed) = 1, 'carrier account changed meanwhile')`);
const remove = prepared(`with changed as (
    update shipping.carrier_accounts set version = $3, secret = null, previous_secret = null,
      previous_secret_until = null, deleted_at = $4, updated_at = $4
    where org_id = $1 and id = $2 and version = $3 - 1 and deleted_at is null returning 1)
  select kernel.require((select count(*) from changed) = 1, 'carrier account changed meanwhile')`);

export async function accountFind(
  database: ModuleDatabase,
  scope: Scope,
  id: CarrierAccountId,
): Promise<SealedAccount | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toAccount(row) : null;
}

/** Whose account this is, in whatever organisation and mode: news come in without a credential of ours. */
export function accountFindAnywhere(database: ModuleDatabase, id: CarrierAccountId): Promise<SealedAccount | null> {
  return accountFind(database, everyTenant, id);
}

export async function accountsList(
  database: ModuleDatabase,
  scope: Scope,
  filter: { carrier?: Carrier },
  page: PageRequest,
): Promise<Page<SealedAccount>> {
  const conditions = [NOT_DELETED, equals('carrier', filter.carrier)];
  const query = { from: 'shipping.carrier_accounts', columns: COLUMNS, conditions, page };
  return mapPage(await listPage(database, scope, query), toAccount);
}

export function accountInsert({ orgId, livemode }: Tenant, account: CarrierAccount, sealedSecret: Buffer): Statement {
  const { id, version, carrier, label, createdAt, updatedAt } = account;
  return insert([id, orgId, livemode, version, carrier, label, sealedSecret, createdAt, updatedAt]);
}

/** Stores the new secret beside the one before. */
export function accountRotate({ orgId }: Tenant, account: CarrierAccount, sealedSecret: Buffer): Statement {
  const { id, version, previousSecretUntil, updatedAt } = account;
  return rotate([orgId, id, version, sealedSecret, previousSecretUntil, updatedAt]);
}

export function accountRemove({ orgId }: Tenant, { id, version, updatedAt }: CarrierAccount): Statement {
  return remove([orgId, id, version, updatedAt]);
}

function toAccount(row: Row): SealedAccount {
  return {
    id: row.id,
    tenant: { orgId: row.org_id, livemode: row.livemode },
    version: row.version,
    carrier: row.carrier,
    label: row.label,
    secret: row.secret,
    previousSecret: row.previous_secret,
    previousSecretUntil: row.previous_secret_until,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
