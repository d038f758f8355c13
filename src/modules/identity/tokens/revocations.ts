import type { CommandContext } from '#kernel/context.ts';
import { statement } from '#kernel/database/statement.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { identityEvent } from '../events.ts';
import type { CredentialCache } from './credential-cache.ts';

/** What to end: one family, or everything of a client, a user or a session. */
export type RevocationTarget =
  | { grantId: string }
  | { clientId: string }
  /** Keys end with an account, not with a password. */
  | { userId: string; withKeys?: boolean }
  /** Only tokens that were issued without `offline_access` (C-19). */
  | { sessionId: string };

/** Ends tokens, sessions and keys so that they stop working at once. */
export interface Revocations {
  /** Ends what the target names in one transaction, then forgets the credentials. */
  revoke(context: CommandContext, target: RevocationTarget, reason: string): Promise<void>;
  /** The same inside a transaction of the caller, who calls `forget` with the given ids after it. */
  revokeWithin(tx: WriteTransaction, target: RevocationTarget, reason: string): Promise<void>;
  /** Ends the keys that a user made, inside a transaction of the caller, who calls `forget` with the answered ids. */
  endKeys(tx: WriteTransaction, userId: string, reason: string): Promise<string[]>;
  /** Drops proven credentials that depend on these ids from the memory of this process. */
  forget(ids: readonly string[]): void;
}

const COLUMN_OF = { grantId: 'id', clientId: 'client_id', userId: 'user_id', sessionId: 'session_id' } as const;

export function createRevocations(kit: ModuleKit, cache: CredentialCache): Revocations {
  const { writes, clock } = kit;

  async function endGrants(tx: WriteTransaction, target: RevocationTarget, reason: string): Promise<void> {
    const [[kind, id]] = Object.entries(target) as [[keyof typeof COLUMN_OF, string]];
    const onlyOnline = kind === 'sessionId' ? 'and not offline' : '';
    const now = clock.now().toISOString();
    const rows = await tx.query(
      statement(
        `update identity.grants set revoked_at = $2, revoke_reason = $3, version = version + 1, updated_at = $2
         where ${COLUMN_OF[kind]} = $1 and revoked_at is null ${onlyOnline} returning id, version, client_id, user_id`,
        [id, now, reason],
      ),
    );
    for (const row of rows) {
      const grant = { id: row.id, client_id: row.client_id, user_id: row.user_id, reason };
      tx.append(identityEvent('grant.revoked', row.id, row.version, { grant }));
    }
  }

  async function endSessions(tx: WriteTransaction, target: RevocationTarget, reason: string): Promise<void> {
    const column = 'userId' in target ? 'user_id' : 'id';
    const id = 'userId' in target ? target.userId : (target as { sessionId: string }).sessionId;
    const rows = await tx.query(
      statement(
        `update identity.sessions set ended_at = $2, end_reason = $3, version = version + 1, updated_at = $2
         where ${column} = $1 and ended_at is null returning id, version, user_id`,
        [id, clock.now().toISOString(), reason],
      ),
    );
    for (const row of rows) {
      const session = { id: row.id, user_id: row.user_id, reason };
      tx.append(identityEvent('session.ended', row.id, row.version, { session }));
    }
  }

  async function endKeys(tx: WriteTransaction, userId: string, reason: string): Promise<string[]> {
    const rows = await tx.query(
      statement(
        `update identity.api_keys set revoked_at = $2, revoke_reason = $3, version = version + 1, updated_at = $2
         where owner_user_id = $1 and revoked_at is null returning id, version`,
        [userId, clock.now().toISOString(), reason],
      ),
    );
    for (const row of rows) {
      tx.append(identityEvent('api_key.revoked', row.id, row.version, { api_key: { id: row.id, reason } }));
    }
    return rows.map((row) => row.id);
  }

  async function revokeWithin(tx: WriteTransaction, target: RevocationTarget, reason: string): Promise<void> {
    await endGrants(tx, target, reason);
    if ('userId' in target || 'sessionId' in target) await endSessions(tx, target, reason);
    if ('userId' in target && target.withKeys) await endKeys(tx, target.userId, reason);
  }

  return {
    revokeWithin,
    endKeys,
    forget: (ids) => cache.dropByIds(ids),

    async revoke(context, target, reason) {
      await writes.run(context, async (tx) => {
        await revokeWithin(tx, target, reason);
        return null;
      });
      cache.dropByIds(Object.values(target).filter((id) => typeof id === 'string'));
    },
  };
}
