import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { DomainError } from '#kernel/errors.ts';
import { testContext } from '#test/support/module.ts';
import { type IdentityUnderTest, ISSUER, identityUnderTest } from '../identity-under-test.ts';
import { OAuthError } from './oauth-error.ts';

let world: IdentityUnderTest;
before(async () => {
  world = await identityUnderTest();
});
after(() => world.close());

const cause = () => testContext({ orgId: 'org_00000000000000000000000000', livemode: true });

async function newClient(options: { graceSeconds?: number; issueRefreshToken?: boolean; livemode?: boolean } = {}) {
  const { context, tenant } = await world.newTenant('Acme', options.livemode ?? true);
  const made = await world.identity.createClient(context, {
    name: 'worker',
    scopes: ['products:read', 'products:write', 'orders:read'],
    refreshReuseGraceSeconds: options.graceSeconds,
    issueRefreshToken: options.issueRefreshToken,
  });
  return { ...made, context, tenant, credentials: { clientId: made.client.id, clientSecret: made.secret! } };
}

type TestClient = Awaited<ReturnType<typeof newClient>>;
const obtain = (client: TestClient, scope?: string) =>
  world.identity.token(cause(), client.credentials, { grantType: 'client_credentials', scope });
const renew = (client: TestClient, refreshToken: string | undefined, scope?: string) =>
  world.identity.token(cause(), client.credentials, { grantType: 'refresh_token', refreshToken, scope });
const prove = async (token: string) => world.identity.authenticate(token);

function oauthError(code: string) {
  return (error: unknown) => error instanceof OAuthError && error.code === code;
}
const refused = (error: unknown) => error instanceof DomainError && error.kind === 'unauthenticated';

test('AUTH-01 AUTH-08 client credentials give a bearer token that authenticates its organisation', async () => {
  const client = await newClient();
  const answer = await obtain(client, 'products:read orders:read');
  assert.equal(answer.token_type, 'Bearer');
  assert.equal(answer.expires_in, 3600);
  assert.equal(answer.scope, 'products:read orders:read');
  const principal = await prove(answer.access_token);
  assert.equal(principal.organizationId, client.tenant.orgId);
  assert.equal(principal.platform, false);
  assert.deepEqual([...principal.scopes], ['products:read', 'orders:read']);
  assert.deepEqual(principal.actor, { kind: 'client', id: client.client.id });
  // The same object again, without a promise: what the hot path counts on.
  assert.equal(world.identity.authenticate(answer.access_token), principal);
});

test('AUTH-08 the access token is an ES256 JWT with the claims of RFC 9068', async () => {
  const client = await newClient();
  const { access_token: token } = await obtain(client);
  const header = decodeProtectedHeader(token);
  assert.equal(header.typ, 'at+jwt');
  assert.equal(header.alg, 'ES256');
  const claims = decodeJwt(token);
  assert.equal(claims.iss, ISSUER);
  assert.equal(claims.aud, ISSUER);
  assert.equal(claims.sub, client.client.id);
  assert.equal(claims.client_id, client.client.id);
  assert.equal(claims.exp! - claims.iat!, 3600);
  assert.equal(claims.org_id, client.tenant.orgId);
  assert.equal(claims.livemode, true);
});

test('AUTH-02 ERR-02 a token works at 3599 seconds and is refused at 3601, warm and cold', async () => {
  const client = await newClient();
  const warm = (await obtain(client)).access_token;
  const cold = (await obtain(client)).access_token;
  await prove(warm);
  world.clock.advance(3_599_000 - (world.clock.nowMs() % 1_000));
  assert.ok(await prove(warm));
  world.clock.advance(2_000);
  await assert.rejects(prove(warm), refused);
  await assert.rejects(prove(cold), refused);
});

test('AUTH-04 AUTH-05 AUTH-10 a refresh token works once and gives a new access and a new refresh token', async () => {
  const client = await newClient();
  const first = await obtain(client);
  const second = await renew(client, first.refresh_token);
  assert.notEqual(second.access_token, first.access_token);
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.ok(await prove(second.access_token));
  await assert.rejects(renew(client, first.refresh_token), oauthError('invalid_grant'));
});

