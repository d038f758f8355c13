import type { Row } from '#kernel/database/connection.ts';
import { equals, isIn, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { CustomerId, PaymentMethodId } from '#kernel/ids.ts';
import type { PaymentMethod } from './payment-method.ts';

const COLUMNS = `id, version, customer_id, type, brand, last4, exp_month, exp_year, fingerprint, is_default, status,
  created_at, updated_at, verification, verification_attempts`;

const find = prepared(`select ${COLUMNS} from payments.payment_methods where id = $1`);
const findWithToken = prepared(`select ${COLUMNS}, token from payments.payment_methods where id = $1`);
const findDefault = prepared(`select ${COLUMNS} from payments.payment_methods
  where org_id = $1 and livemode = $2 and customer_id = $3 and is_default`);
const lockOfCustomer = prepared(`select ${COLUMNS} from payments.payment_methods
  where org_id = $1 and livemode = $2 and customer_id = $3 and status = 'attached' order by id for update`);
const findOfOwners = prepared(`select ${COLUMNS}, token from payments.payment_methods
  where org_id = $1 and livemode = $2 and customer_id = any($3::text[]) and fingerprint <> '' order by id`);
// The row stays for the payments that name it.
const erase = prepared(`with changed as (
    update payments.payment_methods set version = $2, brand = 'erased', last4 = '0000', exp_month = null,
      exp_year = null, fingerprint = '', token = $3, is_default = false, status = 'detached', updated_at = $4
    where id = $1 and version = $2 - 1 returning 1)
  select kernel.require((select count(*) from changed) = 1, 'payment method changed meanwhile')`);
const insert = prepared(`insert into payments.payment_methods (org_id, livemode, token, ${COLUMNS})
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`);
const update = prepared(`update payments.payment_methods set version = $2, is_default = $3, status = $4,
  updated_at = $5, verification = $6, verification_attempts = $7 where id = $1`);

export async function methodFind(
  database: ModuleDatabase,
  scope: Scope,
  id: PaymentMethodId,
): Promise<PaymentMethod | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toMethod(row) : null;
}

/** With the sealed token of the processor. */
export async function methodFindWithToken(
  database: ModuleDatabase,
  tenant: Tenant,
  id: PaymentMethodId,
): Promise<{ method: PaymentMethod; sealedToken: Buffer } | null> {
  const [row] = await database.read(tenant, findWithToken([id]));
  return row ? { method: toMethod(row), sealedToken: row.token } : null;
}

/** Every method of these customers that was not erased, detached ones too, with the sealed token of the processor. */
export async function methodsOfOwners(
  database: ModuleDatabase,
  { orgId, livemode }: Tenant,
  customerIds: readonly CustomerId[],
): Promise<{ method: PaymentMethod; sealedToken: Buffer }[]> {
  const rows = await database.read({ orgId, livemode }, findOfOwners([orgId, livemode, customerIds]));
  return rows.map((row) => ({ method: toMethod(row), sealedToken: row.token }));
}

/** Stores the version in which nothing of the card is left. */
export function methodErase({ id, version, updatedAt }: PaymentMethod, emptyToken: Buffer): Statement {
  return erase([id, version, emptyToken, updatedAt]);
}

export async function methodFindDefault(
  database: ModuleDatabase,
  tenant: Tenant,
  customerId: CustomerId,
): Promise<PaymentMethod | null> {
  const [row] = await database.read(tenant, findDefault([tenant.orgId, tenant.livemode, customerId]));
  return row ? toMethod(row) : null;
}

export async function methodsList(
  database: ModuleDatabase,
  scope: Scope,
  filter: { customerIds?: readonly CustomerId[] },
  page: PageRequest,
): Promise<Page<PaymentMethod>> {
  const conditions = [isIn('customer_id', filter.customerIds), equals('status', 'attached')];
  const query = { from: 'payments.payment_methods', columns: COLUMNS, conditions, page };
  return mapPage(await listPage(database, scope, query), toMethod);
}

/** Locks the attached methods of a customer, so that exactly one of them is the default. */
export function methodsLock(tenant: Tenant, customerId: CustomerId): Statement {
  return lockOfCustomer([tenant.orgId, tenant.livemode, customerId]);
}

export function methodInsert(tenant: Tenant, method: PaymentMethod, sealedToken: Buffer): Statement {
  return insert([
    tenant.orgId,
    tenant.livemode,
    sealedToken,
    method.id,
    method.version,
    method.customerId,
    method.type,
    method.brand,
    method.last4,
    method.expMonth,
    method.expYear,
    method.fingerprint,
    method.isDefault,
    method.status,
    method.createdAt,
    method.updatedAt,
    method.verification,
    method.verificationAttempts,
  ]);
}

export function methodUpdate(method: PaymentMethod): Statement {
  const { id, version, isDefault, status, updatedAt, verification, verificationAttempts } = method;
  return update([id, version, isDefault, status, updatedAt, verification, verificationAttempts]);
}

export function toMethod(row: Row): PaymentMethod {
  return {
    id: row.id,
    version: row.version,
    customerId: row.customer_id,
    type: row.type,
    brand: row.brand,
    last4: row.last4,
    expMonth: row.exp_month,
    expYear: row.exp_year,
    fingerprint: row.fingerprint,
    verification: row.verification,
    verificationAttempts: row.verification_attempts,
    isDefault: row.is_default,
    status: row.status,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
