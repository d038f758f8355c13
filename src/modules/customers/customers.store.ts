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
}

const COLUMNS = `id, org_id, version, type, status, profile, email_index, currency, credit_limit, payment_terms, tags,
  metadata, external_id, created_at, updated_at,
  (select wrapped_key from customers.subject_keys where subject_id = customers.id) as wrapped_key`;

const find = prepared(`select ${COLUMNS} from customers.customers where id = $1`);
const findTerms = prepared('select id, status, currency, credit_limit from customers.customers where id = $1');
const insertKey = prepared(
  'insert into customers.subject_keys (subject_id, org_id, livemode, wrapped_key) values ($1, $2, $3, $4)',
);
const insert = prepared(`insert into customers.customers
  (id, org_id, livemode, version, type, status, profile, email_index, currency, credit_limit, payment_terms, tags,
   metadata, external_id, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`);
const update = prepared(`with changed as (
    update customers.customers set version = $3, type = $4, status = $5, profile = $6, email_index = $7, currency = $8,
      credit_limit = $9, payment_terms = $10, tags = $11, metadata = $12, external_id = $13, updated_at = $14
    where org_id = $1 and id = $2 and version = $3 - 1 returning 1)
  select kernel.require((select count(*) from changed) = 1, 'customer changed meanwhile')`);

export async function customerFind(
  database: ModuleDatabase,
  scope: Scope,
  id: CustomerId,
): Promise<SealedCustomer | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toSealed(row) : null;
}

export async function customerFindTerms(
  database: ModuleDatabase,
  tenant: Tenant,
  id: CustomerId,
): Promise<CustomerTerms | null> {
  const [row] = await database.read(tenant, findTerms([id]));
  if (!row) return null;
  const { status, currency, credit_limit: creditLimit } = row;
  return { id, status, currency, creditLimit, defaultPaymentMethodId: null };
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
  ];
  const query = { from: 'customers.customers', columns: COLUMNS, conditions, page };
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
    ]),
  ];
}

/** Stores the next version; aborts the transaction when the stored version is not the one before. */
export function customerUpdate(tenant: Tenant, customer: SealedCustomer): Statement {
  return update([
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
  ]);
}

function toSealed(row: Row): SealedCustomer {
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
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
