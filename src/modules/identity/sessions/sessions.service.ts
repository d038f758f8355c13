import { MINUTE_MS } from '#kernel/clock.ts';
import type { CommandContext } from '#kernel/context.ts';
import { hashSecret, newSecret } from '#kernel/crypto/secrets.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Statement } from '#kernel/database/statement.ts';
import { everyTenant, type Scope, type Tenant } from '#kernel/database/tenant.ts';
import { DomainError, notFound } from '#kernel/errors.ts';
import type { NewEvent } from '#kernel/events/event.ts';
import { newId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { identityEvent } from '../events.ts';
import { type Cause, provenContext } from '../platform.ts';
import type { Revocations } from '../tokens/revocations.ts';
import { isSessionLive, SESSION_LIFE_MS, type Session, type UserOfSession } from './session.ts';
import * as store from './sessions.store.ts';

/** Sign-ins of people: list and end them (G-07). Each method names the errors it may raise. */
export interface Sessions {
  listSessions(scope: Scope, filter: { userId?: string; open?: boolean }, page: PageRequest): Promise<Page<Session>>;
  /** Ends a session and its tokens without `offline_access` at once. Errors: `not_found`, `gone`. */
  endSession(context: CommandContext, id: string): Promise<Session>;
  /** The live session behind a browser's cookie, counted as used now; null when there is none. */
  useSession(secret: string | undefined): Promise<(Session & UserOfSession) | null>;
  /** Ends the session behind a browser's cookie or behind an access token; quiet when it is over already. */
  signOut(cause: Cause, proof: { secret?: string; accessToken?: string }): Promise<void>;
}

/** A session that starts with the transaction of its sign-in. */
export interface NewSession {
  session: Session;
  secret: string;
  statement: Statement;
  event: NewEvent;
}

const COUNTED_EVERY_MS = MINUTE_MS;

export function newSession(tenant: Tenant, userId: Session['userId'], methods: string[], now: Date): NewSession {
  const createdAt = now.toISOString();
  const secret = newSecret('tcw');
  const session: Session = {
    id: newId('ses', now.getTime()),
    orgId: tenant.orgId,
    livemode: tenant.livemode,
    version: 1,
    userId,
    methods,
    lastSeenAt: createdAt,
    expiresAt: new Date(now.getTime() + SESSION_LIFE_MS).toISOString(),
    endedAt: null,
    endReason: null,
    createdAt,
  };
  const facts = { id: session.id, user_id: userId, methods, expires_at: session.expiresAt };
  return {
    session,
    secret,
    statement: store.sessionInsert(session, hashSecret(secret)),
    event: identityEvent('session.started', session.id, 1, { session: facts }),
  };
}

export function createSessions(
  kit: ModuleKit,
  revocations: Revocations,
  sessionOfToken: (accessToken: string) => Promise<string | null>,
): Sessions {
  const { database, clock } = kit;

  async function end(context: CommandContext, id: string): Promise<void> {
    await revocations.revoke(context, { sessionId: id }, 'signed_out');
  }

  return {
    listSessions: (scope, filter, page) => store.sessionsList(database, scope, filter, page),

    async endSession(context, id) {
      const session = await store.sessionFind(database, context.tenant, id);
      if (!session) throw notFound('session', id);
      if (session.endedAt !== null) throw new DomainError('gone', 'This session has ended already.');
      await end(context, id);
      return (await store.sessionFind(database, context.tenant, id)) ?? session;
    },

    async useSession(secret) {
      if (!secret) return null;
      const session = await store.sessionFindBySecret(database, hashSecret(secret));
      const nowMs = clock.nowMs();
      if (!session?.isOwnerActive || !isSessionLive(session, nowMs)) return null;
      if (nowMs - Date.parse(session.lastSeenAt) >= COUNTED_EVERY_MS) {
        const tenant = { orgId: session.orgId, livemode: session.livemode };
        await database.flight(tenant, [store.sessionTouch(session.id, new Date(nowMs).toISOString())]);
      }
      return session;
    },

    async signOut(cause, { secret, accessToken }) {
      const byCookie = secret ? await store.sessionFindBySecret(database, hashSecret(secret)) : null;
      const id = byCookie?.id ?? (accessToken ? await sessionOfToken(accessToken) : null);
      const session = byCookie ?? (id ? await store.sessionFind(database, everyTenant, id) : null);
      if (!session || session.endedAt !== null) return;
      const { orgId, livemode, userId } = session;
      await end(provenContext(cause, { orgId, livemode }, { kind: 'user', id: userId, userId }), session.id);
    },
  };
}
