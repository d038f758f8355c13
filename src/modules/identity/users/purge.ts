import { DAY_MS } from '#kernel/clock.ts';
import { systemContext } from '#kernel/context.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import { newId } from '#kernel/ids.ts';
import type { NewJob } from '#kernel/jobs/job.ts';
import type { JobHandler } from '#kernel/jobs/worker.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { identityEvent } from '../events.ts';

/** Erases a person who was deleted; its payload is `{user_id, purge_at}`. */
export const PURGE_JOB = 'identity.purge-user';

/** How long a deletion that becomes final can be taken back (C-56). */
export const PURGE_AFTER_MS = 30 * DAY_MS;

const plan = prepared('update identity.users set purge_at = $2 where id = $1');
const lockDue = prepared(`select version from identity.users
  where id = $1 and status = 'archived' and purge_at = $2 and purge_at <= $3 for update`);
// The row stays for what refers to it; without their key a person's name and addresses are noise, and the indexes
// over the address are emptied, so that it is free again.
const erase = prepared(`update identity.users set version = version + 1, email_index = null, login_index = null,
  pending_email = null, password_hash = null, metadata = '{}', purge_at = null, updated_at = $2 where id = $1`);
const forget = prepared('delete from identity.subject_keys where subject_id = $1');

/** The statement and the job by which an archived person will be erased; restoring them before undoes both. */
export function planPurge(userId: string, now: Date): { statement: Statement; job: NewJob } {
  const purgeAt = new Date(now.getTime() + PURGE_AFTER_MS);
  const payload = { user_id: userId, purge_at: purgeAt.toISOString() };
  return {
    statement: plan([userId, payload.purge_at]),
    job: { kind: PURGE_JOB, payload, runAt: purgeAt },
  };
}

/** A person who was restored meanwhile is left alone, as is one whose deletion was repeated later. */
export function purgeHandler({ writes, clock, sealing }: ModuleKit): JobHandler {
  return async ({ tenant, payload }) => {
    const { user_id, purge_at } = payload as Record<string, string>;
    const cause = { requestId: newId('req', clock.nowMs()), traceparent: '' };
    const context = systemContext(PURGE_JOB, tenant, cause);
    const isErased = await writes.run(context, async (tx) => {
      const now = clock.now().toISOString();
      const [row] = await tx.query(lockDue([user_id, purge_at, now]));
      if (!row) return false;
      tx.add(erase([user_id, now]), forget([user_id]));
      const facts = { user: { id: user_id!, status: 'archived' } };
      tx.append(identityEvent('user.erased', user_id!, row.version + 1, facts));
      return true;
    });
    if (isErased) sealing.forget(user_id!);
  };
}
