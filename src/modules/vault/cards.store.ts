import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { KnownCard } from './card.ts';

export interface StoredCard extends KnownCard {
  id: string;
  /** Sealed. */
  reference: Buffer;
}

const find = prepared(`select id, brand, last4, exp_month, exp_year, fingerprint, reference from vault.cards
  where org_id = $1 and livemode = $2 and token_hash = $3`);
const remove = prepared('delete from vault.cards where org_id = $1 and livemode = $2 and token_hash = $3 returning id');
const insert = prepared(`insert into vault.cards (org_id, livemode, version, token_hash, id, brand, last4, exp_month,
  exp_year, fingerprint, reference, created_at) values ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11)`);

export async function cardFindByToken(
  database: ModuleDatabase,
  { orgId, livemode }: Tenant,
  tokenHash: Buffer,
): Promise<StoredCard | null> {
  const [row] = await database.read({ orgId, livemode }, find([orgId, livemode, tokenHash]));
  if (!row) return null;
  const { id, brand, last4, fingerprint, reference } = row;
  return { id, brand, last4, expMonth: row.exp_month, expYear: row.exp_year, fingerprint, reference };
}

export function cardInsert({ orgId, livemode }: Tenant, tokenHash: Buffer, card: StoredCard, now: Date): Statement {
  const { id, brand, last4, expMonth, expYear, fingerprint, reference } = card;
  const at = now.toISOString();
  return insert([orgId, livemode, tokenHash, id, brand, last4, expMonth, expYear, fingerprint, reference, at]);
}

export function cardRemove({ orgId, livemode }: Tenant, tokenHash: Buffer): Statement {
  return remove([orgId, livemode, tokenHash]);
}
