import type { Actor } from '#kernel/context.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { DomainError } from '#kernel/errors.ts';
import type { Json } from '#kernel/events/event.ts';
import type { ExportId, ImportId, JobId } from '#kernel/ids.ts';
import type { FilePlace } from './reading/record-cutter.ts';

export const TRANSFER_STATUSES = ['queued', 'running', 'canceling', 'completed', 'failed', 'canceled'] as const;
export type TransferStatus = (typeof TRANSFER_STATUSES)[number];
export const FORMATS = ['csv', 'ndjson'] as const;
export type Format = (typeof FORMATS)[number];

export interface Counts {
  /** Rows looked at, without the header and empty rows. */
  read: number;
  created: number;
  updated: number;
  /** They stand in the program as they stand in the file. */
  unchanged: number;
  failed: number;
}

export const NO_ROWS: Counts = { read: 0, created: 0, updated: 0, unchanged: 0, failed: 0 };

/** Something worth knowing that stops nothing, such as a column that nobody reads. */
export interface Warning {
  column: string;
  code: string;
  message: string;
}

/** Why a transfer as a whole did not succeed. */
export interface Failure {
  code: string;
  message: string;
}

/** Who asked, so that what the job does is done in their name. */
export interface Cause {
  actor: Actor;
  requestId: string;
  traceparent: string;
}

interface Common {
  jobId: JobId;
  tenant: Tenant;
  version: number;
  resource: string;
  format: Format;
  status: TransferStatus;
  counts: Counts;
  failure: Failure | null;
  cause: Cause;
  createdAt: string;
  updatedAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  /** When the files and failed rows go; null while it runs. */
  expiresAt: string | null;
  filesRemoved: boolean;
}

export interface Import extends Common {
  kind: 'import';
  id: ImportId;
  /** Checks every row and stores nothing. */
  dryRun: boolean;
  settings: ImportSettings;
  fileBytes: number;
  /** In hexadecimal digits. */
  fileSha256: string;
  rowsTotal: number;
  position: FilePlace;
}

export interface ImportSettings {
  /** Of CSV: the name of each column, null for one that is not read. */
  columns: (string | null)[];
  delimiter: string;
  warnings: Warning[];
}

export interface Export extends Common {
  kind: 'export';
  id: ExportId;
  settings: { filters: Record<string, Json> };
  /** Written so far. */
  fileBytes: number;
  position: ExportPosition;
}

export interface ExportPosition {
  /** Parts that are stored whole. */
  parts: number;
  /** The last object of them. */
  after: string | null;
  isComplete: boolean;
}

export type Transfer = Import | Export;

const OPEN: ReadonlySet<TransferStatus> = new Set(['queued', 'running', 'canceling']);

export function isOpen(status: TransferStatus): boolean {
  return OPEN.has(status);
}

/** A waiting job ends at once; one that runs ends behind the batch it is at. Errors: `invalid_state`. */
export function canceledStatus(status: TransferStatus): 'canceled' | 'canceling' {
  if (status === 'queued') return 'canceled';
  if (status === 'running' || status === 'canceling') return 'canceling';
  throw new DomainError('invalid_state', `The job is ${status}; only one that is queued or running can be canceled.`);
}

/** A job that failed or was canceled goes on where it stopped. Errors: `invalid_state`, `gone`. */
export function checkRetry({ status, filesRemoved }: Transfer): void {
  if (status !== 'failed' && status !== 'canceled') {
    const hint = status === 'completed' ? '; mend the failed rows and import that file' : '';
    throw new DomainError('invalid_state', `The job is ${status}; only a failed or canceled one is retried${hint}.`);
  }
  if (filesRemoved)
    throw new DomainError(
      'gone',
      'The file of this job was deleted, 30 days after it ended or because somebody was erased.',
    );
}

/** How much is done, in whole percent; null when the end is not known yet. 100 only when it is over. */
export function percentOf(transfer: Transfer): number | null {
  if (transfer.status === 'completed') return 100;
  if (transfer.kind === 'export') return null;
  if (transfer.fileBytes === 0) return 0;
  return Math.min(99, Math.floor((transfer.position.byte * 100) / transfer.fileBytes));
}
