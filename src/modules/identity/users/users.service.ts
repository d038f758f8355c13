import type { CommandContext } from '#kernel/context.ts';
import { violatedUnique } from '#kernel/database/database-errors.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import { everyTenant, type Scope, type Tenant } from '#kernel/database/tenant.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { DomainError, notFound } from '#kernel/errors.ts';
import { mergeMetadata } from '#kernel/http/fields.ts';
import { newId, type UserId } from '#kernel/ids.ts';
import type { NewJob } from '#kernel/jobs/job.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { identityEvent } from '../events.ts';
import type { MailMessages } from '../mail/messages.ts';
import { mailJob } from '../mail/outgoing-mail.ts';
import { organizationFind } from '../organizations/organizations.store.ts';
import { ROLE_SCOPES } from '../scopes.ts';
import { issueToken } from './one-time-tokens.ts';
import { planPurge } from './purge.ts';
import { comparableEmail, type NewUser, type Role, type User, type UserPatch, type UserReplacement } from './user.ts';
import { type ChangeUser, duplicateEmail, type UserChange, userFacts } from './user-changes.ts';
import type { StoredUser } from './users.store.ts';
import * as store from './users.store.ts';

/** People of an organisation (USR-01..22). Each method names the errors it may raise. */
export interface Users {
  /**
   * `grantable` are the caller's scopes: only who has everything an admin has makes an admin.
   * Errors: `duplicate` (e-mail; names an archived owner, C-58), `forbidden`.
   */
  createUser(context: CommandContext, input: NewUser, grantable?: ReadonlySet<string>): Promise<User>;
  /** Errors: `not_found`. */
  getUser(scope: Scope, id: UserId): Promise<User>;
  listUsers(scope: Scope, filter: store.UserFilter, page: PageRequest): Promise<Page<User>>;
  /**
   * A new e-mail address only becomes `pendingEmail` and gets a mail with a token (C-55); that of an admin changes by
   * themselves or who has everything an admin has.
   * Errors: `not_found`, `gone`, `duplicate`, `forbidden`, `precondition_failed`.
   */
  updateUser(context: CommandContext, id: UserId, patch: UserPatch, grantable?: ReadonlySet<string>): Promise<User>;
  /**
   * Puts what is given in the place of what was: the role falls back to `member` and keys of the metadata that are not
   * given go. The status stays unless given. The same again changes nothing. Errors: as `updateUser`.
   */
  replaceUser(
    context: CommandContext,
    id: UserId,
    input: UserReplacement,
    grantable?: ReadonlySet<string>,
  ): Promise<User>;
  /**
   * Sessions, tokens and keys of the user stop working at once; with `thenErase` the person is erased for good after 30
   * days, unless restored before (C-56). Errors: `not_found`, `gone` (USR-22).
   */
  archiveUser(context: CommandContext, id: UserId, options?: { thenErase?: boolean }): Promise<User>;
  /** Errors: `not_found`, `invalid_state` (not archived). */
  restoreUser(context: CommandContext, id: UserId): Promise<User>;
  /** Sends the invitation (again). Errors: `not_found`, `gone`, `invalid_state` (has a password). */
  inviteUser(context: CommandContext, id: UserId): Promise<User>;
}

export function createUsers(kit: ModuleKit, changeUser: ChangeUser, messages: MailMessages): Users {
  const { database, writes, clock, sealing } = kit;

  async function getUser(scope: Scope, id: UserId): Promise<User> {
    const stored = await store.userFind(database, kit, scope, id);
    if (!stored) throw notFound('user', id);
    return stored.user;
  }

  /** The mail, the token and the job that belong together. */
  async function invitation(tenant: Tenant, user: Pick<User, 'id' | 'email' | 'name'>) {
    const organization = await organizationFind(database, everyTenant, tenant.orgId);
    const { token, statements } = issueToken(tenant, user.id, 'invitation', clock.now());
    const mail = messages.invitation(user.email, user.name, organization?.name ?? 'an organisation', token);
    return { statements, jobs: [mailJob(sealing, tenant, mail)] };
  }

  function verification(tenant: Tenant, user: User, email: string) {
    const { token, statements } = issueToken(tenant, user.id, 'email_change', clock.now());
    return { statements, jobs: [mailJob(sealing, tenant, messages.verifyEmail(email, user.name, user.id, token))] };
  }

  /** What a patch makes of a user, with the mail that a new address needs. */
  async function decideUpdate(
    context: CommandContext,
    { user }: StoredUser,
    tx: WriteTransaction,
    { patch, grantable }: { patch: UserPatch; grantable: ReadonlySet<string> | undefined },
  ): Promise<UserChange> {
    if (user.status === 'archived') throw archived(user.id);
    if (patch.role !== user.role) checkRole(patch.role, grantable);
    const change = changeOf(user, patch);
    if (change.type === 'user.email_change_requested') {
      if (context.actor.userId !== user.id) checkTakeover(user, grantable);
      const address = change.fields!.pendingEmail!;
      const owner = await store.userFindByEmail(database, kit, context.tenant, address);
      if (owner) throw duplicateEmail(owner, undefined);
      const mail = verification(context.tenant, { ...user, ...change.fields }, address);
      tx.add(...mail.statements);
      change.jobs = mail.jobs;
    }
    return change;
  }

  return {
    getUser,
    listUsers: (scope, filter, page) => store.usersList(database, kit, scope, filter, page),

    async createUser(context, input, grantable) {
      const { tenant } = context;
      checkRole(input.role, grantable);
      const user = newUser(tenant, input, clock.now());
      const { wrappedKey, key } = sealing.createSubjectKey(tenant.orgId, user.id);
      const stored = { user, key, livemode: tenant.livemode, passwordHash: null };
      const invited = input.invite ? await invitation(tenant, user) : { statements: [], jobs: [] };
      return writes
        .store(context, {
          statements: [...store.userInsert(kit, stored, wrappedKey), ...invited.statements],
          events: [identityEvent('user.created', user.id, 1, userFacts(user, null))],
          jobs: invited.jobs,
          result: user,
        })
        .catch(async (error) => {
          if (violatedUnique(error) !== 'users_email_key') throw error;
          throw duplicateEmail(await store.userFindByEmail(database, kit, tenant, user.email), error);
        });
    },

    updateUser(context, id, patch, grantable) {
      return changeUser(context, id, (current, tx) => decideUpdate(context, current, tx, { patch, grantable }));
    },

    replaceUser(context, id, input, grantable) {
      return changeUser(context, id, async (current, tx) => {
        const patch = replacementOf(current.user, input);
        if (isReplaced(current.user, patch)) return null;
        return decideUpdate(context, current, tx, { patch, grantable });
      });
    },

    archiveUser(context, id, { thenErase = false } = {}) {
      return changeUser(context, id, ({ user }, tx) => {
        if (user.status === 'archived') throw archived(id);
        const fields = { status: 'archived' as const, pendingEmail: null };
        const jobs: NewJob[] = [];
        if (thenErase) {
          const purge = planPurge(id, clock.now());
          tx.add(purge.statement);
          jobs.push(purge.job);
        }
        return { type: 'user.archived', fields, jobs, endsCredentials: 'user_archived', endsKeys: true };
      });
    },

    restoreUser(context, id) {
      return changeUser(context, id, ({ user }) => {
        if (user.status !== 'archived')
          throw new DomainError('invalid_state', 'Only an archived user can be restored.');
        return { type: 'user.restored', fields: { status: 'active' } };
      });
    },

    inviteUser(context, id) {
      return changeUser(context, id, async ({ user, passwordHash }, tx) => {
        if (user.status === 'archived') throw archived(id);
        if (passwordHash !== null) {
          throw new DomainError('invalid_state', 'This user has a password; use POST /auth/password-reset instead.');
        }
        const { statements, jobs } = await invitation(context.tenant, user);
        tx.add(...statements);
        return { type: 'user.invited', jobs };
      });
    },
  };
}

