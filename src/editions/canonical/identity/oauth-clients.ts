import { type Static, Type } from 'typebox';
import {
  boolean,
  enumOf,
  id,
  integer,
  listOf,
  object,
  optional,
  patchOf,
  text,
  timestamp,
  url,
  withDefault,
} from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import {
  ALL_SCOPES,
  CLIENT_TYPES,
  GRACE_SECONDS_MAX,
  GRANT_TYPES,
  type Identity,
  type OAuthClient,
} from '#modules/identity/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { idView, orNull, Timestamp } from '../common/shapes.ts';

const Fields = {
  name: text({ max: 255, example: 'Warehouse sync' }),
  redirect_uris: optional(
    listOf(url({ https: true, loopbackHttp: true }), {
      max: 20,
      unique: true,
      description: 'Compared letter by letter.',
    }),
  ),
  grant_types: optional(listOf(enumOf(GRANT_TYPES), { min: 1, unique: true })),
  scopes: listOf(enumOf(ALL_SCOPES), { min: 1, unique: true, description: 'At most those of your own credential.' }),
  issue_refresh_token: withDefault(boolean({ description: 'A refresh token with every access token (C-17).' }), true),
  refresh_reuse_grace_seconds: withDefault(
    integer({
      min: 0,
      max: GRACE_SECONDS_MAX,
      description:
        'Within this time a used refresh token gives the very same pair again, for answers that got lost (C-18).',
    }),
    0,
  ),
  expires_at: optional(timestamp()),
};
const NewClientShape = object({
  ...Fields,
  type: withDefault(
    enumOf(CLIENT_TYPES, { description: 'A public client has no secret and proves itself by PKCE.' }),
    'confidential',
  ),
});
const ClientPatchShape = patchOf(object(Fields));
const ClientIdShape = object({ id: id('cli') });
const STATUSES = ['active', 'revoked'] as const;
const ClientQuery = object({ ...pageQuery, status: optional(enumOf(STATUSES)) });

const VIEW = {
  id: idView('cli'),
  org_id: idView('org'),
  livemode: Type.Boolean(),
  name: Type.String(),
  type: Type.Enum([...CLIENT_TYPES]),
  secret_hint: orNull(Type.String({ description: 'The ends of the secret.' })),
  redirect_uris: Type.Array(Type.String()),
  grant_types: Type.Array(Type.Enum([...GRANT_TYPES])),
  scopes: Type.Array(Type.String()),
  issue_refresh_token: Type.Boolean(),
  refresh_reuse_grace_seconds: Type.Integer(),
  owner_user_id: orNull(Type.String()),
  status: Type.Enum([...STATUSES]),
  expires_at: orNull(Timestamp),
  created_at: Timestamp,
  updated_at: Timestamp,
};
const ClientView = Type.Object(VIEW, { $id: 'OAuthClient' });
const ClientWithSecretView = Type.Object(
  { ...VIEW, client_secret: orNull(Type.String({ description: 'Shown this once; null for a public client.' })) },
  { $id: 'OAuthClientWithSecret' },
);

function clientView(client: OAuthClient): Static<typeof ClientView> {
  return {
    id: client.id,
    org_id: client.orgId,
    livemode: client.livemode,
    name: client.name,
    type: client.type,
    secret_hint: client.secretHint,
    redirect_uris: client.redirectUris,
    grant_types: client.grantTypes,
    scopes: client.scopes,
    issue_refresh_token: client.issueRefreshToken,
    refresh_reuse_grace_seconds: client.refreshReuseGraceSeconds,
    owner_user_id: client.ownerUserId,
    status: client.status,
    expires_at: client.expiresAt,
    created_at: client.createdAt,
    updated_at: client.updatedAt,
  };
}

/** Our field names to the module's; absent fields stay absent. */
function inputOf(body: Partial<Static<typeof ClientPatchShape>>) {
  return {
    redirectUris: body.redirect_uris ?? (body.redirect_uris === null ? [] : undefined),
    grantTypes: body.grant_types ?? undefined,
    scopes: body.scopes,
    issueRefreshToken: body.issue_refresh_token,
    refreshReuseGraceSeconds: body.refresh_reuse_grace_seconds,
    expiresAt: body.expires_at,
  };
}

