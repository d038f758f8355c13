import { Type } from 'typebox';
import { type Operation, operation } from '#kernel/http/operation.ts';
import type { Identity } from '#modules/identity/index.ts';
import { causeOf, credentialsOf, protocolAnswer, protocolErrors, protocolForm } from './protocol-form.ts';

const CLIENT_FIELDS = {
  client_id: 'The client, unless it authenticates with HTTP Basic.',
  client_secret: 'Its secret, unless it authenticates with HTTP Basic.',
};
const TokenForm = protocolForm({
  grant_type: '`client_credentials`, `authorization_code` or `refresh_token`.',
  scope: 'Space-separated scopes; all that are allowed when absent.',
  refresh_token: 'For `refresh_token`: works once.',
  code: 'For `authorization_code`: from the redirect, works once for 60 seconds.',
  redirect_uri: 'For `authorization_code`: the same as in the authorization request.',
  code_verifier: 'For `authorization_code`: the PKCE verifier.',
  ...CLIENT_FIELDS,
});
const OneTokenForm = protocolForm({
  token: 'An access or a refresh token.',
  token_type_hint: 'Not needed.',
  ...CLIENT_FIELDS,
});

const TokenView = Type.Object(
  {
    access_token: Type.String(),
    token_type: Type.Literal('Bearer'),
    expires_in: Type.Integer({ description: 'Seconds; always 3600.', examples: [3600] }),
    refresh_token: Type.Optional(Type.String({ description: 'Works once, for 30 days.' })),
    refresh_token_expires_in: Type.Optional(Type.Integer({ examples: [2_592_000] })),
    scope: Type.String({ description: 'What was granted.' }),
    id_token: Type.Optional(Type.String()),
  },
  { $id: 'Token' },
);
const IntrospectionView = Type.Object(
  {
    active: Type.Boolean(),
    token_type: Type.Optional(Type.String()),
    iss: Type.Optional(Type.String()),
    aud: Type.Optional(Type.String()),
    sub: Type.Optional(Type.String()),
    client_id: Type.Optional(Type.String()),
    jti: Type.Optional(Type.String()),
    iat: Type.Optional(Type.Integer()),
    exp: Type.Optional(Type.Integer()),
    scope: Type.Optional(Type.String()),
    org_id: Type.Optional(Type.String()),
    livemode: Type.Optional(Type.Boolean()),
  },
  { $id: 'Introspection' },
);

const PUBLIC = { public: 'clients authenticate themselves here (C-06)' };

/** The endpoints that programs call: token, revocation, introspection (AUTH-07..10, G-20). */
export function tokenOperations(identity: Identity): Operation[] {
  const issue = operation({
    id: 'auth.token',
    method: 'POST',
    path: '/auth/token',
    summary: 'Get tokens',
    description:
      'Client credentials, authorization code with PKCE, and refresh. Takes a form, as OAuth clients send it, or the same fields as JSON.',
    access: PUBLIC,
    body: TokenForm,
    formBody: true,
    responses: { 200: { description: 'The tokens.', schema: TokenView }, ...protocolErrors },
    errors: [],
    handle: ({ body, http }) =>
      protocolAnswer(http, async () => {
        const request = {
          grantType: body.grant_type,
          scope: body.scope,
          refreshToken: body.refresh_token,
          code: body.code,
          redirectUri: body.redirect_uri,
          codeVerifier: body.code_verifier,
        };
        const tokens = await identity.token(causeOf(http, 'auth.token'), credentialsOf(http, body), request);
        return { status: 200, body: tokens };
      }),
  });

  const revoke = operation({
    id: 'auth.revoke',
    method: 'POST',
    path: '/auth/revoke',
    summary: 'Revoke a token',
    description:
      'RFC 7009: ends the token with its whole family at once. Unknown tokens are answered the same, so nothing can be learned.',
    access: PUBLIC,
    body: OneTokenForm,
    formBody: true,
    responses: {
      200: { description: 'The token does not work any more.', schema: Type.Record(Type.String(), Type.Unknown()) },
      ...protocolErrors,
    },
    errors: [],
    handle: ({ body, http }) =>
      protocolAnswer(http, async () => {
        await identity.revokeToken(causeOf(http, 'auth.revoke'), credentialsOf(http, body), body.token);
        return { status: 200, body: {} };
      }),
  });

  const introspect = operation({
    id: 'auth.introspect',
    method: 'POST',
    path: '/auth/introspect',
    summary: 'Ask what a token is',
    description: 'RFC 7662, for confidential clients and tokens of their own organisation; others are not `active`.',
    access: PUBLIC,
    body: OneTokenForm,
    formBody: true,
    responses: { 200: { description: 'What the token is.', schema: IntrospectionView }, ...protocolErrors },
    errors: [],
    handle: ({ body, http }) =>
      protocolAnswer(http, async () => {
        return { status: 200, body: await identity.introspect(credentialsOf(http, body), body.token) };
      }),
  });

  return [issue, revoke, introspect];
}