/** A person as they are first stored. */
export function newUser(tenant: Tenant, input: NewUser, now: Date): User {
  return {
    id: newId('usr', now.getTime()),
    orgId: tenant.orgId,
    version: 1,
    name: input.name,
    email: input.email,
    role: input.role ?? 'member',
    roles: input.roles ?? [],
    status: input.status ?? (input.invite ? 'pending' : 'active'),
    plan: input.plan ?? 'free',
    pendingEmail: null,
    lastLogin: null,
    metadata: input.metadata ?? {},
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
  };
}

function changeOf(user: User, patch: UserPatch): UserChange {
  const { email, metadata, roles, ...rest } = patch;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const fields: Partial<User> = { ...given, metadata: mergeMetadata(user.metadata, metadata) };
  if (roles !== undefined) fields.roles = roles ?? [];
  const isDeactivated = patch.status === 'inactive' && user.status !== 'inactive';
  const ends = isDeactivated ? { endsCredentials: 'user_deactivated', endsKeys: true } : {};
  if (email === undefined) return { type: 'user.updated', fields, ...ends };
  // The present address again withdraws a change that waits; a new spelling of it is no new mailbox.
  if (comparableEmail(email) === comparableEmail(user.email)) {
    return { type: 'user.updated', fields: { ...fields, email, pendingEmail: null }, ...ends };
  }
  // The same new address waits as before; `resendVerification` mails another token.
  if (user.pendingEmail !== null && comparableEmail(email) === comparableEmail(user.pendingEmail)) {
    return { type: 'user.updated', fields, ...ends };
  }
  return { type: 'user.email_change_requested', fields: { ...fields, pendingEmail: email }, ...ends };
}

function replacementOf(user: User, { metadata = {}, role = 'member', ...rest }: UserReplacement): UserPatch {
  const cleared = Object.fromEntries(Object.keys(user.metadata).map((key) => [key, null]));
  return { ...rest, role, metadata: { ...cleared, ...metadata } };
}

/** Whether the user is already what the replacement would make of them; a waiting address counts as theirs. */
function isReplaced(user: User, patch: UserPatch): boolean {
  const { type, fields } = changeOf(user, patch);
  if (user.status === 'archived' || type !== 'user.updated') return false;
  return Object.entries(fields ?? {}).every(
    ([name, value]) => JSON.stringify(user[name as keyof User]) === JSON.stringify(value),
  );
}

/** Nobody makes an admin who could not do themselves what an admin may. */
export function checkRole(role: Role | undefined, grantable: ReadonlySet<string> | undefined): void {
  const missing = role === 'admin' && lackingForAdmin(grantable);
  if (missing) {
    throw new DomainError('forbidden', `You cannot give the role admin: your own credential lacks ${missing}.`);
  }
}

/** Whose password or address somebody sets, they can sign in as. Errors: `forbidden`, for the account of an admin. */
export function checkTakeover({ role }: Pick<User, 'role'>, grantable: ReadonlySet<string> | undefined): void {
  const missing = role === 'admin' && lackingForAdmin(grantable);
  if (missing) {
    throw new DomainError('forbidden', `You cannot do this to an admin: your own credential lacks ${missing}.`);
  }
}

function lackingForAdmin(grantable: ReadonlySet<string> | undefined): string | undefined {
  return grantable && ROLE_SCOPES.admin.find((scope) => !grantable.has(scope));
}

export function archived(id: string): DomainError {
  return new DomainError('gone', `The user ${id} is archived; restore it with POST /users/${id}/restore first.`);
}
