import { SECOND_MS } from '#kernel/clock.ts';
import { hashSecret, newSecret } from '#kernel/crypto/secrets.ts';
import { isId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { isClientUsable } from '../clients/client.ts';
import { clientFindForProtocol, type ProtocolClient } from '../clients/clients.store.ts';
import { type Cause, PLATFORM_ORGANIZATION, provenContext } from '../platform.ts';
import { hasSecondFactor, PROTOCOL_SCOPES, parseScopes, scopesWithin } from '../scopes.ts';
import type { Session, UserOfSession } from '../sessions/session.ts';
import { codeInsert } from './codes.store.ts';
import { OAuthError, type OAuthErrorCode } from './oauth-error.ts';
import { isChallenge } from './pkce.ts';

/** Codes live one minute and are used once (RFC 6749 section 4.1.2 allows ten). */
const CODE_LIFE_MS = 60 * SECOND_MS;

/** The parameters of `/auth/authorize` as they came. */
export interface AuthorizationRequest {
  response_type?: string;
  response_mode?: string;
  client_id?: string;
  redirect_uri?: string;
  scope?: string;
  state?: string;
  nonce?: string;
  code_challenge?: string;
  code_challenge_method?: string;
  prompt?: string;
  max_age?: string;
}

/** A request whose client and redirect URI are proven, and everything else checked. */
export interface CheckedAuthorization {
  client: ProtocolClient;
  redirectUri: string;
  state: string | undefined;
  scopes: string[];
  codeChallenge: string;
  nonce: string | null;
  prompt: string[];
  maxAgeSeconds: number | null;
}

/** Where to send the browser, and why when it is a refusal. */
export class AuthorizationRefusal extends OAuthError {
  /** Null while client and redirect URI are not proven: then nobody is sent anywhere (RFC 6749 section 4.1.2.1). */
  readonly redirectTo: string | null;

  constructor(code: OAuthErrorCode, message: string, redirectTo: string | null) {
    super(code, message);
    this.redirectTo = redirectTo;
  }
}

/** The first half of the authorization code flow (AUTH-09). */
export interface Authorization {
  /** Errors: AuthorizationRefusal. */
  checkAuthorization(request: AuthorizationRequest): Promise<CheckedAuthorization>;
  /** Whether a live session may answer the request without a new sign-in. */
  sessionSuffices(authorization: CheckedAuthorization, session: Session): boolean;
  /** Stores a code for the signed-in user; the URL to send the browser to. Errors: AuthorizationRefusal. */
  issueCode(cause: Cause, authorization: CheckedAuthorization, session: Session & UserOfSession): Promise<string>;
  /** Binds the hidden fields of a sign-in form to the browser that holds `nonce`, so that no other site can post it. */
  formTag(nonce: string, request: string): string;
  /** Whether people of every organisation sign in through this client. */
  isPlatformClient(client: ProtocolClient): boolean;
  /** The refusal of a request that must not show a page (`prompt=none`). */
  loginRequired(authorization: CheckedAuthorization): AuthorizationRefusal;
}

export function createAuthorization(kit: ModuleKit, issuer: () => string): Authorization {
  const { database, clock } = kit;

  function redirect(redirectUri: string, parameters: Record<string, string | undefined>): string {
    const target = new URL(redirectUri);
    for (const [name, value] of Object.entries({ ...parameters, iss: issuer() })) {
      if (value !== undefined) target.searchParams.set(name, value);
    }
    return target.href;
  }

  function refusal(known: { redirectUri: string; state?: string }, code: OAuthErrorCode, message: string) {
    const { redirectUri, state } = known;
    const target = redirect(redirectUri, { error: code, error_description: message, state });
    return new AuthorizationRefusal(code, message, target);
  }

  async function provenClient(request: AuthorizationRequest): Promise<ProtocolClient> {
    const id = request.client_id;
    const client = isId('cli', id) ? await clientFindForProtocol(database, id) : null;
    if (!client?.organizationActive || !isClientUsable(client, clock.nowMs())) {
      throw new AuthorizationRefusal('invalid_client', 'The client is unknown, expired or revoked.', null);
    }
    if (!request.redirect_uri || !client.redirectUris.includes(request.redirect_uri)) {
      const message = 'The redirect_uri is not one of those that the client registered, letter by letter.';
      throw new AuthorizationRefusal('invalid_request', message, null);
    }
    return client;
  }

  return {
    async checkAuthorization(request) {
      const client = await provenClient(request);
      const known = { redirectUri: request.redirect_uri!, state: request.state };
      const refuse = (code: OAuthErrorCode, message: string) => refusal(known, code, message);
      if (!client.grantTypes.includes('authorization_code')) {
        throw refuse('unauthorized_client', 'This client may not use authorization_code.');
      }
      if (request.response_type !== 'code') throw refuse('unsupported_response_type', 'Use response_type=code.');
      if ((request.response_mode ?? 'query') !== 'query') throw refuse('invalid_request', 'Use response_mode=query.');
      if (request.code_challenge_method !== 'S256' || !isChallenge(request.code_challenge ?? '')) {
        throw refuse('invalid_request', 'PKCE is required: send code_challenge with code_challenge_method=S256.');
      }
      const asked = parseScopes(request.scope);
      const foreign = asked.find((scope) => !client.scopes.includes(scope) && !PROTOCOL_SCOPES.includes(scope));
      if (foreign !== undefined) throw refuse('invalid_scope', 'The client may not have one of these scopes.');
      if (request.max_age !== undefined && !/^\d{1,9}$/.test(request.max_age)) {
        throw refuse('invalid_request', 'max_age is a number of seconds.');
      }
      return {
        ...known,
        state: request.state,
        client,
        scopes: asked.length > 0 ? asked : client.scopes,
        codeChallenge: request.code_challenge!,
        nonce: request.nonce ?? null,
        prompt: parseScopes(request.prompt),
        maxAgeSeconds: request.max_age === undefined ? null : Number(request.max_age),
      };
    },

    sessionSuffices({ client, prompt, maxAgeSeconds }, session) {
      if (prompt.includes('login') || prompt.includes('select_account')) return false;
      const isForClient = client.orgId === PLATFORM_ORGANIZATION || client.orgId === session.orgId;
      if (!isForClient || client.livemode !== session.livemode) return false;
      const ageMs = clock.nowMs() - Date.parse(session.createdAt);
      return maxAgeSeconds === null || ageMs <= maxAgeSeconds * SECOND_MS;
    },

    async issueCode(cause, authorization, session) {
      const { client, redirectUri, state, codeChallenge, nonce } = authorization;
      const isStaff = session.orgId === PLATFORM_ORGANIZATION && session.role === 'admin';
      const platformStaff = isStaff && hasSecondFactor(session.methods);
      const bounds = { clientScopes: client.scopes, role: session.role, platformStaff };
      // What the role does not allow is left out silently; the token's answer names what was granted.
      const scopes = scopesWithin(bounds, authorization.scopes);
      if (scopes.length === 0) {
        throw refusal({ redirectUri, state }, 'access_denied', 'Your role allows none of the requested scopes.');
      }
      const code = newSecret('tcc');
      const tenant = { orgId: session.orgId, livemode: session.livemode };
      const statement = codeInsert({
        hash: hashSecret(code),
        tenant,
        clientId: client.id,
        userId: session.userId,
        sessionId: session.id,
        redirectUri,
        scopes,
        codeChallenge,
        nonce,
        authenticatedAt: session.createdAt,
        methods: session.methods,
        expiresAt: new Date(clock.nowMs() + CODE_LIFE_MS).toISOString(),
      });
      // A code is only a step: the event of the flow is the grant that its exchange creates.
      const context = provenContext(cause, tenant, { kind: 'user', id: session.userId, userId: session.userId });
      await kit.writes.store(context, { statements: [statement], events: [], result: null });
      return redirect(redirectUri, { code, state });
    },

    formTag: (nonce, request) =>
      kit.blindIndex('platform', 'identity.sign-in-form', `${nonce}|${request}`).toString('base64url'),

    isPlatformClient: (client) => client.orgId === PLATFORM_ORGANIZATION,

    loginRequired: ({ redirectUri, state }) =>
      refusal({ redirectUri, state }, 'login_required', 'The user has to sign in.'),
  };
}
