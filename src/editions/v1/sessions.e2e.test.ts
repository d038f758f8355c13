import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

const PASSWORD = 'Correct-Horse-7-Battery';

let app: TestApp;
let shop: TestOrganization;
let key: string;
before(async () => {
  app = await testApp();
  shop = await app.organization();
  key = await app.key(shop);
});
after(() => app?.close());

function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  return app.request(method, `/v1${path}`, { body, headers: { 'x-api-key': key, ...headers } });
}

let count = 0;
async function person(role = 'member') {
  const email = `person${++count}@example.com`;
  const { body } = await app.request('POST', '/users', { token: shop.token, body: { name: 'Ada', email, role } });
  await app.request('POST', `/users/${body.id}/password`, { token: shop.token, body: { password: PASSWORD } });
  return { id: body.id as string, email };
}

async function session(role = 'member') {
  const user = await person(role);
  const started = await send('POST', '/sessions', { email: user.email, password: PASSWORD });
  assert.equal(started.status, 201, JSON.stringify(started.body));
  return { user, ...started.body.data } as {
    user: typeof user;
    id: string;
    access_token: string;
    refresh_token: string;
    scopes: string[];
  };
}

const onBehalf = (token: string) => ({ authorization: `Bearer ${token}` });
const isActive = async (access_token: string) =>
  (await send('POST', '/sessions/validate', { access_token })).body.data.active as boolean;

test('V1-03 V1-04 a session gives tokens, and validation tells whose they are', async () => {
  const { user, id, access_token, scopes } = await session();
  assert.ok(scopes.includes('orders:write') && !scopes.includes('users:write'), 'what the role allows');
  const { body } = await send('POST', '/sessions/validate', { access_token });
  const { active, session_id, user_id } = body.data;
  assert.deepEqual({ active, session_id, user_id }, { active: true, session_id: id, user_id: user.id });
  for (const wrong of ['nonsense', shop.token, `${access_token}x`]) assert.equal(await isActive(wrong), false);
  const listed = await send('GET', `/sessions?user_id=${user.id}&open=true`);
  assert.deepEqual([listed.body.total, listed.body.data[0].id], [1, id]);
  assert.equal((await send('GET', `/sessions/${id}`)).body.data.user_id, user.id);
});

test('V1-03 a wrong password is 401, and five of them pause the address', async () => {
  const { email } = await person();
  for (let attempt = 0; attempt < 5; attempt++) {
    const refused = await send('POST', '/sessions', { email, password: 'wrong' });
    assert.deepEqual([refused.status, refused.body.error.code], [401, 'AUTHENTICATION_FAILED']);
  }
  const paused = await send('POST', '/sessions', { email, password: PASSWORD });
  assert.equal(paused.status, 429);
  assert.ok(Number(paused.headers['retry-after']) > 0);
});

test('V1-05 a refresh gives new tokens once; its second use later ends them all', async () => {
  const first = await session();
  const second = (await send('POST', '/sessions/refresh', { refresh_token: first.refresh_token })).body.data;
  assert.ok(second.access_token !== first.access_token && second.id === first.id);
  assert.equal(await isActive(second.access_token), true);
  const lost = await send('POST', '/sessions/refresh', { refresh_token: first.refresh_token });
  assert.equal(lost.body.data.refresh_token, second.refresh_token, 'a lost answer is given again');
  app.clock.advance(61_000);
  const reused = await send('POST', '/sessions/refresh', { refresh_token: first.refresh_token });
  assert.equal(reused.status, 401);
  assert.equal(await isActive(second.access_token), false);
});

test('V1-05 a revoked session ends its tokens at once, and revoking twice answers the same', async () => {
  const { id, access_token, refresh_token } = await session();
  assert.equal((await send('DELETE', `/sessions/${id}`)).status, 204);
  assert.equal((await send('DELETE', `/sessions/${id}`)).status, 204);
  assert.equal(await isActive(access_token), false);
  assert.equal((await send('POST', '/sessions/refresh', { refresh_token })).status, 401);
});

test('V1-99 a repeated POST /v1/sessions starts one session', async () => {
  const { id, email } = await person();
  const headers = { 'x-idempotency-key': 'sign-in-1' };
  const first = await send('POST', '/sessions', { email, password: PASSWORD }, headers);
  const again = await send('POST', '/sessions', { email, password: PASSWORD }, headers);
  assert.deepEqual(again.body, first.body);
  assert.equal((await send('GET', `/sessions?user_id=${id}`)).body.total, 1);
});

test('V1-02 V1-10 C-21 a user token beside the key narrows the request to what both may, in the name of the user', async () => {
  const viewer = await session('viewer');
  const boss = await session('admin');
  const body = { name: 'New', email: 'onbehalf@example.com' };
  assert.equal((await send('GET', '/users', undefined, onBehalf(viewer.access_token))).status, 200);
  const refused = await send('POST', '/users', body, onBehalf(viewer.access_token));
  assert.deepEqual([refused.status, refused.body.error.code], [403, 'PERMISSION_DENIED']);
  const made = await send('POST', '/users', body, onBehalf(boss.access_token));
  assert.equal(made.status, 201);
  await app.settle();
  const trail = await send('GET', `/audit?object_id=${made.body.data.id}&action=v1.users.create`);
  assert.deepEqual([trail.body.data[0].actor_type, trail.body.data[0].user_id], ['user', boss.user.id]);
  const reader = await app.key(shop, { scopes: ['users:read'] });
  const both = { ...onBehalf(boss.access_token), 'x-api-key': reader };
  assert.equal((await send('POST', '/users', body, both)).status, 403, 'the key bounds the user');
});

test('C-21 tokens of clients and of another organisation do not narrow, they are refused', async () => {
  const other = await app.organization();
  const { access_token } = await session();
  const foreign = await app.request('GET', '/v1/users', {
    headers: { 'x-api-key': await app.key(other), ...onBehalf(access_token) },
  });
  assert.equal(foreign.status, 401);
  assert.equal((await send('GET', '/users', undefined, onBehalf(shop.token))).status, 401);
  const validated = await app.request('POST', '/v1/sessions/validate', {
    headers: { 'x-api-key': await app.key(other) },
    body: { access_token },
  });
  assert.equal(validated.body.data.active, false);
});

test('V1-119 an expired user token is 401 and the message says how to refresh', async () => {
  const { access_token } = await session();
  app.clock.advance(3_601_000);
  const { status, body } = await send('GET', '/users', undefined, onBehalf(access_token));
  assert.equal(status, 401);
  assert.match(body.error.message, /refresh it with POST \/v1\/sessions\/refresh/);
});
