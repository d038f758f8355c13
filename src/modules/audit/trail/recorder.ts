import type { Run } from '#kernel/crypto/subject-keys.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import type { Statement } from '#kernel/database/statement.ts';
import { everyTenant } from '#kernel/database/tenant.ts';
import { DomainError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { ModuleLog } from '#kernel/module.ts';
import { type AccessEntry, type NewEntry, NO_ORGANIZATION } from '../entry.ts';
import { entriesInsert, entriesInsertMissing, entryRow } from './entries.store.ts';
import type { Origins } from './origins.ts';
import type { Spill } from './spill.ts';

const FLUSH_MS = 200;
const BATCH = 500;
/** Entries kept in memory while the database is away; older ones go to the disk. */
const WAITING_MAX = 20_000;

export interface RecorderDependencies {
  database: ModuleDatabase;
  log: ModuleLog;
  origins: Origins;
  spill: Spill;
  /** Where entries go that can never be written; somebody has to look. */
  refused: Pick<Spill, 'append'>;
}

/** Takes accesses from the gateway and writes them in batches, behind the answers. */
export class Recorder {
  readonly #dependencies: RecorderDependencies;
  readonly #run: Run;
  #waiting: AccessEntry[] = [];
  /** A batch that is being written keeps its ids, so that writing it again after a lost answer adds nothing. */
  #batch: NewEntry[] = [];
  #wasBatchSent = false;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #isDown = false;
  #mayHaveSpilled = true;

  constructor(dependencies: RecorderDependencies) {
    this.#dependencies = dependencies;
    this.#run = (statements) =>
      dependencies.database.flight(everyTenant, statements).then((results) => results.map((result) => result.rows));
  }

  /** Costs a push; never fails. */
  record(entry: AccessEntry): void {
    if (this.#waiting.push(entry) === BATCH) void this.#flushSoon();
  }

  start(): void {
    this.#timer = setInterval(() => this.#flushSoon(), FLUSH_MS);
    this.#timer.unref();
  }

  /** Writes what waits; what cannot be written goes to the disk. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
    if (this.#batch.length + this.#waiting.length === 0) return;
    await this.#spill([...this.#batch, ...this.#waiting.map(toNewEntry)]);
    this.#batch = [];
    this.#wasBatchSent = false;
    this.#waiting = [];
  }

  /** Resolves when everything recorded before is written, or the database is away. */
  async flush(): Promise<void> {
    await this.#flushing;
    await this.#flushSoon();
  }

  #flushSoon(): Promise<void> {
    this.#flushing ??= this.#writeAll().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  async #writeAll(): Promise<void> {
    try {
      if (this.#mayHaveSpilled) {
        await this.#dependencies.spill.drain((rows) => this.#write(entriesInsertMissing(rows)));
        this.#mayHaveSpilled = false;
      }
      while (this.#batch.length > 0 || this.#waiting.length > 0) {
        if (this.#batch.length === 0) this.#batch = this.#waiting.splice(0, BATCH).map(toNewEntry);
        await this.#writeBatch();
        this.#batch = [];
        this.#wasBatchSent = false;
      }
      this.#isDown = false;
    } catch (error) {
      await this.#keep(error);
    }
  }

  /** A batch that the database refuses for what is in it would stop all that come after: it goes to a file of its own. */
  async #writeBatch(): Promise<void> {
    const { origins, refused, log } = this.#dependencies;
    try {
      const sealed = await origins.seal(this.#batch, this.#run);
      const rows = this.#batch.map((entry, index) => entryRow(entry, sealed[index]!));
      const insert = this.#wasBatchSent ? entriesInsertMissing(rows) : entriesInsert(rows);
      this.#wasBatchSent = true;
      await this.#write(insert);
    } catch (error) {
      if (error instanceof DomainError) throw error;
      await refused.append(this.#batch.map((entry) => entryRow(entry, origins.sealWithoutPerson(entry))));
      log.error({ error, count: this.#batch.length }, 'Audit entries were refused and lie in audit-refused.ndjson');
    }
  }

  async #write(insert: Statement): Promise<void> {
    await this.#dependencies.database.flight(everyTenant, [insert]);
  }

  /** The database is away: memory holds so much, the disk the rest. */
  async #keep(error: unknown): Promise<void> {
    if (!this.#isDown) this.#dependencies.log.warn({ error }, 'Audit entries wait: they could not be written');
    this.#isDown = true;
    const surplus = this.#waiting.length - WAITING_MAX;
    if (surplus <= 0) return;
    const oldest = this.#waiting.splice(0, surplus + BATCH);
    await this.#spill(oldest.map(toNewEntry)).catch((failure) => {
      this.#waiting.unshift(...oldest);
      this.#dependencies.log.error({ error: failure }, 'Audit entries fit neither the database nor the disk');
    });
  }

  async #spill(entries: readonly NewEntry[]): Promise<void> {
    const { origins, spill } = this.#dependencies;
    this.#mayHaveSpilled = true;
    await spill.append(entries.map((entry) => entryRow(entry, origins.sealWithoutPerson(entry))));
  }
}

function toNewEntry(access: AccessEntry): NewEntry {
  const { occurredAtMs, orgId, ...rest } = access;
  return {
    ...rest,
    id: newId('aud', occurredAtMs),
    orgId: orgId ?? NO_ORGANIZATION,
    occurredAt: new Date(occurredAtMs).toISOString(),
  };
}