/** /oauth-clients: programs of the organisation that ask for tokens (G-20). */
export function clientOperations(identity: Identity, cursors: CursorCodec): Operation[] {
  return [...readOperations(identity, cursors), ...writeOperations(identity)];
}

function readOperations(identity: Identity, cursors: CursorCodec): Operation[] {
  const list = operation({
    id: 'oauth_clients.list',
    method: 'GET',
    path: '/oauth-clients',
    summary: 'List OAuth clients',
    description: 'Newest first, without secrets.',
    access: { scope: 'oauth_clients:read' },
    query: ClientQuery,
    responses: { 200: { description: 'A page of clients.', schema: pageOf(ClientView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('oauth_clients.list', query);
      const page = await identity.listClients(tenant, { status: query.status }, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, clientView);
    },
  });

  const get = operation({
    id: 'oauth_clients.get',
    method: 'GET',
    path: '/oauth-clients/:id',
    summary: 'Get an OAuth client',
    description: 'One client of your organisation, without its secret.',
    access: { scope: 'oauth_clients:read' },
    params: ClientIdShape,
    responses: { 200: { description: 'The client.', schema: ClientView } },
    errors: [],
    async handle({ tenant, params }) {
      const client = await identity.getClient(tenant, params.id);
      return ok(clientView(client), client.version);
    },
  });

  return [list, get];
}

function writeOperations(identity: Identity): Operation[] {
  const create = operation({
    id: 'oauth_clients.create',
    method: 'POST',
    path: '/oauth-clients',
    summary: 'Create an OAuth client',
    description: 'The secret is shown this once. A client cannot get a scope that your own credential lacks.',
    access: { scope: 'oauth_clients:write' },
    body: NewClientShape,
    responses: { 201: { description: 'The client with its secret.', schema: ClientWithSecretView } },
    errors: [],
    async handle({ context, principal, body }) {
      const input = { ...inputOf(body), name: body.name, type: body.type, scopes: body.scopes };
      const { client, secret } = await identity.createClient(context, input, principal.scopes);
      return created(
        { ...clientView(client), client_secret: secret } as { id: string },
        '/oauth-clients',
        client.version,
      );
    },
  });

  const update = operation({
    id: 'oauth_clients.update',
    method: 'PATCH',
    path: '/oauth-clients/:id',
    summary: 'Change an OAuth client',
    description:
      'A merge patch. Scopes that you take away stop working in tokens that exist. New redirect URIs need every scope of the client.',
    access: { scope: 'oauth_clients:write' },
    params: ClientIdShape,
    body: ClientPatchShape,
    responses: { 200: { description: 'The changed client.', schema: ClientView } },
    errors: ['gone', 'precondition_failed', 'resource_locked'],
    async handle({ context, principal, params, body }) {
      const patch = { ...inputOf(body), name: body.name };
      const client = await identity.updateClient(context, params.id, patch, principal.scopes);
      return ok(clientView(client), client.version);
    },
  });

  const rotate = operation({
    id: 'oauth_clients.rotate_secret',
    method: 'POST',
    path: '/oauth-clients/:id/rotate-secret',
    summary: 'Replace the secret',
    description:
      'The old secret stops working at once; tokens live on. Your own credential must have every scope of the client.',
    access: { scope: 'oauth_clients:write' },
    params: ClientIdShape,
    responses: { 200: { description: 'The client with its new secret.', schema: ClientWithSecretView } },
    errors: ['gone', 'invalid_state', 'precondition_failed', 'resource_locked'],
    async handle({ context, principal, params }) {
      const { client, secret } = await identity.rotateClientSecret(context, params.id, principal.scopes);
      return ok({ ...clientView(client), client_secret: secret }, client.version);
    },
  });

  const revoke = operation({
    id: 'oauth_clients.delete',
    method: 'DELETE',
    path: '/oauth-clients/:id',
    summary: 'Revoke an OAuth client',
    description: 'The client and every token it got stop working at once.',
    access: { scope: 'oauth_clients:write' },
    params: ClientIdShape,
    responses: { 200: { description: 'The revoked client.', schema: ClientView } },
    errors: ['gone', 'precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      const client = await identity.revokeClient(context, params.id);
      return ok(clientView(client), client.version);
    },
  });

  return [create, update, rotate, revoke];
}
