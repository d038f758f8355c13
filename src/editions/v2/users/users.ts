import { invalidField } from '#kernel/errors.ts';
import {
  email,
  enumOf,
  id,
  type MetadataPatch,
  metadata,
  object,
  optional,
  patchOf,
  refusedField,
  text,
  withDefault,
} from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import type { Customers } from '#modules/customers/index.ts';
import { type Identity, PLANS } from '#modules/identity/index.ts';
import { pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { STATUSES, UserView, userView } from './user-views.ts';

const METADATA_MAX = 10;
const METADATA_KEY_MAX = 40;
/** What a list may sort by, and the column that has it. */
const SORTS = { created_at: 'id', updated_at: 'updated_at', status: 'status', plan: 'plan' } as const;

const name = text({ min: 2, max: 100, example: 'Bob Dupont' });
const plan = enumOf(PLANS, { description: '`free` unless given.' });
const NewUser = object({
  email: email({ description: 'Unique in your account, compared without regard to case.' }),
  name,
  plan: withDefault(plan, 'free'),
  metadata: metadata({ description: 'At most 10 entries, keys of at most 40 characters.' }),
});
const UserPatch = object({
  ...patchOf(object({ name, plan: withDefault(plan, 'free'), metadata: metadata() })).properties,
  status: optional(enumOf(['active', 'inactive'])),
  email: refusedField('An e-mail address cannot be changed; create a new user instead.'),
});
const UserQuery = object({
  ...pageQuery,
  status: optional(enumOf(STATUSES, { description: 'All unless given.' })),
  sort: withDefault(enumOf(['created_at', 'updated_at', 'status', 'plan']), 'created_at'),
});
const UserId = object({ user_id: id('usr') });

/** /v2/users. A user of this edition buys for themselves, so a customer is made with them (C-59). */
export function userOperations(identity: Identity, customers: Customers): Operation[] {
  const list = operation({
    id: 'v2.users.list',
    method: 'GET',
    path: '/v2/users',
    summary: 'List users',
    description: 'The users of your account, newest first unless told otherwise.',
    access: { scope: 'users:read' },
    query: UserQuery,
    responses: { 200: { description: 'A page of users.', schema: pageOf(UserView) } },
    errors: [],
    async handle({ tenant, query }) {
      const filter = { status: query.status, unarchived: true };
      const page = await identity.listUsers(tenant, filter, pageRequest(query, SORTS[query.sort]));
      return pageAnswer(query, page, page.items.map(userView));
    },
  });

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

  const create = operation({
    id: 'v2.users.create',
    method: 'POST',
    path: '/v2/users',
    summary: 'Create a user',
    description: 'Adds a person to your account, who can place orders from then on.',
    access: { scope: 'users:write' },
    body: NewUser,
    responses: { 201: { description: 'The new user.', schema: UserView } },
    errors: ['duplicate'],
    async handle({ context, body }) {
      checkMetadata(body.metadata);
      const user = await identity.createUser(context, body);
      // A process that dies in between leaves a user without a customer, which their first order makes.
      await customers.customerOfUser(context, user.id, user);
      return created(userView(user), '/v2/users', user.version);
    },
  });

  return [list, get, create, ...changeOperations(identity)];
}

function changeOperations(identity: Identity): Operation[] {
  const update = operation({
    id: 'v2.users.update',
    method: 'PATCH',
    path: '/v2/users/:user_id',
    summary: 'Update a user',
    description: 'Changes only the fields you send.',
    access: { scope: 'users:write' },
    params: UserId,
    body: UserPatch,
    responses: { 200: { description: 'The changed user.', schema: UserView } },
    errors: ['gone', 'precondition_failed', 'resource_locked'],
    async handle({ context, params, body }) {
      checkMetadata(body.metadata);
      const { status, email: _refused, ...patch } = body;
      const user = await identity.updateUser(context, params.user_id, { ...patch, ...(status && { status }) });
      return ok(userView(user), user.version);
    },
  });

  const remove = operation({
    id: 'v2.users.delete',
    method: 'DELETE',
    path: '/v2/users/:user_id',
    summary: 'Delete a user',
    description: 'The person can do nothing from now on; their data is kept for 30 days and then erased for good.',
    access: { scope: 'users:write' },
    params: UserId,
    responses: { 204: { description: 'Deleted.' } },
    errors: ['gone', 'precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      await identity.archiveUser(context, params.user_id, { thenErase: true });
      return { status: 204 };
    },
  });

  return [update, remove];
}

/** This edition's own limits; what other editions stored beyond them is still shown (C-47). */
function checkMetadata(entries: MetadataPatch | null | undefined): void {
  const keys = Object.keys(entries ?? {});
  if (keys.length > METADATA_MAX) throw invalidField('metadata', 'too_many', `Send at most ${METADATA_MAX} entries.`);
  const long = keys.find((key) => [...key].length > METADATA_KEY_MAX);
  if (long !== undefined) {
    throw invalidField(
      'metadata',
      'too_long',
      `A key has at most ${METADATA_KEY_MAX} characters: ${long.slice(0, 60)}`,
    );
  }
}
