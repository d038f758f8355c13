import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { type Credentials, readCredentials } from '#src/startup/credentials.ts';
import type { TestAnswer } from '../app.ts';
import { root } from '../processes.ts';

const START_LIMIT_MS = 60_000;

/** The program as an operator runs it: a process of its own with the embedded PostgreSQL. */
export interface ServerProcess {
  baseUrl: string;
  /** Resolves with the signal or the exit code when the process has ended. */
  ended: Promise<NodeJS.Signals | number | null>;
  kill(signal: NodeJS.Signals): Promise<void>;
  credentials(): Promise<Credentials>;
  /** Rejects when the process dies before it has answered. */
  call(method: string, path: string, options?: { token?: string; body?: unknown; key?: string }): Promise<TestAnswer>;
  token(): Promise<string>;
}

/** One installation, which can be started again and again; it goes away with the test, or the file (`{ after }`). */
export function installation(t: { after(work: () => Promise<void>): void }, settings: Record<string, string> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'techcorp-server-'));
  // As root the database runs as another account, which must be able to pass through.
  chmodSync(directory, 0o711);
  const agent = new Agent({ keepAliveTimeout: 1_000, connect: { rejectUnauthorized: false } });
  const children: ChildProcess[] = [];
  t.after(async () => {
    for (const child of children) child.kill('SIGKILL');
    const postgres = postgresId(directory);
    if (postgres) process.kill(postgres, 'SIGQUIT');
    await agent.close();
    rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });

  async function start(more: Record<string, string> = {}): Promise<ServerProcess> {
    const child = spawn(process.execPath, [join(root, 'src/main.ts')], {
      cwd: root,
      env: {
        ...process.env,
        DATA_DIR: directory,
        PORT: '0',
        HOST: '127.0.0.1',
        LOG_LEVEL: 'warn',
        ...settings,
        ...more,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    const ended = once(child, 'exit').then(([code, signal]) => (signal ?? code) as NodeJS.Signals | number | null);
    const baseUrl = await addressOf(child, ended);
    const call: ServerProcess['call'] = (method, path, options) => ask(agent, `${baseUrl}${path}`, method, options);
    const credentials = () => credentialsIn(directory, baseUrl);
    return {
      baseUrl,
      ended,
      credentials,
      call,
      async kill(signal) {
        child.kill(signal);
        await ended;
      },
      async token() {
        const { client_id, client_secret } = (await credentials()).clients.organization_admin;
        const body = { grant_type: 'client_credentials', client_id, client_secret };
        const answer = await call('POST', '/auth/token', { body });
        if (answer.status !== 200) throw new Error(`No token: ${JSON.stringify(answer.body)}`);
        return answer.body.access_token;
      },
    };
  }

  return { directory, start };
}

async function addressOf(child: ChildProcess, ended: Promise<unknown>): Promise<string> {
  let output = '';
  const ready = new Promise<string>((resolve) => {
    const collect = (chunk: Buffer) => {
      output += chunk;
      const found = /Ready in [\d.]+ s: (\S+)/.exec(output);
      if (found) resolve(found[1]!);
    };
    child.stdout!.on('data', collect);
    child.stderr!.on('data', collect);
  });
  const failed = Promise.race([ended, delay(START_LIMIT_MS, 'too late', { ref: false })]);
  const address = await Promise.race([ready, failed.then(() => null)]);
  if (!address) throw new Error(`The server did not start:\n${output}`);
  return address;
}

/** The first start makes them after it listens, and every start notes its address there. */
async function credentialsIn(directory: string, baseUrl: string): Promise<Credentials> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const found = readCredentials(join(directory, 'credentials.json'));
    if (found?.base_url === baseUrl) return found;
    await delay(50);
  }
  throw new Error('No credentials were written');
}

async function ask(
  agent: Agent,
  url: string,
  method: string,
  { token, body, key }: { token?: string; body?: unknown; key?: string } = {},
): Promise<TestAnswer> {
  const response = await request(url, {
    dispatcher: agent,
    method: method as 'GET',
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key && { 'idempotency-key': key }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.body.text();
  return {
    status: response.statusCode,
    headers: response.headers as Record<string, string>,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

function postgresId(directory: string): number | undefined {
  try {
    return Number(readFileSync(join(directory, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return undefined;
  }
}
