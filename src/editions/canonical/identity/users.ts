import { type Static, Type } from 'typebox';
import {
  boolean,
  email,
  enumOf,
  id,
  listOf,
  metadata,
  object,
  optional,
  patchOf,
  text,
  withDefault,
} from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import {
  type Identity,
  MODULE_ROLES,
  type ModuleRole,
  PLANS,
  ROLES,
  USER_STATUSES,
  type User,
} from '#modules/identity/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { idView, MetadataView, orNull, Timestamp } from '../common/shapes.ts';

/** What a person is made of; an import reads the same fields. */
export const Person = {
  name: text({ max: 255, example: 'Ada Lovelace' }),
  email: email({ description: 'Unique in your organisation, compared without regard to case.' }),
  role: withDefault(enumOf(ROLES, { description: '`member` unless given (C-13).' }), 'member'),
  roles: optional(listOf(enumOf(MODULE_ROLES), { unique: true, description: 'Further grants beside the role.' })),
  plan: withDefault(
    enumOf(PLANS, { description: 'An attribute of the user; limits follow the organisation.' }),
    'free',
  ),
  metadata: optional(metadata()),
};
const NewUserShape = object({
  ...Person,
  send_invitation: optional(
    boolean({ description: 'Mails a link to choose a password; the user is `pending` until then.' }),
  ),
});
const UserPatchShape = patchOf(object({ ...Person, status: optional(enumOf(['active', 'inactive'])) }));
const UserId = object({ id: id('usr') });
const UserQuery = object({
  ...pageQuery,
  role: optional(enumOf(ROLES)),
  status: optional(enumOf(USER_STATUSES)),
  email: optional(email({ description: 'Exactly this address.' })),
});

export const UserView = Type.Object(
  {
    id: idView('usr'),
    org_id: idView('org'),
    name: Type.String(),
    email: Type.String(),
    role: Type.Enum([...ROLES]),
    roles: Type.Array(Type.Enum([...MODULE_ROLES])),
    status: Type.Enum([...USER_STATUSES]),
    plan: Type.Enum([...PLANS]),
    pending_email: orNull(Type.String({ description: 'Waits for its verification (C-55).' })),
    last_login: orNull(Timestamp),
    metadata: MetadataView,
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'User' },
);

export function userView(user: User): Static<typeof UserView> {
  return {
    id: user.id,
    org_id: user.orgId,
    name: user.name,
    email: user.email,
    role: user.role,
    roles: user.roles,
    status: user.status,
    plan: user.plan,
    pending_email: user.pendingEmail,
    last_login: user.lastLogin,
    metadata: user.metadata,
    created_at: user.createdAt,
    updated_at: user.updatedAt,
  };
}

/** /users: people of the organisation (USR-01..22). */
export function userOperations(identity: Identity, cursors: CursorCodec): Operation[] {
  return [...readOperations(identity, cursors), ...writeOperations(identity), ...lifeOperations(identity)];
}

function readOperations(identity: Identity, cursors: CursorCodec): Operation[] {
  const list = operation({
    id: 'users.list',
    method: 'GET',
    path: '/users',
    summary: 'List users',
    description: 'Newest first, archived ones included unless you filter by status.',
    access: { scope: 'users:read' },
    query: UserQuery,
    responses: { 200: { description: 'A page of users.', schema: pageOf(UserView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('users.list', query);
      const { role, status, email: address } = query;
      const page = await identity.listUsers(
        tenant,
        { role, status, email: address },
        pageRequest(cursors, name, query),
      );
      return pageAnswer(cursors, name, page, userView);
    },
  });

  const get = operation({
    id: 'users.get',
    method: 'GET',
    path: '/users/:id',
    summary: 'Get a user',
    description: 'One user of your organisation, archived ones too.',
    access: { scope: 'users:read' },
    params: UserId,
    responses: { 200: { description: 'The user.', schema: UserView } },
    errors: [],
    async handle({ tenant, params }) {
      const user = await identity.getUser(tenant, params.id);
      return ok(userView(user), user.version);
    },
  });

  return [list, get];
}

function writeOperations(identity: Identity): Operation[] {
  const create = operation({
    id: 'users.create',
    method: 'POST',
    path: '/users',
    summary: 'Create a user',
    description: 'Adds a person to your organisation. Making an `admin` needs every scope that an admin has.',
    access: { scope: 'users:write' },
    body: NewUserShape,
    responses: { 201: { description: 'The new user.', schema: UserView } },
    errors: ['duplicate'],
    async handle({ context, principal, body }) {
      const { send_invitation: invite, roles, ...rest } = body;
      const input = { ...rest, roles: roles as ModuleRole[] | undefined, invite };
      const user = await identity.createUser(context, input, principal.scopes);
      return created(userView(user), '/users', user.version);
    },
  });

  const update = operation({
    id: 'users.update',
    method: 'PATCH',
    path: '/users/:id',
    summary: 'Change a user',
    description:
      'A merge patch: only the fields you send change. A new `email` is mailed a token and stays in `pending_email` until it is verified.',
    access: { scope: 'users:write' },
    params: UserId,
    body: UserPatchShape,
    responses: { 200: { description: 'The changed user.', schema: UserView } },
    errors: ['duplicate', 'gone', 'precondition_failed', 'resource_locked'],
    async handle({ context, principal, params, body }) {
      const { status, ...patch } = body;
      const input = { ...patch, status: status ?? undefined };
      const user = await identity.updateUser(context, params.id, input, principal.scopes);
      return ok(userView(user), user.version);
    },
  });

  return [create, update];
}

/** Archive, restore, invite. */
function lifeOperations(identity: Identity): Operation[] {
  const archive = operation({
    id: 'users.delete',
    method: 'DELETE',
    path: '/users/:id',
    summary: 'Archive a user',
    description:
      'The user is kept with status `archived` and cannot sign in; sessions, tokens and keys of the user end at once. Answers 410 when it was archived before.',
    access: { scope: 'users:delete' },
    params: UserId,
    responses: { 200: { description: 'The archived user.', schema: UserView } },
    errors: ['gone', 'precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      const user = await identity.archiveUser(context, params.id);
      return ok(userView(user), user.version);
    },
  });

  const restore = operation({
    id: 'users.restore',
    method: 'POST',
    path: '/users/:id/restore',
    summary: 'Restore an archived user',
    description: 'The user may sign in again; ended sessions, tokens and keys stay ended.',
    access: { scope: 'users:write' },
    params: UserId,
    responses: { 200: { description: 'The restored user.', schema: UserView } },
    errors: ['invalid_state', 'precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      const user = await identity.restoreUser(context, params.id);
      return ok(userView(user), user.version);
    },
  });

  const invite = operation({
    id: 'users.invite',
    method: 'POST',
    path: '/users/:id/invite',
    summary: 'Send an invitation',
    description: 'Mails a link to choose a password; an earlier link stops working.',
    access: { scope: 'users:write' },
    params: UserId,
    responses: { 200: { description: 'The invited user.', schema: UserView } },
    errors: ['gone', 'invalid_state', 'resource_locked'],
    async handle({ context, params }) {
      const user = await identity.inviteUser(context, params.id);
      return ok(userView(user), user.version);
    },
  });

  return [archive, restore, invite];
}
