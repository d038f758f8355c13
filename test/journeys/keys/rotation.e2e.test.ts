import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { DAY_MS } from '#kernel/clock.ts';
import { ORGANIZATION_SCOPES } from '#modules/identity/index.ts';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';
import { root } from '#test/support/processes.ts';
import { installation } from '#test/support/server/server-process.ts';

let app: TestApp;
let shop: TestOrganization;
let objects: Map<'cus' | 'pmt' | 'whk', string>;
let client: pg.Client;
before(async () => {
  app = await testApp({ settings: { WEBHOOK_ALLOWED_PRIVATE_HOSTS: '127.0.0.1' } });
  shop = await app.organization();
  objects = await makeSealedThings();
  client = new pg.Client(app.database.connection);
  client.on('error', () => undefined);
  await client.connect();
});
after(async () => {
  await client?.end();
  await app?.close();
});

const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
  app.request(method, path, { token: shop.token, body, headers });

/** Something of everything that is sealed: profiles, people, tokens of processors, secrets of webhooks, mails. */
async function makeSealedThings() {
  const make = async (path: string, body: object): Promise<string> => {
    const answer = await call('POST', path, body);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return answer.body.id;
  };
  const customer_id = await make('/customers', { type: 'company', name: 'Acme', email: 'a@acme.example' });
  const pmt = await make('/payment-methods', { customer_id, type: 'card', token: 'tok_visa' });
  const whk = await make('/webhooks', { url: 'https://127.0.0.1:1/hook', events: ['payment.succeeded'] });
  await make('/users', { name: 'Ada', email: 'ada@acme.example', role: 'member' });
  await app.settle();
  return new Map([
    ['cus', customer_id],
    ['pmt', pmt],
    ['whk', whk],
  ] as const);
}

/** The places of the whole database, bytes and texts, that hold a value sealed with this master key. */
async function sealedWith(database: pg.Client, version: number): Promise<string[]> {
  const header = Buffer.of(2, version >>> 8, version & 0xff);
  const { rows: columns } = await database.query(
    `select format('%I.%I', table_schema, table_name) as relation, format('%I', column_name) as name, data_type as type
     from information_schema.columns where table_schema not in ('pg_catalog', 'information_schema')
       and data_type in ('bytea', 'jsonb', 'text', 'json')`,
  );
  const found: string[] = [];
  for (const { relation, name, type } of columns) {
    const condition =
      type === 'bytea' ? `substring(${name} from 1 for 3) = $1 and octet_length(${name}) > 30` : `${name}::text ~ $1`;
    // In a text it is base64, beside anything but other base64.
    const value =
      type === 'bytea'
        ? header
        : `(^|[^A-Za-z0-9+/])${header.toString('base64').replaceAll('+', '[+]')}[A-Za-z0-9+/]{36,}`;
    const { rows } = await database.query(`select count(*)::int as n from ${relation} where ${condition}`, [value]);
    if (rows[0].n > 0) found.push(`${relation}.${name}: ${rows[0].n}`);
  }
  return found;
}

/** What can only be answered with the keys: sealed profiles, tokens, addresses, signing keys, stored answers. */
async function everythingReads(repeat: () => Promise<unknown>): Promise<void> {
  shop.token = await app.tokenWith(shop, [...ORGANIZATION_SCOPES]);
  const customer = await call('GET', `/customers/${objects.get('cus')}`);
  assert.ok(customer.body.name.length > 0, JSON.stringify(customer.body));
  const charge = { amount: 100, currency: 'USD', method_id: objects.get('pmt'), description: 'x' };
  assert.equal((await call('POST', '/payments', charge)).status, 200);
  const users = await call('GET', '/users');
  assert.match(users.body.data[0].email, /@/);
  const trail = await call('GET', '/audit-logs?limit=100');
  assert.ok(trail.body.data.length > 5);
  assert.ok(trail.body.data.every((entry: { ip_address?: string | null }) => entry.ip_address !== undefined));
  await repeat();
  const delivered = await call('POST', `/webhooks/${objects.get('whk')}/test`, {});
  assert.ok(delivered.status < 300, JSON.stringify(delivered.body));
  await app.settle();
}

