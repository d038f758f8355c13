import { join } from 'node:path';
import pg from 'pg';
import type { ConnectionSettings } from '#kernel/database/connection.ts';
import { runningPostgres, startEmbeddedPostgres } from '#kernel/database/embedded/embedded.ts';
import type { AdministratorConnection } from '#kernel/database/migrations.ts';
import { StartupError } from '#kernel/startup-error.ts';
import type { Configuration } from '../config.ts';

const DATABASE_NAME = 'techcorp';

/** The PostgreSQL of this installation, embedded or external. */
export interface Database {
  embedded: boolean;
  /** The owner of schemas and tables, for migrations only. */
  administrator: AdministratorConnection;
  /** How the role of a module connects. */
  connection(schema: string): ConnectionSettings;
  stop(): Promise<void>;
}

/** Starts the embedded PostgreSQL, or reaches the one of DATABASE_URL. Errors: StartupError. */
export async function openDatabase(
  configuration: Configuration,
  environment: Record<string, string | undefined>,
  log: (message: string) => void,
): Promise<Database> {
  const { DATABASE_URL, DATA_DIR } = configuration;
  if (DATABASE_URL) return externalDatabase(DATABASE_URL, environment);
  const server = await startEmbeddedPostgres({ dataDirectory: DATA_DIR, log });
  try {
    const administrator = { ...server.connection, database: DATABASE_NAME };
    await createDatabase(server.connection);
    return { embedded: true, administrator, connection: () => administrator, stop: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** The database of an installation that may be running: a tool's way in, beside the server or alone. */
export async function openBeside(
  configuration: Configuration,
  environment: Record<string, string | undefined>,
): Promise<Database> {
  const running = configuration.DATABASE_URL ? null : runningPostgres(configuration.DATA_DIR);
  if (running && (await answers(running))) {
    const administrator = { ...running, database: DATABASE_NAME };
    return { embedded: true, administrator, connection: () => administrator, stop: async () => undefined };
  }
  return openDatabase(configuration, environment, () => undefined);
}

async function answers(connection: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function createDatabase(server: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(server);
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [DATABASE_NAME]);
    if (found.rowCount === 0) await client.query(`create database ${DATABASE_NAME}`);
  } finally {
    await client.end();
  }
}

async function externalDatabase(url: string, environment: Record<string, string | undefined>): Promise<Database> {
  const administrator = settingsOf('DATABASE_URL', url);
  await assertOwnSession(administrator);
  return {
    embedded: false,
    administrator,
    connection(schema) {
      const name = `${schema.toUpperCase()}_DATABASE_URL`;
      const own = environment[name];
      return own ? settingsOf(name, own) : administrator;
    },
    stop: async () => undefined,
  };
}

/** `postgresql://user:password@host:5432/database?sslmode=require`; a percent-encoded host is a socket folder. */
function settingsOf(name: string, text: string): ConnectionSettings {
  try {
    const url = new URL(text);
    const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname);
    return {
      host: host || 'localhost',
      port: Number(url.port || 5432),
      user: decodeURIComponent(url.username) || 'postgres',
      password: url.password ? decodeURIComponent(url.password) : undefined,
      database: decodeURIComponent(url.pathname.slice(1)) || DATABASE_NAME,
      ssl: ['require', 'verify-ca', 'verify-full'].includes(url.searchParams.get('sslmode') ?? ''),
    };
  } catch {
    throw new StartupError(`${name} is not a PostgreSQL URL such as postgresql://user:password@host:5432/database.`);
  }
}

/**
 * Our connections carry the tenant as a session setting, so a pooler that hands one session to many clients would mix
 * tenants. While one client holds a transaction, the settings of another must still be its own.
 */
async function assertOwnSession(settings: ConnectionSettings): Promise<void> {
  const [first, second] = [new pg.Client(settings), new pg.Client(settings)];
  try {
    await Promise.all([first.connect(), second.connect()]);
    await first.query("select set_config('app.org_id', 'probe', false)");
    await second.query('begin');
    const other = await second.query("select current_setting('app.org_id', true) as value");
    const own = await first.query("select current_setting('app.org_id', true) as value");
    if (own.rows[0].value === 'probe' && other.rows[0].value !== 'probe') return;
  } catch (error) {
    throw new StartupError(
      `DATABASE_URL: PostgreSQL at ${settings.host}:${settings.port} does not let us in (${(error as Error).message}).`,
    );
  } finally {
    await Promise.allSettled([first.end(), second.end()]);
  }
  throw new StartupError(
    'DATABASE_URL leads to a pooler that shares sessions (transaction pooling); connect to PostgreSQL itself or use session pooling.',
  );
}

/** Where the outbox, the keyring and the credentials are. */
export function dataFile(configuration: Configuration, ...parts: string[]): string {
  return join(configuration.DATA_DIR, ...parts);
}
