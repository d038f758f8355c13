import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { MINUTE_MS, SECOND_MS } from '#kernel/clock.ts';
import { statement } from '#kernel/database/statement.ts';
import { everyTenant } from '#kernel/database/tenant.ts';
import { catalogSchema } from '#modules/catalog/index.ts';
import { type TestKits, testContext, testKits, testTenant } from '#test/support/module.ts';
import type { Job, JobHandler, JobWorker } from './worker.ts';

let kits: TestKits;
let done: Job[] = [];
/** What the handler does with the next job. */
let handle: JobHandler = async () => undefined;

before(async () => {
  kits = await testKits([catalogSchema]);
});
beforeEach(() => {
  done = [];
  handle = async () => undefined;
});
after(() => kits.close());

function aWorker(): JobWorker {
  const run: JobHandler = async (job) => {
    await handle(job);
    done.push(job);
  };
  return kits.worker('catalog', { 'test.job': run });
}

async function enqueue(number: number, runAt?: Date): Promise<void> {
  const job = { kind: 'test.job', payload: { number }, runAt };
  await kits.kit('catalog').writes.store(testContext(testTenant()), {
    statements: [],
    events: [{ type: 'product.updated', streamId: `prd_${number}`, streamVersion: 1, data: {} }],
    jobs: [job],
    result: null,
  });
}

async function waiting(): Promise<number> {
  const query = statement('select count(*)::int as waiting from catalog.jobs');
  return (await kits.kit('catalog').database.read(everyTenant, query))[0]!.waiting;
}

const numbers = () => done.map((job) => job.payload.number);

test('a job runs when it is due, once, and its row is gone', async () => {
  await enqueue(1);
  await enqueue(2, new Date(kits.clock.nowMs() + MINUTE_MS));
  const worker = aWorker();
  await worker.runDue();
  assert.deepEqual(numbers(), [1]);
  kits.clock.advance(MINUTE_MS);
  await worker.runDue();
  await worker.runDue();
  assert.deepEqual(numbers(), [1, 2]);
  assert.equal(await waiting(), 0);
});

test('a job that fails runs again after growing pauses, as often as it takes', async () => {
  await enqueue(3);
  const attempts: number[] = [];
  handle = async (job) => {
    attempts.push(job.attempt);
    if (job.attempt < 3) throw new Error('not yet');
  };
  const worker = aWorker();
  await worker.runDue();
  kits.clock.advance(SECOND_MS - 1);
  await worker.runDue();
  assert.deepEqual(attempts, [1], 'not before its pause is over');
  kits.clock.advance(1);
  await worker.runDue();
  kits.clock.advance(SECOND_MS);
  await worker.runDue();
  assert.deepEqual(attempts, [1, 2], 'the second pause is longer');
  kits.clock.advance(SECOND_MS);
  await worker.runDue();
  assert.deepEqual(attempts, [1, 2, 3]);
  assert.deepEqual(numbers(), [3]);
});

/** A job in the hands of a process that dies: it is taken and neither finished nor given back. */
async function takenByTheDead(number: number): Promise<() => void> {
  await enqueue(number);
  let resurrect = () => {};
  const taken = new Promise<void>((resolve) => {
    handle = () => {
      resolve();
      return new Promise((_, reject) => {
        resurrect = () => reject(new Error('late'));
      });
    };
  });
  const dead = aWorker();
  void dead.runDue();
  await taken;
  handle = async () => undefined;
  return () => resurrect();
}

test('ARC-15 a job of a dead process is done by another after its lease; the dead one can change nothing any more', async () => {
  const resurrect = await takenByTheDead(4);
  const worker = aWorker();
  await worker.runDue();
  assert.deepEqual(numbers(), [], 'the lease of the dead process still runs');
  kits.clock.advance(2 * MINUTE_MS);
  let release = () => {};
  const taken = new Promise<void>((resolve) => {
    handle = () => {
      resolve();
      return new Promise((finish) => {
        release = () => finish();
      });
    };
  });
  const running = worker.runDue();
  await taken;
  resurrect();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const third = aWorker();
  await third.runDue();
  assert.deepEqual(numbers(), [], 'the failure of the first did not free the job of the second');
  release();
  await running;
  assert.deepEqual(numbers(), [4]);
  assert.equal(await waiting(), 0);
});

test('ARC-15 the only process on the data does at its start what a dead one had taken', async () => {
  await takenByTheDead(5);
  const worker = aWorker();
  await worker.runDue();
  assert.deepEqual(numbers(), []);
  await worker.releaseLeases();
  await worker.runDue();
  assert.deepEqual(numbers(), [5]);
  assert.equal(await waiting(), 0);
});

test('two workers share the jobs and do none twice', async () => {
  for (let number = 100; number < 160; number++) await enqueue(number);
  await Promise.all([aWorker().runDue(), aWorker().runDue(), aWorker().runDue()]);
  assert.deepEqual(
    numbers().sort(),
    Array.from({ length: 60 }, (_, index) => 100 + index),
  );
});
