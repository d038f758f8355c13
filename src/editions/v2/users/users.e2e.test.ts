import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DAY_MS } from '#kernel/clock.ts';
import { newId } from '#kernel/ids.ts';
import { type V2UnderTest, v2UnderTest } from '../v2-under-test.ts';

let v2: V2UnderTest;
before(async () => {
  v2 = await v2UnderTest();
});
after(() => v2?.app.close());

test('V2-31 V2-34 a user is created with plan and metadata, active and on the free plan unless told', async () => {
  const metadata = { company: 'Acme Corp', source: 'referral' };
  const bob = { email: 'bob@example.com', name: 'Bob Dupont', plan: 'starter', metadata };
  const { status, body } = await v2.call('POST', '/users', bob);
  assert.equal(status, 201);
  assert.deepEqual({ ...body, id: '', created_at: '' }, { ...bob, id: '', status: 'active', created_at: '' });
  assert.match(body.id, /^usr_/);
  assert.equal((await v2.call('POST', '/users', { email: 'eve@example.com', name: 'Eve' })).body.plan, 'free');
  assert.deepEqual((await v2.call('GET', `/users/${body.id}`)).body, body);
  // The same object, under the same id, in the canonical edition.
  assert.equal((await v2.canonical('GET', `/users/${body.id}`)).body.email, bob.email);
});

test('V2-32 V2-33 V2-35 V2-79 V2-80 V2-84 V2-89 V2-90 what a user must be, and how a refusal looks', async () => {
  const good = { email: 'carol@example.com', name: 'Carol' };
  const refused = async (body: object) => {
    const answer = await v2.call('POST', '/users', body);
    assert.deepEqual(Object.keys(answer.body.error).sort(), ['code', 'message', 'param', 'request_id']);
    return [answer.status, answer.body.error.code, answer.body.error.param];
  };
  const entries = (count: number, length = 5) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [String(index).padEnd(length, 'k'), 'v']));
  assert.deepEqual(await refused({ name: 'Carol' }), [400, 'MISSING_REQUIRED_FIELD', 'email']);
  assert.deepEqual(await refused({ email: good.email }), [400, 'MISSING_REQUIRED_FIELD', 'name']);
  assert.deepEqual(await refused({ ...good, email: 'carol' }), [400, 'INVALID_EMAIL', 'email']);
  assert.deepEqual(await refused({ ...good, name: 'C' }), [400, 'INVALID_REQUEST', 'name']);
  assert.deepEqual(await refused({ ...good, name: 'C'.repeat(101) }), [400, 'INVALID_REQUEST', 'name']);
  assert.deepEqual(await refused({ ...good, plan: 'gold' }), [400, 'INVALID_REQUEST', 'plan']);
  assert.deepEqual(await refused({ ...good, metadata: entries(11) }), [400, 'INVALID_REQUEST', 'metadata']);
  assert.deepEqual(await refused({ ...good, metadata: entries(1, 41) }), [400, 'INVALID_REQUEST', 'metadata']);
  const made = await v2.call('POST', '/users', { ...good, name: 'C'.repeat(100), metadata: entries(10, 40) });
  assert.equal(made.status, 201);
  assert.deepEqual(await refused({ ...good, email: 'CAROL@example.com' }), [409, 'CONFLICT', 'email']);
});

test('V2-36 V2-37 only the fields sent change, and the e-mail address cannot', async () => {
  const { id } = await v2.newUser({ plan: 'pro' });
  const { status, body } = await v2.call('PATCH', `/users/${id}`, { name: 'Robert Dupont', status: 'inactive' });
  assert.deepEqual([status, body.name, body.status, body.plan], [200, 'Robert Dupont', 'inactive', 'pro']);
  const refused = await v2.call('PATCH', `/users/${id}`, { email: 'other@example.com' });
  assert.deepEqual(
    [refused.status, refused.body.error.code, refused.body.error.param],
    [400, 'INVALID_REQUEST', 'email'],
  );
  assert.match(refused.body.error.message, /create a new user/);
});

