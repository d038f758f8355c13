import { Type } from 'typebox';
import { type Operation, operation } from '#kernel/http/operation.ts';
import { GRANT_TYPES, type Identity, PROTOCOL_SCOPES, SCOPES } from '#modules/identity/index.ts';

const Text = Type.String();
const Texts = Type.Array(Type.String());
const DiscoveryView = Type.Object(
  {
    issuer: Text,
    authorization_endpoint: Text,
    token_endpoint: Text,
    revocation_endpoint: Text,
    introspection_endpoint: Text,
    userinfo_endpoint: Text,
    jwks_uri: Text,
    scopes_supported: Texts,
    response_types_supported: Texts,
    response_modes_supported: Texts,
    grant_types_supported: Texts,
    subject_types_supported: Texts,
    id_token_signing_alg_values_supported: Texts,
    token_endpoint_auth_methods_supported: Texts,
    revocation_endpoint_auth_methods_supported: Texts,
    introspection_endpoint_auth_methods_supported: Texts,
    code_challenge_methods_supported: Texts,
    claims_supported: Texts,
    prompt_values_supported: Texts,
    authorization_response_iss_parameter_supported: Type.Boolean(),
    request_parameter_supported: Type.Boolean(),
    request_uri_parameter_supported: Type.Boolean(),
  },
  { $id: 'Discovery' },
);
const JwksView = Type.Object({ keys: Type.Array(Type.Record(Type.String(), Type.String())) }, { $id: 'JsonWebKeySet' });

const PUBLIC = { public: 'clients read this before they have anything (C-06)' };
/** Short, so that a new signing key is known everywhere long before the old one is withdrawn. */
const BRIEFLY = { 'cache-control': 'public, max-age=300' };

/** The documents a client library reads first (RFC 8414, OpenID Connect Discovery, RFC 7517). */
export function discoveryOperations(identity: Identity): Operation[] {
  const document = (id: string, path: string, standard: string) =>
    operation({
      id,
      method: 'GET',
      path,
      summary: `Where the endpoints are (${standard})`,
      description: 'What a client library needs to find and use every OAuth endpoint.',
      access: PUBLIC,
      responses: { 200: { description: 'The document.', schema: DiscoveryView } },
      errors: [],
      handle: () => ({ status: 200, headers: BRIEFLY, body: discovery(identity.issuer()) }),
    });

  const keys = operation({
    id: 'auth.jwks',
    method: 'GET',
    path: '/.well-known/jwks.json',
    summary: 'Public signing keys',
    description: 'The keys that tokens are signed with: the present one and those whose tokens may still be in use.',
    access: PUBLIC,
    responses: { 200: { description: 'The keys.', schema: JwksView } },
    errors: [],
    async handle() {
      return { status: 200, headers: BRIEFLY, body: { keys: await identity.publicKeys() } };
    },
  });

  return [
    document('auth.openid_configuration', '/.well-known/openid-configuration', 'OpenID Connect'),
    document('auth.server_metadata', '/.well-known/oauth-authorization-server', 'RFC 8414'),
    keys,
  ];
}

function discovery(issuer: string) {
  const clientMethods = ['client_secret_basic', 'client_secret_post'];
  return {
    issuer,
    authorization_endpoint: `${issuer}/auth/authorize`,
    token_endpoint: `${issuer}/auth/token`,
    revocation_endpoint: `${issuer}/auth/revoke`,
    introspection_endpoint: `${issuer}/auth/introspect`,
    userinfo_endpoint: `${issuer}/auth/userinfo`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    scopes_supported: [...PROTOCOL_SCOPES, ...Object.keys(SCOPES)],
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: [...GRANT_TYPES],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
    token_endpoint_auth_methods_supported: [...clientMethods, 'none'],
    revocation_endpoint_auth_methods_supported: [...clientMethods, 'none'],
    introspection_endpoint_auth_methods_supported: clientMethods,
    code_challenge_methods_supported: ['S256'],
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'amr', 'name', 'email', 'org_id'],
    prompt_values_supported: ['none', 'login'],
    authorization_response_iss_parameter_supported: true,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
  };
}
