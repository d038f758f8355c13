import { type Clock, DAY_MS } from '#kernel/clock.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import { everyTenant, type Tenant } from '#kernel/database/tenant.ts';
import type { OrganizationId } from '#kernel/ids.ts';
import { jobRow } from '#kernel/jobs/job.ts';

/** How long deliveries and public events are kept and served (WHK-19). */
export const RETENTION_MS = 30 * DAY_MS;
export const RETENTION_JOB = 'webhooks.retention';

/** Rows of one transaction: locks stay short however much there is to delete. */
const BATCH = 5_000;
/** The job is nobody's in particular. */
const PLATFORM: Tenant = { orgId: 'platform' as OrganizationId, livemode: true };

const deleteDeliveries = prepared(`delete from webhooks.deliveries where ctid = any(array(
  select ctid from webhooks.deliveries where created_at < $1 limit ${BATCH}))`);
const deleteMessages = prepared(`delete from webhooks.messages where ctid = any(array(
  select ctid from webhooks.messages where created_at < $1 limit ${BATCH}))`);
const insertJob = prepared(`insert into webhooks.jobs (id, kind, org_id, livemode, payload, run_at, created_at)
  values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing`);

/** The oldest instant that is still served. */
export function keptSince(clock: Clock): string {
  return new Date(clock.nowMs() - RETENTION_MS).toISOString();
}

/** Plans the next clean-up: once per day of the calendar, whichever process comes first. */
export async function planRetention(database: ModuleDatabase, clock: Clock): Promise<void> {
  const runAt = new Date((Math.floor(clock.nowMs() / DAY_MS) + 1) * DAY_MS);
  const row = jobRow(PLATFORM, { kind: RETENTION_JOB, payload: {}, runAt }, clock);
  const id = `job_${RETENTION_JOB}_${row.run_at.slice(0, 10)}`;
  const values = [id, row.kind, row.org_id, row.livemode, row.payload, row.run_at, row.created_at];
  await database.flight(everyTenant, [insertJob(values)]);
}

/** Deletes what is older than 30 days. A message outlives its deliveries, which are made later than it. */
export async function cleanUp(database: ModuleDatabase, clock: Clock): Promise<void> {
  const before = keptSince(clock);
  for (const remove of [deleteDeliveries, deleteMessages]) await deleteAll(database, remove([before]));
}

async function deleteAll(database: ModuleDatabase, statement: Statement): Promise<void> {
  for (;;) {
    const [result] = await database.flight(everyTenant, [statement]);
    if (result!.rowCount < BATCH) return;
  }
}
