import type { NewEvent } from '#kernel/events/event.ts';
import type { Transfer } from './transfer.ts';

/** What happened to an import or export. Counts and names of resources only: no cell of any file. */
export const BULK_EVENTS = [
  'import.queued',
  'import.started',
  'import.cancel_requested',
  'import.canceled',
  'import.completed',
  'import.failed',
  'import.retried',
  'import.files_removed',
  'export.queued',
  'export.started',
  'export.cancel_requested',
  'export.canceled',
  'export.completed',
  'export.failed',
  'export.retried',
  'export.files_removed',
] as const;

type Step = (typeof BULK_EVENTS)[number] extends `${string}.${infer Name}` ? Name : never;

export function transferEvent(step: Step, transfer: Transfer): NewEvent {
  const { kind, id, version, jobId, resource, format, status, counts, failure } = transfer;
  const rows = { ...counts };
  const data: NewEvent['data'] = { job_id: jobId, resource, format, status, rows, failure: failure?.code ?? null };
  if (transfer.kind === 'import') Object.assign(data, { dry_run: transfer.dryRun, bytes: transfer.fileBytes });
  return { type: `${kind}.${step}`, streamId: id, streamVersion: version, data };
}
