import type { Row } from '#kernel/database/connection.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import { type Block, ENTRY_DIGEST, type EntryPlace, HASH_BYTES } from './chain.ts';

/** Only one transaction of the cluster seals at a time. */
const SEAL_LOCK = 7_264_102;

const tryLock = prepared('select pg_try_advisory_xact_lock($1) as locked');
const lastBlock = prepared('select * from audit.blocks order by number desc limit 1');
/** One row for all of them: what a block says of its entries, not the entries. */
const unsealed = prepared(`with due as (
    select transaction_id, position, ${ENTRY_DIGEST} as digest from audit.entries
    where (transaction_id, position) > ($1::xid8, $2::bigint) and transaction_id < pg_snapshot_xmin(pg_current_snapshot())
    order by transaction_id, position limit $3
  ), block as (
    select count(*) as entries, array_agg(transaction_id order by transaction_id, position) as transaction_ids,
      array_agg(position order by transaction_id, position) as positions,
      string_agg(digest, '' order by transaction_id, position) as digests
    from due
  )
  select transaction_ids[1] as first_transaction_id, positions[1] as first_position,
    transaction_ids[entries] as last_transaction_id, positions[entries] as last_position, digests
  from block where entries > 0`);
const insert = prepared(`insert into audit.blocks
  (number, first_transaction_id, first_position, last_transaction_id, last_position, entry_count, digests, previous_hash,
   hash, sealed_at)
  values ($1, $2::xid8, $3, $4::xid8, $5, $6, $7, $8, $9, $10)`);

/** The lock, then the newest block: run together, the second sees what the holder before committed. */
export function blockLockAndLast(): Statement[] {
  return [tryLock([SEAL_LOCK]), lastBlock([])];
}

/** The entries behind `after` that no running transaction can still get in front of; no row when there are none. */
export function entriesUnsealed(after: EntryPlace, limit: number): Statement {
  return unsealed([after.transactionId, after.position, limit]);
}

export function toSealable(row: Row): Pick<Block, 'first' | 'last' | 'digests'> {
  return {
    first: { transactionId: row.first_transaction_id, position: Number(row.first_position) },
    last: { transactionId: row.last_transaction_id, position: Number(row.last_position) },
    digests: row.digests,
  };
}

export function blockInsert(block: Block): Statement {
  return insert([
    block.number,
    block.first.transactionId,
    block.first.position,
    block.last.transactionId,
    block.last.position,
    block.digests.length / HASH_BYTES,
    block.digests,
    block.previousHash,
    block.hash,
    block.sealedAt,
  ]);
}

export function toBlock(row: Row): Block {
  return {
    ...toSealable(row),
    number: Number(row.number),
    previousHash: row.previous_hash,
    hash: row.hash,
    sealedAt: new Date(row.sealed_at).toISOString(),
  };
}
