import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as client from 'openid-client';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';
import { type Browser, browser } from '#test/support/browser.ts';
import { CALLBACK, newApplication, newPerson, PASSWORD } from './people.ts';

let app: TestApp;
let organization: TestOrganization;
let application: Awaited<ReturnType<typeof newApplication>>;
let configuration: client.Configuration;

before(async () => {
  app = await testApp();
  organization = await app.organization();
  application = await newApplication(app, organization);
  configuration = await discover(application.id);
});
after(() => app.close());

function discover(clientId: string): Promise<client.Configuration> {
  return client.discovery(new URL(app.baseUrl), clientId, undefined, client.None(), {
    execute: [client.allowInsecureRequests],
  });
}

/** The library's half of the flow: everything it will check when the browser comes back. */
async function begin(scope: string, extra: Record<string, string> = {}) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const expectedNonce = client.randomNonce();
  const url = client.buildAuthorizationUrl(configuration, {
    redirect_uri: CALLBACK,
    scope,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
    ...extra,
  });
  const checks = { pkceCodeVerifier, expectedState, ...(scope.includes('openid') && { expectedNonce }) };
  return { url: url.href, checks };
}

/** The person's half: from the link to the redirect that carries the code. */
async function signIn(visitor: Browser, url: string, email: string, password = PASSWORD) {
  return visitor.submit(await visitor.get(url), { email, password });
}

async function tokensFor(visitor: Browser, email: string, scope: string) {
  const { url, checks } = await begin(scope);
  const landed = await signIn(visitor, url, email);
  return client.authorizationCodeGrant(configuration, landed.location!, checks);
}

const users = (token: string) => app.request('GET', '/users?limit=1', { token });

test('AUTH-09 AUTH-07 an unmodified client signs a person in with code, PKCE, state, nonce and issuer', async () => {
  const person = await newPerson(app, organization);
  const { url, checks } = await begin('openid profile email users:read');
  const visitor = browser();
  const page = await visitor.get(url);
  assert.equal(page.status, 200);
  const landed = await visitor.submit(page, { email: person.email.toUpperCase(), password: PASSWORD });
  assert.equal(landed.status, 303);
  assert.equal(`${landed.location!.origin}${landed.location!.pathname}`, CALLBACK);
  const tokens = await client.authorizationCodeGrant(configuration, landed.location!, checks);
  assert.equal(tokens.expires_in, 3600);
  assert.equal(tokens.claims()!.sub, person.id);
  assert.equal((await users(tokens.access_token)).status, 200);
  const info = await client.fetchUserInfo(configuration, tokens.access_token, person.id);
  assert.equal(info.email, person.email);
  assert.equal(info.name, 'Ada Lovelace');
  // An ID token tells the client who signed in; it is no credential.
  assert.equal((await users(tokens.id_token!)).status, 401);
});

test('USR-15 last_login is null before the first sign-in and set by it', async () => {
  const person = await newPerson(app, organization);
  const path = `/users/${person.id}`;
  assert.equal((await app.request('GET', path, { token: organization.token })).body.last_login, null);
  await tokensFor(browser(), person.email, 'users:read');
  const after = await app.request('GET', path, { token: organization.token });
  assert.equal(after.body.last_login, app.clock.now().toISOString());
});

test('AUTH-09 a second request in the same browser needs no password, prompt=login and another browser do', async () => {
  const person = await newPerson(app, organization);
  const visitor = browser();
  await tokensFor(visitor, person.email, 'users:read');
  const second = await visitor.get((await begin('users:read')).url);
  assert.equal(second.status, 303);
  assert.ok(second.location!.searchParams.get('code'));
  assert.equal((await visitor.get((await begin('users:read', { prompt: 'login' })).url)).status, 200);
  assert.equal((await browser().get((await begin('users:read')).url)).status, 200);
  const silent = await browser().get((await begin('users:read', { prompt: 'none' })).url);
  assert.equal(silent.location!.searchParams.get('error'), 'login_required');
});

