import { type Static, Type } from 'typebox';
import {
  boolean,
  enumOf,
  id,
  integer,
  ipRange,
  listOf,
  object,
  optional,
  patchOf,
  text,
  timestamp,
  withDefault,
} from '#kernel/http/fields.ts';
import { type Operation, operation } from '#kernel/http/operation.ts';
import { idView, orNull, Timestamp } from '#kernel/http/shapes.ts';
import type { ApiKeyId } from '#kernel/ids.ts';
import {
  type ApiKey,
  type ApiKeyWithSecret,
  type Identity,
  KEY_ADVICE_CODES,
  ROTATION_GRACE_MAX,
  ROTATION_GRACE_SECONDS,
} from '#modules/identity/index.ts';
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
import { PERMISSIONS, permissionsOf, scopesOf } from './permissions.ts';

const Fields = {
  name: text({ max: 255, example: 'Provisioning' }),
  permissions: listOf(enumOf(PERMISSIONS), {
    min: 1,
    unique: true,
    description: '`read`, `write`, `admin`, or single ones; at most those of your own key.',
  }),
  ip_ranges: optional(
    listOf(ipRange(), { max: 50, unique: true, description: 'Who may use it from where; all when empty.' }),
  ),
  expires_at: optional(timestamp()),
};
const NewKeyShape = object(Fields);
const KeyPatchShape = patchOf(NewKeyShape);
const KeyId = object({ id: id('key') });
const KeyQuery = object({
  ...listQuery,
  usable: optional(boolean({ description: 'true leaves out revoked keys.' })),
  owner_user_id: optional(id('usr')),
});

const VIEW = {
  id: idView('key'),
  name: Type.String(),
  edition: Type.Enum(['canonical', 'v1', 'v2']),
  mode: Type.Enum(['live', 'test']),
  hint: Type.String({ description: 'The ends of the secret.', examples: ['sk_live_…a1B2'] }),
  permissions: Type.Array(Type.String()),
  scopes: Type.Array(Type.String({ description: 'Every single permission behind `permissions`.' })),
  ip_ranges: Type.Array(Type.String()),
  status: Type.Enum(['active', 'retiring', 'expired', 'revoked'], {
    description: '`retiring` works until `retires_at`.',
  }),
  owner_user_id: orNull(Type.String()),
  expires_at: orNull(Timestamp),
  retires_at: orNull(Timestamp),
  replaced_by: orNull(Type.String()),
  last_used_at: orNull(Timestamp),
  warnings: Type.Array(Type.Object({ code: Type.Enum([...KEY_ADVICE_CODES]), message: Type.String() }), {
    description: 'What makes it more dangerous than it need be.',
  }),
  created_at: Timestamp,
  updated_at: Timestamp,
};
const KeyView = Type.Object(VIEW, { $id: 'Key' });
const KeyWithSecretView = Type.Object(
  { ...VIEW, key: Type.String({ description: 'The secret; shown this once.' }) },
  { $id: 'KeyWithSecret' },
);
const UsageView = Type.Object({
  data: Type.Array(Type.Object({ day: Type.String({ format: 'date' }), requests: Type.Integer() })),
});

function keyView(identity: Identity, key: ApiKey): Static<typeof KeyView> {
  return {
    id: key.id,
    name: key.name,
    edition: key.edition as Static<typeof KeyView>['edition'],
    mode: key.livemode ? 'live' : 'test',
    hint: key.hint,
    permissions: permissionsOf(key.scopes),
    scopes: key.scopes,
    ip_ranges: key.ipRanges,
    status: identity.apiKeyStatus(key),
    owner_user_id: key.ownerUserId,
    expires_at: key.expiresAt,
    retires_at: key.retiresAt,
    replaced_by: key.replacedBy,
    last_used_at: key.lastUsedAt,
    warnings: identity.apiKeyAdvice(key),
    created_at: key.createdAt,
    updated_at: key.updatedAt,
  };
}

/** /v1/keys: for keys with the permission `admin` (V1-55), but for looking at oneself. */
export function keyOperations(identity: Identity): Operation[] {
  return [...readOperations(identity), ...writeOperations(identity), ...endOperations(identity)];
}