test('AUTH-04 a second use ends the whole family: newest refresh token and warm access tokens included', async () => {
  const client = await newClient();
  const first = await obtain(client);
  const second = await renew(client, first.refresh_token);
  await prove(first.access_token);
  await prove(second.access_token);
  await assert.rejects(renew(client, first.refresh_token), oauthError('invalid_grant'));
  await assert.rejects(renew(client, second.refresh_token), oauthError('invalid_grant'));
  await assert.rejects(prove(first.access_token), refused);
  await assert.rejects(prove(second.access_token), refused);
  const revoked = world.committed.filter((event) => event.type === 'grant.revoked').at(-1)!;
  assert.equal((revoked.data.grant as { reason: string }).reason, 'refresh_reuse');
});

test('AUTH-04 eight simultaneous uses of one refresh token succeed exactly once', async () => {
  const client = await newClient();
  const first = await obtain(client);
  const uses = await Promise.allSettled(Array.from({ length: 8 }, () => renew(client, first.refresh_token)));
  assert.equal(uses.filter((use) => use.status === 'fulfilled').length, 1);
  for (const use of uses) if (use.status === 'rejected') assert.ok(oauthError('invalid_grant')(use.reason));
});

test('AUTH-03 a refresh token works just before 30 days and not after', async () => {
  const client = await newClient();
  const [early, late] = [await obtain(client), await obtain(client)];
  assert.equal(early.refresh_token_expires_in, 2_592_000);
  world.clock.advance(2_592_000_000 - 1_000);
  assert.ok(await renew(client, early.refresh_token));
  world.clock.advance(1_000);
  await assert.rejects(renew(client, late.refresh_token), oauthError('invalid_grant'));
});

test('AUTH-06 every grant brings a refresh token unless the client switched it off', async () => {
  assert.ok((await obtain(await newClient())).refresh_token);
  const without = await obtain(await newClient({ issueRefreshToken: false }));
  assert.equal(without.refresh_token, undefined);
});

test('AUTH-04 C-18 inside the grace window the very same pair comes again, after it the family ends', async () => {
  const client = await newClient({ graceSeconds: 10 });
  const first = await obtain(client);
  const answer = await renew(client, first.refresh_token);
  world.clock.advance(9_000);
  assert.deepEqual(await renew(client, first.refresh_token), answer);
  const simultaneous = await Promise.all([1, 2, 3].map(() => renew(client, first.refresh_token)));
  for (const again of simultaneous) assert.deepEqual(again, answer);
  world.clock.advance(1_000);
  await assert.rejects(renew(client, first.refresh_token), oauthError('invalid_grant'));
  await assert.rejects(prove(answer.access_token), refused);
});

test('AUTH-04 C-18 simultaneous first uses inside the grace window all get one pair', async () => {
  const client = await newClient({ graceSeconds: 10 });
  const first = await obtain(client);
  const answers = await Promise.all([1, 2, 3, 4].map(() => renew(client, first.refresh_token)));
  assert.equal(new Set(answers.map((answer) => answer.refresh_token)).size, 1);
  assert.equal(new Set(answers.map((answer) => answer.access_token)).size, 1);
});

test('AUTH-10 a refresh may narrow the scopes and never widen them', async () => {
  const client = await newClient();
  const first = await obtain(client, 'products:read orders:read');
  const second = await renew(client, first.refresh_token, 'orders:read');
  assert.equal(second.scope, 'orders:read');
  await assert.rejects(renew(client, second.refresh_token, 'products:write'), oauthError('invalid_scope'));
});

test('AUTH-10 another client cannot use or harm a refresh token that it found', async () => {
  const [owner, thief] = [await newClient(), await newClient()];
  const first = await obtain(owner);
  await assert.rejects(renew(thief, first.refresh_token), oauthError('invalid_grant'));
  assert.ok(await renew(owner, first.refresh_token));
});

