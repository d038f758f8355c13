import { MINUTE_MS, SECOND_MS } from '#kernel/clock.ts';
import { prepared } from '#kernel/database/statement.ts';
import { everyTenant, type Tenant } from '#kernel/database/tenant.ts';
import { DomainError } from '#kernel/errors.ts';
import { newId, type OrganizationId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { identityEvent } from '../events.ts';
import { type Cause, PLATFORM_TENANT, provenContext } from '../platform.ts';
import type { Session } from '../sessions/session.ts';
import { newSession } from '../sessions/sessions.service.ts';
import type { ChangeUser } from '../users/user-changes.ts';
import { emailIndexes, type StoredUser, usersFindByLogin } from '../users/users.store.ts';
import type { PasswordHasher } from './password-hasher.ts';

/** Signing in with an e-mail address and a password. */
export interface SignIn {
  /**
   * `orgId` null looks in every organisation, for clients of the platform. Known and unknown addresses take the same
   * time, give the same refusal, and are paused alike after five failures, which a success forgets where the address is
   * one person's.
   * Errors: `unauthenticated` (wrong), `rate_limited` (paused, with the seconds), `unavailable` (too many at once).
   */
  signIn(cause: Cause, credentials: SignInCredentials): Promise<{ session: Session; secret: string }>;
}

/** Whose credentials these are; counts and pauses failures. Errors: as `signIn`. */
export type VerifyPassword = (cause: Cause, credentials: SignInCredentials) => Promise<StoredUser>;

export interface SignInCredentials {
  email: string;
  password: string;
  orgId: OrganizationId | null;
  livemode: boolean;
}

const FREE_FAILURES = 5;
const FIRST_PAUSE_MS = 30 * SECOND_MS;
const LONGEST_PAUSE_MS = 15 * MINUTE_MS;

const findPause = prepared('select blocked_until from identity.sign_in_attempts where login_index = $1');
/** Counted before the password is compared, which takes long: guesses at once are no more than guesses in turn. */
const countAttempt = prepared(`insert into identity.sign_in_attempts as a
    (login_index, org_id, livemode, failures, blocked_until, updated_at) values ($1, $2, true, 1, null, $3)
  on conflict (login_index) do update set failures = a.failures + 1, updated_at = $3,
    blocked_until = case when a.failures + 1 >= ${FREE_FAILURES} then $3::timestamptz + make_interval(secs => least(
      ${FIRST_PAUSE_MS / SECOND_MS} * power(2, a.failures + 1 - ${FREE_FAILURES}), ${LONGEST_PAUSE_MS / SECOND_MS})) end
    where a.blocked_until is null or a.blocked_until <= $3
  returning failures`);
const takeAttemptBack = prepared(`update identity.sign_in_attempts set failures = failures - 1, blocked_until = null
  where login_index = $1 and failures > 0`);
const clearFailures = prepared('delete from identity.sign_in_attempts where login_index = $1');

export function createVerifyPassword(kit: ModuleKit, hasher: PasswordHasher): VerifyPassword {
  const { database, writes, clock } = kit;

  /** Errors: `rate_limited` while the address is paused. */
  async function beginAttempt(login: Buffer): Promise<void> {
    const now = clock.now();
    const [counted] = await database.flight(everyTenant, [
      countAttempt([login, PLATFORM_TENANT.orgId, now.toISOString()]),
    ]);
    if (counted!.rows.length > 0) return;
    const [row] = await database.read(everyTenant, findPause([login]));
    const waitMs = row?.blocked_until ? Date.parse(row.blocked_until) - now.getTime() : 0;
    // The pause may have ended by somebody's success since.
    const seconds = Math.max(1, Math.ceil(waitMs / SECOND_MS));
    throw new DomainError('rate_limited', `Too many failed sign-ins; try again in ${seconds} seconds.`, {
      retryAfterSeconds: seconds,
    });
  }

  /** Who has this address and this password; compares once even when nobody has the address. */
  async function findOwner({ email, password, orgId, livemode }: SignInCredentials) {
    const found = await usersFindByLogin(database, kit, { orgId, livemode }, email);
    const able = found.filter((stored) => stored.user.status === 'active' && stored.passwordHash !== null);
    if (able.length === 0) await hasher.matches(password, null);
    for (const stored of able) if (await hasher.matches(password, stored.passwordHash)) return { owner: stored, found };
    return { owner: null, found };
  }

  async function recordFailure(cause: Cause, suspect: StoredUser | undefined): Promise<void> {
    const now = clock.now();
    const tenant: Tenant = suspect ? { orgId: suspect.user.orgId, livemode: suspect.livemode } : PLATFORM_TENANT;
    await writes.store(provenContext(cause, tenant, { kind: 'anonymous', id: '' }), {
      statements: [],
      // Each failure is a fact of its own: it must not touch the version of a user who did nothing.
      events: [
        identityEvent('user.sign_in_failed', newId('evt', now.getTime()), 1, { user_id: suspect?.user.id ?? null }),
      ],
      result: null,
    });
  }

  return async (cause, credentials) => {
    // Failures are counted for each organisation, and apart for clients of the platform: whoever has the same address in an
    // organisation of their own must not end by their success what their guesses elsewhere began.
    const { own: login } = emailIndexes(kit, credentials.orgId ?? 'platform', credentials.email);
    await beginAttempt(login);
    const { owner, found } = await findOwner(credentials).catch(async (error) => {
      // Nothing was compared: this was no guess.
      await database.flight(everyTenant, [takeAttemptBack([login])]);
      throw error;
    });
    if (!owner) {
      await recordFailure(cause, found[0]);
      throw new DomainError('unauthenticated', 'E-mail address or password is wrong.');
    }
    const isOnePersons = found.length === 1;
    await database.flight(everyTenant, [isOnePersons ? clearFailures([login]) : takeAttemptBack([login])]);
    return owner;
  };
}

export function createSignIn(kit: ModuleKit, changeUser: ChangeUser, verifyPassword: VerifyPassword): SignIn {
  const { clock } = kit;
  return {
    async signIn(cause, credentials) {
      const owner = await verifyPassword(cause, credentials);
      const now = clock.now();
      const tenant: Tenant = { orgId: owner.user.orgId, livemode: owner.livemode };
      const userId = owner.user.id;
      const started = newSession(tenant, userId, ['pwd'], now);
      await changeUser(provenContext(cause, tenant, { kind: 'user', id: userId, userId }), userId, ({ user }, tx) => {
        if (user.status !== 'active') throw new DomainError('unauthenticated', 'E-mail address or password is wrong.');
        tx.add(started.statement);
        tx.append(started.event);
        return { type: 'user.signed_in', fields: { lastLogin: now.toISOString() } };
      });
      return { session: started.session, secret: started.secret };
    },
  };
}
