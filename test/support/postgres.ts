import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, globSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import {
  type DatabaseConnection,
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '#kernel/database/embedded/embedded.ts';

/** How test/run.ts tells its test processes where the server of this run listens: the socket's folder. */
export const socketVariable = 'TEST_POSTGRES_SOCKET';

/** One database of a test file. */
export interface TestDatabase {
  name: string;
  /** For node-postgres: superuser `postgres`, no password. */
  connection: DatabaseConnection;
  /** The same as a URL, for settings such as DATABASE_URL. */
  url: string;
  /** Drops the database, ending sessions that are still open. */
  drop(): Promise<void>;
}

/** The test run's PostgreSQL server. */
export interface TestPostgres {
  socketDirectory: string;
  connection(database: string): DatabaseConnection;
  url(database: string): string;
}

/** A crash loses the test data only, so the tests do without waiting for the disk. Never set these in production. */
const careless = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  shared_buffers: '64MB',
};

const directoryPrefix = 'techcorp-test-';
let server: Promise<TestPostgres> | undefined;
let preparedTemplate: string | undefined;

/**
 * The PostgreSQL 18 server shared by the whole test run. `npm test` starts one and names it in the environment; a
 * test file that is run alone starts its own on first use, which ends with the process.
 */
export function testPostgres(): Promise<TestPostgres> {
  server ??= findServer();
  return server;
}

async function findServer(): Promise<TestPostgres> {
  const socketDirectory = process.env[socketVariable];
  if (socketDirectory) return describeServer(socketDirectory);
  const started = await startTestServer();
  process.once('exit', () => started.killNow());
  return describeServer(started.postgres.socketDirectory);
}

function describeServer(socketDirectory: string): TestPostgres {
  return {
    socketDirectory,
    connection: (database) => ({ host: socketDirectory, port: 5432, user: 'postgres', database }),
    url: (database) => `postgresql://postgres@${encodeURIComponent(socketDirectory)}:5432/${database}`,
  };
}

/** A server of its own for tests, in a temporary folder that goes away with it. */
export interface TestServer {
  postgres: EmbeddedPostgres;
  stop(): Promise<void>;
  /** Ends the server without waiting; the only way that works while the process is exiting. */
  killNow(): void;
}

/** Starts a server for tests; test/run.ts uses it directly, test files through `testPostgres`. */
export async function startTestServer(): Promise<TestServer> {
  await removeAbandonedServers();
  const directory = mkdtempSync(join(tmpdir(), directoryPrefix));
  chmodSync(directory, 0o711);
  const postgres = await startEmbeddedPostgres({ dataDirectory: directory, log: () => {}, settings: careless });
  const remove = () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  return {
    postgres,
    stop: async () => {
      await postgres.stop();
      remove();
    },
    killNow: () => {
      try {
        process.kill(postgres.processId(), 'SIGKILL');
      } catch {
        // It is gone already.
      }
      rmSync(postgres.socketDirectory, { recursive: true, force: true });
      remove();
    },
  };
}

/** Ends servers whose test process was killed before it could: starting on their folder takes them over. */
async function removeAbandonedServers(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(directoryPrefix))) {
    const directory = join(tmpdir(), name);
    const isOurs = lstatSync(directory, { throwIfNoEntry: false })?.uid === process.getuid?.();
    if (!isOurs || !existsSync(join(directory, 'postgres', 'PG_VERSION'))) continue;
    try {
      const abandoned = await startEmbeddedPostgres({ dataDirectory: directory, log: () => {}, settings: careless });
      await abandoned.stop();
      rmSync(directory, { recursive: true, force: true });
    } catch {
      // In use by a test process that lives, or somebody else's: not ours to touch.
    }
  }
}

/**
 * Makes the template that `createTestDatabase` clones, once for all test processes of a run: the first one migrates
 * while the others wait. The name carries a hash of every migration, so that a changed one makes a new template.
 *
 * @param migrate brings an empty database up to date; it must close its connections before it resolves
 * @returns the name of the template
 */
export async function ensureTemplate(migrate: (connection: DatabaseConnection) => Promise<void>): Promise<string> {
  const { connection } = await testPostgres();
  const template = `techcorp_template_${migrationsHash()}`;
  await asAdministrator(async (client) => {
    await client.query(`select pg_advisory_lock(hashtext('${template}'))`);
    const found = await client.query('select 1 from pg_database where datname = $1', [template]);
    if (found.rowCount) return;
    // Renamed when complete, so that a migration that fails halfway is never taken for the template.
    const draft = `${template}_draft`;
    await client.query(`drop database if exists ${draft} with (force)`);
    await client.query(`create database ${draft}`);
    await migrate(connection(draft));
    await client.query(`alter database ${draft} rename to ${template}`);
  });
  preparedTemplate = template;
  return template;
}

/**
 * Creates a database for one test file by cloning a template: the one of `ensureTemplate` when that was called in
 * this process, else an empty database.
 */
export async function createTestDatabase(options: { template?: string } = {}): Promise<TestDatabase> {
  const { connection, url } = await testPostgres();
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`;
  const template = options.template ?? preparedTemplate ?? 'template1';
  // Copying files beats replaying them through the log by far as long as nobody waits for the disk.
  await asAdministrator((client) => client.query(`create database ${name} template ${template} strategy file_copy`));
  return {
    name,
    connection: connection(name),
    url: url(name),
    drop: () =>
      asAdministrator((client) => client.query(`drop database if exists ${name} with (force)`)).then(() => {}),
  };
}

async function asAdministrator<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const { connection } = await testPostgres();
  const client = new pg.Client(connection('postgres'));
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function migrationsHash(): string {
  const root = fileURLToPath(new URL('../../src/', import.meta.url));
  const hash = createHash('sha256');
  const files = globSync(['**/*.sql', '**/{migrations,database}/**/*.ts'], { cwd: root }).sort();
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 16);
}
