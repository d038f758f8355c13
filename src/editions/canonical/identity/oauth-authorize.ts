import { randomBytes } from 'node:crypto';
import { Type } from 'typebox';
import { secretsEqual } from '#kernel/crypto/secrets.ts';
import { DomainError } from '#kernel/errors.ts';
import { type Answer, type HttpFacts, type Operation, operation } from '#kernel/http/operation.ts';
import {
  AuthorizationRefusal,
  type AuthorizationRequest,
  type CheckedAuthorization,
  type Identity,
} from '#modules/identity/index.ts';
import { messagePage } from '../common/html.ts';
import { ErrorView } from '../render.ts';
import { newSessionCookie, newSignInCookie, sessionCookie, signInCookie } from './cookies.ts';
import { mailedLinkOperations } from './mailed-links.ts';
import { type SignInPage, signInPage } from './pages.ts';
import { causeOf, protocolForm, protocolQuery, UNCACHED } from './protocol-form.ts';

const REQUEST_FIELDS = {
  response_type: '`code`.',
  response_mode: '`query`.',
  client_id: 'The client.',
  redirect_uri: 'One of the registered ones, letter by letter.',
  scope: 'Space-separated; `openid` adds an ID token, `offline_access` lets tokens outlive the session.',
  state: 'Comes back unchanged.',
  nonce: 'Comes back in the ID token.',
  code_challenge: 'PKCE, required.',
  code_challenge_method: '`S256`.',
  prompt: '`none` never shows a page, `login` always does.',
  max_age: 'Sign in again when the sign-in is older, in seconds.',
};
const AuthorizationQuery = protocolQuery(REQUEST_FIELDS);
const SignInForm = protocolForm({
  request: 'The authorization request.',
  tag: 'From the page.',
  email: 'E-mail address.',
  password: 'Password.',
});

const html = (description: string) => ({ description, schema: Type.String(), contentType: 'text/html' });
const PAGES = {
  200: html('The sign-in page.'),
  303: { description: 'Back to the client, with a code or an error.' },
  400: { description: 'The request cannot be answered by a redirect.', schema: Type.Union([Type.String(), ErrorView]) },
};
const NONCE = /^[A-Za-z0-9_-]{43}$/;

/** The authorization endpoint with its hosted sign-in page (AUTH-09). Consent is implied: clients are the organisation's own. */
export function authorizeOperations(identity: Identity): Operation[] {
  const authorize = operation({
    id: 'auth.authorize',
    method: 'GET',
    path: '/auth/authorize',
    summary: 'Sign a person in',
    description:
      'The authorization code flow with PKCE. Shows a sign-in page unless the browser has a session, then redirects with a code.',
    access: { public: 'people sign in here (C-06)' },
    query: AuthorizationQuery,
    responses: PAGES,
    errors: [],
    handle: ({ query, http }) => orRefusal(() => begin(identity, query, http)),
  });

  const signIn = operation({
    id: 'auth.sign_in',
    method: 'POST',
    path: '/auth/sign-in',
    summary: 'The form of the sign-in page',
    description: 'Checks the password and continues the authorization request. Only for the page itself.',
    access: { public: 'people sign in here (C-06)' },
    body: SignInForm,
    formBody: true,
    responses: {
      ...PAGES,
      429: { description: 'Too many failed sign-ins.', schema: Type.Union([Type.String(), ErrorView]) },
    },
    errors: [],
    limitPerMinute: 20,
    handle: ({ body, http }) => orRefusal(() => complete(identity, body, http)),
  });

  return [authorize, signIn, ...mailedLinkOperations(identity)];
}

async function begin(identity: Identity, query: AuthorizationRequest, http: HttpFacts): Promise<Answer> {
  const authorization = await identity.checkAuthorization(query);
  const session = await identity.useSession(sessionCookie(http, identity.issuer()));
  if (session && identity.sessionSuffices(authorization, session)) {
    return redirectTo(await identity.issueCode(causeOf(http, 'auth.authorize'), authorization, session));
  }
  if (authorization.prompt.includes('none')) throw identity.loginRequired(authorization);
  const request = new URLSearchParams(Object.entries(query)).toString();
  return showForm(identity, http, authorization, { request });
}

/** Shows the form and binds it to this browser by a cookie that only this host can set and read. */
function showForm(
  identity: Identity,
  http: HttpFacts,
  { client, redirectUri }: CheckedAuthorization,
  view: Pick<SignInPage, 'request' | 'email' | 'problem' | 'status' | 'headers'>,
): Answer {
  const known = signInCookie(http, identity.issuer());
  // Two tabs share the cookie, so that the first form stays valid when the second opens.
  const nonce = known && NONCE.test(known) ? known : randomBytes(32).toString('base64url');
  return signInPage({
    ...view,
    clientName: client.name,
    redirectUri,
    tag: identity.formTag(nonce, view.request),
    headers: { ...view.headers, 'set-cookie': newSignInCookie(identity.issuer(), nonce) },
  });
}

async function complete(
  identity: Identity,
  form: { request?: string; tag?: string; email?: string; password?: string },
  http: HttpFacts,
): Promise<Answer> {
  const { request = '', tag = '', email = '', password = '' } = form;
  const nonce = signInCookie(http, identity.issuer());
  if (!nonce || !secretsEqual(tag, identity.formTag(nonce, request))) {
    throw new AuthorizationRefusal('invalid_request', 'This form is not from this browser; start again.', null);
  }
  const authorization = await identity.checkAuthorization(Object.fromEntries(new URLSearchParams(request)));
  try {
    const cause = causeOf(http, 'auth.sign_in');
    const { client } = authorization;
    const orgId = identity.isPlatformClient(client) ? null : client.orgId;
    const { secret } = await identity.signIn(cause, { email, password, orgId, livemode: client.livemode });
    const session = await identity.useSession(secret);
    if (!session) throw new DomainError('unauthenticated', 'Your session ended meanwhile; sign in again.');
    const target = await identity.issueCode(cause, authorization, session);
    return redirectTo(target, { 'set-cookie': newSessionCookie(identity.issuer(), secret) });
  } catch (error) {
    if (!(error instanceof DomainError) || error instanceof AuthorizationRefusal) throw error;
    if (error.kind !== 'unauthenticated' && error.kind !== 'rate_limited') throw error;
    const paused = error.kind === 'rate_limited';
    const headers = paused ? { 'retry-after': String(error.retryAfterSeconds) } : undefined;
    const status = paused ? 429 : 400;
    return showForm(identity, http, authorization, { request, email, problem: error.message, status, headers });
  }
}

/** A refusal goes back to the client; to nobody while client and redirect URI are not proven. */
async function orRefusal(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AuthorizationRefusal)) throw error;
    if (error.redirectTo !== null) return redirectTo(error.redirectTo);
    return messagePage(400, 'This request cannot be answered', error.message);
  }
}

/** 303: the browser follows with GET and leaves the password behind (RFC 9700 section 4.12). */
function redirectTo(location: string, headers: Record<string, string> = {}): Answer {
  return { status: 303, headers: { ...UNCACHED, 'referrer-policy': 'no-referrer', ...headers, location } };
}
