import { type Static, Type } from 'typebox';
import { id, object } from '#kernel/http/fields.ts';
import { type Operation, ok, operation } from '#kernel/http/operation.ts';
import { idView, MetadataView, Timestamp } from '#kernel/http/shapes.ts';
import { type Identity, PLANS, type User } from '#modules/identity/index.ts';

const UserId = object({ user_id: id('usr') });

const UserView = Type.Object(
  {
    id: idView('usr'),
    email: Type.String(),
    name: Type.String(),
    status: Type.Enum(['active', 'inactive', 'pending', 'archived']),
    plan: Type.Enum([...PLANS]),
    metadata: MetadataView,
    created_at: Timestamp,
  },
  { $id: 'User' },
);

function userView(user: User): Static<typeof UserView> {
  return {
    id: user.id,
    email: user.email,
    name: user.name,
    status: user.status,
    plan: user.plan,
    metadata: user.metadata,
    created_at: user.createdAt,
  };
}

/** /v2/users. */
export function userOperations(identity: Identity): Operation[] {
  const get = operation({
    id: 'v2.users.get',
    method: 'GET',
    path: '/v2/users/:user_id',
    summary: 'Get a user',
    description: 'One user of your account.',
    access: { scope: 'users:read' },
    params: UserId,
    responses: { 200: { description: 'The user.', schema: UserView } },
    errors: [],
    async handle({ tenant, params }) {
      const user = await identity.getUser(tenant, params.user_id);
      return ok(userView(user), user.version);
    },
  });
  return [get];
}
