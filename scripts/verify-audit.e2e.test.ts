import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import pg from 'pg';
import { runningPostgres } from '#kernel/database/embedded/embedded.ts';
import type { Credentials } from '#src/startup/credentials.ts';
import { root } from '#test/support/processes.ts';

/** One installation for all tests of this file: each leaves the trail as it found it, or as the next one expects it. */
const directory = mkdtempSync(join(tmpdir(), 'techcorp-verify-'));
// As root the database runs as another account, which must be able to pass through.
chmodSync(directory, 0o711);
const environment = { ...process.env, DATA_DIR: directory, PORT: '0', HOST: '127.0.0.1' };
const started: ChildProcess[] = [];

after(() => {
  for (const child of started) child.kill('SIGKILL');
  const postgres = runningPostgresId();
  if (postgres) process.kill(postgres, 'SIGKILL');
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});

function runningPostgresId(): number | undefined {
  try {
    return Number(readFileSync(join(directory, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return undefined;
  }
}

async function startServer(): Promise<{ child: ChildProcess; baseUrl: string }> {
  const child = spawn(process.execPath, [join(root, 'src/main.ts')], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let output = '';
  const ready = new Promise<string>((resolve, reject) => {
    const collect = (chunk: Buffer) => {
      output += chunk;
      const found = /Ready in [\d.]+ s: (\S+)/.exec(output);
      if (found) resolve(found[1]!);
    };
    child.stdout!.on('data', collect);
    child.stderr!.on('data', collect);
    child.once('exit', () => reject(new Error(`The server ended:\n${output}`)));
  });
  return { child, baseUrl: await ready };
}

async function stopServer(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

async function verifyAudit(...options: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [join(root, 'scripts/verify-audit.ts'), ...options], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  return { code, output };
}

async function asSuperuser<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ ...runningPostgres(directory)!, database: 'techcorp' });
  await client.connect();
  try {
    await client.query("set session_replication_role = 'replica'");
    return await work(client);
  } finally {
    await client.end();
  }
}

async function until(isTrue: () => Promise<boolean>, what: string): Promise<void> {
  for (let round = 0; round < 200; round++) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(what);
}

test('HIP-05 the trail is verified beside the running server and without it, and a change ends with 1', async () => {
  const { child, baseUrl } = await startServer();
  assert.equal((await fetch(`${baseUrl}/products`)).status, 401);
  const sealed = (client: pg.Client) =>
    client.query(`select count(*)::int as entries from audit.entries as entry join audit.blocks as block
      on (entry.transaction_id, entry.position) <= (block.last_transaction_id, block.last_position)
      where action = 'products.list' and outcome = 'unauthenticated'`);
  await until(async () => (await asSuperuser(sealed)).rows[0].entries > 0, 'the refused request is in the trail');

  const beside = await verifyAudit();
  assert.match(beside.output, /Untouched: [1-9]\d* entries in [1-9]\d* blocks/);
  assert.equal(beside.code, 0);

  const change = (outcome: string, other: string) =>
    asSuperuser((client) =>
      client.query(`update audit.entries set outcome = $1 where action = 'products.list' and outcome = $2`, [
        outcome,
        other,
      ]),
    );
  await change('success', 'unauthenticated');
  const tampered = await verifyAudit();
  assert.match(tampered.output, /DIFFERENCE, changed, in block \d+: .*position \d+/);
  assert.equal(tampered.code, 1);
  await change('unauthenticated', 'success');

  await stopServer(child, 'SIGTERM');
  const alone = await verifyAudit();
  assert.match(alone.output, /Untouched: .* \(0 newer ones not sealed yet\)/);
  assert.equal(alone.code, 0);
});

test('SOC-04 a write that was answered is in the trail although the process was killed at once', async () => {
  const { child, baseUrl } = await startServer();
  const token = await adminToken(baseUrl);
  const answer = await fetch(`${baseUrl}/products`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'user-agent': 'killer/1' },
    body: JSON.stringify({ name: 'Bolt', description: 'Steel', price: 100, category: 'hardware', active: true }),
  });
  await stopServer(child, 'SIGKILL');
  assert.equal(answer.status, 201);
  const { id } = (await answer.json()) as { id: string };
  const again = await startServer();
  const inTrail = async () => {
    const renewed = await adminToken(again.baseUrl);
    const page = await fetch(`${again.baseUrl}/audit-logs?object_id=${id}`, {
      headers: { authorization: `Bearer ${renewed}` },
    });
    const { data } = (await page.json()) as { data: Record<string, unknown>[] };
    const [entry] = data.filter(({ action }) => action === 'products.create');
    if (!entry) return false;
    assert.equal(entry.user_agent, 'killer/1');
    assert.equal(entry.ip_address, '127.0.0.1');
    return true;
  };
  await until(inTrail, 'the product’s creation is in the trail');
  await stopServer(again.child, 'SIGTERM');
  assert.equal((await verifyAudit()).code, 0);
});

test('HIP-05 a missing anchor is a difference unless it is said to be meant', async () => {
  const anchor = join(directory, 'audit-anchor.json');
  renameSync(anchor, `${anchor}.aside`);
  const without = await verifyAudit();
  assert.match(without.output, /audit-anchor.json is gone/);
  assert.equal(without.code, 1);
  assert.equal((await verifyAudit('--without-anchor')).code, 0);
  renameSync(`${anchor}.aside`, anchor);
});

/** A token of the organisation's administrator, as the first start wrote down how to get one. */
async function adminToken(baseUrl: string): Promise<string> {
  const file = join(directory, 'credentials.json');
  await until(async () => existsSync(file), 'the credentials are written');
  const { client_id, client_secret } = (JSON.parse(readFileSync(file, 'utf8')) as Credentials).clients
    .organization_admin;
  const answer = await fetch(`${baseUrl}/auth/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret }),
  });
  assert.equal(answer.status, 200);
  return ((await answer.json()) as { access_token: string }).access_token;
}
