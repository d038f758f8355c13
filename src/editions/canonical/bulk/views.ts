import { Type } from 'typebox';
import { FORMATS, type Import, percentOf, TRANSFER_STATUSES, type Transfer } from '#modules/bulk/index.ts';
import { idView, orNull, Timestamp } from '../common/shapes.ts';

const Count = (description: string) => Type.Integer({ description });
const Progress = Type.Object({
  rows_total: orNull(Count('Rows of the file, without its header; null for an export.')),
  rows_read: Count('Rows looked at; of an export, rows written.'),
  rows_created: Count('Rows that became new objects.'),
  rows_updated: Count('Rows that changed an object.'),
  rows_unchanged: Count('Rows that say what is stored already.'),
  rows_failed: Count('Rows that break a rule; see /imports/:id/errors.'),
  bytes_read: Count('Of the unpacked file; of an export, bytes written.'),
  bytes_total: orNull(Count('Size of the unpacked file; null for an export that runs.')),
  percent: orNull(Count('100 only when it is over; null when the end is not known yet.')),
});
const FailureView = Type.Object({ code: Type.String(), message: Type.String() });
const times = {
  created_at: Timestamp,
  started_at: orNull(Timestamp),
  finished_at: orNull(Timestamp),
  expires_at: orNull({ ...Timestamp, description: 'When the files of the job are deleted: 30 days after its end.' }),
};
const common = {
  resource: Type.String(),
  format: Type.Enum([...FORMATS]),
  status: Type.Enum([...TRANSFER_STATUSES]),
  progress: Progress,
  error: orNull(FailureView),
};

export const JobView = Type.Object(
  {
    id: idView('job'),
    kind: Type.Enum(['import', 'export']),
    subject_id: Type.String({ description: 'The import or export; read it at /imports/:id or /exports/:id.' }),
    ...common,
    ...times,
  },
  { $id: 'Job' },
);
export const ImportView = Type.Object(
  {
    id: idView('imp'),
    job_id: idView('job'),
    ...common,
    dry_run: Type.Boolean(),
    sha256: Type.String({ description: 'Of the unpacked file, in hexadecimal digits.' }),
    warnings: Type.Array(Type.Object({ column: Type.String(), code: Type.String(), message: Type.String() })),
    ...times,
  },
  { $id: 'Import' },
);
export const ExportView = Type.Object(
  { id: idView('exp'), job_id: idView('job'), ...common, ...times },
  { $id: 'Export' },
);

export function jobView(transfer: Transfer) {
  return { id: transfer.jobId, kind: transfer.kind, subject_id: transfer.id, ...commonView(transfer) };
}

export function importView(transfer: Import) {
  const { id, jobId, dryRun, fileSha256, settings } = transfer;
  return {
    id,
    job_id: jobId,
    ...commonView(transfer),
    dry_run: dryRun,
    sha256: fileSha256,
    warnings: settings.warnings,
  };
}

export function exportView(transfer: Transfer) {
  return { id: transfer.id, job_id: transfer.jobId, ...commonView(transfer) };
}

function commonView(transfer: Transfer) {
  const { resource, format, status, failure, createdAt, startedAt, finishedAt, expiresAt } = transfer;
  return {
    resource,
    format,
    status,
    progress: progressView(transfer),
    error: failure,
    created_at: createdAt,
    started_at: startedAt,
    finished_at: finishedAt,
    expires_at: expiresAt,
  };
}

function progressView(transfer: Transfer) {
  const { counts, fileBytes } = transfer;
  const isImport = transfer.kind === 'import';
  return {
    rows_total: isImport ? transfer.rowsTotal : transfer.status === 'completed' ? counts.read : null,
    rows_read: counts.read,
    rows_created: counts.created,
    rows_updated: counts.updated,
    rows_unchanged: counts.unchanged,
    rows_failed: counts.failed,
    bytes_read: isImport ? transfer.position.byte : fileBytes,
    bytes_total: isImport || transfer.status === 'completed' ? fileBytes : null,
    percent: percentOf(transfer),
  };
}
