import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';

const find = prepared(`select object_id from payments.stripe_references
  where org_id = $1 and livemode = $2 and idempotency_key = $3`);
const insert =
  prepared(`insert into payments.stripe_references (org_id, livemode, idempotency_key, object_id, created_at)
  values ($1, $2, $3, $4, $5) on conflict do nothing`);

export async function referenceFind(database: ModuleDatabase, tenant: Tenant, key: string): Promise<string | null> {
  const [row] = await database.read(tenant, find([tenant.orgId, tenant.livemode, key]));
  return row ? row.object_id : null;
}

/** Durable when it returns; the first one counts. Gives the one that counts. */
export async function referenceKeep(
  database: ModuleDatabase,
  tenant: Tenant,
  key: string,
  objectId: string,
  now: Date,
): Promise<string> {
  const { orgId, livemode } = tenant;
  const values = [orgId, livemode, key];
  const [, found] = await database.flight(tenant, [insert([...values, objectId, now.toISOString()]), find(values)]);
  return found!.rows[0]!.object_id;
}
