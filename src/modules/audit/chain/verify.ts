import type { KeyObject } from 'node:crypto';
import type pg from 'pg';
import type { Anchor } from './anchor.ts';
import { toBlock } from './blocks.store.ts';
import { type Block, blockHash, comparePlaces, ENTRY_DIGEST, type EntryPlace, GENESIS, HASH_BYTES } from './chain.ts';
import { openStream, type RowStream } from './row-stream.ts';

export type DifferenceKind = 'changed' | 'removed' | 'inserted' | 'reordered' | 'truncated';

/** Where the trail first differs from what was sealed. */
export interface Difference {
  kind: DifferenceKind;
  block: number;
  /** The entry concerned, where one can be named. */
  entry?: EntryPlace;
  message: string;
}

export interface VerifyOptions {
  key: KeyObject;
  /** The newest block that is known from outside the database, or null when there is no such knowledge. */
  anchor: Anchor | null;
  onProgress?(progress: { blocks: number; entries: number }): void;
}

export interface Verification {
  difference: Difference | null;
  blocks: number;
  entries: number;
  /** Entries behind the last block, which nothing protects yet. */
  unsealed: number;
}

interface StoredEntry extends EntryPlace {
  digest: Buffer;
}

const PROGRESS_EVERY = 100;

/**
 * Walks the whole trail in one snapshot and constant memory, on a connection of its own, also while the server writes.
 * It stops at the first difference.
 */
export async function verifyTrail(client: pg.Client, options: VerifyOptions): Promise<Verification> {
  await client.query('begin isolation level repeatable read read only');
  try {
    await client.query('set local search_path = pg_catalog');
    await client.query("select set_config('app.org_id', '*', true), set_config('app.livemode', 'true', true)");
    const blocks = await openStream(client, 'blocks', 'select * from audit.blocks order by number', 50, toBlock);
    const entries = await openStream(
      client,
      'entries',
      `select transaction_id, position, ${ENTRY_DIGEST} as digest from audit.entries
        order by transaction_id, position`,
      2_000,
      (row): StoredEntry => ({
        transactionId: String(row.transaction_id),
        position: Number(row.position),
        digest: row.digest,
      }),
    );
    return await walk(blocks, entries, options);
  } finally {
    await client.query('rollback');
  }
}

async function walk(
  blocks: RowStream<Block>,
  entries: RowStream<StoredEntry>,
  { key, anchor, onProgress }: VerifyOptions,
): Promise<Verification> {
  let previous: Block | null = null;
  const found: Verification = { difference: null, blocks: 0, entries: 0, unsealed: 0 };
  for (let block = await blocks.next(); block; block = await blocks.next()) {
    found.difference = checkBlock(key, anchor, previous, block) ?? (await checkEntries(block, entries));
    if (found.difference) return found;
    found.blocks += 1;
    found.entries += block.digests.length / HASH_BYTES;
    if (found.blocks % PROGRESS_EVERY === 0) onProgress?.({ blocks: found.blocks, entries: found.entries });
    previous = block;
  }
  if (anchor && anchor.number > (previous?.number ?? 0)) {
    const message = `The trail ends at block ${previous?.number ?? 0}, but block ${anchor.number} was sealed.`;
    found.difference = { kind: 'truncated', block: anchor.number, message };
    return found;
  }
  while (await entries.next()) found.unsealed += 1;
  return found;
}

/** The block itself: its number, its link to the one before, its hash, and whether it is the anchored one. */
function checkBlock(key: KeyObject, anchor: Anchor | null, previous: Block | null, block: Block): Difference | null {
  const expected = (previous?.number ?? 0) + 1;
  const { number } = block;
  if (number !== expected) {
    return { kind: 'removed', block: expected, message: `Block ${expected} is missing; the next one is ${number}.` };
  }
  if (!block.previousHash.equals(previous?.hash ?? GENESIS)) {
    return { kind: 'changed', block: number, message: `Block ${number} does not follow the block before it.` };
  }
  if (!block.hash.equals(blockHash(key, block))) {
    return { kind: 'changed', block: number, message: `Block ${number} was changed or not made with this keyring.` };
  }
  if (anchor?.number === number && !anchor.hash.equals(block.hash)) {
    return { kind: 'changed', block: number, message: `Block ${number} is not the one that was sealed.` };
  }
  return null;
}

/** The entries up to the end of the block, one by one against their sealed digests. */
async function checkEntries(block: Block, entries: RowStream<StoredEntry>): Promise<Difference | null> {
  const count = block.digests.length / HASH_BYTES;
  const sealed = (index: number) => block.digests.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
  const isInBlock = (entry: StoredEntry | null) => entry !== null && comparePlaces(entry, block.last) <= 0;
  for (let index = 0; ; index++) {
    const entry = await entries.peek();
    if (!isInBlock(entry)) {
      return index === count ? null : removed(block, index);
    }
    await entries.next();
    if (index < count && entry!.digest.equals(sealed(index))) continue;
    const following = await entries.peek();
    const next = isInBlock(following) ? following : null;
    return classify(block, index, entry!, next, { count, sealed });
  }
}

/** What kind of difference it is when `entry` stands where another digest was sealed. */
function classify(
  block: Block,
  index: number,
  entry: StoredEntry,
  next: StoredEntry | null,
  { count, sealed }: { count: number; sealed(index: number): Buffer },
): Difference {
  const at = { transactionId: entry.transactionId, position: entry.position };
  const named = (kind: DifferenceKind, what: string): Difference => ({
    kind,
    block: block.number,
    entry: at,
    message: `Block ${block.number}, entry ${index + 1} of ${count}: ${what}.`,
  });
  if (index >= count || next?.digest.equals(sealed(index))) {
    const later = Array.from({ length: count }, (_, other) => other).some((other) =>
      entry.digest.equals(sealed(other)),
    );
    return later ? named('reordered', 'an entry was moved') : named('inserted', 'an entry that was never sealed');
  }
  const isNextOne = index + 1 < count && entry.digest.equals(sealed(index + 1));
  const isFollowedWell = !next || index + 2 >= count || next.digest.equals(sealed(index + 2));
  if (isNextOne && isFollowedWell) return removed(block, index);
  const others = Array.from({ length: count }, (_, other) => other).filter((other) => other !== index);
  if (others.some((other) => entry.digest.equals(sealed(other)))) return named('reordered', 'an entry was moved');
  return named('changed', 'an entry was changed');
}

function removed(block: Block, index: number): Difference {
  const count = block.digests.length / HASH_BYTES;
  const message = `Block ${block.number}: entry ${index + 1} of ${count} is missing.`;
  return { kind: 'removed', block: block.number, message };
}
