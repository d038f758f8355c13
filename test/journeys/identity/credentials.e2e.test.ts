import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { fetchToken, type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';
import { browser } from '#test/support/browser.ts';
import { anonymousCause, CALLBACK, newApplication, newPerson, PASSWORD } from './people.ts';

let app: TestApp;
let organization: TestOrganization;
let platform: string;
before(async () => {
  app = await testApp();
  organization = await app.organization();
  platform = await app.platformToken();
});
after(() => app.close());

const call = (method: string, path: string, body?: unknown, token = organization.token) =>
  app.request(method, path, { token, body });
const status = async (token: string) => (await call('GET', '/users?limit=1', undefined, token)).status;

async function newKey(body: object = {}) {
  const answer = await call('POST', '/api-keys', { name: 'Export', scopes: ['users:read'], ...body });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body;
}

test('G-19 AUTH-12 an API key works with its scopes alone, shows its secret once and stops when revoked', async () => {
  const key = await newKey();
  assert.match(key.secret, /^sk_live_/);
  assert.equal(await status(key.secret), 200);
  const refused = await call('POST', '/users', { name: 'Eve', email: 'eve@example.com' }, key.secret);
  assert.equal(refused.status, 403);
  assert.match(refused.body.error.message, /users:write/);
  const read = await call('GET', `/api-keys/${key.id}`);
  assert.equal(read.body.secret, undefined);
  assert.ok(!JSON.stringify(read.body).includes(key.secret));
  const revoked = await call('DELETE', `/api-keys/${key.id}`);
  assert.equal(revoked.body.status, 'revoked');
  assert.equal(await status(key.secret), 401);
  assert.equal((await call('DELETE', `/api-keys/${key.id}`)).status, 410);
});

test('G-19 SOC-02 nobody gives a key or a client a scope that they lack themselves', async () => {
  const token = await app.tokenWith(organization, ['api_keys:write', 'oauth_clients:write', 'users:read']);
  for (const [path, body] of [
    ['/api-keys', { name: 'x', scopes: ['orders:write'] }],
    ['/oauth-clients', { name: 'x', scopes: ['orders:write'] }],
  ] as const) {
    const refused = await call('POST', path, body, token);
    assert.equal(refused.status, 403);
    assert.match(refused.body.error.message, /orders:write/);
    assert.equal((await call('POST', path, { ...body, scopes: ['users:read'] }, token)).status, 201);
  }
  const crossing = await call('POST', '/api-keys', { name: 'x', scopes: ['platform:admin'] });
  assert.equal(crossing.status, 422);
});

test('SOC-02 nobody gets the secret or the codes of a key or client that may do more than they themselves', async () => {
  const token = await app.tokenWith(organization, ['api_keys:write', 'oauth_clients:write', 'users:read']);
  const [wide, narrow] = [await newKey({ scopes: ['users:read', 'orders:write'] }), await newKey()];
  const rotate = (id: string) => call('POST', `/api-keys/${id}/rotate`, {}, token);
  const refused = await rotate(wide.id);
  assert.deepEqual([refused.status, refused.body.error?.code], [403, 'ERR_PERMISSION_DENIED']);
  assert.match(refused.body.error.message, /orders:write/);
  assert.equal((await rotate(narrow.id)).status, 201);
  assert.equal(await status(wide.secret), 200);
  const headers = { 'x-api-key': await app.key(organization, { scopes: ['api_keys:write', 'users:read'] }) };
  const rotatedByV1 = await app.request('POST', `/v1/keys/${wide.id}/rotate`, { headers, body: {} });
  assert.equal(rotatedByV1.status, 403);

  const client = (scopes: string[]) => call('POST', '/oauth-clients', { name: 'x', scopes, redirect_uris: [CALLBACK] });
  const [wideClient, narrowClient] = [await client(['users:read', 'orders:write']), await client(['users:read'])];
  const newSecret = (id: string) => call('POST', `/oauth-clients/${id}/rotate-secret`, undefined, token);
  const newTarget = (id: string) =>
    call('PATCH', `/oauth-clients/${id}`, { redirect_uris: ['https://thief.example/'] }, token);
  assert.equal((await newSecret(wideClient.body.id)).status, 403);
  assert.equal((await newTarget(wideClient.body.id)).status, 403);
  assert.equal((await call('PATCH', `/oauth-clients/${wideClient.body.id}`, { name: 'y' }, token)).status, 200);
  assert.equal((await newSecret(narrowClient.body.id)).status, 200);
  assert.equal((await newTarget(narrowClient.body.id)).status, 200);
});

test('G-19 a key works from its addresses only, and a change of them counts at once', async () => {
  const key = await newKey({ ip_ranges: ['127.0.0.0/8', '::1'] });
  assert.equal(await status(key.secret), 200);
  const changed = await call('PATCH', `/api-keys/${key.id}`, { ip_ranges: ['203.0.113.7'] });
  assert.deepEqual(changed.body.ip_ranges, ['203.0.113.7']);
  assert.equal(await status(key.secret), 403);
  await call('PATCH', `/api-keys/${key.id}`, { ip_ranges: null });
  assert.equal(await status(key.secret), 200);
});

test('G-19 C-12 a rotated key keeps name, scopes, ranges and expiry; the old one works exactly for its grace', async () => {
  const expires = new Date(app.clock.nowMs() + 90 * 86_400_000).toISOString();
  const key = await newKey({ expires_at: expires, ip_ranges: ['127.0.0.1'] });
  const next = (await call('POST', `/api-keys/${key.id}/rotate`, { grace_seconds: 600 })).body;
  assert.notEqual(next.secret, key.secret);
  assert.equal(next.expires_at, expires);
  assert.deepEqual([next.name, next.scopes, next.ip_ranges], [key.name, key.scopes, key.ip_ranges]);
  assert.equal((await call('GET', `/api-keys/${key.id}`)).body.status, 'retiring');
  app.clock.advance(599_000);
  assert.deepEqual([await status(key.secret), await status(next.secret)], [200, 200]);
  app.clock.advance(1_000);
  assert.deepEqual([await status(key.secret), await status(next.secret)], [401, 200]);
});

test('G-19 C-12 the overlap is a day unless told, never longer by a second rotation, and 0 ends the old key at once', async () => {
  const key = await newKey();
  await call('POST', `/api-keys/${key.id}/rotate`, { grace_seconds: 60 });
  await call('POST', `/api-keys/${key.id}/rotate`, {});
  const retires = Date.parse((await call('GET', `/api-keys/${key.id}`)).body.retires_at);
  assert.equal(retires, app.clock.nowMs() + 60_000);
  const other = await newKey();
  await call('POST', `/api-keys/${other.id}/rotate`, {});
  const day = Date.parse((await call('GET', `/api-keys/${other.id}`)).body.retires_at) - app.clock.nowMs();
  assert.equal(day, 86_400_000);
  const ended = await newKey();
  assert.equal(await status(ended.secret), 200);
  await call('POST', `/api-keys/${ended.id}/rotate`, { grace_seconds: 0 });
  assert.equal(await status(ended.secret), 401);
});

test('G-19 an expired key is refused from the very instant, also when it is in use', async () => {
  const key = await newKey({ expires_at: new Date(app.clock.nowMs() + 5_000).toISOString() });
  app.clock.advance(4_999);
  assert.equal(await status(key.secret), 200);
  app.clock.advance(1);
  assert.equal(await status(key.secret), 401);
  const past = await call('POST', '/api-keys', {
    name: 'x',
    scopes: ['users:read'],
    expires_at: app.clock.now().toISOString(),
  });
  assert.equal(past.status, 422);
});

test('G-19 whoever finds a secret ends the key by reporting it; unknown ones are answered the same', async () => {
  const key = await newKey();
  assert.equal(await status(key.secret), 200);
  const report = (secret: string) => app.request('POST', '/auth/leaked-keys', { body: { secret } });
  const [known, unknown] = [await report(key.secret), await report('sk_live_nothing')];
  assert.equal(known.status, 202);
  assert.deepEqual(known.body, unknown.body);
  assert.equal(await status(key.secret), 401);
});

test('USR-21 the keys that a user made end with the user', async () => {
  const person = await newPerson(app, organization);
  const application = await newApplication(app, organization, { scopes: ['users:read', 'api_keys:write'] });
  const verifier = 'v'.repeat(43);
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: application.id,
    redirect_uri: CALLBACK,
    scope: 'users:read api_keys:write',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const visitor = browser();
  const page = await visitor.get(`${app.baseUrl}/auth/authorize?${query}`);
  const { location } = await visitor.submit(page, { email: person.email, password: PASSWORD });
  const exchange = {
    grant_type: 'authorization_code',
    client_id: application.id,
    code: location!.searchParams.get('code'),
    redirect_uri: CALLBACK,
    code_verifier: verifier,
  };
  const { access_token: token } = (await app.request('POST', '/auth/token', { body: exchange })).body;
  const key = (await call('POST', '/api-keys', { name: 'Mine', scopes: ['users:read'] }, token)).body;
  assert.equal(key.owner_user_id, person.id);
  assert.equal(await status(key.secret), 200);
  await call('DELETE', `/users/${person.id}`);
  assert.equal(await status(key.secret), 401);
});

test('AUTH-14 test and live are separate worlds: a test key sees no live users', async () => {
  const sandbox = await app.organization({ livemode: false });
  const made = await call('POST', '/api-keys', { name: 'x', scopes: ['users:read', 'users:write'] }, sandbox.token);
  assert.match(made.body.secret, /^sk_test_/);
  const user = await call('POST', '/users', { name: 'Ada', email: 'ada.test@example.com' }, made.body.secret);
  assert.equal(user.status, 201);
  assert.equal((await call('GET', `/users/${user.body.id}`)).status, 404);
});

test('G-20 an OAuth client is created with its secret shown once, changed, given a new secret, and revoked', async () => {
  const body = { name: 'Sync', scopes: ['users:read'], refresh_reuse_grace_seconds: 30 };
  const made = (await call('POST', '/oauth-clients', body)).body;
  assert.match(made.client_secret, /^tcs_live_/);
  const credentials = { clientId: made.id, clientSecret: made.client_secret };
  const token = await fetchToken(app, credentials);
  assert.equal(await status(token), 200);
  assert.equal((await call('GET', `/oauth-clients/${made.id}`)).body.client_secret, undefined);
  const rotated = (await call('POST', `/oauth-clients/${made.id}/rotate-secret`)).body;
  await assert.rejects(fetchToken(app, credentials), /invalid_client/);
  assert.ok(await fetchToken(app, { ...credentials, clientSecret: rotated.client_secret }));
  const narrowed = await call('PATCH', `/oauth-clients/${made.id}`, { scopes: ['products:read'] });
  assert.deepEqual(narrowed.body.scopes, ['products:read']);
  assert.equal(await status(token), 403);
  assert.equal((await call('DELETE', `/oauth-clients/${made.id}`)).body.status, 'revoked');
  assert.equal(await status(token), 401);
  await assert.rejects(fetchToken(app, { ...credentials, clientSecret: rotated.client_secret }), /invalid_client/);
  assert.equal((await call('DELETE', `/oauth-clients/${made.id}`)).status, 410);
});

test('AUTH-14 clients, keys and sessions of another organisation are 404', async () => {
  const other = await app.organization();
  const key = (await call('POST', '/api-keys', { name: 'x', scopes: ['users:read'] }, other.token)).body;
  for (const path of [`/api-keys/${key.id}`, `/oauth-clients/${other.clientId}`, `/organizations/${other.id}`]) {
    assert.equal((await call('GET', path)).status, 404, path);
  }
  assert.equal((await call('DELETE', `/api-keys/${key.id}`)).status, 404);
  assert.equal((await call('POST', `/api-keys/${key.id}/rotate`, {})).status, 404);
  assert.equal((await call('DELETE', `/oauth-clients/${other.clientId}`)).status, 404);
  assert.equal((await call('PATCH', `/organizations/${other.id}`, { name: 'Mine now' })).status, 404);
  assert.equal(await status(key.secret), 200);
});

test('G-08 AUTH-13 organisations: the platform makes and lists them, an admin sees and changes their own', async () => {
  const body = { name: 'Contoso', default_currency: 'EUR', time_zone: 'Europe/Berlin' };
  assert.equal((await call('POST', '/organizations', body)).status, 403);
  const made = await call('POST', '/organizations', body, platform);
  assert.equal(made.status, 201);
  assert.equal(made.body.plan, 'free');
  assert.equal((await call('GET', `/organizations/${made.body.id}`, undefined, platform)).body.name, 'Contoso');
  const all = await call('GET', '/organizations?limit=100', undefined, platform);
  assert.ok(all.body.data.length > 2);
  const own = await call('GET', '/organizations');
  assert.deepEqual(
    own.body.data.map((each: { id: string }) => each.id),
    [organization.id],
  );
  const path = `/organizations/${organization.id}`;
  assert.equal((await call('PATCH', path, { name: 'New name' })).body.name, 'New name');
  assert.equal((await call('PATCH', path, { plan: 'enterprise' })).status, 403);
  assert.equal((await call('PATCH', path, { plan: 'pro' }, platform)).body.plan, 'pro');
});

test('G-08 AUTH-12 the credentials of a suspended organisation stop at once and come back with it', async () => {
  const other = await app.organization();
  assert.equal(await status(other.token), 200);
  const path = `/organizations/${other.id}`;
  assert.equal((await call('PATCH', path, { status: 'suspended' }, platform)).body.status, 'suspended');
  assert.equal(await status(other.token), 401);
  await assert.rejects(fetchToken(app, other), /invalid_client/);
  await call('PATCH', path, { status: 'active' }, platform);
  assert.equal(await status(other.token), 200);
});

test('G-07 sessions are listed without secrets and ended by an administrator', async () => {
  const person = await newPerson(app, organization);
  const { identity } = app.platform.modules;
  const scope = { orgId: organization.id, livemode: true };
  const { secret } = await identity.signIn(anonymousCause(), { email: person.email, password: PASSWORD, ...scope });
  const list = await call('GET', `/sessions?user_id=${person.id}&open=true`);
  assert.equal(list.body.data.length, 1);
  assert.deepEqual(list.body.data[0].methods, ['pwd']);
  assert.ok(!JSON.stringify(list.body).includes(secret));
  const ended = await call('DELETE', `/sessions/${list.body.data[0].id}`);
  assert.equal(ended.body.end_reason, 'signed_out');
  assert.equal(await identity.useSession(secret), null);
  assert.equal((await call('DELETE', `/sessions/${list.body.data[0].id}`)).status, 410);
});

test('G-07 a password is changed by its owner with the present one, by an admin without, and ends every session', async () => {
  const person = await newPerson(app, organization);
  const path = `/users/${person.id}/password`;
  assert.equal((await call('POST', path, { password: 'short' })).status, 422);
  assert.equal((await call('POST', path, { password: 'p'.repeat(257) })).status, 422);
  assert.equal((await call('POST', path, { password: person.email })).status, 422);
  assert.equal((await call('POST', path, { password: 'another long password' })).status, 200);
  const { identity } = app.platform.modules;
  const scope = { orgId: organization.id, livemode: true };
  const signIn = (password: string) => identity.signIn(anonymousCause(), { email: person.email, password, ...scope });
  await assert.rejects(signIn(PASSWORD), { kind: 'unauthenticated' });
  const { secret } = await signIn('another long password');
  assert.ok(await identity.useSession(secret));
  await call('POST', path, { password: 'a third long password' });
  assert.equal(await identity.useSession(secret), null);
});
