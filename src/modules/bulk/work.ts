import { DAY_MS } from '#kernel/clock.ts';
import { everyTenant } from '#kernel/database/tenant.ts';
import type { Job, JobHandler } from '#kernel/jobs/worker.ts';
import { transferFind } from './bulk.store.ts';
import type { BulkParts } from './dependencies.ts';
import { runExport } from './exports/export-job.ts';
import { removeFiles } from './file-removal.ts';
import { runImport } from './imports/import-job.ts';
import { isOpen, type Transfer } from './transfer.ts';
import { changeStatus, contextOf, EXPIRE_JOB, EXPORT_JOB, failTransfer, IMPORT_JOB, workOn } from './transitions.ts';

/** After so many failures in a row a transfer has failed, instead of being tried for ever. */
const ATTEMPTS = 5;
const NEXT_LOOK_MS = 1_000;

/** The jobs of the module: a turn at an import or export, and the removal of files that nobody needs any more. */
export function createWork(parts: BulkParts): Record<string, JobHandler> {
  const { kit, limits } = parts;
  const { database, writes, clock, log } = kit;
  let working = 0;
  /** Whether a job found no room since the last turn that ended; the next to end then lets it go first. */
  let isAwaited = false;

  /** Another job of the same work, behind those that wait already. */
  async function queueAgain(transfer: Transfer, delayMs: number): Promise<void> {
    const runAt = new Date(clock.nowMs() + delayMs);
    await writes.store(contextOf(transfer), {
      statements: [],
      events: [],
      jobs: [workOn(transfer, runAt)],
      result: null,
    });
  }

  async function takeTurn(job: Job): Promise<void> {
    const transfer = await transferFind(database, job.tenant, job.payload.id as string);
    if (!transfer || !isOpen(transfer.status)) return;
    if (working >= limits.workers) {
      isAwaited = true;
      return queueAgain(transfer, NEXT_LOOK_MS);
    }
    working++;
    try {
      const started = await start(parts, transfer);
      const turn = started.kind === 'import' ? runImport(parts, started) : runExport(parts, started);
      if ((await turn) === 'another turn') {
        await queueAgain(started, isAwaited ? 2 * NEXT_LOOK_MS : 0);
        isAwaited = false;
      }
    } catch (error) {
      if (job.attempt < ATTEMPTS) throw error;
      log.error({ job_id: transfer.jobId, object_id: transfer.id, error }, 'An import or export was given up');
      const message = 'It failed several times on our side; retry it, and report the request id if it fails again.';
      await failTransfer(kit, transfer, { code: 'internal', message });
    } finally {
      working--;
    }
  }

  return { [IMPORT_JOB]: takeTurn, [EXPORT_JOB]: takeTurn, [EXPIRE_JOB]: (job) => removeExpired(parts, job) };
}

async function start({ kit }: BulkParts, transfer: Transfer): Promise<Transfer> {
  return changeStatus(kit, contextOf(transfer), transfer.id, ({ status }) => {
    if (status === 'queued') return { step: 'started', status: 'running' };
    // Asked to end while nobody worked on it.
    return status === 'canceling' ? { step: 'canceled', status: 'canceled' } : null;
  });
}

async function removeExpired(parts: BulkParts, job: Job): Promise<void> {
  const { kit } = parts;
  const transfer = await transferFind(kit.database, job.tenant, job.payload.id as string);
  const isDue = transfer?.expiresAt && Date.parse(transfer.expiresAt) <= kit.clock.nowMs();
  if (!transfer || !isDue || transfer.filesRemoved) return;
  await removeFiles(parts, transfer);
}

/** Removes files whose transfer was never stored because the process ended in between; runs at each start. */
export async function removeOrphans({ kit, files }: BulkParts): Promise<number> {
  let removed = 0;
  for (const folder of ['imports/', 'exports/']) {
    for await (const { key, storedAtMs } of files.list(folder)) {
      if (kit.clock.nowMs() - storedAtMs < DAY_MS) continue;
      const id = key.split('/')[1]!;
      const found = await transferFind(kit.database, everyTenant, id);
      if (found && !found.filesRemoved) continue;
      await files.remove(key);
      removed++;
    }
  }
  return removed;
}
