import { createHash } from 'node:crypto';
import type { CommandContext } from '#kernel/context.ts';
import type { BatchOutcome } from '#kernel/row-outcome.ts';
import type { FailedRow } from '../failed-rows.ts';
import { problemIn, type RowBatch } from '../reading/row-reader.ts';
import type { ImportTarget } from '../target.ts';
import type { Counts, Import } from '../transfer.ts';

/** A batch that the target has stored, before the checkpoint says so. */
export interface StoredBatch {
  batch: RowBatch;
  counts: Counts;
  failed: FailedRow[];
}

/** Two that the database works on, and one that waits for its commit to reach the disk. */
const MOST = 3;
const NOTHING: BatchOutcome = { created: 0, updated: 0, unchanged: 0, findings: [] };

interface Started {
  keys: ReadonlySet<string>;
  stored: Promise<StoredBatch>;
}

/**
 * Batches that the database is storing, in the order of the file. Each is stored under a key made of the import and its
 * first row, so that a batch whose checkpoint was lost in a crash gives its first outcome again and has no second effect.
 *
 * A batch may be stored beside those before when nobody can tell in which order they came: they share no key, and every row
 * of the later one is new. When one is not, the target stores nothing and is asked again behind the others.
 */
export class BatchesInFlight {
  readonly #context: CommandContext;
  readonly #target: ImportTarget;
  readonly #transfer: Import;
  readonly #started: Started[] = [];
  /** Whether the rows are about what is there already: then to try a batch as new costs, and gains nothing. */
  #meetsOld = false;

  constructor(context: CommandContext, target: ImportTarget, transfer: Import) {
    this.#context = context;
    this.#target = target;
    this.#transfer = transfer;
  }

  get size(): number {
    return this.#started.length;
  }

  /** How many may still be under way when this batch is started. */
  roomBeside(batch: RowBatch): number {
    if (this.#transfer.dryRun || !this.#target.unordered || this.#meetsOld) return 0;
    const keys = this.#keysOf(batch);
    return this.#started.every((each) => each.keys.isDisjointFrom(keys)) ? MOST - 1 : 0;
  }

  /** Begins to store a batch; there must be room for it. */
  start(batch: RowBatch): void {
    const before = this.#started.map(({ stored }) => stored);
    const stored = before.length > 0 ? this.#storeBeside(before, batch) : this.#store(batch);
    // Its failure is met by who asks for the oldest; until then it is not an unhandled one.
    stored.catch(() => undefined);
    this.#started.push({ keys: this.#keysOf(batch), stored });
  }

  /** The batch that was started first, when it is stored. Errors: what its target threw. */
  async oldest(): Promise<StoredBatch> {
    const stored = await this.#started[0]!.stored;
    this.#started.shift();
    return stored;
  }

  /** When nothing is under way any more, however it ended. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#started.map(({ stored }) => stored));
  }

  #keysOf(batch: RowBatch): ReadonlySet<string> {
    const { unordered } = this.#target;
    if (!unordered) return new Set();
    batch.keys ??= new Set(batch.good.flatMap(({ value }) => unordered.keysOf(value)));
    return batch.keys;
  }

  async #storeBeside(before: Promise<StoredBatch>[], batch: RowBatch): Promise<StoredBatch> {
    if (batch.good.length === 0) return storedBatch(this.#transfer, batch, NOTHING);
    const outcome = await this.#target.unordered!.storeNew(this.#claimed(batch), valuesOf(batch));
    if (outcome) return storedBatch(this.#transfer, batch, outcome);
    this.#meetsOld = true;
    // All of them: this one is about products that are there, which they may change.
    await Promise.all(before);
    return this.#store(batch);
  }

  async #store(batch: RowBatch): Promise<StoredBatch> {
    const { id, dryRun } = this.#transfer;
    const context = dryRun ? this.#context : this.#claimed(batch);
    const outcome =
      batch.good.length === 0 ? NOTHING : await this.#target.store(context, valuesOf(batch), { dryRun, importId: id });
    this.#meetsOld = outcome.updated + outcome.unchanged > 0;
    return storedBatch(this.#transfer, batch, outcome);
  }

  #claimed(batch: RowBatch): CommandContext {
    const key = `${this.#transfer.id}:${batch.good[0]?.row}`;
    const fingerprint = createHash('sha256').update(key).digest();
    return { ...this.#context, idempotency: { key, route: 'imports.rows', fingerprint, replayed: false } };
  }
}

function valuesOf({ good }: RowBatch): unknown[] {
  return good.map(({ value }) => value);
}

function storedBatch(transfer: Import, batch: RowBatch, outcome: BatchOutcome): StoredBatch {
  const failed = [...batch.failed, ...refusedRows(transfer, batch, outcome)];
  const read = batch.good.length + batch.failed.length;
  const { created, updated, unchanged } = outcome;
  return { batch, failed, counts: { read, created, updated, unchanged, failed: failed.length } };
}

/** Rows that the target did not take, each with all that is wrong with it. */
function refusedRows(transfer: Import, batch: RowBatch, { findings }: BatchOutcome): FailedRow[] {
  const rows = new Map<number, FailedRow>();
  for (const { row: index, column, code, message } of findings) {
    const good = batch.good[index]!;
    const failed = rows.get(index) ?? { row: good.row, content: good.content, problems: [] };
    failed.problems.push(problemIn(good, transfer, { field: column, code, message }));
    rows.set(index, failed);
  }
  return [...rows.values()];
}
