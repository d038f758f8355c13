import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DAY_MS } from '#kernel/clock.ts';
import { newId } from '#kernel/ids.ts';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';
import { signInUser } from '#test/support/sign-in.ts';
import { projectFolder } from '#test/support/sources.ts';

let app: TestApp;
let shop: TestOrganization;
let admin: string;
before(async () => {
  app = await testApp();
  shop = await app.organization();
  admin = await app.key(shop);
});
after(() => app?.close());

function send(key: string, method: string, path: string, body?: unknown) {
  return app.request(method, `/v1${path}`, { body, headers: { 'x-api-key': key } });
}

async function made(more: object = {}) {
  const { status, body } = await send(admin, 'POST', '/keys', { name: 'Job', permissions: ['read'], ...more });
  assert.equal(status, 201, JSON.stringify(body));
  return body.data as { id: string; key: string; hint: string; scopes: string[]; permissions: string[] };
}

const statusOf = async (key: string, path = '/users') => (await send(key, 'GET', path)).status;

test('V1-24 V1-25 V1-26 V1-76 V1-87 C-10 the header takes live and test keys and nothing else', async () => {
  const sandbox = await app.key(await app.organization({ livemode: false }));
  assert.match(admin, /^sk_live_/);
  assert.match(sandbox, /^sk_test_/);
  assert.deepEqual([await statusOf(admin), await statusOf(sandbox)], [200, 200]);
  const refused: Record<string, string>[] = [
    {},
    { authorization: `Bearer ${admin}` },
    { 'x-api-key': 'sk_live_nonsense' },
    { 'x-api-key': shop.token },
    { 'x-api-key': await app.key(shop, { edition: 'v2', family: 'tc_live_sk' }) },
  ];
  for (const headers of refused) {
    const { status, body } = await app.request('GET', '/v1/users', { headers });
    assert.deepEqual([status, body.error.code], [401, 'AUTHENTICATION_FAILED']);
    assert.match(body.error.message, /X-API-Key/);
  }
});

test('V1-24 C-10 a key in the query string is refused and named as such, even when it is a right one', async () => {
  const { status, body } = await app.request('GET', `/v1/users?api_key=${admin}`);
  assert.equal(status, 401);
  assert.match(body.error.message, /query string/);
});

test('V1-27 V1-55 C-16 read, write and admin are bundles, and only admin manages keys', async () => {
  const [reader, writer, manager] = [
    await made({ permissions: ['read'] }),
    await made({ permissions: ['write'] }),
    await made({ permissions: ['admin'] }),
  ];
  assert.deepEqual(
    [reader, writer, manager].map((key) => key.permissions),
    [['read'], ['write'], ['admin']],
  );
  assert.ok(reader.scopes.every((scope) => scope.endsWith(':read')));
  assert.ok(reader.scopes.every((scope) => writer.scopes.includes(scope)));
  const body = { name: 'Ada', email: 'bundles@example.com' };
  assert.equal((await send(reader.key, 'POST', '/users', body)).status, 403);
  const user = await send(writer.key, 'POST', '/users', body);
  assert.equal(user.status, 201);
  assert.equal((await send(writer.key, 'DELETE', `/users/${user.body.data.id}`)).status, 403);
  const requests: [string, string, object?][] = [
    ['GET', '/keys'],
    ['POST', '/keys', { name: 'x', permissions: ['read'] }],
    ['GET', `/keys/${reader.id}`],
    ['PATCH', `/keys/${reader.id}`, { name: 'y' }],
    ['POST', `/keys/${reader.id}/rotate`, {}],
    ['GET', `/keys/${reader.id}/usage`],
    ['DELETE', `/keys/${reader.id}`],
  ];
  for (const [method, path, sent] of requests) {
    for (const key of [reader.key, writer.key]) {
      assert.equal((await send(key, method, path, sent)).status, 403, `${method} ${path}`);
    }
    assert.ok((await send(manager.key, method, path, sent)).status < 300, `${method} ${path}`);
  }
});

test('V1-34 a key of permission admin does everything inside its organisation', async () => {
  const { key } = await made({ permissions: ['admin'] });
  for (const path of ['/users', '/organizations', '/keys', '/audit', '/sessions'])
    assert.equal(await statusOf(key, path), 200);
  const user = await send(key, 'POST', '/users', { name: 'Ada', email: 'byadmin@example.com', role: 'admin' });
  assert.equal((await send(key, 'DELETE', `/users/${user.body.data.id}`)).status, 204);
});

