import { type Static, Type } from 'typebox';
import { boolean, id, object, optional } from '#kernel/http/fields.ts';
import { type Operation, ok, operation } from '#kernel/http/operation.ts';
import type { Identity, Session } from '#modules/identity/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { idView, orNull, Timestamp } from '../common/shapes.ts';

const SessionQuery = object({
  ...pageQuery,
  user_id: optional(id('usr')),
  open: optional(boolean({ description: 'true leaves out sessions that were ended.' })),
});

const SessionView = Type.Object(
  {
    id: idView('ses'),
    user_id: idView('usr'),
    methods: Type.Array(Type.String(), { description: 'How the user signed in: pwd, otp, hwk.' }),
    created_at: Timestamp,
    last_seen_at: Timestamp,
    expires_at: Timestamp,
    ended_at: orNull(Timestamp),
    end_reason: orNull(Type.String()),
  },
  { $id: 'Session' },
);

function sessionView(session: Session): Static<typeof SessionView> {
  return {
    id: session.id,
    user_id: session.userId,
    methods: session.methods,
    created_at: session.createdAt,
    last_seen_at: session.lastSeenAt,
    expires_at: session.expiresAt,
    ended_at: session.endedAt,
    end_reason: session.endReason,
  };
}

/** /sessions: who is signed in, and ending it (G-07). */
export function sessionOperations(identity: Identity, cursors: CursorCodec): Operation[] {
  const list = operation({
    id: 'sessions.list',
    method: 'GET',
    path: '/sessions',
    summary: 'List sessions',
    description: 'Interactive sign-ins of people, newest first.',
    access: { scope: 'users:read' },
    query: SessionQuery,
    responses: { 200: { description: 'A page of sessions.', schema: pageOf(SessionView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('sessions.list', query);
      const filter = { userId: query.user_id, open: query.open };
      const page = await identity.listSessions(tenant, filter, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, sessionView);
    },
  });

  const end = operation({
    id: 'sessions.delete',
    method: 'DELETE',
    path: '/sessions/:id',
    summary: 'End a session',
    description: 'Signs the user out at once, with every token that was issued without `offline_access`.',
    access: { scope: 'users:write' },
    params: object({ id: id('ses') }),
    responses: { 200: { description: 'The ended session.', schema: SessionView } },
    errors: ['gone', 'resource_locked'],
    async handle({ context, params }) {
      return ok(sessionView(await identity.endSession(context, params.id)));
    },
  });

  return [list, end];
}
