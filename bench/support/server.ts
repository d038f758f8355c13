import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const { serverFlags } = (await import(new URL('../../scripts/server-flags.mjs', import.meta.url).href)) as {
  serverFlags: string[];
};

const root = fileURLToPath(new URL('../../', import.meta.url));
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 15_000;

/** What `DATA_DIR/credentials.json` holds. */
export interface ServerCredentials {
  base_url: string;
  organization_id: string;
  clients: Record<'organization_admin' | 'platform_admin', { client_id: string; client_secret: string }>;
}

export interface RunningServer {
  baseUrl: string;
  processId: number;
  /** From the start of the process until it said that it was ready. */
  readyMs: number;
  /** Records where time goes while `work` runs; answers the text of a `.cpuprofile`. */
  profile(work: () => Promise<void>): Promise<string>;
  stop(): Promise<void>;
}

/** Limits that no load of ours reaches, so that a server is measured and not its refusals. */
const NO_LIMITS = Object.fromEntries(
  ['CREDENTIAL', 'ORGANIZATION', 'USER', 'BURST', 'ANONYMOUS', 'BATCH_ITEMS'].map((name) => [
    `RATE_LIMIT_${name}`,
    '1000000000',
  ]),
);

/**
 * Starts `src/main.ts` as `npm start` does, as a process of its own whose log goes to a file. It ends with us, because
 * run-child.mjs sees the channel close. Errors: it ends before it is ready, with what it said.
 */
export async function startServer(
  dataDirectory: string,
  environment: Record<string, string>,
  options: { profiled?: boolean } = {},
): Promise<RunningServer> {
  const logFile = join(dataDirectory, '..', `server-${Date.now()}-${Math.round(performance.now())}.log`);
  const log = openSync(logFile, 'w');
  const preload = (path: string) => ['--import', pathToFileURL(join(root, path)).href];
  const startedMs = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...serverFlags,
      ...preload('scripts/run-child.mjs'),
      ...(options.profiled ? preload('bench/profiler/profiler-hook.ts') : []),
      join(root, 'src/main.ts'),
    ],
    {
      cwd: root,
      stdio: ['ignore', log, log, 'ipc'],
      env: {
        ...process.env,
        ...NO_LIMITS,
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules', '.cache', 'node-compile'),
        NODE_OPTIONS: '--disable-warning=ExperimentalWarning',
        PORT: '0',
        LOG_LEVEL: 'info',
        DATA_DIR: dataDirectory,
        ...environment,
      },
    },
  );
  const baseUrl = await readyAddress(child, logFile);
  return {
    baseUrl,
    processId: child.pid!,
    readyMs: performance.now() - startedMs,
    profile: (work) => profileOf(child, work),
    stop: () => stop(child),
  };
}

async function readyAddress(child: ChildProcess, logFile: string): Promise<string> {
  for (const deadline = performance.now() + START_LIMIT_MS; performance.now() < deadline; await delay(5)) {
    const text = readFileSync(logFile, 'utf8');
    const ready = /^Ready in .*?: (\S+)/m.exec(text);
    if (ready) return ready[1]!;
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`The server did not start:\n${text}`);
  }
  child.kill('SIGKILL');
  throw new Error(`The server was not ready in ${START_LIMIT_MS / 1_000} s:\n${readFileSync(logFile, 'utf8')}`);
}

async function profileOf(child: ChildProcess, work: () => Promise<void>): Promise<string> {
  const ask = async (profile: 'start' | 'stop') => {
    const answer = once(child, 'message');
    child.send({ profile });
    const [{ text }] = (await answer) as [{ text: string }];
    return text;
  };
  await ask('start');
  await work();
  return ask('stop');
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(late);
}

/** Who may call the server; it writes the file soon after it said that it is ready. */
export async function readCredentials(dataDirectory: string, baseUrl: string): Promise<ServerCredentials> {
  const file = join(dataDirectory, 'credentials.json');
  for (let attempt = 0; attempt < 500; attempt++, await delay(20)) {
    if (!existsSync(file)) continue;
    const credentials = JSON.parse(readFileSync(file, 'utf8')) as ServerCredentials;
    if (credentials.base_url === baseUrl) return credentials;
  }
  throw new Error(`${file} did not appear`);
}

/** Where the server's embedded PostgreSQL listens, as its own file tells: port and socket folder are lines 4 and 5. */
export function databaseConnection(dataDirectory: string) {
  const lines = postmasterFile(dataDirectory);
  return { host: lines[4]!, port: Number(lines[3]), user: 'postgres', database: 'techcorp' };
}

/** The first process of the server's embedded PostgreSQL, the parent of the others. */
export function databaseProcess(dataDirectory: string): number {
  return Number(postmasterFile(dataDirectory)[0]);
}

function postmasterFile(dataDirectory: string): string[] {
  const location = join(dataDirectory, 'postgres-location');
  const cluster = existsSync(location)
    ? readFileSync(location, 'utf8').split('\n')[0]!
    : join(dataDirectory, 'postgres');
  return readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
}
