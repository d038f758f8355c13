import type { CommandContext } from '#kernel/context.ts';
import { FileMissing } from '#kernel/files/file-store.ts';
import { toTransfer, transferAdvance } from '../bulk.store.ts';
import type { BulkParts } from '../dependencies.ts';
import { failedRowsInsert } from '../failed-rows.ts';
import { readBatches } from '../reading/row-reader.ts';
import type { Failure, Import } from '../transfer.ts';
import { changeStatus, contextOf, failTransfer, type TurnEnd } from '../transitions.ts';
import { BatchesInFlight, type StoredBatch } from './batches-in-flight.ts';
import { fileOfImport, importTargetOf } from './intake.ts';

/**
 * Works on an import from its checkpoint, batch by batch. The next batch is read, and where the target can the one behind
 * it stored, while the database stores the one before; the checkpoint passes over them in the order of the file.
 */
export async function runImport(parts: BulkParts, transfer: Import): Promise<TurnEnd> {
  const { kit, files, limits } = parts;
  const context = contextOf(transfer);
  const target = importTargetOf(parts, transfer.resource);
  const endsAtMs = kit.clock.nowMs() + limits.sliceMs;
  const storing = new BatchesInFlight(context, target, transfer);
  let current = transfer;
  /** Waits until no more than some are under way; until none is when the job ends here. */
  const settle = async (most: number): Promise<'go on' | 'stop' | 'taken over'> => {
    while (storing.size > (current.status === 'running' ? most : 0)) {
      const next = await checkpoint(parts, context, current, await storing.oldest());
      if (!next) {
        // What is under way has no second effect; it ends before the turn does.
        await storing.ended();
        return 'taken over';
      }
      current = next;
    }
    return current.status === 'running' ? 'go on' : 'stop';
  };
  try {
    const chunks = files.read(transfer.tenant.orgId, fileOfImport(transfer.id), transfer.position.byte);
    for await (const batch of readBatches(chunks, transfer, target, limits.batchRows)) {
      const settled = await settle(storing.roomBeside(batch));
      if (settled !== 'go on') return await finish(parts, current, settled);
      // Each turn stores something, however short it is.
      const isOver = current !== transfer && kit.clock.nowMs() >= endsAtMs;
      const tooMany = current.counts.failed > limits.failedRows;
      if (isOver || tooMany) {
        const last = await settle(0);
        if (last !== 'go on') return await finish(parts, current, last);
        if (tooMany) throw tooManyFailed(limits.failedRows);
        return 'another turn';
      }
      storing.start(batch);
    }
    return await finish(parts, current, await settle(0));
  } catch (error) {
    await storing.ended();
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
