import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as client from 'openid-client';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
let organization: TestOrganization;

before(async () => {
  app = await testApp();
  organization = await app.organization();
});
after(() => app.close());

/** The unmodified client, set up from nothing but the issuer's address. */
function discover(): Promise<client.Configuration> {
  const { clientId, clientSecret } = organization;
  return client.discovery(new URL(app.baseUrl), clientId, clientSecret, client.ClientSecretBasic(clientSecret), {
    execute: [client.allowInsecureRequests],
  });
}

test('AUTH-01 AUTH-06 AUTH-07 AUTH-08 an unmodified client gets a token pair by client credentials and uses it', async () => {
  const pair = await client.clientCredentialsGrant(await discover());
  assert.equal(pair.expires_in, 3600);
  assert.ok(pair.refresh_token);
  assert.equal((await app.request('GET', '/users', { token: pair.access_token })).status, 200);
});

test('AUTH-05 AUTH-10 a refresh gives a new access token and a new refresh token', async () => {
  const configuration = await discover();
  const first = await client.clientCredentialsGrant(configuration);
  const second = await client.refreshTokenGrant(configuration, first.refresh_token!);
  assert.notEqual(second.access_token, first.access_token);
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.equal((await app.request('GET', '/users', { token: second.access_token })).status, 200);
});

test('AUTH-11 AUTH-12 ERR-01 no token, a malformed one and an unsigned one are refused', async () => {
  const { access_token: token } = await client.clientCredentialsGrant(await discover());
  const header = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
  const unsigned = `${header}.${token.split('.')[1]}.`;
  for (const bad of [undefined, 'nonsense', unsigned]) {
    const answer = await app.request('GET', '/users', bad === undefined ? {} : { token: bad });
    assert.equal(answer.status, 401);
    assert.match(JSON.stringify(answer.body), /ERR_AUTH/);
  }
});

test('AUTH-02 ERR-02 an access token is good at 3599 seconds and refused at 3601', async () => {
  const { access_token: token } = await client.clientCredentialsGrant(await discover());
  app.clock.advance(3_599_000);
  assert.equal((await app.request('GET', '/users', { token })).status, 200);
  app.clock.advance(2_000);
  const late = await app.request('GET', '/users', { token });
  assert.equal(late.status, 401);
  assert.match(JSON.stringify(late.body), /ERR_AUTH/);
});
