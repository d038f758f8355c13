import type { Tenant } from '#kernel/database/tenant.ts';
import { personalTransfers } from './bulk.store.ts';
import type { BulkParts } from './dependencies.ts';
import { partOfExport } from './exports/export-job.ts';
import { failedRowsRemove } from './failed-rows.ts';
import { fileOfImport } from './imports/intake.ts';
import { isOpen, type Transfer } from './transfer.ts';
import { changeStatus, contextOf } from './transitions.ts';

/** Removes the files and failed rows of a transfer that is over. Safe to repeat. */
export async function removeFiles({ kit, files }: BulkParts, transfer: Transfer): Promise<void> {
  for (const key of filesOf(transfer)) await files.remove(key);
  await kit.database.flight(transfer.tenant, [failedRowsRemove(transfer.id)]);
  await changeStatus(kit, contextOf(transfer), transfer.id, ({ status, filesRemoved }) =>
    isOpen(status) || filesRemoved ? null : { step: 'files_removed', status, filesRemoved: true },
  );
}

/**
 * Removes the files of every transfer that is over and whose rows tell about people. Nobody knows in which of the sealed
 * files one person stands, and a file can be made again, so all of them go (C-89).
 */
export async function removePersonalFiles(parts: BulkParts, tenant: Tenant): Promise<void> {
  const resources = Object.keys(parts.resources).filter((name) => parts.resources[name]!.isPersonal);
  for (const transfer of await personalTransfers(parts.kit.database, tenant, resources)) {
    await removeFiles(parts, transfer);
  }
}

function filesOf(transfer: Transfer): string[] {
  if (transfer.kind === 'import') return [fileOfImport(transfer.id)];
  // One more than were counted: a part may be stored whose checkpoint was not.
  return Array.from({ length: transfer.position.parts + 1 }, (_, index) => partOfExport(transfer.id, index + 1));
}