test('AUTH-09 a code works once: its replay is refused and ends the tokens of the first exchange', async () => {
  const person = await newPerson(app, organization);
  const { url, checks } = await begin('users:read offline_access');
  const landed = await signIn(browser(), url, person.email);
  const tokens = await client.authorizationCodeGrant(configuration, landed.location!, checks);
  assert.equal((await users(tokens.access_token)).status, 200);
  const replay = client.authorizationCodeGrant(configuration, landed.location!, checks);
  await assert.rejects(replay, { error: 'invalid_grant' });
  assert.equal((await users(tokens.access_token)).status, 401);
  await assert.rejects(client.refreshTokenGrant(configuration, tokens.refresh_token!), { error: 'invalid_grant' });
});

test('AUTH-09 of eight simultaneous exchanges of one code exactly one succeeds', async () => {
  const person = await newPerson(app, organization);
  const { url, checks } = await begin('users:read');
  const landed = await signIn(browser(), url, person.email);
  const exchange = () => client.authorizationCodeGrant(configuration, landed.location!, checks);
  const results = await Promise.allSettled(Array.from({ length: 8 }, exchange));
  assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1);
});

test('AUTH-09 a code is bound to its PKCE verifier, redirect URI and client, and lives 60 seconds', async () => {
  const person = await newPerson(app, organization);
  const { id: other } = await newApplication(app, organization);
  const exchange = async (change: Record<string, string>, waitMs = 0) => {
    const { url, checks } = await begin('users:read');
    const landed = await signIn(browser(), url, person.email);
    app.clock.advance(waitMs);
    const form = {
      grant_type: 'authorization_code',
      code: landed.location!.searchParams.get('code')!,
      redirect_uri: CALLBACK,
      client_id: application.id,
      code_verifier: checks.pkceCodeVerifier,
      ...change,
    };
    const answer = await app.request('POST', '/auth/token', { body: form });
    return answer.status === 200 ? 'tokens' : answer.body.error;
  };
  assert.equal(await exchange({}), 'tokens');
  assert.equal(await exchange({ code_verifier: client.randomPKCECodeVerifier() }), 'invalid_grant');
  assert.equal(await exchange({ redirect_uri: `${CALLBACK}/` }), 'invalid_grant');
  assert.equal(await exchange({ client_id: other }), 'invalid_grant');
  assert.equal(await exchange({ code_verifier: '' }), 'invalid_request');
  assert.equal(await exchange({}, 59_000), 'tokens');
  assert.equal(await exchange({}, 61_000), 'invalid_grant');
});

test('AUTH-09 nobody is redirected to a URI that the client did not register, letter by letter', async () => {
  for (const redirect of [`${CALLBACK}/`, `${CALLBACK}?x=1`, 'https://evil.example/callback', CALLBACK.toUpperCase()]) {
    const { url } = await begin('users:read', { redirect_uri: redirect });
    const page = await browser().get(url);
    assert.equal(page.status, 400);
    assert.equal(page.location, null);
  }
  const { url } = await begin('users:read', { client_id: 'cli_unknown' });
  assert.equal((await browser().get(url)).location, null);
});

test('AUTH-09 other faults of the request go back to the client with state and issuer', async () => {
  const faults: [Record<string, string>, string][] = [
    [{ code_challenge: '' }, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ scope: 'payments:write' }, 'invalid_scope'],
  ];
  for (const [extra, code] of faults) {
    const { url, checks } = await begin('users:read', extra);
    const { location } = await browser().get(url);
    assert.equal(location!.searchParams.get('error'), code);
    assert.equal(location!.searchParams.get('state'), checks.expectedState);
    assert.equal(location!.searchParams.get('iss'), app.baseUrl);
  }
});

test('AUTH-09 the sign-in page takes no script, no frame and no form of another site', async () => {
  const person = await newPerson(app, organization);
  const page = await browser().get((await begin('users:read')).url);
  const policy = page.headers.get('content-security-policy')!;
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.match(policy, /form-action 'self' https:\/\/app\.example;/);
  assert.equal(page.headers.get('cache-control'), 'no-store');
  assert.doesNotMatch(page.text, /<script/i);
  // The same form from a browser that was not shown the page: what a forged cross-site post would be.
  const forged = await browser().submit(page, { email: person.email, password: PASSWORD });
  assert.equal(forged.status, 400);
  assert.equal(forged.location, null);
});

