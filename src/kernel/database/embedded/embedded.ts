import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StartupError } from '../../startup-error.ts';
import { locateBinaries } from './binaries.ts';
import { makeSocketDirectory, resolveLayout } from './layout.ts';
import { type DirectoryLock, lockDirectory } from './lock.ts';
import { clearLeftovers, ensureCluster, type ServerPlan, socketPort, startServer, stopServer } from './server.ts';

export interface EmbeddedPostgresOptions {
  /** DATA_DIR. It is created when missing; relative paths are resolved against the working directory. */
  dataDirectory: string;
  /** Receives the few lines an operator wants to see: first creation, recovery after a crash. */
  log: (message: string) => void;
  /** Server settings that replace the defaults. Tests alone may give up durability with `fsync: 'off'`. */
  settings?: Record<string, string>;
}

/** What node-postgres needs to connect; `host` is the folder of the Unix socket. */
export interface DatabaseConnection {
  host: string;
  port: number;
  user: string;
  database: string;
}

export interface EmbeddedPostgres {
  socketDirectory: string;
  port: number;
  /** The id of the server process, which changes when it had to be restarted. */
  processId(): number;
  /** A connection URL of the superuser for a database of this server; understood by node-postgres and psql. */
  adminUrl(database: string): string;
  /** The superuser's connection to the `postgres` database. */
  connection: DatabaseConnection;
  /** Stops the server in an orderly way and gives the data directory free. May be called more than once. */
  stop(): Promise<void>;
}

const defaultSettings: Record<string, string> = {
  max_connections: '200',
  shared_buffers: '128MB',
  huge_pages: 'try',
  // A confirmed write has reached the disk. This is a promise of the product: never relaxed outside tests.
  fsync: 'on',
  synchronous_commit: 'on',
  wal_compression: 'on',
  random_page_cost: '1.1',
  // Compiling queries costs more than it saves for statements of a few milliseconds.
  jit: 'off',
  max_prepared_transactions: '0',
  autovacuum: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %q%u@%d ',
  unix_socket_permissions: '0700',
};

/**
 * Starts the PostgreSQL that comes with the program, creating its data on the first start and recovering by itself
 * after any kind of crash. It listens on a Unix socket only. While we run, a server that dies is started again.
 *
 * @throws StartupError when another process uses the data directory or the server does not start
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDirectory = resolve(options.dataDirectory);
  const locks: DirectoryLock[] = [];
  let socketDirectory = '';
  try {
    makeDataDirectory(dataDirectory);
    locks.push(await lockDirectory(dataDirectory));
    const layout = resolveLayout(dataDirectory);
    // A copy of DATA_DIR still points to the original's cluster, so a cluster elsewhere needs a lock of its own.
    if (layout.isElsewhere) locks.push(await lockDirectory(layout.home, dataDirectory));
    socketDirectory = makeSocketDirectory(layout);
    const plan: ServerPlan = {
      ...layout,
      binaries: locateBinaries(layout.account),
      socketDirectory,
      logFile: join(dataDirectory, 'postgres.log'),
      settings: { ...defaultSettings, ...options.settings },
    };
    await prepare(plan, options.log);
    return await supervise({ ...plan, socketFile: join(dataDirectory, SOCKET_FILE) }, locks, options.log);
  } catch (error) {
    if (socketDirectory) rmSync(socketDirectory, { recursive: true, force: true });
    for (const lock of locks) lock.release();
    if (error instanceof StartupError) throw error;
    // What is left are refusals of the file system (no permission, disk full), whose text names the path.
    throw new StartupError(`The data directory ${dataDirectory} cannot be used: ${(error as Error).message}`);
  }
}

const SOCKET_FILE = 'postgres-socket';

/**
 * The superuser's connection to the server that another process runs on a data directory, for tools that work beside it;
 * null when none is noted. The server may have died since: connecting tells.
 */
export function runningPostgres(dataDirectory: string): DatabaseConnection | null {
  const file = join(resolve(dataDirectory), SOCKET_FILE);
  if (!existsSync(file)) return null;
  return { host: readFileSync(file, 'utf8').trim(), port: socketPort, user: 'postgres', database: 'postgres' };
}

function makeDataDirectory(path: string): void {
  if (existsSync(path)) return;
  mkdirSync(path, { recursive: true });
  // As root the database runs as another account, which must be able to pass through; it still cannot list.
  chmodSync(path, process.getuid?.() === 0 ? 0o711 : 0o700);
}

async function prepare(plan: ServerPlan, log: (message: string) => void): Promise<void> {
  const orphan = await clearLeftovers(plan.cluster);
  if (orphan) log(`Stopped the database server (pid ${orphan}) that an interrupted run had left behind.`);
  const outcome = await ensureCluster(plan);
  if (outcome === 'created') log(`Created the database in ${plan.cluster}.`);
  if (plan.isElsewhere && !existsSync(plan.locationFile)) {
    writeFileSync(plan.locationFile, `${plan.cluster}\n(The database is kept there: its account cannot reach here.)\n`);
  }
}

/** Runs the server, starts it again when it dies unasked, and hands out the handle to it. */
async function supervise(
  plan: ServerPlan & { socketFile: string },
  locks: DirectoryLock[],
  log: (message: string) => void,
): Promise<EmbeddedPostgres> {
  let server = await startServer(plan);
  let restart = Promise.resolve();
  let isStopping = false;
  let stopped: Promise<void> | undefined;

  const watch = () => {
    server.once('exit', () => {
      if (!isStopping) restart = startAgain();
    });
  };
  const startAgain = async () => {
    log(`The database server ended unexpectedly and is started again; its log is ${plan.logFile}.`);
    for (let pause = 1_000; !isStopping; pause = Math.min(pause * 2, 30_000)) {
      try {
        await clearLeftovers(plan.cluster);
        server = await startServer(plan);
        return watch();
      } catch (error) {
        log((error as Error).message);
        await delay(pause, undefined, { ref: false });
      }
    }
  };
  const stop = async () => {
    isStopping = true;
    await restart;
    if (isRunning(server) && server.pid) {
      server.ref();
      await Promise.all([once(server, 'exit'), stopServer(server.pid)]);
    }
    rmSync(plan.socketDirectory, { recursive: true, force: true });
    rmSync(plan.socketFile, { force: true });
    for (const lock of locks) lock.release();
  };
  watch();
  writeFileSync(plan.socketFile, `${plan.socketDirectory}\n`, { mode: 0o644 });
  return {
    socketDirectory: plan.socketDirectory,
    port: socketPort,
    processId: () => server.pid ?? 0,
    adminUrl: (database) =>
      `postgresql://postgres@${encodeURIComponent(plan.socketDirectory)}:${socketPort}/${encodeURIComponent(database)}`,
    connection: { host: plan.socketDirectory, port: socketPort, user: 'postgres', database: 'postgres' },
    stop: () => (stopped ??= stop()),
  };
}

function isRunning(server: ChildProcess): boolean {
  return server.exitCode === null && server.signalCode === null;
}