/** A request whose stored answer must still be given. */
async function aStoredAnswer(key: string) {
  const body = { type: 'company', name: `Stored ${key}`, email: `${key}@stored.example` };
  const headers = { 'idempotency-key': key };
  const first = await call('POST', '/customers', body, headers);
  assert.equal(first.status, 201);
  return async () => {
    const again = await call('POST', '/customers', body, headers);
    assert.deepEqual([again.status, again.body.id], [201, first.body.id]);
  };
}

test('PCI-07 C-94 a year later the master key is replaced by itself, everything old reads, and is under the new key', async () => {
  const before = await sealedWith(client, 1);
  for (const place of [
    'payments.payment_methods.token',
    'webhooks.endpoints.secret',
    'customers.subject_keys.wrapped_key',
  ]) {
    assert.ok(
      before.some((each) => each.startsWith(place)),
      `${place} is looked at: ${before.join()}`,
    );
  }
  app.clock.advance(364 * DAY_MS);
  assert.deepEqual(await app.platform.keys.check(), { rotated: false, resealed: 0, unreadable: 0 });
  app.clock.advance(2 * DAY_MS);
  shop.token = await app.tokenWith(shop, [...ORGANIZATION_SCOPES]);
  const repeat = await aStoredAnswer('rotation-1');
  await app.settle();
  const report = await app.platform.keys.check();
  assert.deepEqual([report.rotated, report.unreadable, report.resealed > 8], [true, 0, true], JSON.stringify(report));
  assert.deepEqual(await sealedWith(client, 1), []);
  await everythingReads(repeat);
  assert.deepEqual(await app.platform.keys.check(), { rotated: false, resealed: 0, unreadable: 0 });
});

test('PCI-08 a key that leaked is replaced at once while requests go on; it opens nothing that is stored any more', async () => {
  const repeat = await aStoredAnswer('rotation-2');
  const leaked = current();
  let isOver = false;
  const traffic = (async () => {
    for (let index = 0; !isOver; index++) {
      const answer = await call('POST', '/customers', {
        type: 'company',
        name: `Busy ${index}`,
        email: 'b@busy.example',
      });
      assert.equal(answer.status, 201);
    }
  })();
  const replacing = app.platform.keys.replace('compromised').finally(() => {
    isOver = true;
  });
  const [report] = await Promise.all([replacing, traffic]);
  await app.settle();
  assert.deepEqual([report.version, report.unreadable], [leaked + 1, 0]);
  assert.deepEqual(await sealedWith(client, leaked), []);
  assert.equal(statusOf(leaked), 'compromised');
  await everythingReads(repeat);
});

function keyring() {
  return JSON.parse(readFileSync(join(app.dataDirectory, 'keyring.json'), 'utf8'));
}

function current(): number {
  return keyring().current;
}

function statusOf(version: number): string {
  return keyring().master_keys.find((key: { version: number }) => key.version === version).status;
}

test('PCI-08 one command replaces a leaked key beside the running server, which seals with the new one at once', async (t) => {
  const { directory, start } = installation(t);
  const server = await start();
  const token = await server.token();
  const make = async (name: string) =>
    (await server.call('POST', '/customers', { token, body: { type: 'company', name, email: 'a@acme.example' } })).body
      .id;
  const before = await make('Before');
  const command = spawnSync(process.execPath, ['scripts/admin.ts', 'rotate-key', '--compromised'], {
    cwd: root,
    env: { ...process.env, DATA_DIR: directory },
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(command.status, 0, command.stderr);
  const report = JSON.parse(command.stdout);
  assert.deepEqual([report.master_key, report.unreadable, report.resealed > 0], [2, 0, true]);
  const after = await make('After');
  for (const [id, name] of [
    [before, 'Before'],
    [after, 'After'],
  ]) {
    assert.equal((await server.call('GET', `/customers/${id}`, { token })).body.name, name);
  }
  const { master_keys: keys } = JSON.parse(readFileSync(join(directory, 'keyring.json'), 'utf8'));
  assert.deepEqual(
    keys.map((key: { status: string }) => key.status),
    ['compromised', 'active'],
  );
});