test('SOC-02 nobody hands out what their own key lacks', async () => {
  const limited = await app.key(shop, { scopes: ['api_keys:write', 'users:read'] });
  assert.equal((await send(limited, 'POST', '/keys', { name: 'x', permissions: ['users:read'] })).status, 201);
  const { status, body } = await send(limited, 'POST', '/keys', { name: 'x', permissions: ['write'] });
  assert.deepEqual([status, body.error.code], [403, 'PERMISSION_DENIED']);
});

test('V1-28 a key works from its addresses only, also when it was used before', async () => {
  const elsewhere = await made({ ip_ranges: ['203.0.113.0/24'] });
  const refused = await send(elsewhere.key, 'GET', '/users');
  assert.deepEqual([refused.status, refused.body.error.code], [403, 'PERMISSION_DENIED']);
  const here = await made({ ip_ranges: ['127.0.0.0/8', '::1'] });
  assert.equal(await statusOf(here.key), 200);
  await send(admin, 'PATCH', `/keys/${here.id}`, { ip_ranges: ['203.0.113.7'] });
  assert.equal(await statusOf(here.key), 403);
});

test('V1-29 a key ends at its expiry, to the millisecond', async () => {
  const expires_at = new Date(app.clock.nowMs() + 60_000).toISOString();
  const { key } = await made({ expires_at });
  app.clock.advance(59_999);
  assert.equal(await statusOf(key), 200);
  app.clock.advance(1);
  assert.equal(await statusOf(key), 401);
  const past = await send(admin, 'POST', '/keys', { name: 'x', permissions: ['read'], expires_at });
  assert.equal(past.status, 422);
});

test('V1-30 a revoked key stops at once, and revoking twice answers the same', async () => {
  const { id, key } = await made();
  assert.equal(await statusOf(key), 200);
  assert.equal((await send(admin, 'DELETE', `/keys/${id}`)).status, 204);
  assert.equal(await statusOf(key), 401);
  assert.equal((await send(admin, 'DELETE', `/keys/${id}`)).status, 204);
  assert.equal((await send(admin, 'GET', `/keys/${id}`)).body.data.status, 'revoked');
});

test('G-19 the secret is shown once: no list, no reading, no audit holds it', async () => {
  const { id, key, hint } = await made();
  const readings = [await send(admin, 'GET', `/keys/${id}`), await send(admin, 'GET', '/keys?limit=100')];
  for (const { body } of readings) assert.ok(!JSON.stringify(body).includes(key));
  assert.equal(readings[0]!.body.data.hint, hint);
  assert.ok(!app.logLines.some((line) => line.includes(key)));
});

test('C-12 a rotated key goes on for its grace and no longer', async () => {
  const old = await made();
  const next = await send(admin, 'POST', `/keys/${old.id}/rotate`, { grace_seconds: 60 });
  assert.deepEqual([next.status, next.body.data.permissions], [201, old.permissions]);
  app.clock.advance(59_999);
  assert.deepEqual([await statusOf(old.key), await statusOf(next.body.data.key)], [200, 200]);
  app.clock.advance(1);
  assert.deepEqual([await statusOf(old.key), await statusOf(next.body.data.key)], [401, 200]);
});

test('V1-122 any key may look at itself and sees what it may do', async () => {
  const made_ = await made({ permissions: ['users:read', 'users:write'] });
  const { status, body } = await send(made_.key, 'GET', '/keys/current');
  assert.equal(status, 200);
  assert.deepEqual([body.data.id, body.data.scopes, body.data.mode], [made_.id, ['users:read', 'users:write'], 'live']);
});

test('G-19 usage is counted by day', async () => {
  const { id, key } = await made();
  for (let index = 0; index < 3; index++) await statusOf(key);
  const usage = await send(admin, 'GET', `/keys/${id}/usage`);
  assert.deepEqual(usage.body.data, [{ day: new Date(app.clock.nowMs()).toISOString().slice(0, 10), requests: 3 }]);
});

