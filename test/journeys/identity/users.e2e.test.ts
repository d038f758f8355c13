import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { newId } from '#kernel/ids.ts';
import { fetchToken, type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';
import { browser } from '#test/support/browser.ts';

let app: TestApp;
let organization: TestOrganization;
before(async () => {
  app = await testApp();
  organization = await app.organization();
});
after(() => app.close());

let serial = 0;
const address = () => `person${++serial}@example.com`;
const call = (method: string, path: string, body?: unknown, owner = organization) =>
  app.request(method, path, { token: owner.token, body });
async function create(body: object = {}, owner = organization) {
  const answer = await call('POST', '/users', { name: 'Ada', email: address(), ...body }, owner);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body;
}

/** The newest mail to an address, from the outbox of an installation without a mail server. */
async function mailTo(to: string): Promise<string> {
  await app.settle();
  const outbox = join(app.dataDirectory, 'outbox');
  const mails = readdirSync(outbox, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .filter((text) => text.includes(to));
  assert.ok(mails.length > 0, `no mail to ${to}`);
  // Quoted-printable breaks long links.
  return mails
    .at(-1)!
    .replaceAll(/=\r?\n/g, '')
    .replaceAll('=3D', '=');
}

function fieldsOf(answer: { body: { error: { details: { field: string }[] } } }): string[] {
  return answer.body.error.details.map((detail) => detail.field);
}

test('USR-01 USR-13 USR-16 a user is created with 201 and read back whole', async () => {
  const email = address();
  const input = {
    name: 'Grace Hopper',
    email,
    role: 'admin',
    roles: ['finance'],
    plan: 'pro',
    metadata: { team: 'x' },
  };
  const answer = await call('POST', '/users', input);
  assert.equal(answer.status, 201);
  const user = answer.body;
  assert.equal(answer.headers.location, `/users/${user.id}`);
  assert.deepEqual((await call('GET', `/users/${user.id}`)).body, user);
  assert.deepEqual(user, {
    id: user.id,
    org_id: organization.id,
    ...input,
    status: 'active',
    pending_email: null,
    last_login: null,
    created_at: app.clock.now().toISOString(),
    updated_at: app.clock.now().toISOString(),
  });
});

test('USR-02 USR-03 name and email are required, the error names the field', async () => {
  const nameless = await call('POST', '/users', { email: address() });
  assert.equal(nameless.status, 422);
  assert.equal(nameless.body.error.code, 'ERR_VALIDATION');
  assert.deepEqual(fieldsOf(nameless), ['name']);
  assert.deepEqual(fieldsOf(await call('POST', '/users', { name: 'Ada' })), ['email']);
  assert.deepEqual(fieldsOf(await call('POST', '/users', { name: '  ', email: '' })), ['name', 'email']);
  assert.deepEqual(fieldsOf(await call('POST', '/users', { name: 'a'.repeat(256), email: address() })), ['name']);
});

test('USR-04 USR-05 USR-06 the role is member unless given and one of three', async () => {
  assert.equal((await create()).role, 'member');
  for (const role of ['admin', 'member', 'viewer']) assert.equal((await create({ role })).role, role);
  for (const role of ['owner', 'finance', 1, ['admin']]) {
    const refused = await call('POST', '/users', { name: 'Ada', email: address(), role });
    assert.equal(refused.status, 422);
    assert.deepEqual(fieldsOf(refused), ['role']);
  }
});

test('USR-07 USR-08 ERR-06 an address is unique in an organisation whatever its case, and free in another', async () => {
  const { email } = await create();
  const again = await call('POST', '/users', { name: 'Eve', email: email.toUpperCase() });
  assert.equal(again.status, 409);
  assert.equal(again.body.error.code, 'ERR_CONFLICT');
  const other = await app.organization();
  assert.equal((await create({ email }, other)).email, email);
});

test('USR-07 ten simultaneous creations with one address make one user', async () => {
  const body = { name: 'Ada', email: address() };
  const answers = await Promise.all(Array.from({ length: 10 }, () => call('POST', '/users', body)));
  assert.equal(answers.filter((answer) => answer.status === 201).length, 1);
  assert.equal(answers.filter((answer) => answer.status === 409).length, 9);
});

test('USR-07 C-58 the address of an archived user stays taken and the conflict names its owner', async () => {
  const user = await create();
  await call('DELETE', `/users/${user.id}`);
  const refused = await call('POST', '/users', { name: 'Eve', email: user.email });
  assert.equal(refused.status, 409);
  assert.match(refused.body.error.message, new RegExp(user.id));
});

test('USR-09 USR-10 USR-11 the list has pages of 25 by cursor, 100 at most, and no offset', async () => {
  const owner = await app.organization();
  for (let count = 0; count < 30; count++) await create({}, owner);
  const first = await call('GET', '/users', undefined, owner);
  assert.equal(first.body.data.length, 25);
  assert.equal(first.body.has_more, true);
  const next = await call('GET', `/users?cursor=${first.body.next_cursor}`, undefined, owner);
  assert.equal(next.body.data.length, 5);
  assert.equal((await call('GET', '/users?limit=100', undefined, owner)).body.data.length, 30);
  assert.equal((await call('GET', '/users?limit=101', undefined, owner)).status, 400);
  assert.equal((await call('GET', '/users?offset=10', undefined, owner)).status, 400);
  assert.equal((await call('GET', '/users?page=2', undefined, owner)).status, 400);
});

test('USR-12 walking the cursors gives every user exactly once while others are inserted', async () => {
  const owner = await app.organization();
  const before = new Set<string>();
  for (let count = 0; count < 12; count++) before.add((await create({}, owner)).id);
  const seen: string[] = [];
  let cursor = '';
  do {
    const page = await call('GET', `/users?limit=5${cursor && `&cursor=${cursor}`}`, undefined, owner);
    seen.push(...page.body.data.map((user: { id: string }) => user.id));
    cursor = page.body.next_cursor;
    app.clock.advance(1);
    await create({}, owner);
  } while (cursor);
  assert.equal(new Set(seen).size, seen.length);
  for (const id of before) assert.ok(seen.includes(id));
});

test('USR-09 the list filters by role, status and exact address', async () => {
  const owner = await app.organization();
  const viewer = await create({ role: 'viewer' }, owner);
  const gone = await create({}, owner);
  await call('DELETE', `/users/${gone.id}`, undefined, owner);
  const ids = async (query: string) =>
    (await call('GET', `/users?${query}`, undefined, owner)).body.data.map((user: { id: string }) => user.id);
  assert.deepEqual(await ids('role=viewer'), [viewer.id]);
  assert.deepEqual(await ids('status=archived'), [gone.id]);
  assert.deepEqual(await ids(`email=${encodeURIComponent(viewer.email.toUpperCase())}`), [viewer.id]);
});

test('USR-14 AUTH-14 an unknown user and one of another organisation are the same 404', async () => {
  const other = await app.organization();
  const foreign = await create({}, other);
  for (const id of [newId('usr'), foreign.id, 'usr_nonsense']) {
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const answer = await call(method, `/users/${id}`, method === 'PATCH' ? { name: 'Eve' } : undefined);
      assert.equal(answer.status, 404, `${method} ${id}`);
      assert.equal(answer.body.error.code, 'ERR_NOT_FOUND');
      assert.equal(answer.body.error.message, `No such user: ${id}`);
    }
  }
  const untouched = await call('GET', `/users/${foreign.id}`, undefined, other);
  assert.equal(untouched.body.name, foreign.name);
  const listed = await call('GET', `/users?email=${encodeURIComponent(foreign.email)}`);
  assert.deepEqual(listed.body.data, []);
});

test('AUTH-13 a platform administrator reads and writes the users of every organisation', async () => {
  const token = await app.platformToken();
  const user = await create();
  assert.equal((await app.request('GET', `/users/${user.id}`, { token })).body.id, user.id);
  const renamed = await app.request('PATCH', `/users/${user.id}`, { token, body: { name: 'Renamed' } });
  assert.equal(renamed.body.name, 'Renamed');
  const everywhere = await app.request('GET', '/users?limit=100', { token });
  assert.ok(new Set(everywhere.body.data.map((each: { org_id: string }) => each.org_id)).size > 1);
  const headers = { 'x-organization-id': organization.id };
  const body = { name: 'By the platform', email: address() };
  const made = await app.request('POST', '/users', { token, headers, body });
  assert.equal(made.body.org_id, organization.id);
});

test('USR-17 PATCH changes only what is sent; null clears, defaults come back, metadata merges', async () => {
  const user = await create({ role: 'viewer', roles: ['finance'], metadata: { a: '1', b: '2' } });
  const path = `/users/${user.id}`;
  const renamed = (await call('PATCH', path, { name: 'New name' })).body;
  assert.deepEqual(renamed, { ...user, name: 'New name', updated_at: renamed.updated_at });
  const merged = (await call('PATCH', path, { metadata: { b: null, c: '3' }, roles: null })).body;
  assert.deepEqual(merged.metadata, { a: '1', c: '3' });
  assert.deepEqual(merged.roles, []);
  assert.equal(merged.role, 'viewer');
  assert.equal((await call('PATCH', path, { name: null })).status, 422);
  assert.equal((await call('PATCH', path, { role: null })).body.role, 'member');
});

test('USR-17 a stale If-Match is refused and the present one accepted', async () => {
  const user = await create();
  const { headers } = await call('GET', `/users/${user.id}`);
  const send = (etag: string, name: string) =>
    app.request('PATCH', `/users/${user.id}`, {
      token: organization.token,
      headers: { 'if-match': etag },
      body: { name },
    });
  assert.equal((await send(headers.etag!, 'First')).status, 200);
  assert.equal((await send(headers.etag!, 'Second')).status, 412);
});

test('USR-18 USR-19 G-06 a new address counts only after its verification, and the old one is told', async () => {
  const user = await create();
  const wanted = address();
  const patched = await call('PATCH', `/users/${user.id}`, { email: wanted });
  assert.equal(patched.status, 200);
  assert.equal(patched.body.email, user.email);
  assert.equal(patched.body.pending_email, wanted);
  const token = /token=(tct_\w+)/.exec(await mailTo(wanted))![1]!;
  const verify = (id: string, sent: string) =>
    app.request('POST', `/users/${id}/verify-email`, { body: { token: sent } });
  assert.equal((await verify(newId('usr'), token)).status, 422);
  assert.equal((await verify(user.id, `${token}x`)).status, 422);
  const verified = await verify(user.id, token);
  assert.equal(verified.status, 200);
  assert.equal(verified.body.email, wanted);
  assert.equal(verified.body.pending_email, null);
  assert.equal((await verify(user.id, token)).status, 422);
  assert.match(await mailTo(user.email), /was changed/);
  assert.equal((await call('GET', `/users/${user.id}`)).body.email, wanted);
});

test('USR-18 a verification expires after 24 hours; a new mail replaces the old token', async () => {
  const user = await create();
  const wanted = address();
  await call('PATCH', `/users/${user.id}`, { email: wanted });
  const first = /token=(tct_\w+)/.exec(await mailTo(wanted))![1]!;
  const verify = (token: string) => app.request('POST', `/users/${user.id}/verify-email`, { body: { token } });
  assert.equal((await call('POST', `/users/${user.id}/verify-email/resend`)).status, 200);
  await app.settle();
  assert.equal((await verify(first)).status, 422);
  const second = /token=(tct_\w+)/.exec(await mailTo(wanted))![1]!;
  assert.notEqual(second, first);
  app.clock.advance(24 * 3_600_000);
  organization.token = await fetchToken(app, organization);
  assert.equal((await verify(second)).status, 422);
  assert.equal((await call('GET', `/users/${user.id}`)).body.email, user.email);
});

test('USR-18 an address that somebody else has is refused, also when they took it in the meantime', async () => {
  const [user, other] = [await create(), await create()];
  assert.equal((await call('PATCH', `/users/${user.id}`, { email: other.email })).status, 409);
  const wanted = address();
  await call('PATCH', `/users/${user.id}`, { email: wanted });
  const token = /token=(tct_\w+)/.exec(await mailTo(wanted))![1]!;
  await create({ email: wanted });
  const late = await app.request('POST', `/users/${user.id}/verify-email`, { body: { token } });
  assert.equal(late.status, 409);
});

test('USR-19 the link in the mail leads to a page that changes nothing until its button is pressed', async () => {
  const user = await create();
  const wanted = address();
  await call('PATCH', `/users/${user.id}`, { email: wanted });
  const link = /http:\/\/\S+\/auth\/verify-email\?\S+/.exec(await mailTo(wanted))![0];
  const visitor = browser();
  const page = await visitor.get(link);
  assert.equal(page.status, 200);
  assert.equal((await call('GET', `/users/${user.id}`)).body.email, user.email);
  assert.equal((await visitor.submit(page, {})).status, 200);
  assert.equal((await call('GET', `/users/${user.id}`)).body.email, wanted);
  assert.equal((await visitor.submit(page, {})).status, 400);
});

test('USR-20 USR-22 DELETE archives, the row stays, and a second DELETE is 410', async () => {
  const user = await create();
  const gone = await call('DELETE', `/users/${user.id}`);
  assert.equal(gone.status, 200);
  assert.equal(gone.body.status, 'archived');
  assert.equal((await call('GET', `/users/${user.id}`)).body.status, 'archived');
  const again = await call('DELETE', `/users/${user.id}`);
  assert.equal(again.status, 410);
  assert.equal(again.body.error.code, 'ERR_GONE');
  assert.equal((await call('PATCH', `/users/${user.id}`, { name: 'Eve' })).status, 410);
});

test('USR-20 a repeated DELETE with the same idempotency key gives the first answer again', async () => {
  const user = await create();
  const send = () =>
    app.request('DELETE', `/users/${user.id}`, {
      token: organization.token,
      headers: { 'idempotency-key': `archive-${user.id}` },
    });
  const first = await send();
  const second = await send();
  assert.equal(second.status, 200);
  assert.deepEqual(second.body, first.body);
});

test('USR-20 an archived user can be restored, once', async () => {
  const user = await create();
  await call('DELETE', `/users/${user.id}`);
  const restored = await call('POST', `/users/${user.id}/restore`);
  assert.equal(restored.body.status, 'active');
  assert.equal((await call('POST', `/users/${user.id}/restore`)).status, 409);
});

test('SOC-02 nobody makes an admin who lacks what an admin may do', async () => {
  const token = await app.tokenWith(organization, ['users:read', 'users:write']);
  const body = { name: 'Eve', email: address(), role: 'admin' };
  const refused = await app.request('POST', '/users', { token, body });
  assert.equal(refused.status, 403);
  const member = await app.request('POST', '/users', { token, body: { ...body, role: 'member' } });
  assert.equal(member.status, 201);
  const raised = await app.request('PATCH', `/users/${member.body.id}`, { token, body: { role: 'admin' } });
  assert.equal(raised.status, 403);
});

test('SOC-02 nobody takes over an admin who lacks what an admin may do', async () => {
  const token = await app.tokenWith(organization, ['users:read', 'users:write']);
  const admin = await create({ role: 'admin' });
  const attempts = [
    ['POST', `/users/${admin.id}/password`, { password: 'known to the thief' }],
    ['PATCH', `/users/${admin.id}`, { email: address() }],
    ['PATCH', `/users/${admin.id}`, { email: address(), role: 'member' }],
  ] as const;
  for (const [method, path, body] of attempts) {
    const refused = await app.request(method, path, { token, body });
    assert.deepEqual([refused.status, refused.body.error?.code], [403, 'ERR_PERMISSION_DENIED'], JSON.stringify(body));
    assert.match(refused.body.error.message, /to an admin: your own credential lacks/);
  }
  const oldKey = await app.key(organization, { scopes: ['users:read', 'users:write'] });
  const put = { name: 'Eve', email: address(), role: 'admin' };
  const replaced = await app.request('PUT', `/v1/users/${admin.id}`, { headers: { 'x-api-key': oldKey }, body: put });
  assert.equal(replaced.status, 403);
  assert.equal((await call('GET', `/users/${admin.id}`)).body.pending_email, null);
  assert.equal((await app.request('PATCH', `/users/${admin.id}`, { token, body: { name: 'Eva' } })).status, 200);
  const member = await create();
  const body = { password: 'from the help desk' };
  assert.equal((await app.request('POST', `/users/${member.id}/password`, { token, body })).status, 200);
  assert.equal((await call('POST', `/users/${admin.id}/password`, body)).status, 200);
});

test('G-07 an invitation makes a pending user active by a password of their own', async () => {
  const user = await create({ send_invitation: true });
  assert.equal(user.status, 'pending');
  const link = /http:\/\/\S+\/auth\/set-password\?\S+/.exec(await mailTo(user.email))![0];
  const visitor = browser();
  const page = await visitor.get(link);
  assert.equal((await visitor.submit(page, { password: 'short' })).status, 400);
  assert.equal((await visitor.submit(page, { password: user.email })).status, 400);
  assert.equal((await visitor.submit(page, { password: 'a long enough password' })).status, 200);
  assert.equal((await call('GET', `/users/${user.id}`)).body.status, 'active');
  assert.equal((await visitor.submit(page, { password: 'another long password' })).status, 400);
});

test('G-07 a password reset answers the same for known and unknown addresses and works once for an hour', async () => {
  const user = await create();
  const ask = (email: string) => app.request('POST', '/auth/password-reset', { body: { email } });
  const [known, unknown] = [await ask(user.email), await ask('nobody@nowhere.example')];
  assert.equal(known.status, 202);
  assert.deepEqual(known.body, unknown.body);
  const token = /token=(tct_\w+)/.exec(await mailTo(user.email))![1]!;
  const confirm = () =>
    app.request('POST', '/auth/password-reset/confirm', { body: { token, password: 'a long enough password' } });
  assert.equal((await confirm()).status, 200);
  assert.equal((await confirm()).status, 422);
});

test('names and addresses of people are stored sealed and never stand in events or logs', async () => {
  const user = await create({ name: 'Unmistakable Personname' });
  await call('PATCH', `/users/${user.id}`, { email: address() });
  const { default: pg } = await import('pg');
  const session = new pg.Client(app.database.connection);
  await session.connect();
  try {
    for (const table of ['users', 'events', 'jobs', 'idempotency_keys']) {
      const { rows } = await session.query(`select t::text as row from identity.${table} t`);
      const dump = rows.map(({ row }) => row).join('\n');
      assert.ok(!dump.includes('Personname') && !dump.includes(user.email), `${table} shows personal data`);
      assert.ok(!dump.includes(Buffer.from(user.email).toString('hex')), `${table} shows personal data as bytes`);
    }
  } finally {
    await session.end();
  }
  assert.ok(!app.logLines.some((line) => line.includes('Personname') || line.includes(user.email)));
});
