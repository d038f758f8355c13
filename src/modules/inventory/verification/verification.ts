import { type Clock, SECOND_MS } from '#kernel/clock.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared } from '#kernel/database/statement.ts';
import { everyTenant, type Tenant } from '#kernel/database/tenant.ts';
import type { OrganizationId } from '#kernel/ids.ts';
import { jobRow } from '#kernel/jobs/job.ts';
import type { JobHandler } from '#kernel/jobs/worker.ts';
import type { ModuleLog } from '#kernel/module.ts';

export const VERIFY_JOB = 'inventory.verify_levels';
const EVERY_MS = 10 * SECOND_MS;
/** Changes of one transaction. */
const BATCH = 5_000;
/** Counting further would cost more than the number is worth. */
const COUNT_MAX = 10_000;
/** The job is nobody's in particular. */
const PLATFORM: Tenant = { orgId: 'platform' as OrganizationId, livemode: true };

/** How the levels agree with their movements, as far as they were checked. */
export interface LevelHealth {
  /** Levels that were not the sum of their movements when they changed last. There must never be one. */
  mismatches: number;
  /** Changes that are not checked yet; at most 10,000 are counted. */
  unverified: number;
}

/** Two processes never check at once: an older look could replace a newer one. */
const lock = prepared(`select pg_advisory_xact_lock(hashtextextended('inventory.level_checks', 0))`);
/** One statement, hence one snapshot of changes, levels and movements: all of a transaction is in it, or nothing. */
const verify = prepared(`with taken as (
    delete from inventory.level_changes where position = any(array(
      select position from inventory.level_changes order by position limit ${BATCH}))
    returning level_id),
  touched as (select distinct level_id from taken)
  insert into inventory.level_checks as known
    (level_id, org_id, livemode, position, available, reserved, damaged, agrees, checked_at)
  select level.id, level.org_id, level.livemode, ledger.position, ledger.available, ledger.reserved, ledger.damaged,
    (level.available, level.reserved, level.damaged) = (ledger.available, ledger.reserved, ledger.damaged), $1
  from touched join inventory.levels level on level.id = touched.level_id
  left join inventory.level_checks before on before.level_id = level.id
  cross join lateral (
    select coalesce(max(movement.position), before.position, 0) as position,
      (coalesce(before.available, 0) + coalesce(sum(movement.available_change), 0))::bigint as available,
      (coalesce(before.reserved, 0) + coalesce(sum(movement.reserved_change), 0))::bigint as reserved,
      (coalesce(before.damaged, 0) + coalesce(sum(movement.damaged_change), 0))::bigint as damaged
    from inventory.movements movement
    where movement.level_id = level.id and movement.position > coalesce(before.position, 0)) as ledger
  on conflict (level_id) do update set position = excluded.position, available = excluded.available,
    reserved = excluded.reserved, damaged = excluded.damaged, agrees = excluded.agrees,
    checked_at = excluded.checked_at
  returning level_id, agrees, (select count(*) from taken) as changes`);
const health = prepared(`select
  (select count(*) from inventory.level_checks where not agrees) as mismatches,
  (select count(*) from (select 1 from inventory.level_changes limit ${COUNT_MAX}) as changes) as unverified`);
const insertJob = prepared(`insert into inventory.jobs (id, kind, org_id, livemode, payload, run_at, created_at)
  values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing`);

/** Checks what changed, then plans its successor. */
export function verifyJob(database: ModuleDatabase, clock: Clock, log: ModuleLog): JobHandler {
  return async () => {
    await verifyChanges(database, clock, log);
    await planVerification(database, clock);
  };
}

/** Checks every level that changed since the last time. */
export async function verifyChanges(database: ModuleDatabase, clock: Clock, log: ModuleLog): Promise<void> {
  for (;;) {
    const [, checked] = await database.flight(everyTenant, [lock([]), verify([clock.now().toISOString()])]);
    const rows = checked!.rows;
    const wrong = rows.filter(({ agrees }) => !agrees);
    if (wrong.length > 0) {
      log.error({ count: wrong.length }, 'Stock levels differ from the sum of their movements');
    }
    if (rows.length === 0 || rows[0]!.changes < BATCH) return;
  }
}

export async function levelHealth(database: ModuleDatabase): Promise<LevelHealth> {
  const [row] = await database.read(everyTenant, health([]));
  return { mismatches: row!.mismatches, unverified: row!.unverified };
}

/** Plans the next check: one for each ten seconds of the clock, whichever process comes first. */
export async function planVerification(database: ModuleDatabase, clock: Clock): Promise<void> {
  const slot = Math.floor(clock.nowMs() / EVERY_MS) + 1;
  const row = jobRow(PLATFORM, { kind: VERIFY_JOB, payload: {}, runAt: new Date(slot * EVERY_MS) }, clock);
  const values = [
    `job_${VERIFY_JOB}_${slot}`,
    row.kind,
    row.org_id,
    row.livemode,
    row.payload,
    row.run_at,
    row.created_at,
  ];
  await database.flight(everyTenant, [insertJob(values)]);
}
