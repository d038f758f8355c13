import assert from 'node:assert/strict';
import { createHash, createHmac, generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import * as oauth from 'oauth4webapi';
import { systemContext } from '#kernel/context.ts';
import { newId } from '#kernel/ids.ts';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';
import { contextOf } from './people.ts';

let app: TestApp;
let organization: TestOrganization;
let server: oauth.AuthorizationServer;
const insecure = { [oauth.allowInsecureRequests]: true };

before(async () => {
  app = await testApp();
  organization = await app.organization();
  const issuer = new URL(app.baseUrl);
  server = await oauth.processDiscoveryResponse(
    issuer,
    await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }),
  );
});
after(() => app.close());

const clientOf = ({ clientId }: TestOrganization): oauth.Client => ({ client_id: clientId });
const users = (token: string) => app.request('GET', '/users?limit=1', { token });

async function obtain(owner: TestOrganization, authentication = oauth.ClientSecretBasic(owner.clientSecret)) {
  const form = new URLSearchParams();
  const answer = await oauth.clientCredentialsGrantRequest(server, clientOf(owner), authentication, form, insecure);
  return oauth.processClientCredentialsResponse(server, clientOf(owner), answer);
}

test('AUTH-07 AUTH-08 oauth4webapi gets tokens with client_secret_basic and client_secret_post', async () => {
  for (const method of [oauth.ClientSecretBasic, oauth.ClientSecretPost]) {
    const tokens = await obtain(organization, method(organization.clientSecret));
    assert.equal(tokens.expires_in, 3600);
    assert.equal((await users(tokens.access_token)).status, 200);
  }
});

test('AUTH-07 the token endpoint also takes JSON and answers with what no cache may keep', async () => {
  const body = {
    grant_type: 'client_credentials',
    client_id: organization.clientId,
    client_secret: organization.clientSecret,
    scope: 'users:read',
    resource: 'ignored, as RFC 6749 asks',
  };
  const answer = await app.request('POST', '/auth/token', { body });
  assert.equal(answer.status, 200);
  assert.equal(answer.body.token_type, 'Bearer');
  assert.equal(answer.body.scope, 'users:read');
  assert.equal(answer.headers['cache-control'], 'no-store');
});

test('AUTH-07 refusals are RFC 6749 errors with our request id; a wrong client gets 401 and a challenge', async () => {
  const ask = (body: object) => app.request('POST', '/auth/token', { body });
  const { clientId: client_id, clientSecret: client_secret } = organization;
  const wrong = await ask({ grant_type: 'client_credentials', client_id, client_secret: 'wrong' });
  assert.equal(wrong.status, 401);
  assert.equal(wrong.body.error, 'invalid_client');
  assert.match(wrong.headers['www-authenticate']!, /^Basic /);
  assert.equal(wrong.body.request_id, wrong.headers['x-request-id']);
  const foreign = await ask({ grant_type: 'client_credentials', client_id, client_secret, scope: 'platform:admin' });
  assert.equal(foreign.status, 400);
  assert.equal(foreign.body.error, 'invalid_scope');
  assert.equal(foreign.body.message, foreign.body.error_description);
  assert.equal((await ask({ client_id, client_secret })).body.error, 'invalid_request');
  assert.equal((await ask({ grant_type: 'password', client_id, client_secret })).body.error, 'unsupported_grant_type');
});

test('AUTH-10 AUTH-05 oauth4webapi refreshes and revokes; introspection follows', async () => {
  const client = clientOf(organization);
  const authentication = oauth.ClientSecretBasic(organization.clientSecret);
  const first = await obtain(organization);
  const refreshed = await oauth.processRefreshTokenResponse(
    server,
    client,
    await oauth.refreshTokenGrantRequest(server, client, authentication, first.refresh_token!, insecure),
  );
  const introspect = async (token: string) =>
    oauth.processIntrospectionResponse(
      server,
      client,
      await oauth.introspectionRequest(server, client, authentication, token, insecure),
    );
  const known = await introspect(refreshed.access_token);
  assert.equal(known.active, true);
  assert.equal(known.client_id, organization.clientId);
  assert.equal(known.org_id, organization.id);
  const revoked = await oauth.revocationRequest(server, client, authentication, refreshed.access_token, insecure);
  await oauth.processRevocationResponse(revoked);
  assert.equal((await introspect(refreshed.access_token)).active, false);
  assert.equal((await introspect(refreshed.refresh_token!)).active, false);
  assert.equal((await users(refreshed.access_token)).status, 401);
});

test('AUTH-14 introspection tells nothing about tokens of another organisation', async () => {
  const stranger = await app.organization();
  const { access_token: token } = await obtain(organization);
  const authentication = oauth.ClientSecretBasic(stranger.clientSecret);
  const answer = await oauth.introspectionRequest(server, clientOf(stranger), authentication, token, insecure);
  assert.deepEqual(await answer.json(), { active: false });
});

test('AUTH-07 both discovery documents name the same endpoints and the published keys verify the tokens', async () => {
  const openid = await app.request('GET', '/.well-known/openid-configuration');
  const metadata = await app.request('GET', '/.well-known/oauth-authorization-server');
  assert.deepEqual(openid.body, metadata.body);
  assert.equal(openid.body.issuer, app.baseUrl);
  const { body: keys } = await app.request('GET', '/.well-known/jwks.json');
  const { access_token: token } = await obtain(organization);
  const { kid } = decodeProtectedHeader(token);
  const key = keys.keys.find((each: { kid: string }) => each.kid === kid);
  assert.equal(key.alg, 'ES256');
  assert.equal(key.d, undefined);
});

