import { Type } from 'typebox';
import { boolean, email, id, object, optional, secretText } from '#kernel/http/fields.ts';
import { type Operation, operation } from '#kernel/http/operation.ts';
import { idView, orNull, Timestamp } from '#kernel/http/shapes.ts';
import type { Identity, Session, SessionTokens } from '#modules/identity/index.ts';
import {
  createdData,
  deleted,
  listAnswer,
  listOfViews,
  listQuery,
  okData,
  pageRequest,
  single,
} from './common/envelope.ts';

const SessionId = object({ id: id('ses') });
const SessionQuery = object({
  ...listQuery,
  user_id: optional(id('usr')),
  open: optional(boolean({ description: 'true leaves out sessions that were ended.' })),
});

const VIEW = {
  id: idView('ses'),
  user_id: idView('usr'),
  created_at: Timestamp,
  last_seen_at: Timestamp,
  expires_at: Timestamp,
  ended_at: orNull(Timestamp),
};
const SessionView = Type.Object(VIEW, { $id: 'Session' });
const TokensView = Type.Object(
  {
    ...VIEW,
    access_token: Type.String({ description: 'Send it as `Authorization: Bearer …` beside the key.' }),
    token_type: Type.Literal('Bearer'),
    expires_in: Type.Integer({ description: 'Seconds.' }),
    refresh_token: Type.String({ description: 'Works once.' }),
    scopes: Type.Array(Type.String()),
  },
  { $id: 'SessionWithTokens' },
);
const ValidityView = Type.Object(
  {
    active: Type.Boolean(),
    session_id: orNull(Type.String()),
    user_id: orNull(Type.String()),
    scopes: Type.Array(Type.String()),
    expires_at: orNull(Timestamp),
  },
  { $id: 'SessionValidity' },
);

function sessionView(session: Session) {
  return {
    id: session.id,
    user_id: session.userId,
    created_at: session.createdAt,
    last_seen_at: session.lastSeenAt,
    expires_at: session.expiresAt,
    ended_at: session.endedAt,
  };
}

function tokensView({ session, tokens }: SessionTokens) {
  return {
    ...sessionView(session),
    access_token: tokens.access_token,
    token_type: tokens.token_type,
    expires_in: tokens.expires_in,
    refresh_token: tokens.refresh_token!,
    scopes: tokens.scope === '' ? [] : tokens.scope.split(' '),
  };
}

/** /v1/sessions: signing people in, and keeping and ending what came of it (C-21). */
export function sessionOperations(identity: Identity): Operation[] {
  return [...tokenOperations(identity), ...lifeOperations(identity)];
}

function tokenOperations(identity: Identity): Operation[] {
  const create = operation({
    id: 'v1.sessions.create',
    method: 'POST',
    path: '/v1/sessions',
    summary: 'Start a session',
    description:
      'Signs a user in by e-mail address and password. The tokens may do what the role of the user and your key may.',
    access: { scope: 'users:write' },
    body: object({ email: email(), password: secretText({ max: 200 }) }),
    responses: { 201: { description: 'The session and its tokens, shown this once.', schema: single(TokensView) } },
    errors: ['resource_locked'],
    async handle({ context, principal, body }) {
      const started = await identity.startSession(context, body, principal.scopes);
      return createdData(tokensView(started), '/v1/sessions');
    },
  });

  const validate = operation({
    id: 'v1.sessions.validate',
    method: 'POST',
    path: '/v1/sessions/validate',
    summary: 'Validate an access token',
    description: 'Whether a token of your organisation still works, and whose it is.',
    access: { anyCredential: 'whoever holds the token and a key of its organisation may ask about it' },
    body: object({ access_token: secretText({ max: 4_096 }) }),
    responses: { 200: { description: 'What the token is.', schema: single(ValidityView) } },
    errors: [],
    async handle({ context, body }) {
      const valid = await identity.validateSession(context.tenant, body.access_token);
      return okData({
        active: valid !== null,
        session_id: valid?.session.id ?? null,
        user_id: valid?.session.userId ?? null,
        scopes: valid?.scopes ?? [],
        expires_at: valid?.expiresAt ?? null,
      });
    },
  });

  const refresh = operation({
    id: 'v1.sessions.refresh',
    method: 'POST',
    path: '/v1/sessions/refresh',
    summary: 'Refresh a session',
    description: 'New tokens for a refresh token, which works once; using it a second time ends the session’s tokens.',
    access: { scope: 'users:write' },
    body: object({ refresh_token: secretText({ max: 200 }) }),
    responses: { 200: { description: 'The session and its new tokens.', schema: single(TokensView) } },
    errors: [],
    async handle({ context, body }) {
      return okData(tokensView(await identity.refreshSession(context, body.refresh_token)));
    },
  });

  return [create, validate, refresh];
}

function lifeOperations(identity: Identity): Operation[] {
  const list = operation({
    id: 'v1.sessions.list',
    method: 'GET',
    path: '/v1/sessions',
    summary: 'List sessions',
    description: 'Sign-ins of people, newest first.',
    access: { scope: 'users:read' },
    query: SessionQuery,
    responses: { 200: { description: 'A page of sessions.', schema: listOfViews(SessionView) } },
    errors: ['validation'],
    async handle({ tenant, query }) {
      const filter = { userId: query.user_id, open: query.open };
      return listAnswer(query, await identity.listSessions(tenant, filter, pageRequest(query)), sessionView);
    },
  });

  const get = operation({
    id: 'v1.sessions.get',
    method: 'GET',
    path: '/v1/sessions/:id',
    summary: 'Get a session',
    description: 'One session of your organisation, ended ones too.',
    access: { scope: 'users:read' },
    params: SessionId,
    responses: { 200: { description: 'The session.', schema: single(SessionView) } },
    errors: [],
    handle: async ({ tenant, params }) => okData(sessionView(await identity.getSession(tenant, params.id))),
  });

  const revoke = operation({
    id: 'v1.sessions.delete',
    method: 'DELETE',
    path: '/v1/sessions/:id',
    summary: 'Revoke a session',
    description: 'Ends it with its tokens at once. Revoking again answers the same.',
    access: { scope: 'users:write' },
    params: SessionId,
    responses: { 204: { description: 'The session is over.' } },
    errors: ['resource_locked'],
    handle: ({ context, params }) => deleted(identity.endSession(context, params.id)),
  });

  return [list, get, revoke];
}
