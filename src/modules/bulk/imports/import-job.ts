import { createHash } from 'node:crypto';
import type { CommandContext } from '#kernel/context.ts';
import { FileMissing } from '#kernel/files/file-store.ts';
import type { BatchOutcome } from '#kernel/row-outcome.ts';
import { toTransfer, transferAdvance } from '../bulk.store.ts';
import type { BulkParts } from '../dependencies.ts';
import { type FailedRow, failedRowsInsert } from '../failed-rows.ts';
import { problemIn, type RowBatch, readBatches } from '../reading/row-reader.ts';
import type { ImportTarget } from '../target.ts';
import type { Counts, Failure, Import } from '../transfer.ts';
import { changeStatus, contextOf, failTransfer, type TurnEnd } from '../transitions.ts';
import { fileOfImport, importTargetOf } from './intake.ts';

/** A batch that the target has stored, before the checkpoint says so. */
interface StoredBatch {
  batch: RowBatch;
  counts: Counts;
  failed: FailedRow[];
}

/**
 * Works on an import from its checkpoint, batch by batch. The target stores a batch under a key made of the import and
 * the batch's first row, so that a batch whose checkpoint was lost in a crash gives its first outcome again and has no
 * second effect. The next batch is read while the database stores the one before.
 */
export async function runImport(parts: BulkParts, transfer: Import): Promise<TurnEnd> {
  const { kit, files, limits } = parts;
  const context = contextOf(transfer);
  const target = importTargetOf(parts, transfer.resource);
  const endsAtMs = kit.clock.nowMs() + limits.sliceMs;
  let current = transfer;
  let storing: Promise<StoredBatch> | null = null;
  const settle = async (): Promise<'go on' | 'stop' | 'taken over'> => {
    if (!storing) return 'go on';
    const stored = await storing;
    storing = null;
    const next = await checkpoint(parts, context, current, stored);
    if (!next) return 'taken over';
    current = next;
    return next.status === 'running' ? 'go on' : 'stop';
  };
  try {
    const chunks = files.read(transfer.tenant.orgId, fileOfImport(transfer.id), transfer.position.byte);
    for await (const batch of readBatches(chunks, transfer, target, limits.batchRows)) {
      const settled = await settle();
      if (settled !== 'go on') return await finish(parts, current, settled);
      if (current.counts.failed > limits.failedRows) throw tooManyFailed(limits.failedRows);
      // Each turn stores something, however short it is.
      if (current !== transfer && kit.clock.nowMs() >= endsAtMs) return 'another turn';
      storing = storeBatch(context, target, current, batch);
      // Its failure is met at the next turn of the loop; until then it is not an unhandled one.
      storing.catch(() => undefined);
    }
    return await finish(parts, current, await settle());
  } catch (error) {
    await Promise.allSettled([storing]);
    if (!(error instanceof FatalFailure || error instanceof FileMissing)) throw error;
    await failTransfer(parts.kit, current, failureOf(error));
    return 'over';
  }
}

class FatalFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

function tooManyFailed(most: number): FatalFailure {
  return new FatalFailure({ code: 'too_many_failed', message: `More than ${most} rows failed; mend the file first.` });
}

function failureOf(error: Error): Failure {
  if (error instanceof FatalFailure) return error.failure;
  return { code: 'file_missing', message: 'The stored file is gone; import it again.' };
}

async function storeBatch(
  context: CommandContext,
  target: ImportTarget,
  transfer: Import,
  batch: RowBatch,
): Promise<StoredBatch> {
  const { id, dryRun } = transfer;
  const first = batch.good[0];
  const outcome: BatchOutcome = first
    ? await target.store(
        dryRun ? context : { ...context, idempotency: batchClaim(id, first.row) },
        batch.good.map(({ value }) => value),
        { dryRun, importId: id },
      )
    : { created: 0, updated: 0, unchanged: 0, findings: [] };
  const failed = [...batch.failed, ...refusedRows(transfer, batch, outcome)];
  const read = batch.good.length + batch.failed.length;
  const { created, updated, unchanged } = outcome;
  return { batch, failed, counts: { read, created, updated, unchanged, failed: failed.length } };
}

function batchClaim(id: string, firstRow: number) {
  const key = `${id}:${firstRow}`;
  return { key, route: 'imports.rows', fingerprint: createHash('sha256').update(key).digest(), replayed: false };
}

/** Rows that the target did not take, each with all that is wrong with it. */
function refusedRows(transfer: Import, batch: RowBatch, { findings }: BatchOutcome): FailedRow[] {
  const rows = new Map<number, FailedRow>();
  for (const { row: index, column, code, message } of findings) {
    const good = batch.good[index]!;
    const failed = rows.get(index) ?? { row: good.row, content: good.content, problems: [] };
    failed.problems.push(problemIn(good, transfer, { field: column, code, message }));
    rows.set(index, failed);
  }
  return [...rows.values()];
}

/** Moves the checkpoint with the counts and failed rows, in one transaction; null when the job is not ours any more. */
function checkpoint(
  { kit }: BulkParts,
  context: CommandContext,
  current: Import,
  { batch, counts, failed }: StoredBatch,
): Promise<Import | null> {
  const { writes, clock, sealing } = kit;
  return writes.run(context, async (tx) => {
    const now = clock.now().toISOString();
    const [row] = await tx.query(transferAdvance(current, batch.place, { ...counts, bytes: 0 }, now));
    if (!row) return null;
    if (failed.length > 0) tx.add(failedRowsInsert(sealing, current, failed));
    return toTransfer(row) as Import;
  });
}

async function finish({ kit }: BulkParts, transfer: Import, settled: string): Promise<TurnEnd> {
  // Another worker has it, because this one was away for longer than its lease.
  if (settled === 'taken over') return 'over';
  await changeStatus(kit, contextOf(transfer), transfer.id, ({ status }) => {
    if (status === 'canceling') return { step: 'canceled', status: 'canceled' };
    return status === 'running' ? { step: 'completed', status: 'completed' } : null;
  });
  return 'over';
}