/** Tokens that say the right things and were not signed by us. */
async function forgeries(token: string): Promise<Record<string, string>> {
  const claims = decodeJwt(token);
  const { kid } = decodeProtectedHeader(token);
  const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const [, payload, signature] = token.split('.');
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const { body: keys } = await app.request('GET', '/.well-known/jwks.json');
  // A public key used as an HMAC secret: works where the token may choose the algorithm.
  const confused = `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${payload}`;
  const mac = createHmac('sha256', JSON.stringify(keys.keys[0])).update(confused).digest('base64url');
  return {
    'another key under our key id': await new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
      .sign(foreign),
    'an unknown key id': await new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'unknown' })
      .sign(foreign),
    'alg none': `${encode({ alg: 'none', typ: 'at+jwt', kid })}.${payload}.`,
    'alg none with the old signature': `${encode({ alg: 'none', typ: 'at+jwt', kid })}.${payload}.${signature}`,
    'algorithm confusion': `${confused}.${mac}`,
    'changed claims': `${token.split('.')[0]}.${encode({ ...claims, org_id: newId('org') })}.${signature}`,
    'a cut signature': token.slice(0, -4),
    nonsense: 'nonsense',
  };
}

test('AUTH-12 ERR-01 forged, unsigned, confused and mangled tokens are refused with ERR_AUTH', async () => {
  const { access_token: token } = await obtain(organization);
  for (const [name, forged] of Object.entries(await forgeries(token))) {
    const answer = await users(forged);
    assert.equal(answer.status, 401, name);
    assert.equal(answer.body.error.code, 'ERR_AUTH', name);
  }
  assert.equal((await users(token)).status, 200);
});

test('AUTH-12 C-10 a refresh token, a key of another edition or a key in the wrong header is no bearer credential', async () => {
  const { refresh_token: refreshToken } = await obtain(organization);
  assert.equal((await users(refreshToken!)).status, 401);
  const other = await users('tc_live_sk_0000000000000000000000000000000000000000000');
  assert.equal(other.status, 401);
  assert.match(other.body.error.message, /another edition/);
  const header = await app.request('GET', '/users', { headers: { 'x-api-key': 'sk_live_whatever' } });
  assert.equal(header.status, 401);
  assert.match(header.body.error.message, /Authorization: Bearer/);
});

test('AUTH-12 a new signing key signs at once, the old one verifies until its tokens have expired', async () => {
  const { identity } = app.platform.modules;
  const cause = { requestId: newId('req'), traceparent: '' };
  const before = await obtain(organization);
  await identity.rotateSigningKey(systemContext('test', organization.tenant, cause));
  const after = await obtain(organization);
  const idOf = (token: string) => decodeProtectedHeader(token).kid;
  assert.notEqual(idOf(after.access_token), idOf(before.access_token));
  assert.equal((await users(before.access_token)).status, 200);
  const published = async () => {
    const { body } = await app.request('GET', '/.well-known/jwks.json');
    return body.keys.map((key: { kid: string }) => key.kid);
  };
  assert.deepEqual(new Set(await published()), new Set([idOf(after.access_token), idOf(before.access_token)]));
  app.clock.advance(2 * 3_600_000 + 1_000);
  assert.deepEqual(await published(), [idOf(after.access_token)]);
});

test('AUTH-03 a refresh token works before 30 days are over and is refused after', async () => {
  const [early, late] = [await obtain(organization), await obtain(organization)];
  const refresh = async (refreshToken: string) => {
    const body = {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: organization.clientId,
      client_secret: organization.clientSecret,
    };
    return app.request('POST', '/auth/token', { body });
  };
  app.clock.advance(2_592_000_000 - 1_000);
  assert.equal((await refresh(early.refresh_token!)).status, 200);
  app.clock.advance(2_000);
  const refused = await refresh(late.refresh_token!);
  assert.equal(refused.status, 400);
  assert.equal(refused.body.error, 'invalid_grant');
});

test('no secret, token or code is stored: the database holds hashes', async () => {
  const tokens = await obtain(organization);
  const made = await app.platform.modules.identity.createApiKey(contextOf(organization), {
    name: 'probe',
    scopes: ['users:read'],
  });
  const { default: pg } = await import('pg');
  const session = new pg.Client(app.database.connection);
  await session.connect();
  try {
    const tables = ['refresh_tokens', 'oauth_clients', 'api_keys', 'grants', 'events', 'jobs'];
    for (const table of tables) {
      const { rows } = await session.query(`select t::text as row from identity.${table} t`);
      const dump = rows.map(({ row }) => row).join('\n');
      for (const secret of [tokens.refresh_token!, organization.clientSecret, made.secret]) {
        assert.ok(!dump.includes(secret), `${table} holds a secret`);
        assert.ok(!dump.includes(Buffer.from(secret).toString('hex')), `${table} holds a secret as bytes`);
      }
    }
    const digest = createHash('sha256').update(made.secret).digest();
    const found = await session.query('select 1 from identity.api_keys where secret_hash = $1', [digest]);
    assert.equal(found.rowCount, 1);
  } finally {
    await session.end();
  }
});
