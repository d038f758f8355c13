import { type Static, Type } from 'typebox';
import { email, enumOf, id, metadata, object, optional, text, withDefault } from '#kernel/http/fields.ts';
import { type Operation, operation } from '#kernel/http/operation.ts';
import { idView, MetadataView, orNull, Timestamp } from '#kernel/http/shapes.ts';
import { type Identity, ROLES, USER_STATUSES, type User } from '#modules/identity/index.ts';
import { createdData, listAnswer, listOfViews, listQuery, okData, pageRequest, single } from '../common/envelope.ts';

/** Archived people are deleted here, so no client asks for them. */
const STATUSES = ['active', 'inactive', 'pending'] as const;

const Person = {
  email: email({ description: 'Unique in your organisation, compared without regard to case.' }),
  name: text({ max: 255, example: 'Ada Lovelace' }),
  role: withDefault(enumOf(ROLES, { description: '`member` unless given.' }), 'member'),
  metadata: optional(metadata()),
};
const NewUserShape = object(Person);
const UserQuery = object({
  ...listQuery,
  status: optional(enumOf(STATUSES)),
  role: optional(enumOf(ROLES)),
  email: optional(email({ description: 'Exactly this address.' })),
});
const UserId = object({ id: id('usr') });

const UserView = Type.Object(
  {
    id: idView('usr'),
    organization_id: idView('org'),
    email: Type.String(),
    name: Type.String(),
    role: Type.Enum([...ROLES]),
    status: Type.Enum([...USER_STATUSES]),
    pending_email: orNull(Type.String({ description: 'Waits for its verification.' })),
    metadata: MetadataView,
    last_login: orNull(Timestamp),
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'User' },
);

function userView(user: User): Static<typeof UserView> {
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
      const { status, role, email: address } = query;
      const filter = { status, role, email: address, unarchived: true };
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

  return [list, get, create];
}
