import type { KeyObject } from 'node:crypto';
import { type Clock, MINUTE_MS } from '#kernel/clock.ts';
import type { ModuleDatabase, Transaction } from '#kernel/database/module-database.ts';
import { everyTenant } from '#kernel/database/tenant.ts';
import type { ModuleLog } from '#kernel/module.ts';
import { type Anchor, readAnchor, writeAnchor } from './anchor.ts';
import { blockInsert, blockLockAndLast, entriesUnsealed, toBlock, toSealable } from './blocks.store.ts';
import { type Block, type BlockContent, blockHash, GENESIS } from './chain.ts';

const INTERVAL_MS = 500;
/** Entries of one block; 32 bytes each. */
const BLOCK_MAX = 10_000;

export interface SealerDependencies {
  database: ModuleDatabase;
  clock: Clock;
  log: ModuleLog;
  key: KeyObject;
  /** See `anchorFile`. */
  anchorFile: string;
}

/** Seals entries into blocks, in order, within a second of their commit. Several processes take turns by themselves. */
export class Sealer {
  readonly #dependencies: SealerDependencies;
  /** The newest block this process knows of; the chain must never be shorter. */
  #known: Anchor | null = null;
  #isAnchorRead = false;
  #timer: NodeJS.Timeout | undefined;
  #sealing: Promise<void> | undefined;
  #complainedAtMs = Number.NEGATIVE_INFINITY;

  constructor(dependencies: SealerDependencies) {
    this.#dependencies = dependencies;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#turn(), INTERVAL_MS);
    this.#timer.unref();
  }

  /** Seals what came last, as far as the database lets it. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sealing;
    await this.#turn();
  }

  /** One at a time: a database that hangs must not pile up turns. */
  #turn(): Promise<void> {
    this.#sealing ??= this.sealDue()
      .catch((error) => this.#complain(error))
      .finally(() => {
        this.#sealing = undefined;
      });
    return this.#sealing;
  }

  /** Seals all that can be sealed now. Errors: when the chain is shorter than it was, and those of the database. */
  async sealDue(): Promise<void> {
    if (!this.#isAnchorRead) this.#readAnchor();
    const before = this.#known;
    try {
      await this.#sealBlocks();
    } finally {
      // Once for all blocks: two waits for the disk each would cost more than sealing them.
      if (this.#known && this.#known !== before) {
        const { anchorFile, key } = this.#dependencies;
        await writeAnchor(anchorFile, key, this.#known);
      }
    }
  }

  async #sealBlocks(): Promise<void> {
    for (;;) {
      const block = await this.#dependencies.database.transaction(everyTenant, async (tx) => {
        const next = await this.#nextBlock(tx);
        return { result: next, finish: next ? [blockInsert(next)] : [] };
      });
      if (!block) return;
      this.#known = { number: block.number, hash: block.hash };
    }
  }

  async #nextBlock(tx: Transaction): Promise<Block | null> {
    const [lock, newest] = await tx.run(blockLockAndLast());
    if (!lock!.rows[0]!.locked) return null;
    const last = newest!.rows[0] ? toBlock(newest!.rows[0]) : null;
    this.#refuseShortened(last);
    const after = last?.last ?? { transactionId: '0', position: 0 };
    const [due] = await tx.query(entriesUnsealed(after, BLOCK_MAX));
    if (!due) return null;
    const content: BlockContent = {
      ...toSealable(due),
      number: (last?.number ?? 0) + 1,
      previousHash: last?.hash ?? GENESIS,
      sealedAt: this.#dependencies.clock.now().toISOString(),
    };
    return { ...content, hash: blockHash(this.#dependencies.key, content) };
  }

  /** Sealing on behind a gap would hide it: the new blocks would fit the shortened chain. */
  #refuseShortened(last: Block | null): void {
    const known = this.#known;
    if (!known) return;
    const isShorter = !last || last.number < known.number;
    if (!isShorter && (last.number > known.number || last.hash.equals(known.hash))) return;
    throw new Error(
      `The audit trail ends at block ${last?.number ?? 0}, but block ${known.number} was sealed with another hash or is gone: ` +
        'run verify-audit; nothing more is sealed until this is understood.',
    );
  }

  #readAnchor(): void {
    const anchor = readAnchor(this.#dependencies.anchorFile, this.#dependencies.key);
    if (anchor === 'damaged') {
      throw new Error(`${this.#dependencies.anchorFile} was not written by this installation; nothing is sealed.`);
    }
    this.#known = anchor;
    this.#isAnchorRead = true;
  }

  /** Every half second would drown the log. */
  #complain(error: unknown): void {
    const { clock, log } = this.#dependencies;
    if (clock.nowMs() - this.#complainedAtMs < MINUTE_MS) return;
    this.#complainedAtMs = clock.nowMs();
    log.error({ error }, 'The audit trail could not be sealed');
  }
}
