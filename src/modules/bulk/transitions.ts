import { DAY_MS } from '#kernel/clock.ts';
import type { CommandContext } from '#kernel/context.ts';
import type { NewJob } from '#kernel/jobs/job.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { toTransfer, transferLock, transferUpdate } from './bulk.store.ts';
import { transferEvent } from './events.ts';
import { type Failure, isOpen, type Transfer, type TransferStatus } from './transfer.ts';

/** How long the file of a job and its failed rows are kept after it ended. */
const FILES_KEPT_MS = 30 * DAY_MS;

export const IMPORT_JOB = 'bulk.import';
export const EXPORT_JOB = 'bulk.export';
export const EXPIRE_JOB = 'bulk.expire';

export type Step = Parameters<typeof transferEvent>[0];
type Decision = { step: Step; status: TransferStatus; failure?: Failure | null; filesRemoved?: true } | null;

/** What is done in the name of whoever asked for it. */
export function contextOf({ tenant, cause, kind }: Transfer): CommandContext {
  return {
    tenant,
    actor: cause.actor,
    origin: { ipAddress: '', userAgent: 'bulk' },
    requestId: cause.requestId,
    traceparent: cause.traceparent,
    operation: `${kind}s.process`,
    effects: { events: 0 },
  };
}

/** The row of `jobs` that works on a transfer. */
export function workOn(transfer: Transfer, runAt?: Date): NewJob {
  const payload = { id: transfer.id, traceparent: transfer.cause.traceparent };
  return { kind: transfer.kind === 'import' ? IMPORT_JOB : EXPORT_JOB, payload, runAt };
}

/**
 * Moves a transfer to its next status, under a lock, with its event. `decide` sees the stored state and may refuse or
 * leave it (null). A job that is over plans the removal of its files; one that is queued again gets a worker.
 */
export function changeStatus(
  { writes, clock }: Pick<ModuleKit, 'writes' | 'clock'>,
  context: CommandContext,
  id: Transfer['id'],
  decide: (current: Transfer) => Decision,
): Promise<Transfer> {
  return writes.run(context, async (tx) => {
    const [row] = await tx.query(transferLock(id));
    const current = toTransfer(row!);
    const decision = decide(current);
    if (!decision) return current;
    const next = nextOf(current, decision, clock.now());
    tx.add(transferUpdate(next));
    tx.append(transferEvent(decision.step, next));
    if (next.status === 'queued') tx.enqueue(workOn(next));
    if (isOpen(current.status) && next.expiresAt) {
      tx.enqueue({ kind: EXPIRE_JOB, payload: { id }, runAt: new Date(next.expiresAt) });
    }
    return next;
  });
}

function nextOf(current: Transfer, decision: NonNullable<Decision>, now: Date): Transfer {
  const { status, failure = null, filesRemoved } = decision;
  const at = now.toISOString();
  const isOver = !isOpen(status);
  return {
    ...current,
    version: current.version + 1,
    status,
    failure: filesRemoved ? current.failure : failure,
    updatedAt: at,
    startedAt: status === 'running' ? (current.startedAt ?? at) : current.startedAt,
    finishedAt: isOver ? (filesRemoved ? current.finishedAt : at) : null,
    expiresAt: isOver ? (filesRemoved ? current.expiresAt : expiry(now)) : null,
    filesRemoved: filesRemoved ?? current.filesRemoved,
  };
}

function expiry(now: Date): string {
  return new Date(now.getTime() + FILES_KEPT_MS).toISOString();
}

/** How one turn at a transfer ended. */
export type TurnEnd = 'over' | 'another turn';

/** Ends a transfer that cannot go on; `retry` takes it up again. */
export async function failTransfer(
  kit: Pick<ModuleKit, 'writes' | 'clock'>,
  transfer: Transfer,
  failure: Failure,
): Promise<void> {
  await changeStatus(kit, contextOf(transfer), transfer.id, ({ status }) =>
    isOpen(status) ? { step: 'failed', status: 'failed', failure } : null,
  );
}