test('G-19 every key of a user ends at once with one request, those of others go on', async () => {
  const person = await signInUser(app, shop, {
    role: 'admin',
    scopes: ['api_keys:read', 'api_keys:write', 'users:read'],
  });
  const keys: string[] = [];
  for (const name of ['a', 'b']) {
    const body = { name, scopes: ['users:read'] };
    keys.push((await app.request('POST', '/api-keys', { token: person.token, body })).body.secret);
  }
  for (const key of keys) assert.equal(await statusOf(key), 200);
  assert.equal((await send(admin, 'DELETE', `/users/${person.id}/keys`)).status, 204);
  for (const key of keys) assert.equal(await statusOf(key), 401);
  assert.equal(await statusOf(admin), 200);
  assert.equal((await send(admin, 'DELETE', `/users/${newId('usr')}/keys`)).status, 404);
});

test('G-19 a reported secret is revoked and the one who made it is told by mail', async () => {
  const person = await signInUser(app, shop, { role: 'admin', scopes: ['api_keys:write', 'users:read'] });
  const body = { name: 'On the web', scopes: ['users:read'] };
  const { secret } = (await app.request('POST', '/api-keys', { token: person.token, body })).body;
  assert.equal(await statusOf(secret), 200);
  assert.equal((await app.request('POST', '/auth/leaked-keys', { body: { secret } })).status, 202);
  assert.equal(await statusOf(secret), 401);
  await app.settle();
  const mails = readdirSync(join(app.dataDirectory, 'outbox')).map((file) =>
    readFileSync(join(app.dataDirectory, 'outbox', file), 'utf8'),
  );
  const told = mails.filter((mail) => mail.includes(person.email) && mail.includes('On the web'));
  assert.equal(told.length, 1);
  assert.ok(!told[0]!.includes(secret), 'the mail must not carry the secret');
});

test('G-19 a reported key of a program is told to the administrators; an expired or revoked one changes nothing', async () => {
  const organization = await app.organization();
  const boss = { name: 'Boss', email: 'boss@example.com', role: 'admin' };
  await app.request('POST', '/users', { token: organization.token, body: boss });
  const secret = await app.key(organization, { name: 'Robot' });
  const expired = await app.key(organization, { expiresAt: new Date(app.clock.nowMs() + 1_000).toISOString() });
  app.clock.advance(1_000);
  for (const each of [expired, secret, secret]) {
    assert.equal((await app.request('POST', '/auth/leaked-keys', { body: { secret: each } })).status, 202);
  }
  await app.settle();
  const mails = readdirSync(join(app.dataDirectory, 'outbox')).map((file) =>
    readFileSync(join(app.dataDirectory, 'outbox', file), 'utf8'),
  );
  assert.equal(mails.filter((mail) => mail.includes(boss.email) && mail.includes('Robot')).length, 1);
});

test('V1-106 a key that is more dangerous than it need be says so, and how to mend it; the guide explains every warning', async () => {
  const codes = async (id: string, by = admin) =>
    (await send(by, 'GET', `/keys/${id}`)).body.data.warnings.map(({ code }: { code: string }) => code);
  const bare = await made({ permissions: ['admin'] });
  assert.deepEqual(await codes(bare.id), ['wide_scopes', 'any_address', 'no_expiry']);
  const expires_at = new Date(app.clock.nowMs() + 365 * DAY_MS).toISOString();
  const careful = await made({ permissions: ['users:read'], ip_ranges: ['127.0.0.1'], expires_at });
  assert.deepEqual(await codes(careful.id), []);
  app.clock.advance(90 * DAY_MS + 1);
  const fresh = await app.key(shop);
  assert.deepEqual(await codes(careful.id, fresh), ['old', 'unused']);
  const token = await app.tokenWith(shop, ['api_keys:read']);
  const { warnings } = (await app.request('GET', `/api-keys/${bare.id}`, { token })).body;
  assert.equal(warnings.length, 5);
  for (const { message } of warnings) assert.match(message, /: .+\.$/, 'says what to do');
  assert.equal((await send(fresh, 'DELETE', `/keys/${bare.id}`)).status, 204);
  assert.deepEqual(await codes(bare.id, fresh), [], 'nothing is left to be done about a key that has ended');
  const guide = readFileSync(join(projectFolder, 'docs/api-key-security.md'), 'utf8');
  for (const { code } of warnings) assert.ok(guide.includes(`| \`${code}\` |`), code);
  for (const advice of [/environment variable/, /secrets manager/, /commit/, /rotate/i, /least/, /ip_ranges/]) {
    assert.match(guide, advice);
  }
});
