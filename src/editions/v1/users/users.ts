import { type Static, Type } from 'typebox';
import { notFound } from '#kernel/errors.ts';
import { email, enumOf, id, metadata, object, optional, patchOf, text, withDefault } from '#kernel/http/fields.ts';
import { type Operation, operation } from '#kernel/http/operation.ts';
import { idView, MetadataView, orNull, Timestamp } from '#kernel/http/shapes.ts';
import { type Identity, ROLES, type User } from '#modules/identity/index.ts';
import {
  createdData,
  deleted,
  listAnswer,
  listOfViews,
  listQuery,
  okData,
  pageRequest,
  single,
} from '../common/envelope.ts';

/** Archived people are deleted here: nobody asks for them or sees them. */
const STATUSES = ['active', 'inactive', 'pending'] as const;

const Person = {
  email: email({ description: 'Unique in your organisation, compared without regard to case.' }),
  name: text({ max: 255, example: 'Ada Lovelace' }),
  role: withDefault(enumOf(ROLES, { description: '`member` unless given.' }), 'member'),
  metadata: optional(metadata()),
};
export const NewUserShape = object(Person);
const Status = optional(
  enumOf(['active', 'inactive'], { description: 'Stays as it is unless given; an inactive user cannot sign in.' }),
);
const ReplacementShape = object({ ...Person, status: Status });
const UserPatchShape = patchOf(object({ ...Person, status: Status }));
const UserQuery = object({
  ...listQuery,
  status: optional(enumOf(STATUSES)),
  role: optional(enumOf(ROLES)),
});
const UserId = object({ id: id('usr') });

export const UserView = Type.Object(
  {
    id: idView('usr'),
    organization_id: idView('org'),
    email: Type.String(),
    name: Type.String(),
    role: Type.Enum([...ROLES]),
    status: Type.Enum([...STATUSES]),
    pending_email: orNull(Type.String({ description: 'Waits for its verification.' })),
    metadata: MetadataView,
    last_login: orNull(Timestamp),
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'User' },
);

export function userView(user: User): Static<typeof UserView> {
  if (user.status === 'archived') throw notFound('user', user.id);
  return {
    id: user.id,
    organization_id: user.orgId,
    email: user.email,
    name: user.name,
    role: user.role,
    status: user.status,
    pending_email: user.pendingEmail,
    metadata: user.metadata,
    last_login: user.lastLogin,
    created_at: user.createdAt,
    updated_at: user.updatedAt,
  };
}

/** /v1/users. */
export function userOperations(identity: Identity): Operation[] {
  return [...readOperations(identity), ...writeOperations(identity), deleteOperation(identity)];
}

function readOperations(identity: Identity): Operation[] {
  const list = operation({
    id: 'v1.users.list',
    method: 'GET',
    path: '/v1/users',
    summary: 'List users',
    description: 'The users of your organisation, newest first.',
    access: { scope: 'users:read' },
    query: UserQuery,
    responses: { 200: { description: 'A page of users.', schema: listOfViews(UserView) } },
    errors: ['validation'],
    async handle({ tenant, query }) {
      const { status, role } = query;
      const filter = { status, role, unarchived: true };
      return listAnswer(query, await identity.listUsers(tenant, filter, pageRequest(query)), userView);
    },
  });

  const get = operation({
    id: 'v1.users.get',
    method: 'GET',
    path: '/v1/users/:id',
    summary: 'Get a user',
    description: 'One user of your organisation.',
    access: { scope: 'users:read' },
    params: UserId,
    responses: { 200: { description: 'The user.', schema: single(UserView) } },
    errors: [],
    async handle({ tenant, params }) {
      const user = await identity.getUser(tenant, params.id);
      return okData(userView(user), user.version);
    },
  });

  return [list, get];
}

function writeOperations(identity: Identity): Operation[] {
  const create = operation({
    id: 'v1.users.create',
    method: 'POST',
    path: '/v1/users',
    summary: 'Create a user',
    description: 'Adds a person to your organisation. Making an `admin` needs a key that may do all an admin may.',
    access: { scope: 'users:write' },
    body: NewUserShape,
    responses: { 201: { description: 'The new user.', schema: single(UserView) } },
    errors: ['duplicate'],
    async handle({ context, principal, body }) {
      const user = await identity.createUser(context, body, principal.scopes);
      return createdData(userView(user), '/v1/users', user.version);
    },
  });

  const replace = operation({
    id: 'v1.users.replace',
    method: 'PUT',
    path: '/v1/users/:id',
    summary: 'Replace a user',
    description:
      'Fields that you leave out go back to their defaults, except `status`. The same request again changes nothing. A new `email` waits in `pending_email` until it is verified.',
    access: { scope: 'users:write' },
    params: UserId,
    body: ReplacementShape,
    responses: { 200: { description: 'The user as it is now.', schema: single(UserView) } },
    errors: ['duplicate', 'gone', 'precondition_failed', 'resource_locked'],
    async handle({ context, principal, params, body }) {
      const user = await identity.replaceUser(context, params.id, body, principal.scopes);
      return okData(userView(user), user.version);
    },
  });

  const update = operation({
    id: 'v1.users.update',
    method: 'PATCH',
    path: '/v1/users/:id',
    summary: 'Change a user',
    description: 'Only the fields you send change. A new `email` waits in `pending_email` until it is verified.',
    access: { scope: 'users:write' },
    params: UserId,
    body: UserPatchShape,
    responses: { 200: { description: 'The changed user.', schema: single(UserView) } },
    errors: ['duplicate', 'gone', 'precondition_failed', 'resource_locked'],
    async handle({ context, principal, params, body }) {
      const { status, ...patch } = body;
      const input = { ...patch, status: status ?? undefined };
      const user = await identity.updateUser(context, params.id, input, principal.scopes);
      return okData(userView(user), user.version);
    },
  });

  return [create, replace, update];
}

function deleteOperation(identity: Identity): Operation {
  return operation({
    id: 'v1.users.delete',
    method: 'DELETE',
    path: '/v1/users/:id',
    summary: 'Delete a user',
    description: 'Sessions, tokens and keys of the user end at once. Deleting again answers the same.',
    access: { scope: 'users:delete' },
    params: UserId,
    responses: { 204: { description: 'The user is deleted.' } },
    errors: ['precondition_failed', 'resource_locked'],
    handle: ({ context, params }) => deleted(identity.archiveUser(context, params.id)),
  });
}
