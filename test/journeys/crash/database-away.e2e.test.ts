import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestAnswer } from '#test/support/app.ts';
import { installation, type ServerProcess } from '#test/support/server/server-process.ts';

const CLIENTS = 6;
const PATIENCE_MS = 10_000;

interface Outcome {
  status: number;
  retryAfter: string | undefined;
  tookMs: number;
  key?: string;
}

/** A few clients that read and write without pause until they are told to stop. */
function load(server: ServerProcess, token: string) {
  const outcomes: Outcome[] = [];
  let isStopped = false;
  const note = async (work: Promise<TestAnswer>, key?: string) => {
    const startedMs = performance.now();
    const { status, headers } = await work;
    outcomes.push({ status, retryAfter: headers['retry-after'], tookMs: performance.now() - startedMs, key });
  };
  const client = async (number: number) => {
    for (let turn = 0; !isStopped; turn++) {
      const key = `client-${number}-${turn}`;
      const body = { type: 'company', name: key, external_id: key };
      await note(server.call('POST', '/customers', { token, body, key }), key);
      await note(server.call('GET', '/orders?limit=5', { token }));
      // Clients are not to be busier than the database that has to come back.
      await delay(20);
    }
  };
  const running = Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
  return {
    outcomes,
    async stop() {
      isStopped = true;
      await running;
      return outcomes;
    },
  };
}

function killPostgres(directory: string): void {
  process.kill(Number(readFileSync(join(directory, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL');
}

test('PostgreSQL killed under load: 503 with Retry-After, nothing hangs, and it recovers without a restart', async (t) => {
  const limits = Object.fromEntries(
    ['CREDENTIAL', 'ORGANIZATION', 'USER', 'BURST'].map((name) => [`RATE_LIMIT_${name}`, '1000000']),
  );
  const { start, directory } = installation(t, limits);
  const server = await start();
  const token = await server.token();
  const { outcomes, stop } = load(server, token);
  while (outcomes.length < 50) await delay(20);
  assert.deepEqual(
    outcomes.filter(({ status }) => status >= 300),
    [],
    'all is well before',
  );
  const before = outcomes.length;
  killPostgres(directory);
  const isBack = () => {
    const since = outcomes.slice(before);
    const lastFailure = since.findLastIndex(({ status }) => status >= 500);
    return lastFailure >= 0 && since.length - lastFailure > 40;
  };
  const deadlineMs = performance.now() + 30_000;
  while (!isBack()) {
    assert.ok(performance.now() < deadlineMs, 'it did not come back');
    await delay(50);
  }
  const all = await stop();
  const failed = all.filter(({ status }) => status >= 300);
  assert.ok(failed.length > 0);
  for (const { status, retryAfter, tookMs } of all) {
    assert.ok(status < 300 || status === 503, `${status} is no answer to a database that is away`);
    if (status === 503) assert.match(retryAfter ?? '', /^\d+$/, 'a client is told when to ask again');
    assert.ok(tookMs < PATIENCE_MS, `an answer took ${tookMs} ms`);
  }
  t.diagnostic(
    `${all.length} answers, ${failed.length} of them 503; slowest ${Math.round(Math.max(...all.map(({ tookMs }) => tookMs)))} ms`,
  );
  await assertNothingLost(server, token, all);
  assert.equal((await server.call('GET', '/health/ready')).status, 200);
});

/** What was answered as stored is there, and what was refused can be repeated with its key to be there once. */
async function assertNothingLost(server: ServerProcess, token: string, all: readonly Outcome[]): Promise<void> {
  for (const { status, key } of all.filter((each) => each.key !== undefined).slice(-30)) {
    const body = { type: 'company', name: key, external_id: key };
    const again = await server.call('POST', '/customers', { token, body, key });
    assert.equal(again.status, 201, JSON.stringify(again.body));
    if (status === 201) assert.equal(again.headers['idempotent-replayed'], 'true', `${key} was lost`);
    const { body: found } = await server.call('GET', `/customers?external_id=${key}`, { token });
    assert.equal(found.data.length, 1, `${key} is there ${found.data.length} times`);
  }
}
