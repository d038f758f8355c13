import type { CommandContext } from '#kernel/context.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import { DomainError, notFound } from '#kernel/errors.ts';
import type { Json } from '#kernel/events/event.ts';
import { type ExportId, type ImportId, type JobId, newId } from '#kernel/ids.ts';
import { type TransferFilter, transferFind, transferInsert, transferOfJob, transfersList } from './bulk.store.ts';
import type { BulkParts } from './dependencies.ts';
import { transferEvent } from './events.ts';
import { exportFile } from './exports/download.ts';
import { type FailedRow, failedRowsAfter } from './failed-rows.ts';
import { removePersonalFiles } from './file-removal.ts';
import { failedRowsFile } from './imports/failed-rows-file.ts';
import { checkOpenJobs, createIntake, type NewImport } from './imports/intake.ts';
import type { Resources } from './target.ts';
import {
  canceledStatus,
  checkRetry,
  type Export,
  type Format,
  type Import,
  NO_ROWS,
  type Transfer,
} from './transfer.ts';
import { changeStatus, workOn } from './transitions.ts';

export interface NewExport {
  resource: string;
  format: Format;
  filters: Record<string, Json>;
}

/** Imports and exports, and the jobs that work on them. Each method names the errors it may raise. */
export interface Bulk {
  /** What can be imported and exported, with the scopes that it takes. */
  resources: Resources;
  /** Receives a file. Errors: `validation` (the file as a whole), `rate_limited` (quota), and those of `chunks`. */
  startImport(context: CommandContext, input: NewImport): Promise<Import>;
  /** Errors: `not_found`. */
  getImport(scope: Scope, id: ImportId): Promise<Import>;
  listImports(scope: Scope, filter: Omit<TransferFilter, 'kind'>, page: PageRequest): Promise<Page<Import>>;
  /** Rows that were not taken, behind a row, in the order of the file. Errors: `not_found`. */
  listFailedRows(scope: Scope, id: ImportId, after: number, limit: number): Promise<FailedRow[]>;
  /** The same rows as a file that can be mended and imported. Errors: `not_found`, `gone`. */
  failedRowsFile(tenant: Tenant, transfer: Import): AsyncIterable<Buffer>;
  /** Errors: `validation` (filters), `rate_limited` (quota). */
  startExport(context: CommandContext, input: NewExport): Promise<Export>;
  /** Errors: `not_found`. */
  getExport(scope: Scope, id: ExportId): Promise<Export>;
  listExports(scope: Scope, filter: Omit<TransferFilter, 'kind'>, page: PageRequest): Promise<Page<Export>>;
  /** The file. Errors: `invalid_state` (not completed), `gone` (older than 30 days). */
  exportFile(transfer: Export): AsyncIterable<Buffer>;
  /** Errors: `not_found`. */
  getJob(scope: Scope, id: JobId): Promise<Transfer>;
  listJobs(scope: Scope, filter: TransferFilter, page: PageRequest): Promise<Page<Transfer>>;
  /** Errors: `not_found`, `invalid_state`. */
  cancelJob(context: CommandContext, id: JobId): Promise<Transfer>;
  /** Errors: `not_found`, `invalid_state`, `gone`, `rate_limited` (quota). */
  retryJob(context: CommandContext, id: JobId): Promise<Transfer>;
  /** Removes the files of ended jobs whose rows tell about people: part of the erasure of one of them (C-89). */
  erasePersonalFiles(tenant: Tenant): Promise<void>;
}

export function createBulkService(parts: BulkParts): Bulk {
  const { kit, resources } = parts;
  const { database } = kit;

  async function getJob(scope: Scope, id: JobId): Promise<Transfer> {
    const found = await transferOfJob(database, scope, id);
    if (!found) throw notFound('job', id);
    return found;
  }
  async function getImport(scope: Scope, id: ImportId): Promise<Import> {
    const found = await transferFind(database, scope, id);
    if (found?.kind !== 'import') throw notFound('import', id);
    return found;
  }

  return {
    resources,
    startImport: createIntake(parts),
    getImport,
    listImports: (scope, filter, page) =>
      transfersList(database, scope, { ...filter, kind: 'import' }, page, 'id') as Promise<Page<Import>>,
    async listFailedRows(scope, id, after, limit) {
      return failedRowsAfter(kit, scope, await getImport(scope, id), after, limit);
    },
    failedRowsFile: (tenant, transfer) => failedRowsFile(parts, tenant, transfer),
    startExport: (context, input) => startExport(parts, context, input),
    async getExport(scope, id) {
      const found = await transferFind(database, scope, id);
      if (found?.kind !== 'export') throw notFound('export', id);
      return found;
    },
    listExports: (scope, filter, page) =>
      transfersList(database, scope, { ...filter, kind: 'export' }, page, 'id') as Promise<Page<Export>>,
    exportFile: (transfer) => exportFile(parts, transfer),
    erasePersonalFiles: (tenant) => removePersonalFiles(parts, tenant),
    getJob,
    listJobs: (scope, filter, page) => transfersList(database, scope, filter, page, 'job_id'),
    async cancelJob(context, id) {
      const { id: transferId } = await getJob(context.tenant, id);
      return changeStatus(kit, context, transferId, ({ status }) => {
        const next = canceledStatus(status);
        if (next === status) return null;
        return { step: next === 'canceled' ? 'canceled' : 'cancel_requested', status: next };
      });
    },
    async retryJob(context, id) {
      const { id: transferId } = await getJob(context.tenant, id);
      await checkOpenJobs(parts, context);
      return changeStatus(kit, context, transferId, (current) => {
        checkRetry(current);
        return { step: 'retried', status: 'queued' };
      });
    },
  };
}

async function startExport(parts: BulkParts, context: CommandContext, input: NewExport): Promise<Export> {
  const { kit, resources } = parts;
  const target = Object.hasOwn(resources, input.resource) ? resources[input.resource]!.export : undefined;
  if (!target) throw new DomainError('validation', `There is no export of ${input.resource}.`);
  const unknown = Object.keys(input.filters).find((name) => !target.filters.includes(name));
  if (unknown) {
    const known = target.filters.join(', ') || 'none';
    const message = `An export of ${input.resource} has no filter ${unknown}; it has: ${known}.`;
    throw new DomainError('validation', message, {
      details: [{ field: `filters.${unknown}`, code: 'unknown_field', message }],
    });
  }
  await checkOpenJobs(parts, context);
  const transfer = queuedExport(context, input, kit.clock.now());
  return kit.writes.store(context, {
    statements: [transferInsert(transfer)],
    events: [transferEvent('queued', transfer)],
    jobs: [workOn(transfer)],
    result: transfer,
  });
}

function queuedExport(context: CommandContext, { resource, format, filters }: NewExport, now: Date): Export {
  const { tenant, actor, requestId, traceparent } = context;
  return {
    kind: 'export',
    id: newId('exp', now.getTime()),
    jobId: newId('job', now.getTime()),
    tenant,
    version: 1,
    resource,
    format,
    status: 'queued',
    settings: { filters },
    fileBytes: 0,
    counts: NO_ROWS,
    position: { parts: 0, after: null, isComplete: false },
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
