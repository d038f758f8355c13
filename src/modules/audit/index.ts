import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import type { Run } from '#kernel/crypto/subject-keys.ts';
import { mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { SchemaSource } from '#kernel/database/migrations.ts';
import { everyTenant, type Scope } from '#kernel/database/tenant.ts';
import { notFound } from '#kernel/errors.ts';
import type { Module, ModuleKit } from '#kernel/module.ts';
import { anchorFile } from './chain/anchor.ts';
import { Sealer } from './chain/sealer.ts';
import type { AccessEntry, AuditEntry } from './entry.ts';
import { createTrailConsumer } from './trail/consumer.ts';
import { type AuditFilter, entriesList, toEntry } from './trail/entries.store.ts';
import { createErasedPersonsConsumer } from './trail/erased-persons.ts';
import { createOrigins } from './trail/origins.ts';
import { Recorder } from './trail/recorder.ts';
import { createSpill } from './trail/spill.ts';

export { anchorFile, readAnchor } from './chain/anchor.ts';
export { chainKey } from './chain/chain.ts';
export { type Difference, type Verification, verifyTrail } from './chain/verify.ts';
export { type AccessEntry, type AuditEntry, NO_ORGANIZATION } from './entry.ts';
export type { AuditFilter } from './trail/entries.store.ts';

/** The audit trail. */
export interface Audit {
  /** A request that stored no events: who saw what, or was refused. Costs a push into memory and never fails. */
  recordAccess(entry: AccessEntry): void;
  /** The trail of an organisation, newest first. */
  listEntries(scope: Scope, filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntry>>;
  /** Errors: `not_found`. */
  getEntry(scope: Scope, id: string): Promise<AuditEntry>;
}

export const auditSchema: SchemaSource = {
  schema: 'audit',
  directory: new URL('./migrations/', import.meta.url),
  personalData: { 'entries.origin': 'sealed' },
};

export interface AuditOptions {
  /** Of `chainKey(keyring)`. */
  key: KeyObject;
  /** Holds the anchor and, while the database is away, the spill file. */
  dataDirectory: string;
}

/** The module with its two loops, for tests that run them by hand. */
export interface AuditModule extends Module<Audit> {
  recorder: Recorder;
  sealer: Sealer;
}

export function createAudit(kit: ModuleKit, { key, dataDirectory }: AuditOptions): AuditModule {
  const { database, clock, log, sealing } = kit;
  const origins = createOrigins(sealing);
  const recorder = new Recorder({
    database,
    log,
    origins,
    spill: createSpill(join(dataDirectory, 'audit-spill.ndjson')),
    refused: createSpill(join(dataDirectory, 'audit-refused.ndjson')),
  });
  const sealer = new Sealer({ database, clock, log, key, anchorFile: anchorFile(dataDirectory) });
  async function listEntries(scope: Scope, filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntry>> {
    const found = await entriesList(database, scope, filter, page);
    // A person's key may have been made in another organisation, where the same person acted first.
    const run: Run = (statements) => database.readAll(everyTenant, statements);
    const opened = await origins.open(found.items, run);
    let index = 0;
    return mapPage(found, (row) => toEntry(row, opened[index++]!));
  }

  return {
    recorder,
    sealer,
    service: {
      listEntries,
      recordAccess: (entry) => recorder.record(entry),
      async getEntry(scope, id) {
        const [entry] = (await listEntries(scope, { id }, { limit: 1 })).items;
        if (!entry) throw notFound('audit entry', id);
        return entry;
      },
    },
    consumers: [createTrailConsumer(kit.origins, origins, clock), createErasedPersonsConsumer(sealing)],
    start() {
      recorder.start();
      sealer.start();
    },
    async stop() {
      await recorder.stop();
      await sealer.stop();
    },
  };
}
