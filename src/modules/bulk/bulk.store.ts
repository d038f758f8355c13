import type { Row } from '#kernel/database/connection.ts';
import { equals, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import { everyTenant, type Scope, type Tenant } from '#kernel/database/tenant.ts';
import type { Counts, Transfer, TransferStatus } from './transfer.ts';

export interface TransferFilter {
  kind?: Transfer['kind'];
  resource?: string;
  status?: TransferStatus;
}

const find = prepared('select * from bulk.transfers where id = $1');
const findByJob = prepared('select * from bulk.transfers where job_id = $1');
const lock = prepared('select * from bulk.transfers where id = $1 for update');
const insert = prepared(`insert into bulk.transfers
  (id, job_id, org_id, livemode, version, kind, resource, format, dry_run, settings, status, file_bytes, file_sha256,
   rows_total, position, cause, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17)`);
const update = prepared(`update bulk.transfers set version = $2, status = $3, failure = $4, updated_at = $5,
  started_at = $6, finished_at = $7, expires_at = $8, files_removed = $9 where id = $1`);
const advance = prepared(`update bulk.transfers set position = $3, updated_at = $4, file_bytes = file_bytes + $5,
    rows_read = rows_read + $6, rows_created = rows_created + $7, rows_updated = rows_updated + $8,
    rows_unchanged = rows_unchanged + $9, rows_failed = rows_failed + $10
  where id = $1 and position = $2 and status in ('running', 'canceling') returning *`);
const findPersonal = prepared(`select * from bulk.transfers where org_id = $1 and livemode = $2
  and resource = any($3::text[]) and status in ('completed', 'failed', 'canceled') and not files_removed order by id`);
const countOpen = prepared(`select count(*)::int as open from bulk.transfers
  where org_id = $1 and status in ('queued', 'running', 'canceling')`);
const sumKept = prepared(`select coalesce(sum(file_bytes), 0)::bigint as bytes, min(expires_at) as next_expiry
  from bulk.transfers where org_id = $1 and livemode = $2 and not files_removed`);

export async function transferFind(database: ModuleDatabase, scope: Scope, id: string): Promise<Transfer | null> {
  const [row] = await database.read(scope, find([id]));
  return row ? toTransfer(row) : null;
}

export async function transferOfJob(database: ModuleDatabase, scope: Scope, jobId: string): Promise<Transfer | null> {
  const [row] = await database.read(scope, findByJob([jobId]));
  return row ? toTransfer(row) : null;
}

/** Those of some resources that are over and still have files. */
export async function personalTransfers(
  database: ModuleDatabase,
  { orgId, livemode }: Tenant,
  resources: readonly string[],
): Promise<Transfer[]> {
  return (await database.read({ orgId, livemode }, findPersonal([orgId, livemode, resources]))).map(toTransfer);
}

export const transferLock = (id: string): Statement => lock([id]);

/** How many jobs are not finished, what the kept files hold, and when the first of them goes (null when none is over). */
export async function transferLoad(
  database: ModuleDatabase,
  { orgId, livemode }: Tenant,
): Promise<{ open: number; keptBytes: number; nextExpiry: string | null }> {
  const questions = [countOpen([orgId]), sumKept([orgId, livemode])];
  const [open, kept] = await database.readAll({ orgId, livemode }, questions);
  return { open: open![0]!.open, keptBytes: kept![0]!.bytes, nextExpiry: kept![0]!.next_expiry };
}

export async function transfersList(
  database: ModuleDatabase,
  scope: Scope,
  filter: TransferFilter,
  page: PageRequest,
  by: 'id' | 'job_id',
): Promise<Page<Transfer>> {
  const conditions = [
    equals('kind', filter.kind),
    equals('resource', filter.resource),
    equals('status', filter.status),
  ];
  const rows = await listPage(database, scope, { from: 'bulk.transfers', columns: '*', conditions, page, id: by });
  return mapPage(rows, toTransfer);
}

export function transferInsert(transfer: Transfer): Statement {
  const { tenant } = transfer;
  const own = transfer.kind === 'import' ? transfer : null;
  return insert([
    transfer.id,
    transfer.jobId,
    tenant.orgId,
    tenant.livemode,
    transfer.version,
    transfer.kind,
    transfer.resource,
    transfer.format,
    own?.dryRun ?? false,
    transfer.settings,
    transfer.status,
    transfer.fileBytes,
    own?.fileSha256 ?? null,
    own?.rowsTotal ?? null,
    transfer.position,
    transfer.cause,
    transfer.createdAt,
  ]);
}

/** Stores a new status; the row was locked before. */
export function transferUpdate(transfer: Transfer): Statement {
  return update([
    transfer.id,
    transfer.version,
    transfer.status,
    transfer.failure,
    transfer.updatedAt,
    transfer.startedAt,
    transfer.finishedAt,
    transfer.expiresAt,
    transfer.filesRemoved,
  ]);
}

/** Moves the checkpoint; no row comes back when another worker moved it first, or the job is over. */
export function transferAdvance(
  transfer: Transfer,
  position: Transfer['position'],
  done: Counts & { bytes: number },
  now: string,
): Statement {
  const counts = [done.read, done.created, done.updated, done.unchanged, done.failed];
  return advance([transfer.id, transfer.position, position, now, done.bytes, ...counts]);
}

export function toTransfer(row: Row): Transfer {
  const common = {
    jobId: row.job_id,
    tenant: { orgId: row.org_id, livemode: row.livemode },
    version: row.version,
    resource: row.resource,
    format: row.format,
    status: row.status,
    counts: {
      read: row.rows_read,
      created: row.rows_created,
      updated: row.rows_updated,
      unchanged: row.rows_unchanged,
      failed: row.rows_failed,
    },
    failure: row.failure,
    cause: row.cause,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    expiresAt: row.expires_at,
    filesRemoved: row.files_removed,
    fileBytes: row.file_bytes,
    settings: row.settings,
    position: row.position,
  };
  if (row.kind === 'export') return { ...common, kind: 'export', id: row.id };
  const { dry_run: dryRun, file_sha256: fileSha256, rows_total: rowsTotal } = row;
  return { ...common, kind: 'import', id: row.id, dryRun, fileSha256, rowsTotal };
}

/** Whose an import, export or job is, for a platform administrator. */
export function locateTransfer(database: ModuleDatabase, by: 'id' | 'job_id'): (id: string) => Promise<Tenant | null> {
  return async (id) => {
    const found = await (by === 'id' ? transferFind : transferOfJob)(database, everyTenant, id);
    return found?.tenant ?? null;
  };
}
