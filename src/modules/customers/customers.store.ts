import type { Row } from '#kernel/database/connection.ts';
import { equals, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { CustomerId } from '#kernel/ids.ts';
import type { CustomerRecord, CustomerStatus, CustomerTerms, CustomerType } from './customer.ts';

/** A customer as it lies in the table: the profile still sealed, beside the wrapped key that opens it. */
export interface SealedCustomer extends CustomerRecord {
  orgId: string;
  profile: Buffer;
  emailIndex: Buffer | null;
  /** Null when the key was destroyed. */
  wrappedKey: Buffer | null;
}

export interface CustomerFilter {
  emailIndex?: Buffer;
  externalId?: string;
  type?: CustomerType;
  status?: CustomerStatus;
  parentId?: CustomerId;
  tag?: string;
}

const COLUMNS = `id, org_id, version, type, status, profile, email_index, currency, credit_limit, payment_terms, tags,
  metadata, external_id, parent_id, merged_into, merged_ids, default_payment_method_id, erased_at, created_at,
  updated_at, (select wrapped_key from customers.subject_keys where subject_id = customers.id) as wrapped_key`;

const find = prepared(`select ${COLUMNS} from customers.customers where id = $1`);
const findTerms = prepared(`select status, currency, credit_limit, merged_into, merged_ids from customers.customers
  where id = $1`);
const findKey = prepared('select wrapped_key from customers.subject_keys where subject_id = $1');
const lock = prepared(`select ${COLUMNS} from customers.customers where id = any($1::text[]) order by id for update`);
const lockByExternalId = prepared(`select ${COLUMNS} from customers.customers
  where org_id = $1 and livemode = $2 and external_id = any($3::text[]) order by id for update`);
const insertKey = prepared(
  'insert into customers.subject_keys (subject_id, org_id, livemode, wrapped_key) values ($1, $2, $3, $4)',
);
const insert = prepared(`insert into customers.customers
  (id, org_id, livemode, version, type, status, profile, email_index, currency, credit_limit, payment_terms, tags,
   metadata, external_id, created_at, updated_at, parent_id)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`);
const update = prepared(`with changed as (
    update customers.customers set version = $3, type = $4, status = $5, profile = $6, email_index = $7, currency = $8,
      credit_limit = $9, payment_terms = $10, tags = $11, metadata = $12, external_id = $13, updated_at = $14, parent_id = $15, merged_into = $16,
      merged_ids = $17, default_payment_method_id = $18
    where org_id = $1 and id = $2 and version = $3 - 1 returning 1)
  select kernel.require((select count(*) from changed) = 1, 'customer changed meanwhile')`);
const deleteTags = prepared('delete from customers.customer_tags where customer_id = $1 and tag <> all($2::text[])');
const insertTags = prepared(`insert into customers.customer_tags (org_id, livemode, tag, customer_id)
  select distinct $1, $2::boolean, unnest($3::text[]), $4 on conflict do nothing`);

/** Customers with one row for each of their tags. */
const TAGGED = `(select customer.*, tagged.tag from customers.customer_tags tagged
  join customers.customers customer on customer.id = tagged.customer_id) as customers`;

export async function customerFind(
  database: ModuleDatabase,
  scope: Scope,
  id: CustomerId,
): Promise<SealedCustomer | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toSealed(row) : null;
}

/** The terms of this very customer, and where to look instead when it was merged. */
export async function customerFindTerms(
  database: ModuleDatabase,
  tenant: Tenant,
  id: CustomerId,
): Promise<{ terms: CustomerTerms; mergedInto: CustomerId | null } | null> {
  const [row] = await database.read(tenant, findTerms([id]));
  if (!row) return null;
  const { status, currency, credit_limit: creditLimit, merged_ids: mergedIds } = row;
  const terms = { id, mergedIds, status, currency, creditLimit };
  return { terms, mergedInto: row.merged_into };
}

/** Null when the customer was erased. */
export async function customerKeyFind(
  database: ModuleDatabase,
  tenant: Tenant,
  id: CustomerId,
): Promise<Buffer | null> {
  const [row] = await database.read(tenant, findKey([id]));
  return row ? row.wrapped_key : null;
}

export function customersLock(ids: readonly CustomerId[]): Statement {
  return lock([ids]);
}

export function customersLockByExternalId({ orgId, livemode }: Tenant, externalIds: readonly string[]): Statement {
  return lockByExternalId([orgId, livemode, externalIds]);
}

export async function customersList(
  database: ModuleDatabase,
  scope: Scope,
  filter: CustomerFilter,
  page: PageRequest,
): Promise<Page<SealedCustomer>> {
  const conditions = [
    equals('email_index', filter.emailIndex),
    equals('external_id', filter.externalId),
    equals('type', filter.type),
    equals('status', filter.status),
    equals('parent_id', filter.parentId),
    equals('tag', filter.tag),
  ];
  const from = filter.tag === undefined ? 'customers.customers' : TAGGED;
  const query = { from, columns: COLUMNS, conditions, page };
  return mapPage(await listPage(database, scope, query), toSealed);
}

export function customerInsert(tenant: Tenant, customer: SealedCustomer): Statement[] {
  return [
    insertKey([customer.id, tenant.orgId, tenant.livemode, customer.wrappedKey]),
    insert([
      customer.id,
      tenant.orgId,
      tenant.livemode,
      customer.version,
      customer.type,
      customer.status,
      customer.profile,
      customer.emailIndex,
      customer.currency,
      customer.creditLimit,
      customer.paymentTerms,
      customer.tags,
      customer.metadata,
      customer.externalId,
      customer.createdAt,
      customer.updatedAt,
      customer.parentId,
    ]),
    ...(customer.tags.length > 0 ? [tagsInsert(tenant, customer)] : []),
  ];
}

/** Stores the next version; aborts the transaction when the stored version is not the one before. */
export function customerUpdate(tenant: Tenant, customer: SealedCustomer): Statement[] {
  const row = update([
    tenant.orgId,
    customer.id,
    customer.version,
    customer.type,
    customer.status,
    customer.profile,
    customer.emailIndex,
    customer.currency,
    customer.creditLimit,
    customer.paymentTerms,
    customer.tags,
    customer.metadata,
    customer.externalId,
    customer.updatedAt,
    customer.parentId,
    customer.mergedInto,
    customer.mergedIds,
    customer.defaultPaymentMethodId,
  ]);
  return [row, deleteTags([customer.id, customer.tags]), tagsInsert(tenant, customer)];
}

function tagsInsert({ orgId, livemode }: Tenant, { id, tags }: SealedCustomer): Statement {
  return insertTags([orgId, livemode, tags, id]);
}

export function toSealed(row: Row): SealedCustomer {
  return {
    id: row.id,
    orgId: row.org_id,
    version: row.version,
    type: row.type,
    status: row.status,
    profile: row.profile,
    emailIndex: row.email_index,
    wrappedKey: row.wrapped_key,
    currency: row.currency,
    creditLimit: row.credit_limit,
    paymentTerms: row.payment_terms,
    tags: row.tags,
    metadata: row.metadata,
    externalId: row.external_id,
    parentId: row.parent_id,
    mergedInto: row.merged_into,
    mergedIds: row.merged_ids,
    defaultPaymentMethodId: row.default_payment_method_id,
    erasedAt: row.erased_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
