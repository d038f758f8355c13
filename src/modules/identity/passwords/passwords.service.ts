import { type CommandContext, systemContext } from '#kernel/context.ts';
import { invalidField } from '#kernel/errors.ts';
import type { Job } from '#kernel/jobs/worker.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { MailMessages } from '../mail/messages.ts';
import { mailJob } from '../mail/outgoing-mail.ts';
import { type Cause, PLATFORM_TENANT, provenContext } from '../platform.ts';
import { consumeToken, findToken, issueToken, retireTokens, unusableToken } from '../users/one-time-tokens.ts';
import { comparableEmail, type User } from '../users/user.ts';
import type { ChangeUser } from '../users/user-changes.ts';
import { archived, checkTakeover } from '../users/users.service.ts';
import { type StoredUser, usersFindByLogin } from '../users/users.store.ts';
import { PASSWORD_MAX, PASSWORD_MIN, type PasswordHasher } from './password-hasher.ts';

/** Passwords: set, reset by mail, accept an invitation (G-07). */
export interface Passwords {
  /**
   * By the user, who proves the present password, or by an administrator (`currentPassword` undefined, `byAdmin`). Ends
   * every session and token. `grantable` are the caller's scopes: nobody takes an admin's account who is less than one.
   * Errors: `not_found`, `gone`, `forbidden`, `validation` (rules, wrong present password).
   */
  setPassword(context: CommandContext, id: string, change: PasswordChange): Promise<User>;
  /** Mails a link when somebody active has this address; the answer and its time are the same when nobody has. */
  requestPasswordReset(cause: Cause, email: string): Promise<void>;
  /** The job behind a request for a reset: finds who is meant and queues the mail. */
  mailPasswordReset(job: Job): Promise<void>;
  /** Uses the token of a reset or an invitation. Errors: `validation` (token, rules). */
  confirmPasswordReset(cause: Cause, token: string, password: string): Promise<void>;
}

export const RESET_JOB = 'identity.mail-password-reset';
export const RESET_CONTEXT = 'identity.jobs.password-reset';

export interface PasswordChange {
  password: string;
  currentPassword?: string;
  byAdmin?: boolean;
  grantable?: ReadonlySet<string>;
}

export interface PasswordsDependencies {
  kit: ModuleKit;
  changeUser: ChangeUser;
  messages: MailMessages;
  hasher: PasswordHasher;
}

export function createPasswords({ kit, changeUser, messages, hasher }: PasswordsDependencies): Passwords {
  const { database, writes, clock, sealing } = kit;

  /** What every change of a password leads to: old proofs end, the owner is told. */
  function changed(context: CommandContext, stored: StoredUser, passwordHash: string) {
    const { user } = stored;
    return {
      type: 'user.password_changed' as const,
      fields: user.status === 'pending' ? { status: 'active' as const } : {},
      passwordHash,
      endsCredentials: 'password_changed',
      jobs: [mailJob(sealing, context.tenant, messages.passwordChanged(user.email, user.name))],
    };
  }

  async function mailReset(cause: Parameters<typeof systemContext>[2], { user, livemode }: StoredUser): Promise<void> {
    const tenant = { orgId: user.orgId, livemode };
    const { token, statements } = issueToken(tenant, user.id, 'password_reset', clock.now());
    await changeUser(systemContext(RESET_JOB, tenant, cause), user.id, (_current, tx) => {
      tx.add(...statements);
      const jobs = [mailJob(sealing, tenant, messages.passwordReset(user.email, user.name, token))];
      return { type: 'user.password_reset_requested', jobs };
    });
  }

  return {
    async setPassword(context, id, { password, currentPassword, byAdmin = false, grantable }) {
      checkLength(password);
      const passwordHash = await hasher.hash(password);
      return changeUser(context, id, async (stored, tx) => {
        if (stored.user.status === 'archived') throw archived(id);
        if (byAdmin) checkTakeover(stored.user, grantable);
        checkNotEmail(password, stored.user.email);
        if (!byAdmin && !(await hasher.matches(currentPassword ?? '', stored.passwordHash))) {
          throw invalidField('current_password', 'not_allowed', 'This is not your present password.');
        }
        tx.add(retireTokens(id, ['password_reset', 'invitation'], clock.now()));
        return changed(context, stored, passwordHash);
      });
    },

    async requestPasswordReset(cause, email) {
      // The same single insert whoever is meant: only the job looks, so neither answer nor time tells who exists.
      const sealed = sealing.sealForPlatform(email, RESET_CONTEXT).toString('base64');
      const context = provenContext(cause, PLATFORM_TENANT, { kind: 'anonymous', id: '' });
      const jobs = [{ kind: RESET_JOB, payload: { email: sealed, request_id: cause.requestId } }];
      await writes.store(context, { statements: [], events: [], jobs, result: null });
    },

    async mailPasswordReset(job) {
      const email = sealing.openForPlatform(Buffer.from(job.payload.email as string, 'base64'), RESET_CONTEXT);
      const cause = { requestId: job.payload.request_id as string, traceparent: '' };
      for (const livemode of [true, false]) {
        const found = await usersFindByLogin(database, kit, { orgId: null, livemode }, email);
        for (const stored of found) {
          if (stored.user.status === 'active' || stored.user.status === 'pending') await mailReset(cause, stored);
        }
      }
    },

    async confirmPasswordReset(cause, token, password) {
      checkLength(password);
      const found = await findToken(database, token, clock.now());
      if (!found || found.purpose === 'email_change') throw unusableToken();
      const passwordHash = await hasher.hash(password);
      const context = provenContext(cause, found.tenant, { kind: 'user', id: found.userId, userId: found.userId });
      await changeUser(context, found.userId, async (stored, tx) => {
        const { status, email } = stored.user;
        if (status === 'archived' || status === 'inactive') throw unusableToken();
        checkNotEmail(password, email);
        await consumeToken(tx, token, found.userId, clock.now());
        return changed(context, stored, passwordHash);
      });
    },
  };
}

/** Length is what counts (NIST SP 800-63B); every character is allowed. */
function checkLength(password: string): void {
  if ([...password].length < PASSWORD_MIN) {
    throw invalidField('password', 'too_short', `Choose at least ${PASSWORD_MIN} characters.`);
  }
  if ([...password].length > PASSWORD_MAX) {
    throw invalidField('password', 'too_long', `Choose at most ${PASSWORD_MAX} characters.`);
  }
}

function checkNotEmail(password: string, email: string): void {
  if (comparableEmail(password) !== comparableEmail(email)) return;
  throw invalidField('password', 'not_allowed', 'Choose a password that is not your e-mail address.');
}
