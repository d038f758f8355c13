import { createHash, randomBytes } from 'node:crypto';
import type { TestApp, TestOrganization } from './app.ts';

const PASSWORD = 'Correct-Horse-7-Battery';

/** A person of an organisation with a token of the authorization code flow, as a browser and a client get it. */
export interface SignedInUser {
  id: string;
  email: string;
  token: string;
  clientId: string;
}

/**
 * Makes a user with this role and signs them in through the hosted page: PKCE, form, code, token.
 * @param scopes what the client asks for; the role of the user bounds what the token gets
 */
export async function signInUser(
  app: TestApp,
  organization: TestOrganization,
  options: { role: 'viewer' | 'member' | 'admin'; scopes: readonly string[] },
): Promise<SignedInUser> {
  const { token } = organization;
  const email = `${randomBytes(4).toString('hex')}@example.com`;
  const user = await expect(app, 201, 'POST', '/users', { token, body: { name: 'Ada', email, role: options.role } });
  await expect(app, 200, 'POST', `/users/${user.id}/password`, { token, body: { password: PASSWORD } });
  const redirectUri = 'http://127.0.0.1/callback';
  const made = await expect(app, 201, 'POST', '/oauth-clients', {
    token,
    body: {
      name: 'Console',
      type: 'public',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      scopes: [...options.scopes],
    },
  });
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: made.id,
    redirect_uri: redirectUri,
    scope: options.scopes.join(' '),
    state: 'xyz',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const code = await codeFromPage(app, `/auth/authorize?${query}`, { email, password: PASSWORD });
  const form = { grant_type: 'authorization_code', client_id: made.id, redirect_uri: redirectUri, code };
  const answer = await postForm(app, '/auth/token', { ...form, code_verifier: verifier });
  if (answer.status !== 200) throw new Error(`No token for a ${options.role}: ${JSON.stringify(answer.body)}`);
  return { id: user.id, email, token: answer.body.access_token, clientId: made.id };
}

/** Opens the sign-in page, fills in its form and follows the redirect to the code. */
async function codeFromPage(app: TestApp, path: string, person: { email: string; password: string }): Promise<string> {
  const page = await app.request('GET', path);
  const hidden = (name: string) => {
    const value = new RegExp(`name="${name}" value="([^"]*)"`).exec(String(page.body))?.[1];
    if (value === undefined) throw new Error(`The sign-in page has no field ${name}: ${page.body}`);
    return value.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'");
  };
  const cookie = [page.headers['set-cookie']].flat().map((each) => each!.split(';')[0]);
  const form = { request: hidden('request'), tag: hidden('tag'), ...person };
  const answer = await postForm(app, '/auth/sign-in', form, { cookie: cookie.join('; ') });
  const code = new URL(answer.headers.location ?? 'about:blank').searchParams.get('code');
  if (!code) throw new Error(`The sign-in gave no code: ${answer.status} ${answer.headers.location} ${answer.body}`);
  return code;
}

function postForm(app: TestApp, path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
  return app.request('POST', path, {
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    raw: new URLSearchParams(fields).toString(),
  });
}

async function expect(app: TestApp, status: number, ...request: Parameters<TestApp['request']>) {
  const answer = await app.request(...request);
  if (answer.status === status) return answer.body;
  throw new Error(`${request[0]} ${request[1]} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
}
