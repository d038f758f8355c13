import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type TestAnswer, type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
let shop: TestOrganization;
let ask: Ask;
before(async () => {
  app = await testApp();
  shop = await app.organization();
  ask = await caller(shop);
});
after(() => app?.close());

type Ask = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<TestAnswer>;

async function caller(organization: TestOrganization, scopes?: string[]): Promise<Ask> {
  const key = await app.key(organization, scopes ? { scopes } : {});
  return (method, path, body, headers = {}) =>
    app.request(method, `/v1${path}`, { body, headers: { 'x-api-key': key, ...headers } });
}

let count = 0;
const person = (more: object = {}) => ({ name: 'Ada', email: `person${++count}@example.com`, ...more });

async function made(more: object = {}): Promise<{ id: string; email: string }> {
  const answer = await ask('POST', '/users', person(more));
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body.data;
}

test('V1-01 V1-07 V1-53 V1-58 V1-59 V1-61 V1-72 V1-73 a service key creates, reads, changes and deletes a user', async () => {
  const user = await made({ metadata: { source: 'crm' } });
  assert.deepEqual((await ask('GET', `/users/${user.id}`)).body.data, user);
  const patched = await ask('PATCH', `/users/${user.id}`, { name: 'Ada L.', metadata: { team: 'a' } });
  assert.equal(patched.status, 200);
  assert.deepEqual(patched.body.data.metadata, { source: 'crm', team: 'a' });
  const removed = await ask('DELETE', `/users/${user.id}`);
  assert.deepEqual([removed.status, removed.body, removed.headers['content-type']], [204, undefined, undefined]);
  assert.equal((await ask('GET', `/users/${user.id}`)).status, 404);
});

test('the same user has the same id in the canonical edition', async () => {
  const user = await made();
  const read = await app.request('GET', `/users/${user.id}`, { token: shop.token });
  assert.equal(read.body.email, user.email);
});

test('V1-18 V1-62 V1-74 C-35 DELETE twice answers the same and has the effect of once', async () => {
  const { id } = await made();
  assert.equal((await ask('DELETE', `/users/${id}`)).status, 204);
  assert.equal((await ask('DELETE', `/users/${id}`)).status, 204);
  await app.settle();
  const trail = await app.request('GET', `/audit-logs?object_id=${id}&action=v1.users.delete`, { token: shop.token });
  const events = trail.body.data.filter((entry: { event_type: string | null }) => entry.event_type !== null);
  assert.deepEqual(
    events.map((entry: { event_type: string }) => entry.event_type),
    ['user.archived'],
  );
  for (const method of ['PATCH', 'PUT']) assert.equal((await ask(method, `/users/${id}`, person())).status, 404);
  const listed = await ask('GET', '/users?limit=100');
  assert.ok(listed.body.data.every((user: { id: string }) => user.id !== id));
});

test('V1-60 PUT replaces the whole: what is left out goes back to its default', async () => {
  const { id, email } = await made({ role: 'viewer', metadata: { a: '1', b: '2' } });
  const replaced = await ask('PUT', `/users/${id}`, { name: 'New', email, metadata: { c: '3' } });
  assert.equal(replaced.status, 200);
  const { name, role, metadata } = replaced.body.data;
  assert.deepEqual({ name, role, metadata }, { name: 'New', role: 'member', metadata: { c: '3' } });
  const cleared = await ask('PUT', `/users/${id}`, { name: 'New', email });
  assert.deepEqual(cleared.body.data.metadata, {});
});

test('V1-17 PUT twice has the effect of once: one version, one event, one mail', async () => {
  const { id } = await made();
  const wanted = person({ role: 'viewer', metadata: { z: '1', a: '2', long_name: '3' } });
  const first = await ask('PUT', `/users/${id}`, wanted);
  const second = await ask('PUT', `/users/${id}`, wanted);
  assert.equal(first.body.data.pending_email, wanted.email);
  assert.deepEqual(second.body, first.body);
  assert.equal(second.headers.etag, first.headers.etag);
  await app.settle();
  const mails = readdirSync(join(app.dataDirectory, 'outbox')).map((file) =>
    readFileSync(join(app.dataDirectory, 'outbox', file), 'utf8'),
  );
  assert.equal(mails.filter((mail) => mail.includes(wanted.email)).length, 1);
});

test('V1-60 V1-80 V1-86 V1-120 PUT without a required field is 422 and names field and rule', async () => {
  const { id } = await made();
  const { status, body } = await ask('PUT', `/users/${id}`, { name: 'Only a name' });
  assert.deepEqual([status, body.error.code], [422, 'VALIDATION_ERROR']);
  const [detail] = body.error.details;
  assert.deepEqual([detail.field, detail.code], ['email', 'required']);
  assert.ok(detail.message);
});

test('a PUT or PATCH with a stale If-Match is 412', async () => {
  const { id, email } = await made();
  const { headers } = await ask('GET', `/users/${id}`);
  await ask('PATCH', `/users/${id}`, { name: 'First' });
  const stale = await ask('PUT', `/users/${id}`, { name: 'Second', email }, { 'if-match': headers.etag! });
  assert.deepEqual([stale.status, stale.body.error.code], [412, 'PRECONDITION_FAILED']);
});

