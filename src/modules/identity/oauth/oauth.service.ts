import type { JWK } from 'jose';
import type { CommandContext } from '#kernel/context.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Cause } from '../platform.ts';
import type { TokenSigner } from '../tokens/access-token.ts';
import type { Authenticator } from '../tokens/authenticator.ts';
import type { Revocations } from '../tokens/revocations.ts';
import type { SigningKeys } from '../tokens/signing-keys.ts';
import { authenticateClient, type ClientCredentials } from './client-authentication.ts';
import { grantToClient } from './client-credentials.ts';
import { exchangeCode } from './code-exchange.ts';
import { type Introspection, introspect, revokeToken } from './inspection.ts';
import { OAuthError } from './oauth-error.ts';
import { refresh } from './refresh.ts';
import type { TokenResponse } from './token-pair.ts';

/** The fields of a token request (RFC 6749, RFC 7636); unknown ones are ignored by the edition. */
export interface TokenRequest {
  grantType?: string;
  scope?: string;
  refreshToken?: string;
  code?: string;
  redirectUri?: string;
  codeVerifier?: string;
}

/** The OAuth 2 endpoints (AUTH-01..10). Refusals are OAuthErrors with the protocol's own codes. */
export interface OAuth {
  /** Errors: every code of RFC 6749 section 5.2. */
  token(cause: Cause, credentials: ClientCredentials, request: TokenRequest): Promise<TokenResponse>;
  /** RFC 7009. Errors: `invalid_client`, `invalid_request`. */
  revokeToken(cause: Cause, credentials: ClientCredentials, token: string | undefined): Promise<void>;
  /** RFC 7662, for confidential clients. Errors: `invalid_client`, `invalid_request`, `unauthorized_client`. */
  introspect(credentials: ClientCredentials, token: string | undefined): Promise<Introspection>;
  /** The public signing keys (RFC 7517). */
  publicKeys(): Promise<JWK[]>;
  /** Replaces the signing key at once; returns the new key id. */
  rotateSigningKey(context: CommandContext): Promise<string>;
  issuer(): string;
}

export interface OAuthDependencies {
  kit: ModuleKit;
  keys: SigningKeys;
  signer: TokenSigner;
  authenticator: Authenticator;
  revocations: Revocations;
}

export function createOAuth(dependencies: OAuthDependencies): OAuth {
  const { kit, keys, signer } = dependencies;
  const { database, clock } = kit;

  return {
    issuer: signer.issuer,
    publicKeys: () => keys.published(),
    rotateSigningKey: (context) => keys.rotate(context),

    async token(cause, credentials, request) {
      if (!request.grantType) throw new OAuthError('invalid_request', 'grant_type is missing.');
      const client = await authenticateClient(database, clock, credentials);
      switch (request.grantType) {
        case 'client_credentials':
          return grantToClient(kit, signer, cause, client, request.scope);
        case 'refresh_token':
          if (!request.refreshToken) throw new OAuthError('invalid_request', 'refresh_token is missing.');
          return refresh(dependencies, cause, client, { refreshToken: request.refreshToken, scope: request.scope });
        case 'authorization_code':
          return exchangeCode(dependencies, cause, client, request);
        default:
          throw new OAuthError(
            'unsupported_grant_type',
            'Use client_credentials, authorization_code or refresh_token as grant_type.',
          );
      }
    },

    async revokeToken(cause, credentials, token) {
      const client = await authenticateClient(database, clock, credentials);
      if (!token) throw new OAuthError('invalid_request', 'token is missing.');
      await revokeToken(dependencies, cause, client, token);
    },

    async introspect(credentials, token) {
      const client = await authenticateClient(database, clock, credentials);
      if (client.type === 'public') {
        throw new OAuthError('unauthorized_client', 'Only a confidential client may ask about tokens.');
      }
      if (!token) throw new OAuthError('invalid_request', 'token is missing.');
      return introspect(dependencies, client, token);
    },
  };
}
