import type { Row } from '#kernel/database/connection.ts';
import { isIn, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { CustomerId } from '#kernel/ids.ts';
import type { AddressId, BookedAddress } from './address-book.ts';

/** An address as it lies in the table, beside the wrapped key of its customer; null when the key was destroyed. */
export interface SealedAddress extends Omit<BookedAddress, 'label' | 'address'> {
  orgId: string;
  content: Buffer;
  wrappedKey: Buffer | null;
}

const COLUMNS = `id, org_id, version, customer_id, types, content, created_at, updated_at,
  (select wrapped_key from customers.subject_keys where subject_id = addresses.customer_id) as wrapped_key`;

const find = prepared(`select ${COLUMNS} from customers.addresses where id = $1`);
const insert = prepared(`insert into customers.addresses
  (id, org_id, livemode, customer_id, version, types, content, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`);
const update = prepared(`with changed as (
    update customers.addresses set version = $2, types = $3, content = $4, updated_at = $5
    where id = $1 and version = $2 - 1 returning 1)
  select kernel.require((select count(*) from changed) = 1, 'address changed meanwhile')`);
const remove = prepared(`with gone as (delete from customers.addresses where id = $1 and version = $2 returning 1)
  select kernel.require((select count(*) from gone) = 1, 'address changed meanwhile')`);

export async function addressFind(
  database: ModuleDatabase,
  scope: Scope,
  id: AddressId,
): Promise<SealedAddress | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toSealed(row) : null;
}

export async function addressesList(
  database: ModuleDatabase,
  scope: Scope,
  customerIds: readonly CustomerId[],
  page: PageRequest,
): Promise<Page<SealedAddress>> {
  const query = { from: 'customers.addresses', columns: COLUMNS, conditions: [isIn('customer_id', customerIds)], page };
  return mapPage(await listPage(database, scope, query), toSealed);
}

export function addressInsert({ orgId, livemode }: Tenant, address: SealedAddress): Statement {
  const { id, customerId, version, types, content, createdAt, updatedAt } = address;
  return insert([id, orgId, livemode, customerId, version, types, content, createdAt, updatedAt]);
}

/** Stores the next version; aborts the transaction when the stored version is not the one before. */
export function addressUpdate({ id, version, types, content, updatedAt }: SealedAddress): Statement {
  return update([id, version, types, content, updatedAt]);
}

export function addressDelete({ id, version }: Pick<SealedAddress, 'id' | 'version'>): Statement {
  return remove([id, version]);
}

function toSealed(row: Row): SealedAddress {
  return {
    id: row.id,
    orgId: row.org_id,
    version: row.version,
    customerId: row.customer_id,
    types: row.types,
    content: row.content,
    wrappedKey: row.wrapped_key,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