test('V2-22 V2-23 V2-24 V2-26 V2-27 V2-29 V2-101 142 users are 8 pages of 20, newest first, each once', async () => {
  const other = await v2.app.organization({ plan: 'pro' });
  const token = await v2.app.key(other, { edition: 'v2', family: 'tc_live_sk' });
  const { identity } = v2.app.platform.modules;
  const { systemContext } = await import('#kernel/context.ts');
  for (let index = 0; index < 142; index++) {
    const cause = { requestId: newId('req'), traceparent: '' };
    const input = { name: `User ${index}`, email: `u${index}@pages.example` };
    await identity.createUser(systemContext('test', other.tenant, cause), input);
    v2.app.clock.advance(1);
  }
  const list = (query: string) => v2.app.request('GET', `/v2/users${query}`, { token });
  const first = await list('');
  assert.deepEqual(first.body.pagination, { page: 1, limit: 20, total: 142, pages: 8 });
  assert.equal(first.body.data[0].name, 'User 141');
  const seen = new Set<string>();
  for (let page = 1; page <= 8; page++) {
    for (const user of (await list(`?page=${page}`)).body.data) seen.add(user.id);
  }
  assert.equal(seen.size, 142);
  assert.deepEqual((await list('?page=9')).body.data, []);
  assert.equal((await list('?order=asc&limit=100')).body.data[0].name, 'User 0');
  assert.equal((await list('?sort=status&order=asc')).status, 200);
  for (const wrong of ['?page=0', '?limit=101', '?limit=0', '?sort=name', '?order=up', '?status=gone', '?cursor=x']) {
    const { status, body } = await list(wrong);
    assert.deepEqual([status, body.error.code], [400, 'INVALID_REQUEST'], wrong);
  }
});

test('V2-25 V2-28 the list filters by status', async () => {
  const { id } = await v2.newUser();
  await v2.call('PATCH', `/users/${id}`, { status: 'inactive' });
  const { body } = await v2.call('GET', '/users?status=inactive&limit=100');
  assert.ok(body.data.length > 0 && body.data.every((user: { status: string }) => user.status === 'inactive'));
  const fields = ['created_at', 'email', 'id', 'metadata', 'name', 'plan', 'status'];
  assert.deepEqual(Object.keys(body.data[0]).sort(), fields);
});

test('V2-38 V2-39 C-35 C-56 a deleted user is gone at once, restorable for 30 days, and then erased for good', async () => {
  const { id, email } = await v2.newUser();
  const other = await v2.newUser();
  const { status, body } = await v2.call('DELETE', `/users/${id}`);
  assert.deepEqual([status, body], [204, undefined]);
  await v2.call('DELETE', `/users/${other.id}`);
  assert.equal((await v2.call('GET', `/users/${id}`)).status, 404);
  assert.equal((await v2.call('DELETE', `/users/${id}`)).status, 404);
  assert.equal((await v2.call('PATCH', `/users/${id}`, { name: 'Back' })).status, 404);
  assert.equal((await v2.canonical('GET', `/users/${id}`)).body.status, 'archived');
  assert.equal((await v2.canonical('POST', `/users/${other.id}/restore`)).status, 200);
  v2.app.clock.advance(30 * DAY_MS - 1_000);
  await v2.app.settle();
  const token = await freshToken();
  assert.equal((await v2.app.request('GET', `/users/${id}`, { token })).status, 200);
  v2.app.clock.advance(2_000);
  await v2.app.settle();
  assert.equal((await v2.app.request('GET', `/users/${id}`, { token })).status, 404, 'nothing of the person is left');
  assert.equal((await v2.app.request('GET', `/users/${other.id}`, { token })).body.status, 'active');
  const again = await v2.call('POST', '/users', { email, name: 'Somebody else' });
  assert.equal(again.status, 201, 'the address is free again');
});

async function freshToken(): Promise<string> {
  return v2.app.tokenWith(v2.shop, ['users:read']);
}
