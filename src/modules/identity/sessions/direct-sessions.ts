import { type CommandContext, innerContext } from '#kernel/context.ts';
import { hashSecret } from '#kernel/crypto/secrets.ts';
import { prepared } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import { DomainError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { Clients } from '../clients/clients.service.ts';
import { clientFindForProtocol } from '../clients/clients.store.ts';
import { identityEvent } from '../events.ts';
import { familyTimes } from '../oauth/client-credentials.ts';
import { grantFind, grantInsert, refreshTokenFind, refreshTokenInsert } from '../oauth/grants.store.ts';
import { OAuthError } from '../oauth/oauth-error.ts';
import { type RefreshDependencies, refresh } from '../oauth/refresh.ts';
import { newRefreshToken, type TokenResponse, tokenResponse } from '../oauth/token-pair.ts';
import type { VerifyPassword } from '../passwords/sign-in.ts';
import { ORGANIZATION_SCOPES, ROLE_SCOPES } from '../scopes.ts';
import type { Authenticator } from '../tokens/authenticator.ts';
import { userFacts } from '../users/user-changes.ts';
import { userLock, userUpdate } from '../users/users.store.ts';
import type { Session } from './session.ts';
import { newSession } from './sessions.service.ts';
import { sessionFind } from './sessions.store.ts';

/** Tokens of a person, and the session they belong to and end with. */
export interface SessionTokens {
  session: Session;
  tokens: TokenResponse;
}

/** A token that still works, and whose. */
export interface ValidSession {
  session: Session;
  scopes: string[];
  /** ISO 8601. */
  expiresAt: string;
}

/** Sessions of people that a program of their organisation starts and keeps for them (C-21). */
export interface DirectSessions {
  /**
   * The tokens have what the person's role allows and `grantable`, the caller's own scopes, holds.
   * Errors: `unauthenticated` (wrong), `rate_limited` (paused), `unavailable`.
   */
  startSession(
    context: CommandContext,
    credentials: { email: string; password: string },
    grantable: ReadonlySet<string>,
  ): Promise<SessionTokens>;
  /** Null when the access token is not, or not any more, one of a session of this tenant. */
  validateSession(tenant: Tenant, accessToken: string): Promise<ValidSession | null>;
  /** A new pair for a refresh token, which works once. Errors: `unauthenticated`. */
  refreshSession(context: CommandContext, refreshToken: string): Promise<SessionTokens>;
  /** Errors: `not_found`. */
  getSession(scope: Scope, id: string): Promise<Session>;
}

export interface DirectSessionDependencies extends RefreshDependencies {
  clients: Clients;
  verifyPassword: VerifyPassword;
  authenticator: Authenticator;
}

/** The client of an organisation in whose name its programs hold sessions; revoking it ends them all. */
const CLIENT_NAME = 'Sessions by API key';
const REFRESH_GRACE_SECONDS = 60;
const findClient = prepared(`select id from identity.oauth_clients
  where org_id = $1 and livemode = $2 and name = '${CLIENT_NAME}' and status = 'active' order by id limit 1`);

export function createDirectSessions(dependencies: DirectSessionDependencies): DirectSessions {
  const { kit, signer, authenticator } = dependencies;
  const { database, writes } = kit;

  async function getSession(scope: Scope, id: string): Promise<Session> {
    const session = await sessionFind(database, scope, id);
    if (session) return session;
    throw new DomainError('not_found', `No such session: ${id}`);
  }

  return {
    getSession,

    async startSession(context, credentials, grantable) {
      const { orgId, livemode } = context.tenant;
      const owner = await dependencies.verifyPassword(context, { ...credentials, orgId, livemode });
      const clientId = await clientOf(dependencies, context);
      return begin(dependencies, context, { userId: owner.user.id, clientId, grantable });
    },

    async validateSession(tenant, accessToken) {
      const facts = await signer.verifyAccessToken(accessToken);
      if (facts?.tenant.orgId !== tenant.orgId || facts.tenant.livemode !== tenant.livemode) return null;
      const principal = await Promise.resolve(authenticator.authenticate(accessToken)).catch(quietly);
      const grant = principal && (await grantFind(database, facts.grantId));
      const session = grant?.session_id ? await sessionFind(database, tenant, grant.session_id) : null;
      if (!principal || !session) return null;
      return { session, scopes: [...principal.scopes], expiresAt: new Date(principal.expiresAtMs).toISOString() };
    },

    async refreshSession(context, refreshToken) {
      const { tenant } = context;
      const kept = context.idempotency ? await writes.stored<SessionTokens>(context) : null;
      if (kept) return kept.result;
      const row = await refreshTokenFind(database, hashSecret(refreshToken));
      const isOwn = row?.org_id === tenant.orgId && row.livemode === tenant.livemode && row.session_id !== null;
      const client = isOwn ? await clientFindForProtocol(database, row.client_id) : null;
      if (!row || !client) throw unusable();
      const request = { refreshToken, scope: undefined };
      const tokens = await refresh(dependencies, context, client, request).catch((error: unknown) => {
        throw error instanceof OAuthError ? unusable(error) : error;
      });
      const result = { session: await getSession(tenant, row.session_id), tokens };
      return context.idempotency ? writes.store(context, { statements: [], events: [], result }) : result;
    },
  };
}

async function clientOf({ kit, clients }: DirectSessionDependencies, context: CommandContext): Promise<string> {
  const { orgId, livemode } = context.tenant;
  const [found] = await kit.database.read(context.tenant, findClient([orgId, livemode]));
  if (found) return found.id;
  const { client } = await clients.createClient(innerContext(context), {
    name: CLIENT_NAME,
    type: 'public',
    grantTypes: ['refresh_token'],
    // A program that lost the answer may ask again, and gets the very same pair (C-18).
    refreshReuseGraceSeconds: REFRESH_GRACE_SECONDS,
    scopes: [...ORGANIZATION_SCOPES],
    ownerUserId: null,
  });
  return client.id;
}

/** Everything a session begins with, in one transaction with the tokens, so that a repeated request gets them again. */
function begin(
  { kit, signer }: DirectSessionDependencies,
  context: CommandContext,
  { userId, clientId, grantable }: { userId: string; clientId: string; grantable: ReadonlySet<string> },
): Promise<SessionTokens> {
  const { tenant } = context;
  return kit.writes.run(context, async (tx): Promise<SessionTokens> => {
    const current = await userLock(tx, kit, userId);
    if (current?.user.status !== 'active') throw new DomainError('unauthenticated', 'This account is not active.');
    const now = kit.clock.now();
    const started = newSession(tenant, current.user.id, ['pwd'], now);
    const user = { ...current.user, lastLogin: now.toISOString(), version: current.user.version + 1 };
    const scopes = ROLE_SCOPES[user.role].filter((scope) => grantable.has(scope));
    const grantId = newId('grt', now.getTime());
    const times = familyTimes(now.getTime(), true);
    const person = { userId, authenticatedAt: times.createdAt, methods: ['pwd'] };
    const refreshToken = newRefreshToken();
    const tokens = await tokenResponse(signer, { grantId, ...tenant, clientId, scopes, ...person }, refreshToken);
    const grant = { id: grantId, tenant, grantType: 'session' as const, clientId, ...times, ...person };
    tx.add(
      started.statement,
      userUpdate(kit, { ...current, user }),
      grantInsert({ ...grant, sessionId: started.session.id, scopes, offline: false }),
      refreshTokenInsert({
        hash: hashSecret(refreshToken),
        grantId,
        tenant,
        issuedAt: times.createdAt,
        expiresAt: times.expiresAt,
      }),
    );
    tx.append(
      started.event,
      identityEvent('user.signed_in', userId, user.version, userFacts(user, current.user)),
      identityEvent('grant.created', grantId, 1, {
        grant: { id: grantId, grant_type: 'session', client_id: clientId, user_id: userId, scopes },
      }),
    );
    return { session: started.session, tokens };
  });
}

function quietly(error: unknown): null {
  if (error instanceof DomainError && error.kind === 'unauthenticated') return null;
  throw error;
}

function unusable(cause?: unknown): DomainError {
  return new DomainError(
    'unauthenticated',
    'The refresh token is unknown, expired, used or revoked; start a new session.',
    { cause },
  );
}