test('AUTH-08 wrong secrets, unknown clients, scopes and grants are refused by their RFC 6749 codes', async () => {
  const client = await newClient();
  const ask = (credentials: object, request: object) =>
    world.identity.token(cause(), credentials, request as { grantType?: string });
  const grant = { grantType: 'client_credentials' };
  await assert.rejects(ask({ ...client.credentials, clientSecret: 'wrong' }, grant), oauthError('invalid_client'));
  await assert.rejects(ask({ clientId: client.client.id }, grant), oauthError('invalid_client'));
  await assert.rejects(ask({ clientId: 'cli_x', clientSecret: 'y' }, grant), oauthError('invalid_client'));
  await assert.rejects(ask(client.credentials, {}), oauthError('invalid_request'));
  await assert.rejects(ask(client.credentials, { grantType: 'password' }), oauthError('unsupported_grant_type'));
  await assert.rejects(obtain(client, 'payments:write'), oauthError('invalid_scope'));
  await assert.rejects(renew(client, undefined), oauthError('invalid_request'));
});

test('AUTH-12 revoking a refresh or an access token ends the family at once and is no error for unknown tokens', async () => {
  const client = await newClient();
  for (const kind of ['access_token', 'refresh_token'] as const) {
    const answer = await obtain(client);
    await prove(answer.access_token);
    await world.identity.revokeToken(cause(), client.credentials, answer[kind]);
    await assert.rejects(prove(answer.access_token), refused);
    await assert.rejects(renew(client, answer.refresh_token), oauthError('invalid_grant'));
  }
  await world.identity.revokeToken(cause(), client.credentials, 'tcr_unknown');
});

test('AUTH-12 a client cannot revoke the token of another client', async () => {
  const [owner, other] = [await newClient(), await newClient()];
  const answer = await obtain(owner);
  await world.identity.revokeToken(cause(), other.credentials, answer.access_token);
  await world.identity.revokeToken(cause(), other.credentials, answer.refresh_token);
  assert.ok(await prove(answer.access_token));
});

test('AUTH-14 introspection tells a client about tokens of its own organisation only', async () => {
  const [owner, other] = [await newClient(), await newClient()];
  const answer = await obtain(owner, 'orders:read');
  const known = await world.identity.introspect(owner.credentials, answer.access_token);
  assert.equal(known.active, true);
  assert.equal((known as { scope?: string }).scope, 'orders:read');
  assert.deepEqual(await world.identity.introspect(other.credentials, answer.access_token), { active: false });
  assert.deepEqual(await world.identity.introspect(other.credentials, answer.refresh_token), { active: false });
  const refreshing = await world.identity.introspect(owner.credentials, answer.refresh_token);
  assert.equal(refreshing.active, true);
  await world.identity.revokeToken(cause(), owner.credentials, answer.access_token);
  assert.deepEqual(await world.identity.introspect(owner.credentials, answer.access_token), { active: false });
});

test('AUTH-12 revoking a client ends its tokens at once', async () => {
  const client = await newClient();
  const answer = await obtain(client);
  await prove(answer.access_token);
  await world.identity.revokeClient(client.context, client.client.id);
  await assert.rejects(prove(answer.access_token), refused);
  await assert.rejects(obtain(client), oauthError('invalid_client'));
});

test('AUTH-13 the bootstrap gives a platform and an organisation client once and changes nothing the second time', async () => {
  const first = await world.identity.bootstrap({ adminEmail: 'root@example.com' });
  assert.ok(first.platformAdmin.clientSecret && first.organizationAdmin.clientSecret);
  const again = await world.identity.bootstrap();
  assert.deepEqual(again.platformAdmin, { clientId: first.platformAdmin.clientId, clientSecret: null });
  assert.equal(again.organizationAdmin.clientSecret, null);
  const token = await world.identity.token(
    cause(),
    { clientId: first.platformAdmin.clientId, clientSecret: first.platformAdmin.clientSecret! },
    { grantType: 'client_credentials' },
  );
  const principal = await prove(token.access_token);
  assert.equal(principal.platform, true);
  assert.equal(principal.organizationId, null);
  assert.ok(principal.scopes.has('platform:admin') && principal.scopes.has('orders:write'));
});
