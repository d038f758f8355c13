import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StartupError } from '../../startup-error.ts';
import type { Account } from './account.ts';
import type { Layout } from './layout.ts';
import { commandLine, isAlive } from './process.ts';

/** The port is only part of the socket's file name: the server listens on no TCP port at all. */
export const socketPort = 5432;

/** What it takes to run one server. */
export interface ServerPlan extends Layout {
  binaries: string;
  socketDirectory: string;
  logFile: string;
  settings: Record<string, string>;
}

const maximumLogBytes = 10 * 1024 * 1024;
const fastStopMilliseconds = 10_000;
const pidFileMilliseconds = 3_000;
/** Recovery after a crash replays the log since the last checkpoint: minutes at worst, and giving up helps nobody. */
const startMilliseconds = 10 * 60_000;

/**
 * Creates the cluster unless it exists. It is made under a temporary name and renamed, so that a start that was
 * killed in the middle leaves nothing that looks like a database.
 *
 * @throws StartupError when initdb fails or the cluster is of another major version
 */
export async function ensureCluster(plan: ServerPlan): Promise<'created' | 'found'> {
  if (existsSync(join(plan.cluster, 'PG_VERSION'))) {
    refuseOtherVersion(plan.cluster);
    return 'found';
  }
  for (const name of readdirSync(plan.home).filter((entry) => entry.startsWith('postgres.new-'))) {
    // An orphaned initdb may still be writing there; then the next start removes it.
    rmSync(join(plan.home, name), { recursive: true, force: true, maxRetries: 2 });
  }
  const draft = join(plan.home, `postgres.new-${randomBytes(6).toString('hex')}`);
  mkdirSync(draft, { mode: 0o700 });
  if (plan.account) chownSync(draft, plan.account.uid, plan.account.gid);
  await runInitdb(plan, draft);
  renameSync(draft, plan.cluster);
  return 'created';
}

function refuseOtherVersion(cluster: string): void {
  const version = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
  if (version === '18') return;
  throw new StartupError(
    `The database in ${cluster} was made by PostgreSQL ${version} and this program brings PostgreSQL 18; ` +
      'move it with pg_dumpall and psql, or set another DATA_DIR.',
  );
}

