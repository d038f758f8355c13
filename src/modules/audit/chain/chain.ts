import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { Keyring } from '#kernel/crypto/keyring.ts';

export const HASH_BYTES = 32;

/** Where an entry stands: entries are ordered by transaction, then by position. */
export interface EntryPlace {
  /** xid8: kept as text because it may pass 2^53. */
  transactionId: string;
  position: number;
}

/** A block before it has a hash. */
export interface BlockContent {
  number: number;
  first: EntryPlace;
  last: EntryPlace;
  /** SHA-256 of each entry, one after the other. */
  digests: Buffer;
  previousHash: Buffer;
  /** ISO 8601 with milliseconds. */
  sealedAt: string;
}

export interface Block extends BlockContent {
  hash: Buffer;
}

/**
 * SQL: SHA-256 over every column of an entry but its place, so that a moved entry is recognised as itself. The forms are
 * fixed, whatever the session's settings are, and the text of a row tells null from empty. It is not a function in the
 * database because whoever may change entries there could change the function as well.
 */
export const ENTRY_DIGEST = `sha256(convert_to(row(id, org_id, livemode, (extract(epoch from occurred_at) * 1000000)::bigint,
  actor_kind, actor_id, user_id, platform, action, object_id, outcome, request_id, encode(origin, 'hex'), event_id,
  event_type, detail)::text, 'UTF8'))`;

/** What the first block follows. */
export const GENESIS = Buffer.alloc(HASH_BYTES);

/** The chain's key. It derives from the key that never rotates, so that old blocks stay verifiable. */
export function chainKey(keyring: Pick<Keyring, 'indexKey'>): KeyObject {
  const bytes = Buffer.from(hkdfSync('sha256', keyring.indexKey, 'audit', 'audit-chain', HASH_BYTES));
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

/** HMAC-SHA256 over everything that a block says; every part has a fixed length but the last. */
export function blockHash(key: KeyObject, block: BlockContent): Buffer {
  const header = Buffer.alloc(6 * 8);
  const numbers = [
    BigInt(block.number),
    BigInt(block.first.transactionId),
    BigInt(block.first.position),
    BigInt(block.last.transactionId),
    BigInt(block.last.position),
    BigInt(Date.parse(block.sealedAt)),
  ];
  for (const [index, value] of numbers.entries()) header.writeBigUInt64BE(value, index * 8);
  return createHmac('sha256', key)
    .update('audit-block-1\0')
    .update(header)
    .update(block.previousHash)
    .update(block.digests)
    .digest();
}

/** -1, 0 or 1 as `left` stands before, at or behind `right`. */
export function comparePlaces(left: EntryPlace, right: EntryPlace): number {
  const [leftId, rightId] = [BigInt(left.transactionId), BigInt(right.transactionId)];
  if (leftId !== rightId) return leftId < rightId ? -1 : 1;
  return Math.sign(left.position - right.position);
}
