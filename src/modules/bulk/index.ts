import type { SchemaSource } from '#kernel/database/migrations.ts';
import type { FileStore } from '#kernel/files/file-store.ts';
import { createSealedFiles } from '#kernel/files/sealed-files.ts';
import type { Module, ModuleKit } from '#kernel/module.ts';
import { type Bulk, createBulkService } from './bulk.service.ts';
import { locateTransfer } from './bulk.store.ts';
import { type BulkLimits, type BulkParts, STANDARD_LIMITS } from './dependencies.ts';
import { failedRowPlace } from './failed-rows.ts';
import type { Resources } from './target.ts';
import { createWork, removeOrphans } from './work.ts';

export type { Bulk, NewExport } from './bulk.service.ts';
export type { TransferFilter } from './bulk.store.ts';
export { BULK_EVENTS } from './events.ts';
export type { FailedRow, Problem } from './failed-rows.ts';
export type { ExportTarget, ImportTarget, Resource, Resources } from './target.ts';
export * from './transfer.ts';

export const bulkSchema: SchemaSource = {
  schema: 'bulk',
  directory: new URL('./migrations/', import.meta.url),
  personalData: { 'failed_rows.content': 'sealed' },
  sealed: {
    columns: [
      {
        table: 'failed_rows',
        column: 'content',
        key: ['transfer_id', 'row_number'],
        owner: 'organization',
        context: ({ transfer_id: transferId, row_number: row }) => failedRowPlace(transferId, row),
      },
    ],
  },
};

export interface BulkOptions {
  /** Where files are kept; the module seals them. */
  store: FileStore;
  resources: Resources;
  /** Smaller in tests. */
  limits?: Partial<BulkLimits>;
}

export function createBulk(kit: ModuleKit, options: BulkOptions): Module<Bulk> {
  const parts: BulkParts = {
    kit,
    files: createSealedFiles(options.store, kit.sealing),
    resources: options.resources,
    limits: { ...STANDARD_LIMITS, ...options.limits },
  };
  const { database, log } = kit;
  let cleaning: Promise<unknown> | undefined;
  return {
    service: createBulkService(parts),
    jobs: createWork(parts),
    locate: {
      imp: locateTransfer(database, 'id'),
      exp: locateTransfer(database, 'id'),
      job: locateTransfer(database, 'job_id'),
    },
    start() {
      cleaning = removeOrphans(parts).catch((error) => log.warn({ error }, 'Old files could not be looked through'));
    },
    async stop() {
      await cleaning;
    },
  };
}