async function runInitdb(plan: ServerPlan, target: string): Promise<void> {
  const options = [
    `--pgdata=${target}`,
    '--username=postgres',
    // Whoever can open the socket is already this user (its folder is 0700), so a password would protect nothing.
    '--auth-local=trust',
    '--auth-host=reject',
    '--encoding=UTF8',
    '--locale=C',
    // Sorting by code point: the same on every machine and never changed by a system update, which breaks indexes.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--data-checksums',
    ...(plan.settings.fsync === 'off' ? ['--no-sync'] : []),
  ];
  const child = spawn(join(plan.binaries, 'bin', 'initdb'), options, {
    ...processOptions(plan.account),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
  const failure = await exitOf(child);
  if (failure === undefined) return;
  rmSync(target, { recursive: true, force: true });
  throw new StartupError(`The database could not be created in ${plan.cluster} (${failure}):\n${output.trim()}`);
}

/**
 * Starts the server and waits until it accepts connections.
 * @returns the process, which does not keep our event loop alive by itself
 * @throws StartupError with the server's own last words when it does not start
 */
export async function startServer(plan: ServerPlan): Promise<ChildProcess> {
  const deadline = Date.now() + startMilliseconds;
  const predecessorDeadline = Date.now() + 30_000;
  for (;;) {
    rotateLog(plan.logFile);
    for (const suffix of ['', '.lock']) {
      // Ours alone and certainly stale: the server that made them was stopped or is dead.
      rmSync(join(plan.socketDirectory, `.s.PGSQL.${socketPort}${suffix}`), { force: true });
    }
    const logFile = openSync(plan.logFile, 'a', 0o600);
    const logStart = statSync(plan.logFile).size;
    const child = spawn(join(plan.binaries, 'bin', 'postgres'), serverArguments(plan), {
      ...processOptions(plan.account),
      stdio: ['ignore', logFile, logFile],
    });
    closeSync(logFile);
    const failure = await Promise.race([exitOf(child), readiness(child, plan.cluster, deadline)]);
    if (failure === undefined) {
      child.unref();
      return child;
    }
    const lastWords = readFileSync(plan.logFile).subarray(logStart).toString('utf8').trim();
    // Backends of a killed server end on their own within moments; until then the new one must not touch the files.
    if (lastWords.includes('pre-existing shared memory block') && Date.now() < predecessorDeadline) await delay(100);
    else throw new StartupError(`The embedded PostgreSQL did not start (${failure}):\n${lastWords.slice(-2000)}`);
  }
}

function serverArguments(plan: ServerPlan): string[] {
  const settings = Object.entries(plan.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', plan.cluster, '-k', plan.socketDirectory, '-p', String(socketPort), '-h', '', ...settings];
}

/** Resolves to undefined as soon as the server has written "ready" into its pid file, as pg_ctl waits for it too. */
async function readiness(child: ChildProcess, cluster: string, deadline: number): Promise<string | undefined> {
  while (Date.now() < deadline) {
    const lines = pidFileLines(cluster);
    if (lines[0] === String(child.pid) && lines[7]?.trim() === 'ready') return undefined;
    if (child.exitCode !== null || child.signalCode !== null) return 'it ended';
    await delay(5);
  }
  child.kill('SIGQUIT');
  return 'it was not ready in time';
}

/**
 * Stops a server: no new connections, open transactions rolled back, a checkpoint, exit. A server that does not
 * manage within ten seconds is stopped hard and recovers from its log at the next start; nothing committed is lost.
 */
export async function stopServer(processId: number): Promise<void> {
  for (const [signal, patience] of [
    ['SIGINT', fastStopMilliseconds],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    try {
      process.kill(processId, signal);
    } catch {
      return;
    }
    const deadline = Date.now() + patience;
    while (Date.now() < deadline) {
      if (!isAlive(processId)) return;
      await delay(5);
    }
  }
}

/**
 * Ends what an earlier run left behind: a server that outlived our killed process is stopped, and a pid file whose
 * number meanwhile belongs to some other process is disarmed. Call it only while holding the lock on the data.
 *
 * @returns the id of the stopped server, if one was running
 */
export async function clearLeftovers(cluster: string): Promise<number | undefined> {
  const lines = await filledPidFile(cluster);
  const processId = Number(lines[0]);
  if (!Number.isSafeInteger(processId) || processId <= 0) return undefined;
  const command = commandLine(processId);
  if (isAlive(processId) && command.includes('postgres') && command.includes(`-D ${cluster} `)) {
    await stopServer(processId);
    return processId;
  }
  // PostgreSQL refuses to start while any process has this id (common in containers). The id is replaced and the
  // file kept, because its shared memory key still lets the server find surviving backends of its predecessor.
  const path = join(cluster, 'postmaster.pid');
  const { uid, gid } = statSync(path);
  writeFileSync(path, ['2147483647', ...lines.slice(1)].join('\n'));
  if (process.getuid?.() === 0) chownSync(path, uid, gid);
  return undefined;
}

/**
 * A server that outlived us may be starting at this moment: it makes its file empty and fills it at once. A file that stays
 * empty is what is left of one that was killed between the two, and no server starts over it.
 */
async function filledPidFile(cluster: string): Promise<string[]> {
  for (const deadline = Date.now() + pidFileMilliseconds; Date.now() < deadline; await delay(20)) {
    const lines = pidFileLines(cluster);
    if (lines[0] !== '') return lines;
  }
  rmSync(join(cluster, 'postmaster.pid'), { force: true });
  return [];
}

function pidFileLines(cluster: string): string[] {
  try {
    return readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}

function rotateLog(path: string): void {
  if (existsSync(path) && statSync(path).size > maximumLogBytes) renameSync(path, `${path}.1`);
}

/**
 * How both programs are run: in a session of their own, so that Ctrl-C in the terminal reaches only us and the
 * server lives until we have finished our requests; without our environment, whose PG variables would change it.
 */
function processOptions(account: Account | undefined) {
  const identity = account ? { uid: account.uid, gid: account.gid } : {};
  return { ...identity, cwd: '/', detached: true, env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' } };
}

/** Resolves when the process has ended: to undefined after success, else to a short reason. */
function exitOf(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) =>
      resolve(code === 0 ? undefined : signal ? `signal ${signal}` : `code ${code}`),
    );
  });
}