test('AUTH-09 text in the request is shown as text', async () => {
  const { url } = await begin('users:read', { state: '"><script>alert(1)</script>' });
  const page = await browser().get(url);
  assert.equal(page.status, 200);
  assert.doesNotMatch(page.text, /<script/i);
});

test('AUTH-14 C-13 a token never has more than the role of its person: a viewer gets no write scope', async () => {
  const viewer = await newPerson(app, organization, { role: 'viewer' });
  const tokens = await tokensFor(browser(), viewer.email, 'products:read products:write users:write');
  assert.equal(tokens.scope, 'products:read');
  const body = { name: 'Bob', email: 'bob.viewer@example.com' };
  const refused = await app.request('POST', '/users', { token: tokens.access_token, body });
  assert.equal(refused.status, 403);
  assert.match(refused.body.error.message, /users:write/);
});

test('AUTH-14 a demotion takes the scopes of a token that is in use at once', async () => {
  const person = await newPerson(app, organization, { role: 'admin' });
  const tokens = await tokensFor(browser(), person.email, 'users:read users:write');
  const path = `/users/${person.id}`;
  const rename = () => app.request('PATCH', path, { token: tokens.access_token, body: { name: 'Ada' } });
  assert.equal((await rename()).status, 200);
  const demoted = await app.request('PATCH', path, { token: organization.token, body: { role: 'viewer' } });
  assert.equal(demoted.status, 200);
  assert.equal((await rename()).status, 403);
  assert.equal((await users(tokens.access_token)).status, 200);
});

test('AUTH-15 an admin of one organisation cannot sign in to the application of another', async () => {
  const stranger = await newPerson(app, await app.organization());
  const page = await signIn(browser(), (await begin('users:read')).url, stranger.email);
  assert.equal(page.status, 400);
  assert.match(page.text, /E-mail address or password is wrong/);
});

test('USR-21 an archived user cannot sign in; session, access and refresh token stop at once', async () => {
  const person = await newPerson(app, organization);
  const visitor = browser();
  const tokens = await tokensFor(visitor, person.email, 'users:read offline_access');
  assert.equal((await users(tokens.access_token)).status, 200);
  await app.request('DELETE', `/users/${person.id}`, { token: organization.token });
  assert.equal((await users(tokens.access_token)).status, 401);
  await assert.rejects(client.refreshTokenGrant(configuration, tokens.refresh_token!), { error: 'invalid_grant' });
  const again = await visitor.get((await begin('users:read')).url);
  assert.equal(again.status, 200);
  const attempt = await visitor.submit(again, { email: person.email, password: PASSWORD });
  assert.equal(attempt.status, 400);
});

test('AUTH-12 C-19 signing out ends the tokens without offline_access and keeps those with it', async () => {
  const person = await newPerson(app, organization);
  const visitor = browser();
  const online = await tokensFor(visitor, person.email, 'users:read');
  const { url, checks } = await begin('users:read offline_access');
  const offline = await client.authorizationCodeGrant(configuration, (await visitor.get(url)).location!, checks);
  assert.equal((await users(online.access_token)).status, 200);
  const out = await app.request('POST', '/auth/logout', { token: online.access_token });
  assert.equal(out.status, 200);
  assert.equal((await users(online.access_token)).status, 401);
  await assert.rejects(client.refreshTokenGrant(configuration, online.refresh_token!), { error: 'invalid_grant' });
  assert.equal((await users(offline.access_token)).status, 200);
  assert.ok(await client.refreshTokenGrant(configuration, offline.refresh_token!));
  assert.equal((await visitor.get((await begin('users:read')).url)).status, 200);
});

test('AUTH-04 AUTH-05 a refresh through the library rotates, and reuse ends the family', async () => {
  const person = await newPerson(app, organization);
  const first = await tokensFor(browser(), person.email, 'openid users:read offline_access');
  const second = await client.refreshTokenGrant(configuration, first.refresh_token!);
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.equal((await users(second.access_token)).status, 200);
  await assert.rejects(client.refreshTokenGrant(configuration, first.refresh_token!), { error: 'invalid_grant' });
  await assert.rejects(client.refreshTokenGrant(configuration, second.refresh_token!), { error: 'invalid_grant' });
  assert.equal((await users(second.access_token)).status, 401);
});

