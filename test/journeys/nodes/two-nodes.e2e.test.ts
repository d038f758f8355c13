import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { root } from '../../support/processes.ts';
import { installation, type ServerProcess } from '../../support/server/server-process.ts';

const PASSWORD = 'Correct-Horse-7-Battery';

let database: TestDatabase;
let nodes: ServerProcess[];
let ports: string[];
let key: string;
let token: string;
const closing: (() => Promise<void>)[] = [];

before(async () => {
  database = await createTestDatabase();
  ports = [await freePort(), await freePort()];
  const secret = () => randomBytes(32).toString('base64');
  const settings = {
    DATABASE_URL: database.url,
    MASTER_KEYS: `1:${secret()}`,
    INDEX_KEY: secret(),
    BASE_URL: 'https://shop.example',
    RATE_LIMIT_ENDPOINTS: '*=1000000',
  };
  const scope = { after: (work: () => Promise<void>) => void closing.unshift(work) };
  // Two machines: each with a folder of its own, and only the database and the keys in common.
  const [first, second] = [installation(scope, settings), installation(scope, settings)];
  nodes = [await first.start({ PORT: ports[0]! }), await second.start({ PORT: ports[1]! })];
  const admin = (...more: string[]) => {
    const command = spawnSync(process.execPath, ['scripts/admin.ts', 'create-client', '--name', 'ops', ...more], {
      cwd: root,
      env: { ...process.env, ...settings, DATA_DIR: first.directory },
      encoding: 'utf8',
      timeout: 60_000,
    });
    assert.equal(command.status, 0, command.stderr);
    return JSON.parse(command.stdout) as { client_id: string; client_secret: string };
  };
  const platform = await tokenOf(admin());
  const organization = await ask('POST', '/organizations', {
    bearer: platform,
    body: { name: 'Two nodes', plan: 'pro' },
  });
  assert.equal(organization.status, 201, JSON.stringify(organization.body));
  token = await tokenOf(admin('--organization', organization.body.id));
  key = (
    await ask('POST', '/api-keys', { bearer: token, body: { name: 'job', scopes: ['users:read', 'users:write'] } })
  ).body.secret;
  assert.ok(key);
});
after(async () => {
  for (const close of closing) await close();
  await database?.drop();
});

/** Clients know one address for both, so what a node listens on must be known before it prints that. */
async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return String(port);
}

let turn = 0;

interface Asked {
  bearer?: string;
  body?: unknown;
  headers?: Record<string, string>;
  node?: number;
}

/** As behind a load balancer: each request goes to the next node, unless one is named. */
async function ask(method: string, path: string, { bearer, body, headers = {}, node }: Asked = {}) {
  const port = ports[node ?? turn++ % ports.length]!;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: {
      ...(bearer && { authorization: `Bearer ${bearer}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text), headers: response.headers };
}

const v1 = (method: string, path: string, body?: unknown, more: Asked = {}) =>
  ask(method, `/v1${path}`, { ...more, body, headers: { 'x-api-key': key, ...more.headers } });

async function tokenOf({ client_id, client_secret }: { client_id: string; client_secret: string }): Promise<string> {
  const body = { grant_type: 'client_credentials', client_id, client_secret };
  return (await ask('POST', '/auth/token', { body })).body.access_token;
}

test('V1-16 C-20 any of two nodes serves any request: users, sessions, keys and repeated requests of the other', async () => {
  const person = { name: 'Ada Lovelace', email: 'ada@example.com' };
  const made = await v1('POST', '/users', person, { node: 0, headers: { 'x-idempotency-key': 'once' } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { id } = made.body.data;
  const again = await v1('POST', '/users', person, { node: 1, headers: { 'x-idempotency-key': 'once' } });
  assert.deepEqual([again.status, again.body.data.id, again.headers.get('idempotent-replayed')], [201, id, 'true']);
  // A change at one node is what the other shows, back and forth.
  for (let round = 0; round < 6; round++) {
    const changed = await v1('PATCH', `/users/${id}`, { name: `Ada ${round}` }, { node: round % 2 });
    assert.equal(changed.status, 200);
    assert.equal(
      (await v1('GET', `/users/${id}`, undefined, { node: 1 - (round % 2) })).body.data.name,
      `Ada ${round}`,
    );
  }
  await ask('POST', `/users/${id}/password`, { bearer: token, body: { password: PASSWORD } });
  const session = await v1('POST', '/sessions', { email: person.email, password: PASSWORD }, { node: 0 });
  assert.equal(session.status, 201, JSON.stringify(session.body));
  const { access_token, refresh_token, id: session_id } = session.body.data;
  const isActive = async (sent: string, node: number) =>
    (await v1('POST', '/sessions/validate', { access_token: sent }, { node })).body.data.active as boolean;
  assert.deepEqual([await isActive(access_token, 0), await isActive(access_token, 1)], [true, true]);
  const refreshed = await v1('POST', '/sessions/refresh', { refresh_token }, { node: 1 });
  assert.equal(refreshed.status, 200, JSON.stringify(refreshed.body));
  assert.equal(await isActive(refreshed.body.data.access_token, 0), true);
  assert.equal((await v1('DELETE', `/sessions/${session_id}`, undefined, { node: 0 })).status, 204);
  await delay(1_000);
  assert.equal(await isActive(refreshed.body.data.access_token, 1), false, 'ended at the other within a second');
});

test('V1-16 a node that dies takes nothing with it: the other serves what it began', async () => {
  const body = { name: 'Grace Hopper', email: 'grace@example.com' };
  const { id } = (await v1('POST', '/users', body, { node: 0 })).body.data;
  await nodes[0]!.kill('SIGKILL');
  assert.equal((await v1('GET', `/users/${id}`, undefined, { node: 1 })).body.data.name, 'Grace Hopper');
  assert.equal((await ask('GET', '/health/ready', { node: 1 })).status, 200);
});
