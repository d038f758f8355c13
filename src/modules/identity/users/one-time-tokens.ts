import { DAY_MS, HOUR_MS } from '#kernel/clock.ts';
import { hashSecret, isWellFormedSecret, newSecret } from '#kernel/crypto/secrets.ts';
import type { Row } from '#kernel/database/connection.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import { everyTenant, type Tenant } from '#kernel/database/tenant.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { DomainError } from '#kernel/errors.ts';

export type TokenPurpose = 'email_change' | 'invitation' | 'password_reset';

/** G-06: 24 hours for a verification; a reset is short because the mailbox may be read by others. */
const LIFE_MS: Record<TokenPurpose, number> = {
  email_change: DAY_MS,
  invitation: 7 * DAY_MS,
  password_reset: HOUR_MS,
};

const insert = prepared(`insert into identity.one_time_tokens
  (token_hash, org_id, livemode, user_id, purpose, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)`);
const retire = prepared(`update identity.one_time_tokens set used_at = $3
  where user_id = $1 and purpose = any($2::text[]) and used_at is null`);
const find = prepared(`select org_id, livemode, user_id, purpose from identity.one_time_tokens
  where token_hash = $1 and used_at is null and expires_at > $2`);
const consume = prepared(`update identity.one_time_tokens set used_at = $2
  where token_hash = $1 and used_at is null and expires_at > $2 and user_id = $3 returning purpose`);

/** A token for a mail and the statements that store it; older ones of the same purpose stop working. */
export function issueToken(
  tenant: Tenant,
  userId: string,
  purpose: TokenPurpose,
  now: Date,
): { token: string; statements: Statement[] } {
  const token = newSecret('tct');
  const createdAt = now.toISOString();
  const expiresAt = new Date(now.getTime() + LIFE_MS[purpose]).toISOString();
  const values = [hashSecret(token), tenant.orgId, tenant.livemode, userId, purpose, createdAt, expiresAt];
  return { token, statements: [retire([userId, [purpose], createdAt]), insert(values)] };
}

/** Ends open tokens, for example resets when the password was changed another way. */
export function retireTokens(userId: string, purposes: readonly TokenPurpose[], now: Date): Statement {
  return retire([userId, purposes, now.toISOString()]);
}

/** Whose token this is, over every tenant: the token is the proof. Null for a used, expired or unknown one. */
export async function findToken(
  database: ModuleDatabase,
  token: string,
  now: Date,
): Promise<{ tenant: Tenant; userId: string; purpose: TokenPurpose } | null> {
  if (!isWellFormedSecret(token)) return null;
  const [row]: Row[] = await database.read(everyTenant, find([hashSecret(token), now.toISOString()]));
  if (!row) return null;
  return { tenant: { orgId: row.org_id, livemode: row.livemode }, userId: row.user_id, purpose: row.purpose };
}

/** Uses the token up inside the transaction of its effect. Errors: `bad_request` when it cannot be used. */
export async function consumeToken(tx: WriteTransaction, token: string, userId: string, now: Date): Promise<void> {
  const [row] = await tx.query(consume([hashSecret(token), now.toISOString(), userId]));
  if (!row) throw unusableToken();
}

export function unusableToken(): DomainError {
  return new DomainError('validation', 'This token is unknown, used or expired; ask for a new one.', {
    details: [{ field: 'token', code: 'not_allowed', message: 'Unknown, used or expired; ask for a new one.' }],
  });
}