test('AUTH-12 the library revokes a token', async () => {
  const person = await newPerson(app, organization);
  const tokens = await tokensFor(browser(), person.email, 'users:read offline_access');
  await client.tokenRevocation(configuration, tokens.refresh_token!);
  assert.equal((await users(tokens.access_token)).status, 401);
});

test('AUTH-09 five wrong passwords pause the address, the same for a known and an unknown one', async () => {
  const person = await newPerson(app, organization);
  for (const email of [person.email, 'nobody.at.all@example.com']) {
    const visitor = browser();
    const { url } = await begin('users:read');
    for (let attempt = 1; attempt <= 5; attempt++) {
      const page = await signIn(visitor, url, email, 'wrong wrong wrong');
      assert.equal(page.status, 400);
      assert.match(page.text, /E-mail address or password is wrong/);
    }
    const paused = await signIn(visitor, url, email);
    assert.equal(paused.status, 429);
    assert.equal(paused.headers.get('retry-after'), '30');
  }
  app.clock.advance(30_000);
  const landed = await signIn(browser(), (await begin('users:read')).url, person.email);
  assert.equal(landed.status, 303);
});

test('AUTH-09 C-19 a session ends after 30 idle minutes and after 24 hours, with its tokens', async () => {
  const person = await newPerson(app, organization);
  const visitor = browser();
  await tokensFor(visitor, person.email, 'users:read');
  const asksAgain = async () => (await visitor.get((await begin('users:read')).url)).status === 200;
  app.clock.advance(29 * 60_000);
  assert.equal(await asksAgain(), false);
  app.clock.advance(30 * 60_000);
  assert.equal(await asksAgain(), true);

  const { url, checks } = await begin('users:read');
  const landed = await signIn(visitor, url, person.email);
  const tokens = await client.authorizationCodeGrant(configuration, landed.location!, checks);
  let refreshToken = tokens.refresh_token!;
  for (let hour = 1; hour < 24; hour++) {
    app.clock.advance(3_600_000 - 60_000);
    refreshToken = (await client.refreshTokenGrant(configuration, refreshToken)).refresh_token!;
  }
  app.clock.advance(3_600_000);
  app.clock.advance(30 * 60_000);
  await assert.rejects(client.refreshTokenGrant(configuration, refreshToken), { error: 'invalid_grant' });
});

test('V1-08 an identity platform keeps the life of a user by its key, and people come in by single sign-on as it says', async () => {
  const key = await app.key(organization, { scopes: ['users:read', 'users:write', 'users:delete'] });
  const v1 = async (method: string, path: string, body?: unknown) => {
    const answer = await app.request(method, `/v1${path}`, { body, headers: { 'x-api-key': key } });
    assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body?.data;
  };
  const email = 'provisioned@example.com';
  const user = await v1('POST', '/users', { name: 'Ada Lovelace', email, metadata: { employee: 'E-7' } });
  const token = await app.tokenWith(organization, ['users:read', 'users:write', 'users:delete']);
  const password = { token, body: { password: PASSWORD } };
  assert.equal((await app.request('POST', `/users/${user.id}/password`, password)).status, 200);
  const enters = () => tokensFor(browser(), email, 'openid profile email users:read').catch(() => null);

  const tokens = await enters();
  assert.equal(tokens!.claims()!.sub, user.id, 'the id of /v1 is the subject of the bridge');
  const info = await client.fetchUserInfo(configuration, tokens!.access_token, user.id);
  assert.deepEqual([info.email, info.name], [email, 'Ada Lovelace']);
  assert.notEqual((await v1('GET', `/users/${user.id}`)).last_login, null);

  await v1('PATCH', `/users/${user.id}`, { status: 'inactive' });
  assert.equal((await users(tokens!.access_token)).status, 401, 'who is suspended is out at once');
  assert.equal(await enters(), null, 'and does not come in again');
  await v1('PATCH', `/users/${user.id}`, { status: 'active' });
  const back = await enters();
  assert.ok(back);
  await v1('DELETE', `/users/${user.id}`);
  assert.equal((await users(back.access_token)).status, 401);
  assert.equal(await enters(), null);
});
