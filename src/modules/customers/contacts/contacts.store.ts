import type { Row } from '#kernel/database/connection.ts';
import { equals, isIn, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { CustomerId, UserId } from '#kernel/ids.ts';
import type { ContactId, ContactRecord } from './contact.ts';

/** A contact as it lies in the table, beside the wrapped key that opens it; null when the key was destroyed. */
export interface SealedContact extends ContactRecord {
  orgId: string;
  profile: Buffer;
  emailIndex: Buffer | null;
  wrappedKey: Buffer | null;
}

const COLUMNS = `id, org_id, version, customer_id, user_id, roles, spending_limit, profile, email_index, created_at,
  updated_at, (select wrapped_key from customers.subject_keys where subject_id = contacts.id) as wrapped_key`;

const find = prepared(`select ${COLUMNS} from customers.contacts where id = $1`);
const ofUser = prepared(`select ${COLUMNS} from customers.contacts
  where org_id = $1 and livemode = $2 and customer_id = any($3::text[]) and user_id = $4 order by id limit 1`);
const insertKey = prepared(
  'insert into customers.subject_keys (subject_id, org_id, livemode, wrapped_key) values ($1, $2, $3, $4)',
);
const insert = prepared(`insert into customers.contacts
  (id, org_id, livemode, customer_id, version, user_id, roles, spending_limit, profile, email_index, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`);
const update = prepared(`with changed as (
    update customers.contacts set version = $2, user_id = $3, roles = $4, spending_limit = $5, profile = $6,
      email_index = $7, updated_at = $8
    where id = $1 and version = $2 - 1 returning 1)
  select kernel.require((select count(*) from changed) = 1, 'contact changed meanwhile')`);
const remove = prepared(`with gone as (delete from customers.contacts where id = $1 and version = $2 returning 1)
  select kernel.require((select count(*) from gone) = 1, 'contact changed meanwhile')`);
const removeKey = prepared('delete from customers.subject_keys where subject_id = $1');

export async function contactFind(
  database: ModuleDatabase,
  scope: Scope,
  id: ContactId,
): Promise<SealedContact | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toSealed(row) : null;
}

export async function contactOfUser(
  database: ModuleDatabase,
  { orgId, livemode }: Tenant,
  customerIds: readonly CustomerId[],
  userId: UserId,
): Promise<SealedContact | null> {
  const [row] = await database.read({ orgId, livemode }, ofUser([orgId, livemode, customerIds, userId]));
  return row ? toSealed(row) : null;
}

export async function contactsList(
  database: ModuleDatabase,
  scope: Scope,
  filter: { customerIds: readonly CustomerId[]; emailIndex?: Buffer },
  page: PageRequest,
): Promise<Page<SealedContact>> {
  const conditions = [isIn('customer_id', filter.customerIds), equals('email_index', filter.emailIndex)];
  const query = { from: 'customers.contacts', columns: COLUMNS, conditions, page };
  return mapPage(await listPage(database, scope, query), toSealed);
}

export function contactInsert({ orgId, livemode }: Tenant, contact: SealedContact): Statement[] {
  const { id, customerId, version, userId, roles, spendingLimit, profile, emailIndex, createdAt, updatedAt } = contact;
  const rest = [version, userId, roles, spendingLimit, profile, emailIndex, createdAt, updatedAt];
  return [insertKey([id, orgId, livemode, contact.wrappedKey]), insert([id, orgId, livemode, customerId, ...rest])];
}

/** Stores the next version; aborts the transaction when the stored version is not the one before. */
export function contactUpdate(contact: SealedContact): Statement {
  const { id, version, userId, roles, spendingLimit, profile, emailIndex, updatedAt } = contact;
  return update([id, version, userId, roles, spendingLimit, profile, emailIndex, updatedAt]);
}

/** The row and the key: nothing of the person can be read afterwards, wherever it was sealed. */
export function contactDelete({ id, version }: ContactRecord): Statement[] {
  return [remove([id, version]), removeKey([id])];
}

function toSealed(row: Row): SealedContact {
  return {
    id: row.id,
    orgId: row.org_id,
    version: row.version,
    customerId: row.customer_id,
    userId: row.user_id,
    roles: row.roles,
    spendingLimit: row.spending_limit,
    profile: row.profile,
    emailIndex: row.email_index,
    wrappedKey: row.wrapped_key,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
