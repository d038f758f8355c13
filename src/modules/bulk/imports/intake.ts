import { createHash } from 'node:crypto';
import { SECOND_MS } from '#kernel/clock.ts';
import type { CommandContext } from '#kernel/context.ts';
import { DomainError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { transferInsert, transferLoad } from '../bulk.store.ts';
import type { BulkParts } from '../dependencies.ts';
import { transferEvent } from '../events.ts';
import { createInspector, type Inspector } from '../reading/inspector.ts';
import { FILE_START } from '../reading/record-cutter.ts';
import type { ImportTarget } from '../target.ts';
import { type Format, type Import, type ImportSettings, NO_ROWS } from '../transfer.ts';
import { workOn } from '../transitions.ts';

export interface NewImport {
  resource: string;
  format: Format;
  dryRun: boolean;
  chunks: AsyncIterable<Buffer>;
}

export const fileOfImport = (id: string) => `imports/${id}`;

/** Receives files: each is looked at and stored while it arrives, and becomes a job when it is whole. */
export function createIntake(parts: BulkParts) {
  const { kit, files, limits } = parts;
  const { writes, clock } = kit;
  const receiving = new Map<string, number>();

  async function receive(orgId: string, id: string, input: NewImport, target: ImportTarget) {
    const inspector = createInspector(input.format, target);
    let seen: ReturnType<Inspector['finish']>;
    async function* inspected() {
      for await (const chunk of input.chunks) {
        inspector.look(chunk);
        yield chunk;
      }
      seen = inspector.finish();
    }
    const stored = await files.put(orgId, fileOfImport(id), inspected());
    return { ...stored, ...seen! };
  }

  return async function startImport(context: CommandContext, input: NewImport): Promise<Import> {
    const target = importTargetOf(parts, input.resource);
    const { orgId } = context.tenant;
    await checkOpenJobs(parts, context);
    const running = receiving.get(orgId) ?? 0;
    if (running >= limits.uploads) throw tooMany(`${running} files of your organisation are being received`);
    receiving.set(orgId, running + 1);
    const id = newId('imp', clock.nowMs());
    try {
      const file = await receive(orgId, id, input, target);
      claimFile(context, file.sha256);
      const transfer = queuedImport(context, id, input, file, clock.now());
      const stored = await writes.store(context, {
        statements: [transferInsert(transfer)],
        events: [transferEvent('queued', transfer)],
        jobs: [workOn(transfer)],
        result: transfer,
      });
      // A repeated request gets the job of the first one, whose file is the same.
      if (stored.id !== id) await files.remove(fileOfImport(id));
      return stored;
    } catch (error) {
      await files.remove(fileOfImport(id));
      throw error;
    } finally {
      const left = receiving.get(orgId)! - 1;
      if (left === 0) receiving.delete(orgId);
      else receiving.set(orgId, left);
    }
  };
}

/** Errors: `rate_limited` (unfinished jobs, kept files). */
export async function checkOpenJobs({ kit, limits }: BulkParts, context: CommandContext): Promise<void> {
  const { open, keptBytes, nextExpiry } = await transferLoad(kit.database, context.tenant);
  if (open >= limits.openJobs) throw tooMany(`${open} jobs of your organisation are not finished`);
  if (keptBytes < limits.keptBytes) return;
  const when = nextExpiry === null ? '30 days after its job ends' : `at ${nextExpiry}`;
  const message = `Your organisation's files hold ${keptBytes} bytes, and ${limits.keptBytes} are kept; the first goes ${when}. Ask whoever runs the server for more.`;
  const retryAfterSeconds = nextExpiry
    ? Math.ceil((Date.parse(nextExpiry) - kit.clock.nowMs()) / SECOND_MS)
    : undefined;
  throw new DomainError('rate_limited', message, { retryAfterSeconds });
}

/** Errors: `validation` for a resource that is not imported. */
export function importTargetOf({ resources }: Pick<BulkParts, 'resources'>, resource: string): ImportTarget {
  const target = Object.hasOwn(resources, resource) ? resources[resource]!.import : undefined;
  if (target) return target;
  throw new DomainError('validation', `There is no import of ${resource}.`);
}

function tooMany(problem: string): DomainError {
  return new DomainError('rate_limited', `${problem}; wait for one to end, or cancel one.`, { retryAfterSeconds: 10 });
}

/** The file is part of the request: the same key with another file is another request. */
function claimFile({ idempotency }: CommandContext, sha256: Buffer): void {
  if (!idempotency) return;
  const withFile = (fingerprint: Buffer) => createHash('sha256').update(fingerprint).update(sha256).digest();
  const { fingerprint, unkeyedFingerprint } = idempotency;
  idempotency.fingerprint = withFile(fingerprint);
  idempotency.unkeyedFingerprint = unkeyedFingerprint && withFile(unkeyedFingerprint);
}

function queuedImport(
  context: CommandContext,
  id: Import['id'],
  { resource, format, dryRun }: NewImport,
  file: { bytes: number; sha256: Buffer; rowsTotal: number; settings: ImportSettings },
  now: Date,
): Import {
  const { tenant, actor, requestId, traceparent } = context;
  return {
    kind: 'import',
    id,
    jobId: newId('job', now.getTime()),
    tenant,
    version: 1,
    resource,
    format,
    dryRun,
    status: 'queued',
    settings: file.settings,
    fileBytes: file.bytes,
    fileSha256: file.sha256.toString('hex'),
    rowsTotal: file.rowsTotal,
    counts: NO_ROWS,
    position: FILE_START,
    failure: null,
    cause: { actor, requestId, traceparent },
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
    startedAt: null,
    finishedAt: null,
    expiresAt: null,
    filesRemoved: false,
  };
}
