import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { installation, type ServerProcess } from '#test/support/server/server-process.ts';

const ROWS = 15_000;
const KILLS = 3;
const OPEN = ['queued', 'running'];
/** The last rows of the file are about its first products again, several batches later. */
const REPEATED = 100;

const { start } = installation({ after });
let server: ServerProcess;
let token: string;
before(async () => {
  server = await start();
  token = await server.token();
});

interface Job {
  id: string;
  subject_id: string;
  status: string;
  progress: Record<'rows_read' | 'rows_created' | 'rows_updated' | 'rows_unchanged' | 'rows_failed', number>;
}

async function get<Body>(path: string): Promise<Body> {
  const answer = await server.call('GET', path, { token });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body as Body;
}

async function startImport(resource: string, lines: string[]): Promise<Job> {
  const response = await fetch(`${server.baseUrl}/imports?resource=${resource}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'text/csv' },
    body: `${lines.join('\n')}\n`,
  });
  const job = (await response.json()) as Job;
  assert.equal(response.status, 202, JSON.stringify(job));
  return job;
}

/** Lets a job end whose process is killed some times while it works. */
async function killedAndEnded({ id }: Job): Promise<{ job: Job; kills: number }> {
  let kills = 0;
  for (let seen = 0; ; ) {
    const job = await get<Job>(`/jobs/${id}`);
    if (!OPEN.includes(job.status)) return { job, kills };
    if (kills === KILLS || job.progress.rows_read <= seen) {
      await delay(25);
      continue;
    }
    seen = job.progress.rows_read;
    await server.kill('SIGKILL');
    kills++;
    server = await start();
    token = await server.token();
  }
}

function counts({ status, progress }: Job) {
  const { rows_read, rows_created, rows_updated, rows_unchanged, rows_failed } = progress;
  return { status, rows_read, rows_created, rows_updated, rows_unchanged, rows_failed };
}

test('G-09 an import of products whose process is killed again and again ends with the counts of an undisturbed one', async () => {
  const lines = ['external_id,name,description,price,category,active'];
  const bad = new Set([2, 7_000, 14_999]);
  for (let row = 1; row <= ROWS; row++) {
    lines.push(`E-${row},Bolt ${row},Zinc,${bad.has(row) ? 'much' : 100 + row},hardware,true`);
  }
  for (let row = 11; row < 11 + REPEATED; row++) lines.push(`E-${row},Bolt ${row},Zinc,7,hardware,true`);
  const started = await startImport('products', lines);
  const { job, kills } = await killedAndEnded(started);
  assert.equal(kills, KILLS);
  assert.deepEqual(counts(job), {
    status: 'completed',
    rows_read: ROWS + REPEATED,
    rows_created: ROWS - bad.size,
    rows_updated: REPEATED,
    rows_unchanged: 0,
    rows_failed: bad.size,
  });
  const failed = await get<{ data: { row: number }[] }>(`/imports/${job.subject_id}/errors`);
  assert.deepEqual(
    failed.data.map(({ row }) => row),
    [...bad].map((row) => row + 1),
  );
  for (const [name, price] of [
    ['E-11', 7],
    ['E-110', 7],
    ['E-111', 211],
  ] as const) {
    const { data } = await get<{ data: { price: number }[] }>(`/products?external_id=${name}`);
    assert.deepEqual(
      data.map((product) => product.price),
      [price],
      name,
    );
  }
});
