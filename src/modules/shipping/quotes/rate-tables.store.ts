import type { Row } from '#kernel/database/connection.ts';
import { equals, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { Carrier } from '../carrier.ts';
import type { RateTableId, StoredRateTable } from './rate-table.ts';

const COLUMNS = 'id, version, carrier, currency, volumetric_divisor, zones, retired_at, created_at, updated_at';

const find = prepared(`select ${COLUMNS} from shipping.rate_tables where id = $1`);
const findInForce = prepared(`select distinct on (carrier) ${COLUMNS} from shipping.rate_tables
  where org_id = $1 and livemode = $2 and retired_at is null order by carrier, id desc`);
const insert = prepared(`insert into shipping.rate_tables
  (id, org_id, livemode, version, carrier, currency, volumetric_divisor, zones, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`);
const retire = prepared(`with changed as (
    update shipping.rate_tables set version = $3, retired_at = $4, updated_at = $5
    where org_id = $1 and id = $2 and version = $3 - 1 and retired_at is null returning 1)
  select kernel.require((select count(*) from changed) = 1, 'rate table changed meanwhile')`);

export async function rateTableFind(
  database: ModuleDatabase,
  scope: Scope,
  id: RateTableId,
): Promise<StoredRateTable | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toRateTable(row) : null;
}

/** The newest table of each carrier that an organisation has one for. */
export async function rateTablesInForce(database: ModuleDatabase, tenant: Tenant): Promise<StoredRateTable[]> {
  return (await database.read(tenant, findInForce([tenant.orgId, tenant.livemode]))).map(toRateTable);
}

export async function rateTablesList(
  database: ModuleDatabase,
  scope: Scope,
  filter: { carrier?: Carrier },
  page: PageRequest,
): Promise<Page<StoredRateTable>> {
  const conditions = [equals('carrier', filter.carrier)];
  const query = { from: 'shipping.rate_tables', columns: COLUMNS, conditions, page };
  return mapPage(await listPage(database, scope, query), toRateTable);
}

export function rateTableInsert({ orgId, livemode }: Tenant, table: StoredRateTable): Statement {
  const { id, version, carrier, currency, volumetricDivisor, zones, createdAt, updatedAt } = table;
  const text = JSON.stringify(zones);
  return insert([id, orgId, livemode, version, carrier, currency, volumetricDivisor, text, createdAt, updatedAt]);
}

/** Stores the withdrawal; aborts the transaction when the stored version is not the one before. */
export function rateTableRetire({ orgId }: Tenant, table: StoredRateTable): Statement {
  return retire([orgId, table.id, table.version, table.retiredAt, table.updatedAt]);
}

function toRateTable(row: Row): StoredRateTable {
  return {
    id: row.id,
    version: row.version,
    carrier: row.carrier,
    currency: row.currency,
    volumetricDivisor: row.volumetric_divisor,
    zones: row.zones,
    retiredAt: row.retired_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