function readOperations(identity: Identity): Operation[] {
  const list = operation({
    id: 'v1.keys.list',
    method: 'GET',
    path: '/v1/keys',
    summary: 'List API keys',
    description: 'Of every edition, newest first, without secrets.',
    access: { scope: 'api_keys:read' },
    query: KeyQuery,
    responses: { 200: { description: 'A page of keys.', schema: listOfViews(KeyView) } },
    errors: ['validation'],
    async handle({ tenant, query }) {
      const filter = { usable: query.usable, ownerUserId: query.owner_user_id };
      const page = await identity.listApiKeys(tenant, filter, pageRequest(query));
      return listAnswer(query, page, (key) => keyView(identity, key));
    },
  });

  const get = operation({
    id: 'v1.keys.get',
    method: 'GET',
    path: '/v1/keys/:id',
    summary: 'Get an API key',
    description: 'One key of your organisation, without its secret.',
    access: { scope: 'api_keys:read' },
    params: KeyId,
    responses: { 200: { description: 'The key.', schema: single(KeyView) } },
    errors: [],
    async handle({ tenant, params }) {
      const key = await identity.getApiKey(tenant, params.id);
      return okData(keyView(identity, key), key.version);
    },
  });

  const current = operation({
    id: 'v1.keys.current',
    method: 'GET',
    path: '/v1/keys/current',
    summary: 'Inspect the key you send',
    description: 'What this very key may do, for comparing one environment with another.',
    access: { anyCredential: 'a key tells its holder what it may do' },
    responses: { 200: { description: 'The key.', schema: single(KeyView) } },
    errors: [],
    async handle({ tenant, principal }) {
      const key = await identity.getApiKey(tenant, principal.credentialId as ApiKeyId);
      return okData(keyView(identity, key), key.version);
    },
  });

  const usage = operation({
    id: 'v1.keys.usage',
    method: 'GET',
    path: '/v1/keys/:id/usage',
    summary: 'Usage of an API key',
    description: 'Requests of the last 30 days by UTC day; days without any are left out.',
    access: { scope: 'api_keys:read' },
    params: KeyId,
    responses: { 200: { description: 'Requests by day.', schema: UsageView } },
    errors: [],
    handle: async ({ tenant, params }) => okData(await identity.apiKeyUsage(tenant, params.id)),
  });

  return [list, get, current, usage];
}

function writeOperations(identity: Identity): Operation[] {
  const answer = ({ key, secret }: ApiKeyWithSecret) =>
    createdData({ ...keyView(identity, key), key: secret } as { id: string }, '/v1/keys', key.version);

  const create = operation({
    id: 'v1.keys.create',
    method: 'POST',
    path: '/v1/keys',
    summary: 'Create an API key',
    description: 'The secret is in this answer and nowhere else afterwards. It is live or test as your own key is.',
    access: { scope: 'api_keys:write' },
    body: NewKeyShape,
    responses: { 201: { description: 'The key with its secret.', schema: single(KeyWithSecretView) } },
    errors: [],
    async handle({ context, principal, body }) {
      const { permissions, ip_ranges: ipRanges, expires_at: expiresAt, name } = body;
      const input = { name, scopes: scopesOf(permissions), ipRanges, expiresAt, edition: 'v1' as const };
      return answer(await identity.createApiKey(context, input, principal.scopes));
    },
  });

  const update = operation({
    id: 'v1.keys.update',
    method: 'PATCH',
    path: '/v1/keys/:id',
    summary: 'Change an API key',
    description: 'Name, permissions, addresses and expiry; counts from the next request.',
    access: { scope: 'api_keys:write' },
    params: KeyId,
    body: KeyPatchShape,
    responses: { 200: { description: 'The changed key.', schema: single(KeyView) } },
    errors: ['gone', 'precondition_failed', 'resource_locked'],
    async handle({ context, principal, params, body }) {
      const { permissions, ip_ranges: ipRanges, expires_at: expiresAt, name } = body;
      const patch = { name, scopes: permissions && scopesOf(permissions), ipRanges, expiresAt };
      const key = await identity.updateApiKey(context, params.id, patch, principal.scopes);
      return okData(keyView(identity, key), key.version);
    },
  });

  const rotate = operation({
    id: 'v1.keys.rotate',
    method: 'POST',
    path: '/v1/keys/:id/rotate',
    summary: 'Rotate an API key',
    description: 'A new secret with the same permissions, addresses and expiry; the old one goes on for the grace.',
    access: { scope: 'api_keys:write' },
    params: KeyId,
    body: object({
      grace_seconds: withDefault(
        integer({ min: 0, max: ROTATION_GRACE_MAX, description: '0 ends the old key at once; a day unless given.' }),
        ROTATION_GRACE_SECONDS,
      ),
    }),
    responses: { 201: { description: 'The new key with its secret.', schema: single(KeyWithSecretView) } },
    errors: ['gone', 'precondition_failed', 'resource_locked'],
    handle: async ({ context, principal, params, body }) =>
      answer(await identity.rotateApiKey(context, params.id, body.grace_seconds, principal.scopes)),
  });

  return [create, update, rotate];
}

function endOperations(identity: Identity): Operation[] {
  const revoke = operation({
    id: 'v1.keys.delete',
    method: 'DELETE',
    path: '/v1/keys/:id',
    summary: 'Revoke an API key',
    description: 'It stops working at once. Revoking again answers the same.',
    access: { scope: 'api_keys:write' },
    params: KeyId,
    responses: { 204: { description: 'The key is revoked.' } },
    errors: ['precondition_failed', 'resource_locked'],
    handle: ({ context, params }) => deleted(identity.revokeApiKey(context, params.id)),
  });

  const revokeAll = operation({
    id: 'v1.users.delete_keys',
    method: 'DELETE',
    path: '/v1/users/:id/keys',
    summary: "Revoke all of a user's API keys",
    description: 'Every key that the user made, of every edition, stops working at once.',
    access: { scope: 'api_keys:write' },
    params: object({ id: id('usr') }),
    responses: { 204: { description: 'The user has no usable key any more.' } },
    errors: ['resource_locked'],
    async handle({ context, params }) {
      await identity.revokeApiKeysOf(context, params.id);
      return { status: 204 };
    },
  });

  return [revoke, revokeAll];
}
