import { type Clock, DAY_MS } from '#kernel/clock.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared } from '#kernel/database/statement.ts';
import { everyTenant, type Tenant } from '#kernel/database/tenant.ts';
import type { OrganizationId } from '#kernel/ids.ts';
import { jobRow } from '#kernel/jobs/job.ts';

export const RETENTION_JOB = 'shipping.retention';

/** The job is nobody's in particular. */
const PLATFORM: Tenant = { orgId: 'platform' as OrganizationId, livemode: true };

const insertJob = prepared(`insert into shipping.jobs (id, kind, org_id, livemode, payload, run_at, created_at)
  values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing`);

/** Plans the next clean-up: once per day of the calendar, whichever process comes first. */
export async function planRetention(database: ModuleDatabase, clock: Clock): Promise<void> {
  const runAt = new Date((Math.floor(clock.nowMs() / DAY_MS) + 1) * DAY_MS);
  const row = jobRow(PLATFORM, { kind: RETENTION_JOB, payload: {}, runAt }, clock);
  const id = `job_${RETENTION_JOB}_${row.run_at.slice(0, 10)}`;
  const values = [id, row.kind, row.org_id, row.livemode, row.payload, row.run_at, row.created_at];
  await database.flight(everyTenant, [insertJob(values)]);
}
