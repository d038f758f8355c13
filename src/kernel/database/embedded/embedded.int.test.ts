import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, afterEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { StartupError } from '../../startup-error.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded.ts';
import { isAlive } from './process.ts';

const base = mkdtempSync(join(tmpdir(), 'techcorp-embedded-'));
chmodSync(base, 0o711);
const isRoot = process.getuid?.() === 0;
const running: EmbeddedPostgres[] = [];
const outside: string[] = [];

async function start(dataDirectory: string, messages: string[] = [], settings = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDirectory, settings, log: (message) => messages.push(message) });
  running.push(server);
  return server;
}

/** The same without waiting for the disk, for what is not about durability: creating a database is mostly that. */
const startCarelessly = (dataDirectory: string) => start(dataDirectory, [], { fsync: 'off' });

async function query(server: EmbeddedPostgres, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: server.adminUrl('postgres') });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Another process that starts the database, commits a row and then stays until it is killed. */
async function startHolder(dataDirectory: string, row: number): Promise<{ holder: ChildProcess; postgres: number }> {
  const script = `
    import pg from 'pg';
    import { startEmbeddedPostgres } from '#kernel/database/embedded/embedded.ts';
    const server = await startEmbeddedPostgres({ dataDirectory: ${JSON.stringify(dataDirectory)}, log() {} });
    const client = new pg.Client(server.connection);
    await client.connect();
    await client.query('create table if not exists kept (id int)');
    await client.query('insert into kept values (${row})');
    console.log(server.processId());
    setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  assert.ok(holder.stdout);
  const [line] = (await once(holder.stdout, 'data')) as [Buffer];
  return { holder, postgres: Number(line.toString()) };
}

async function kill(holder: ChildProcess): Promise<void> {
  const gone = once(holder, 'exit');
  holder.kill('SIGKILL');
  await gone;
}

describe('embedded PostgreSQL', () => {
  afterEach(async () => {
    for (const server of running.splice(0)) await server.stop();
  });
  after(() => {
    for (const path of [base, ...outside]) rmSync(path, { recursive: true, force: true });
  });

  it('starts on an empty data directory, durable and on a socket only its user can reach', async () => {
    const server = await start(join(base, 'fresh'));
    const names = ['server_version_num', 'server_encoding', 'fsync', 'synchronous_commit', 'data_checksums'];
    const settings = ['listen_addresses', 'TimeZone', 'full_page_writes'];
    const [row] = await query(
      server,
      `select ${[...names, ...settings].map((name) => `current_setting('${name}') as "${name}"`).join(', ')}`,
    );
    assert.match(String(row?.server_version_num), /^18/);
    const expected = { fsync: 'on', synchronous_commit: 'on', data_checksums: 'on', full_page_writes: 'on' };
    assert.deepEqual(
      { ...row, server_version_num: '' },
      { server_version_num: '', server_encoding: 'UTF8', listen_addresses: '', TimeZone: 'UTC', ...expected },
    );
    assert.ok(Buffer.byteLength(join(server.socketDirectory, '.s.PGSQL.5432')) < 100);
  });

  it('still has the data after an orderly stop and leaves no socket, lock or process behind', async () => {
    const dataDirectory = join(base, 'twice');
    const first = await startCarelessly(dataDirectory);
    await query(first, 'create table kept as select 7 as id');
    const processId = first.processId();
    await first.stop();
    await first.stop();
    assert.equal(existsSync(first.socketDirectory), false);
    assert.throws(() => process.kill(processId, 0));
    assert.deepEqual(
      readdirSync(dataDirectory).filter((name) => name.includes('lock')),
      [],
    );
    const startedAt = performance.now();
    const second = await start(dataDirectory);
    assert.ok(performance.now() - startedAt < 2_000, 'the second start takes long');
    assert.deepEqual(await query(second, 'select id from kept'), [{ id: 7 }]);
  });

  it('recovers committed rows after our process was killed and its server lived on', async () => {
    const dataDirectory = join(base, 'orphan');
    const { holder, postgres } = await startHolder(dataDirectory, 1);
    await kill(holder);
    const messages: string[] = [];
    const server = await start(dataDirectory, messages);
    assert.deepEqual(await query(server, 'select id from kept'), [{ id: 1 }]);
    assert.match(messages.join('\n'), new RegExp(`pid ${postgres}`));
  });

  it('recovers committed rows after our process and the server were killed, also when the pid is reused', async () => {
    const dataDirectory = join(base, 'both');
    for (const row of [1, 2]) {
      const { holder, postgres } = await startHolder(dataDirectory, row);
      process.kill(postgres, 'SIGKILL');
      await kill(holder);
    }
    const pidFile = join(dataDirectory, 'postgres', 'postmaster.pid');
    writeFileSync(pidFile, readFileSync(pidFile, 'utf8').replace(/^\d+/, String(process.ppid)));
    const server = await start(dataDirectory);
    assert.deepEqual(await query(server, 'select id from kept order by id'), [{ id: 1 }, { id: 2 }]);
  });

  it('recovers when the server was killed between making its pid file and filling it', async () => {
    const dataDirectory = join(base, 'empty-pid-file');
    const { holder, postgres } = await startHolder(dataDirectory, 1);
    await kill(holder);
    process.kill(postgres, 'SIGKILL');
    const pidFile = join(dataDirectory, 'postgres', 'postmaster.pid');
    while (isAlive(postgres)) await delay(20);
    writeFileSync(pidFile, '');
    const server = await start(dataDirectory);
    assert.deepEqual(await query(server, 'select id from kept'), [{ id: 1 }]);
  });

  it('starts a server again that dies while we run', async () => {
    const server = await startCarelessly(join(base, 'supervised'));
    await query(server, 'create table kept as select 3 as id');
    const dead = server.processId();
    process.kill(dead, 'SIGKILL');
    while (server.processId() === dead) await delay(20);
    assert.deepEqual(await query(server, 'select id from kept'), [{ id: 3 }]);
  });

  it('refuses a second process on the same data directory with one clear sentence', async () => {
    const dataDirectory = join(base, 'shared');
    const { holder } = await startHolder(dataDirectory, 1);
    const sentence =
      `Another TechCorp process (pid ${holder.pid}) is already running on ${dataDirectory}; ` +
      'stop it or set another DATA_DIR.';
    await assert.rejects(start(dataDirectory), (error: Error) => {
      assert.ok(error instanceof StartupError);
      assert.equal(error.message, sentence);
      return true;
    });
    await kill(holder);
    await start(dataDirectory);
  });

  it('works in a folder with spaces and other letters, far below the root', async () => {
    const dataDirectory = join(base, 'with spaces', 'Zürich – 東京', 'x'.repeat(120));
    const server = await startCarelessly(dataDirectory);
    assert.deepEqual(await query(server, 'select 1 as one'), [{ one: 1 }]);
    assert.equal(dirname(join(dataDirectory, 'postgres', 'PG_VERSION')), join(dataDirectory, 'postgres'));
  });

  it('recovers from a first start that was interrupted', async () => {
    const dataDirectory = join(base, 'interrupted');
    mkdirSync(join(dataDirectory, 'postgres.new-0123', 'base'), { recursive: true });
    const server = await startCarelessly(dataDirectory);
    assert.deepEqual(await query(server, 'select 1 as one'), [{ one: 1 }]);
    assert.deepEqual(
      readdirSync(dataDirectory).filter((name) => name.startsWith('postgres.new')),
      [],
    );
  });

  it('refuses data of another PostgreSQL version instead of touching it', async () => {
    const dataDirectory = join(base, 'old');
    mkdirSync(join(dataDirectory, 'postgres'), { recursive: true });
    writeFileSync(join(dataDirectory, 'postgres', 'PG_VERSION'), '16\n');
    await assert.rejects(start(dataDirectory), /made by PostgreSQL 16/);
  });

  it('as root below a folder others cannot enter, keeps the database elsewhere and says where', {
    skip: !isRoot && 'only root runs into this',
  }, async () => {
    const home = join(base, 'home');
    mkdirSync(home, { mode: 0o700 });
    const dataDirectory = join(home, 'data');
    const first = await startCarelessly(dataDirectory);
    await query(first, 'create table kept as select 5 as id');
    await first.stop();
    const [location = ''] = readFileSync(join(dataDirectory, 'postgres-location'), 'utf8').split('\n');
    outside.push(dirname(location));
    assert.ok(existsSync(join(location, 'PG_VERSION')));
    const second = await start(dataDirectory);
    assert.deepEqual(await query(second, 'select id from kept'), [{ id: 5 }]);
    await second.stop();
    rmSync(location, { recursive: true });
    await assert.rejects(start(dataDirectory), /which is gone/);
  });
});