test('V1-50 V1-57 C-39 the list filters by status and role; 101 and a negative offset are refused', async () => {
  const viewer = await made({ role: 'viewer' });
  const found = await ask('GET', '/users?role=viewer&limit=1');
  assert.deepEqual([found.body.data[0].id, found.body.data[0].role], [viewer.id, 'viewer']);
  await ask('PATCH', `/users/${viewer.id}`, { status: 'inactive' });
  const inactive = await ask('GET', '/users?status=inactive');
  assert.deepEqual([inactive.body.total, inactive.body.data[0].id], [1, viewer.id]);
  for (const query of ['limit=101', 'limit=0', 'offset=-1', 'offset=x', 'status=archived', 'page=1']) {
    const { status, body } = await ask('GET', `/users?${query}`);
    assert.deepEqual([status, body.error.code], [422, 'VALIDATION_ERROR'], query);
    assert.equal(body.error.details[0].field, query.split('=')[0]);
  }
  assert.equal((await ask('GET', '/users?limit=100')).status, 200);
});

test('V1-79 V1-91 an address that somebody has is 409 CONFLICT', async () => {
  const { email } = await made();
  const { status, body } = await ask('POST', '/users', person({ email: email.toUpperCase() }));
  assert.deepEqual([status, body.error.code, body.error.details[0].field], [409, 'CONFLICT', 'email']);
});

test('V1-31 V1-32 V1-33 V1-35 V1-77 V1-88 each permission alone opens its own operations and no other', async () => {
  const { id } = await made();
  const requests: Record<string, Parameters<Ask>[]> = {
    'users:read': [
      ['GET', '/users'],
      ['GET', `/users/${id}`],
    ],
    'users:write': [
      ['POST', '/users', person()],
      ['PATCH', `/users/${id}`, { name: 'B' }],
    ],
    'users:delete': [['DELETE', `/users/${id}`]],
  };
  for (const held of Object.keys(requests)) {
    const limited = await caller(shop, [held]);
    for (const [needed, sent] of Object.entries(requests)) {
      for (const request of sent) {
        const { status, body } = await limited(...request);
        if (needed === held) assert.ok(status < 300, `${held} ${request[0]} ${status}`);
        else assert.deepEqual([status, body.error.code], [403, 'PERMISSION_DENIED'], `${held} ${request[0]}`);
      }
    }
  }
});

test('V1-12 V1-130 a batch creates up to 100 users, each judged for itself', async () => {
  const known = await made();
  const users = [
    person(),
    person({ email: known.email }),
    { name: 'No address' },
    'nonsense',
    person({ email: 'twice@example.com' }),
    person({ email: 'TWICE@example.com' }),
    person({ unheard_of: 1 }),
  ];
  const { status, body } = await ask('POST', '/users/batch', { users });
  assert.equal(status, 200);
  const statuses = body.data.map((outcome: { status: number }) => outcome.status);
  assert.deepEqual(statuses, [201, 409, 422, 422, 201, 409, 422]);
  assert.deepEqual([body.created, body.failed], [2, 5]);
  assert.match(body.data[5].error.message, /Entry 4|same e-mail/);
  assert.deepEqual(body.data[2].error.details[0].field, 'email');
  const read = await ask('GET', `/users/${body.data[0].data.id}`);
  assert.deepEqual(read.body.data, body.data[0].data);
});

test('V1-45 a batch of 101 is refused whole, one of 100 is stored in one transaction', async () => {
  const users = Array.from({ length: 101 }, () => person());
  const refused = await ask('POST', '/users/batch', { users });
  assert.deepEqual([refused.status, refused.body.error.details[0].field], [422, 'users']);
  const before = (await ask('GET', '/users?limit=1')).body.total;
  const stored = await ask('POST', '/users/batch', { users: users.slice(1) });
  assert.deepEqual([stored.body.created, stored.body.failed], [100, 0]);
  assert.equal((await ask('GET', '/users?limit=1')).body.total, before + 100);
});

test('two batches with the same addresses at once make each user once', async () => {
  const users = Array.from({ length: 10 }, () => person());
  const answers = await Promise.all([1, 2, 3].map(() => ask('POST', '/users/batch', { users })));
  const created = answers.reduce((sum, { body }) => sum + body.created, 0);
  assert.deepEqual([answers.map(({ status }) => status), created], [[200, 200, 200], 10]);
});

test('V1-99 V1-100 a POST with the same X-Idempotency-Key has one effect and the same answer for 24 hours', async () => {
  const body = person();
  const headers = { 'x-idempotency-key': 'unique-request-id-12345' };
  const first = await ask('POST', '/users', body, headers);
  const again = await ask('POST', '/users', body, headers);
  assert.deepEqual([again.status, again.body], [201, first.body]);
  assert.equal(again.headers['idempotent-replayed'], 'true');
  const other = await ask('POST', '/users', person(), headers);
  assert.deepEqual([other.status, other.body.error.code], [422, 'VALIDATION_ERROR']);
  app.clock.advance(24 * 3_600_000 + 1);
  const fresh = await ask('POST', '/users', body, headers);
  assert.deepEqual([fresh.status, fresh.headers['idempotent-replayed']], [409, undefined]);
});

test('V1-99 a repeated batch gets its outcomes again, refusals too', async () => {
  const users = [person(), person({ email: 'nonsense' })];
  const headers = { 'x-idempotency-key': 'batch-1' };
  const first = await ask('POST', '/users/batch', { users }, headers);
  const again = await ask('POST', '/users/batch', { users }, headers);
  assert.deepEqual(again.body, first.body);
  assert.equal(again.body.created, 1);
});
