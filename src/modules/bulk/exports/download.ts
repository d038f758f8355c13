import { DomainError } from '#kernel/errors.ts';
import type { BulkParts } from '../dependencies.ts';
import type { Export } from '../transfer.ts';
import { partOfExport } from './export-job.ts';

/** The parts of an export, one behind the other. Errors: `invalid_state`, `gone`. */
export function exportFile({ files, kit }: BulkParts, transfer: Export): AsyncIterable<Buffer> {
  const { status, id, tenant, position } = transfer;
  if (status !== 'completed') {
    throw new DomainError('invalid_state', `The export is ${status}; its file is there when it is completed.`);
  }
  checkKept(transfer, kit.clock.nowMs());
  async function* chunks() {
    for (let number = 1; number <= position.parts; number++) {
      yield* files.read(tenant.orgId, partOfExport(id, number));
    }
  }
  return chunks();
}

/** Errors: `gone` 30 days after the end, also when the clean-up is late. */
export function checkKept(
  { expiresAt, filesRemoved }: Pick<Export, 'expiresAt' | 'filesRemoved'>,
  nowMs: number,
): void {
  if (!filesRemoved && (!expiresAt || Date.parse(expiresAt) > nowMs)) return;
  throw new DomainError('gone', 'The files of this job were deleted 30 days after it ended; start a new one.');
}
