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
  secretText,
  text,
  timestamp,
  withDefault,
} from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import {
  ALL_SCOPES,
  type ApiKey,
  type Identity,
  KEY_ADVICE_CODES,
  ROTATION_GRACE_MAX,
  ROTATION_GRACE_SECONDS,
} from '#modules/identity/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { idView, orNull, Timestamp } from '../common/shapes.ts';
import { KEY_EDITIONS, type KeyEdition, keyOrder } from './key-order.ts';
import { causeOf } from './protocol-form.ts';

const Fields = {
  name: text({ max: 255, example: 'Nightly export' }),
  scopes: listOf(enumOf(ALL_SCOPES), { min: 1, unique: true, description: 'At most those of your own credential.' }),
  ip_ranges: optional(
    listOf(ipRange(), { max: 50, unique: true, description: 'Who may use it from where; all when empty.' }),
  ),
  expires_at: optional(timestamp()),
};
const NewKeyShape = object({
  ...Fields,
  scopes: optional(Fields.scopes),
  edition: withDefault(
    enumOf(KEY_EDITIONS, { description: '`v2` makes a `tc_…` key for /v2, the others an `sk_…` key.' }),
    'canonical',
  ),
  type: optional(
    enumOf(['live', 'test', 'readonly'], {
      description:
        'As your own credential unless given; it may make test keys, never the other way round. `readonly` is for /v2.',
    }),
  ),
});
const KeyPatchShape = patchOf(object(Fields));
const KeyId = object({ id: id('key') });
const KeyQuery = object({
  ...pageQuery,
  usable: optional(boolean({ description: 'true leaves out revoked keys.' })),
  owner_user_id: optional(id('usr')),
});
const STATUSES = ['active', 'retiring', 'expired', 'revoked'] as const;

