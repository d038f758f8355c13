import type { CommandContext } from '#kernel/context.ts';
import { violatedUnique } from '#kernel/database/database-errors.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { DomainError, notFound } from '#kernel/errors.ts';
import type { Json } from '#kernel/events/event.ts';
import type { NewJob } from '#kernel/jobs/job.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { type IdentityEventType, identityEvent } from '../events.ts';
import type { Revocations } from '../tokens/revocations.ts';
import type { User } from './user.ts';
import { type StoredUser, userFindByEmail, userLock, userUpdate } from './users.store.ts';

/** What a command decided about one user. */
export interface UserChange {
  type: IdentityEventType;
  fields?: Partial<User>;
  passwordHash?: string;
  jobs?: readonly NewJob[];
  /** Ends the user's sessions and tokens, for this reason; with `endsKeys` also the keys they made. */
  endsCredentials?: string;
  endsKeys?: boolean;
}

/** Decides about a locked user; null changes nothing. May run again after a deadlock: no effect but through `tx`. */
export type Decide = (current: StoredUser, tx: WriteTransaction) => Promise<UserChange | null> | UserChange | null;

/** The one way a user changes: lock, decide, store with its event, then forget what was proven before. */
export type ChangeUser = (context: CommandContext, id: string, decide: Decide) => Promise<User>;

/** Errors of every change: `not_found`, `precondition_failed`, `duplicate` (e-mail). */
export function createChangeUser(kit: ModuleKit, revocations: Revocations): ChangeUser {
  const { database, writes, clock } = kit;
  return async (context, id, decide) => {
    let touchesCredentials = false;
    let wanted = '';
    const user = await writes
      .run(context, async (tx) => {
        const current = await userLock(tx, kit, id);
        if (!current) throw notFound('user', id);
        expectVersion(context, 'user', current.user.version);
        const change = await decide(current, tx);
        if (!change) return current.user;
        const next = applyChange(current, change, clock.now().toISOString());
        wanted = next.user.email;
        tx.add(userUpdate(kit, next));
        tx.append(identityEvent(change.type, id, next.user.version, userFacts(next.user, current.user)));
        tx.enqueue(...(change.jobs ?? []));
        if (change.endsCredentials) {
          await revocations.revokeWithin(tx, { userId: id, withKeys: change.endsKeys }, change.endsCredentials);
        }
        touchesCredentials = Boolean(change.endsCredentials) || change.fields?.role !== undefined;
        return next.user;
      })
      .catch(async (error) => {
        if (violatedUnique(error) !== 'users_email_key') throw error;
        throw duplicateEmail(await userFindByEmail(database, kit, context.tenant, wanted), error);
      });
    if (touchesCredentials) revocations.forget([id]);
    return user;
  };
}

function applyChange(current: StoredUser, change: UserChange, updatedAt: string): StoredUser {
  return {
    ...current,
    passwordHash: change.passwordHash ?? current.passwordHash,
    user: { ...current.user, ...change.fields, version: current.user.version + 1, updatedAt },
  };
}

/** The address belongs to somebody; an archived owner is named, so that an administrator can restore them (C-58). */
export function duplicateEmail(owner: StoredUser | null, cause: unknown): DomainError {
  const message =
    owner?.user.status === 'archived'
      ? `The archived user ${owner.user.id} has this e-mail address; restore that user with POST /users/${owner.user.id}/restore, or choose another address.`
      : 'A user of your organisation has this e-mail address; choose another one.';
  return new DomainError('duplicate', message, {
    cause,
    details: [{ field: 'email', code: 'duplicate', message }],
  });
}

/** A user as events show them: no name, no address. */
export function userFacts(user: User, previous: User | null): Record<string, Json> {
  const facts: Record<string, Json> = {
    id: user.id,
    role: user.role,
    roles: user.roles,
    status: user.status,
    plan: user.plan,
    email_pending: user.pendingEmail !== null,
    last_login: user.lastLogin,
    created_at: user.createdAt,
    updated_at: user.updatedAt,
  };
  if (!previous) return { user: facts };
  const changed = CHANGEABLE.filter((field) => JSON.stringify(user[field]) !== JSON.stringify(previous[field]));
  return { user: facts, changed, previous: { role: previous.role, status: previous.status } };
}

const CHANGEABLE = [
  'name',
  'email',
  'pendingEmail',
  'role',
  'roles',
  'status',
  'plan',
  'lastLogin',
  'metadata',
] as const;
