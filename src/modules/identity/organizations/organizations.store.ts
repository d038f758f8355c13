import type { Row } from '#kernel/database/connection.ts';
import { equals, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import { everyTenant, type Scope, type Tenant } from '#kernel/database/tenant.ts';
import type { Organization, OrganizationStatus } from './organization.ts';

const COLUMNS = `org_id, version, name, default_currency, time_zone, plan, status, metadata, created_at, updated_at,
  requests_per_minute, requests_per_day`;

const find = prepared(`select ${COLUMNS} from identity.organizations where org_id = $1`);
const insert = prepared(`insert into identity.organizations (${COLUMNS})
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`);
const update = prepared(`with changed as (
    update identity.organizations set version = $2, name = $3, default_currency = $4, time_zone = $5, plan = $6,
      status = $7, metadata = $8, updated_at = $9, requests_per_minute = $10, requests_per_day = $11
    where org_id = $1 and version = $2 - 1 returning 1)
  select kernel.require((select count(*) from changed) = 1, 'organisation changed meanwhile')`);

export async function organizationFind(
  database: ModuleDatabase,
  scope: Scope,
  id: string,
): Promise<Organization | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toOrganization(row) : null;
}

export async function organizationsList(
  database: ModuleDatabase,
  scope: Scope,
  filter: { status?: OrganizationStatus },
  page: PageRequest,
): Promise<Page<Organization>> {
  const query = {
    from: 'identity.organizations',
    columns: COLUMNS,
    conditions: [equals('status', filter.status)],
    page,
    id: 'org_id',
    withoutLivemode: true,
  };
  return mapPage(await listPage(database, scope, query), toOrganization);
}

export function organizationInsert(organization: Organization): Statement {
  return insert([
    organization.id,
    organization.version,
    organization.name,
    organization.defaultCurrency,
    organization.timeZone,
    organization.plan,
    organization.status,
    organization.metadata,
    organization.createdAt,
    organization.updatedAt,
    organization.requestLimits.perMinute,
    organization.requestLimits.perDay,
  ]);
}

export function organizationUpdate(organization: Organization): Statement {
  return update([
    organization.id,
    organization.version,
    organization.name,
    organization.defaultCurrency,
    organization.timeZone,
    organization.plan,
    organization.status,
    organization.metadata,
    organization.updatedAt,
    organization.requestLimits.perMinute,
    organization.requestLimits.perDay,
  ]);
}

function toOrganization(row: Row): Organization {
  return {
    id: row.org_id,
    version: row.version,
    name: row.name,
    defaultCurrency: row.default_currency,
    timeZone: row.time_zone,
    plan: row.plan,
    requestLimits: { perMinute: row.requests_per_minute, perDay: row.requests_per_day },
    status: row.status,
    metadata: row.metadata,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** For a platform administrator who names an organisation; its settings belong to both modes, live is as good as test. */
export function locateOrganization(database: ModuleDatabase): (id: string) => Promise<Tenant | null> {
  return async (id) => {
    const found = await organizationFind(database, everyTenant, id);
    return found && { orgId: found.id, livemode: true };
  };
}