const VIEW = {
  id: idView('key'),
  name: Type.String(),
  edition: Type.Enum([...KEY_EDITIONS]),
  livemode: Type.Boolean(),
  hint: Type.String({ description: 'The ends of the secret.', examples: ['sk_live_…a1B2'] }),
  scopes: Type.Array(Type.String()),
  ip_ranges: Type.Array(Type.String()),
  status: Type.Enum([...STATUSES], { description: '`retiring` works until `retires_at`.' }),
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
const KeyView = Type.Object(VIEW, { $id: 'ApiKey' });
const KeyWithSecretView = Type.Object(
  { ...VIEW, secret: Type.String({ description: 'Shown this once.' }) },
  { $id: 'ApiKeyWithSecret' },
);
const UsageView = Type.Object(
  {
    data: Type.Array(Type.Object({ day: Type.String({ format: 'date' }), requests: Type.Integer() })),
    deprecated: Type.Array(
      Type.Object({
        operation: Type.String(),
        requests: Type.Integer(),
        first_used_at: Timestamp,
        last_used_at: Timestamp,
      }),
      { description: 'What it used that will go (G-58).' },
    ),
  },
  { $id: 'ApiKeyUsage' },
);

function keyView(identity: Identity, key: ApiKey): Static<typeof KeyView> {
  return {
    id: key.id,
    name: key.name,
    edition: key.edition as KeyEdition,
    livemode: key.livemode,
    hint: key.hint,
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

/** /api-keys (G-19): long-lived credentials with scopes, expiry and address ranges. */
export function apiKeyOperations(identity: Identity, cursors: CursorCodec): Operation[] {
  return [...readOperations(identity, cursors), ...writeOperations(identity), ...endOperations(identity)];
}

function readOperations(identity: Identity, cursors: CursorCodec): Operation[] {
  const list = operation({
    id: 'api_keys.list',
    method: 'GET',
    path: '/api-keys',
    summary: 'List API keys',
    description: 'Newest first, without secrets; `last_used_at` lags by up to five seconds.',
    access: { scope: 'api_keys:read' },
    query: KeyQuery,
    responses: { 200: { description: 'A page of keys.', schema: pageOf(KeyView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('api_keys.list', query);
      const filter = { usable: query.usable, ownerUserId: query.owner_user_id };
      const page = await identity.listApiKeys(tenant, filter, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, (key) => keyView(identity, key));
    },
  });

  const get = operation({
    id: 'api_keys.get',
    method: 'GET',
    path: '/api-keys/:id',
    summary: 'Get an API key',
    description: 'One key of your organisation, without its secret.',
    access: { scope: 'api_keys:read' },
    params: KeyId,
    responses: { 200: { description: 'The key.', schema: KeyView } },
    errors: [],
    async handle({ tenant, params }) {
      const key = await identity.getApiKey(tenant, params.id);
      return ok(keyView(identity, key), key.version);
    },
  });

  const usage = operation({
    id: 'api_keys.usage',
    method: 'GET',
    path: '/api-keys/:id/usage',
    summary: 'Usage of an API key',
    description: 'Requests of the last 30 days by UTC day; days without any are left out.',
    access: { scope: 'api_keys:read' },
    params: KeyId,
    responses: { 200: { description: 'Requests by day.', schema: UsageView } },
    errors: [],
    async handle({ tenant, params }) {
      const data = await identity.apiKeyUsage(tenant, params.id);
      const uses = await identity.deprecatedUsesOf(tenant, params.id);
      const deprecated = uses.map(({ operation: name, requests, firstUsedAt, lastUsedAt }) => {
        return { operation: name, requests, first_used_at: firstUsedAt, last_used_at: lastUsedAt };
      });
      return ok({ data, deprecated });
    },
  });

  return [list, get, usage];
}

function writeOperations(identity: Identity): Operation[] {
  const create = operation({
    id: 'api_keys.create',
    method: 'POST',
    path: '/api-keys',
    summary: 'Create an API key',
    description:
      'The secret is shown this once. A key cannot get a scope that your own credential lacks. Of each type of /v2 there is one current key: the one before it works for 24 hours more.',
    access: { scope: 'api_keys:write' },
    body: NewKeyShape,
    responses: { 201: { description: 'The key with its secret.', schema: KeyWithSecretView } },
    errors: [],
    async handle({ context, principal, body }) {
      const { ip_ranges: ipRanges, expires_at: expiresAt, name, scopes, edition, type } = body;
      const order = keyOrder(context, principal, { name, scopes, edition, type, ipRanges, expiresAt });
      const made = await identity.createApiKey(order.context, order.input, principal.scopes);
      const view = { ...keyView(identity, made.key), secret: made.secret };
      return created(view as { id: string }, '/api-keys', made.key.version);
    },
  });

  const update = operation({
    id: 'api_keys.update',
    method: 'PATCH',
    path: '/api-keys/:id',
    summary: 'Change an API key',
    description: 'A merge patch; it counts from the next request on.',
    access: { scope: 'api_keys:write' },
    params: KeyId,
    body: KeyPatchShape,
    responses: { 200: { description: 'The changed key.', schema: KeyView } },
    errors: ['gone', 'precondition_failed', 'resource_locked'],
    async handle({ context, principal, params, body }) {
      const { ip_ranges: ipRanges, expires_at: expiresAt, ...rest } = body;
      const key = await identity.updateApiKey(context, params.id, { ...rest, ipRanges, expiresAt }, principal.scopes);
      return ok(keyView(identity, key), key.version);
    },
  });

  const rotate = operation({
    id: 'api_keys.rotate',
    method: 'POST',
    path: '/api-keys/:id/rotate',
    summary: 'Replace an API key',
    description:
      'A new key with the same name, scopes, ranges and expiry. The old one works for `grace_seconds` more; 0 ends it at once. Your own credential must have every scope of the key.',
    access: { scope: 'api_keys:write' },
    params: KeyId,
    body: object({
      grace_seconds: withDefault(integer({ min: 0, max: ROTATION_GRACE_MAX }), ROTATION_GRACE_SECONDS),
    }),
    responses: { 201: { description: 'The new key with its secret.', schema: KeyWithSecretView } },
    errors: ['gone', 'precondition_failed', 'resource_locked'],
    async handle({ context, principal, params, body }) {
      const made = await identity.rotateApiKey(context, params.id, body.grace_seconds, principal.scopes);
      const view = { ...keyView(identity, made.key), secret: made.secret };
      return created(view as { id: string }, '/api-keys', made.key.version);
    },
  });

  return [create, update, rotate];
}

function endOperations(identity: Identity): Operation[] {
  const revoke = operation({
    id: 'api_keys.delete',
    method: 'DELETE',
    path: '/api-keys/:id',
    summary: 'Revoke an API key',
    description: 'It stops working at once.',
    access: { scope: 'api_keys:write' },
    params: KeyId,
    responses: { 200: { description: 'The revoked key.', schema: KeyView } },
    errors: ['gone', 'precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      const key = await identity.revokeApiKey(context, params.id);
      return ok(keyView(identity, key), key.version);
    },
  });

  const report = operation({
    id: 'auth.report_leaked_key',
    method: 'POST',
    path: '/auth/leaked-keys',
    summary: 'Report a leaked API key',
    description:
      'Whoever found a secret in public may end it here. The answer does not tell whether it was a key of ours.',
    access: { public: 'the secret itself is the proof; a finder has no account (C-06)' },
    body: object({ secret: secretText({ max: 200 }) }),
    responses: { 202: { description: 'Accepted.', schema: Type.Object({ status: Type.Literal('ok') }) } },
    errors: [],
    limitPerMinute: 10,
    async handle({ body, http }) {
      await identity.reportLeakedKey(causeOf(http, 'auth.report_leaked_key'), body.secret);
      return { status: 202, body: { status: 'ok' } };
    },
  });

  return [revoke, report];
}
