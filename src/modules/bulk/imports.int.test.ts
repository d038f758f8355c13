import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { DAY_MS } from '#kernel/clock.ts';
import {
  type Around,
  addresses,
  type BulkUnderTest,
  bulkUnderTest,
  newContext,
  people,
  startImport,
} from './bulk-under-test.ts';

let at: BulkUnderTest;
before(async () => {
  at = await bulkUnderTest();
});
after(() => at?.close());

const LEASE_MS = 121_000;
const expected = (count: number, bad: readonly number[] = []) =>
  Array.from({ length: count }, (_, index) => index + 1)
    .filter((number) => !bad.includes(number))
    .map((number) => `p${number}@example.com`)
    .sort();

/** A process that stops for ever at a batch, before it is stored or after; `wake` lets it go on much later. */
function stuckAt(batch: number, when: 'before' | 'after') {
  let wake = () => {};
  let reached = () => {};
  const sleeping = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const stuck = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const sleep = () => {
    reached();
    return sleeping;
  };
  const around: Around = async (store, number) => {
    if (number !== batch) return store();
    if (when === 'before') await sleep();
    const outcome = await store();
    if (when === 'after') await sleep();
    return outcome;
  };
  return { around, wake, stuck };
}

for (const when of ['before', 'after'] as const) {
  for (const batch of [1, 2, 4]) {
    test(`G-09 a process that dies ${when} storing batch ${batch} of 4 loses no row and stores none twice, and does no harm when it wakes`, async () => {
      const context = await newContext(at);
      const bad = [2, 9];
      const dying = stuckAt(batch, when);
      const first = at.process({ around: dying.around });
      const { id } = await startImport(first.bulk, context, people(12, bad));
      const lost = first.worker.runDue();
      await dying.stuck;
      at.kits.clock.advance(LEASE_MS);
      const second = at.process();
      await second.worker.runDue();
      const done = await second.bulk.getImport(context.tenant, id);
      assert.deepEqual(
        [done.status, done.counts],
        ['completed', { read: 12, created: 10, updated: 0, unchanged: 0, failed: 2 }],
      );
      assert.deepEqual(await addresses(at.identity, context), expected(12, bad));
      const failed = await second.bulk.listFailedRows(context.tenant, id, 0, 100);
      assert.deepEqual(
        failed.map(({ row }) => row),
        [3, 10],
      );
      dying.wake();
      await lost;
      assert.deepEqual(await second.bulk.getImport(context.tenant, id), done);
      assert.deepEqual(await addresses(at.identity, context), expected(12, bad));
    });
  }
}

test('G-09 the same file imported twice at once makes each object once, and neither import fails', async () => {
  const context = await newContext(at);
  const file = people(40);
  const [one, two] = [at.process(), at.process()];
  const imports = await Promise.all([startImport(one.bulk, context, file), startImport(two.bulk, context, file)]);
  await Promise.all([one.worker.runDue(), two.worker.runDue()]);
  const done = await Promise.all(imports.map(({ id }) => one.bulk.getImport(context.tenant, id)));
  assert.deepEqual(
    done.map(({ status }) => status),
    ['completed', 'completed'],
  );
  const sum = (count: 'created' | 'unchanged') => done.reduce((total, { counts }) => total + counts[count], 0);
  assert.deepEqual([sum('created'), sum('unchanged')], [40, 40]);
  assert.deepEqual(await addresses(at.identity, context), expected(40));
});

test('G-60 canceled in the middle a job ends behind its batch, keeps what is stored, and goes on from there', async () => {
  const context = await newContext(at);
  let jobId = '';
  const { bulk, worker } = at.process({
    around: async (store, batch) => {
      if (batch === 2) assert.equal((await bulk.cancelJob(context, jobId as never)).status, 'canceling');
      return store();
    },
  });
  const started = await startImport(bulk, context, people(10));
  jobId = started.jobId;
  await worker.runDue();
  const canceled = await bulk.getImport(context.tenant, started.id);
  assert.deepEqual([canceled.status, canceled.counts.read], ['canceled', 6]);
  assert.equal((await addresses(at.identity, context)).length, 6);
  await bulk.retryJob(context, started.jobId);
  await worker.runDue();
  const done = await bulk.getImport(context.tenant, started.id);
  assert.deepEqual([done.status, done.counts.read, done.counts.created], ['completed', 10, 10]);
  assert.deepEqual(await addresses(at.identity, context), expected(10));
});

test('G-60 a job that fails again and again is given up with a reason, and a retry goes on where it stopped', async () => {
  const context = await newContext(at);
  let isBroken = true;
  const { bulk, worker } = at.process({
    around: (store, batch) => {
      if (isBroken && batch > 1) throw new Error('Out of order');
      return store();
    },
  });
  const { id, jobId } = await startImport(bulk, context, people(7));
  for (let attempt = 1; attempt <= 5; attempt++) {
    await worker.runDue();
    at.kits.clock.advance(600_000);
  }
  const failed = await bulk.getImport(context.tenant, id);
  assert.deepEqual([failed.status, failed.failure?.code, failed.counts.read], ['failed', 'internal', 3]);
  assert.doesNotMatch(failed.failure!.message, /Out of order/);
  isBroken = false;
  await bulk.retryJob(context, jobId);
  await worker.runDue();
  assert.deepEqual(await addresses(at.identity, context), expected(7));
});

test('G-09 an import that refuses too many rows gives up, and tells so', async () => {
  const context = await newContext(at);
  const { bulk, worker } = at.process({ limits: { failedRows: 4 } });
  const { id } = await startImport(bulk, context, people(20, [1, 2, 3, 4, 5, 6]));
  await worker.runDue();
  const { status, failure, counts } = await bulk.getImport(context.tenant, id);
  assert.deepEqual([status, failure?.code, counts.read], ['failed', 'too_many_failed', 6]);
});

test('G-09 jobs take turns: a short one does not wait for the end of a long one', async () => {
  const context = await newContext(at);
  const order: string[] = [];
  const { bulk, worker } = at.process({
    limits: { sliceMs: 0, workers: 1 },
    around: async (store) => {
      await delay(2);
      at.kits.clock.advance(10);
      const outcome = await store();
      order.push(String(outcome.created));
      return outcome;
    },
  });
  const long = await startImport(bulk, context, people(9));
  at.kits.clock.advance(1);
  const short = await startImport(bulk, await newContext(at), people(1));
  for (let round = 0; round < 8; round++) {
    await worker.runDue();
    at.kits.clock.advance(1_100);
  }
  assert.deepEqual(order.toSorted(), ['1', '3', '3', '3']);
  assert.ok(order.indexOf('1') < 3, order.join());
  assert.ok(long.id < short.id);
});

test('G-09 the quota of unfinished jobs holds, and a finished job makes room', async () => {
  const context = await newContext(at);
  const { bulk, worker } = at.process({ limits: { openJobs: 2 } });
  await startImport(bulk, context, people(1));
  await startImport(bulk, context, people(1));
  await assert.rejects(startImport(bulk, context, people(1)), { kind: 'rate_limited' });
  await assert.rejects(bulk.startExport(context, { resource: 'users', format: 'csv', filters: {} }), {
    kind: 'rate_limited',
  });
  await startImport(bulk, await newContext(at), people(1));
  await worker.runDue();
  await startImport(bulk, context, people(1));
});

test('G-09 kept files have a quota of their own: nothing new begins above it until some have expired', async () => {
  const context = await newContext(at);
  const { bulk, worker } = at.process({ limits: { keptBytes: 100 } });
  await startImport(bulk, context, people(20));
  await worker.runDue();
  await assert.rejects(startImport(bulk, context, people(1)), { kind: 'rate_limited', message: /the first goes at 2/ });
  const wanted = { resource: 'users', format: 'csv' as const, filters: {} };
  await assert.rejects(bulk.startExport(context, wanted), { kind: 'rate_limited' });
  await startImport(bulk, await newContext(at), people(1));
  at.kits.clock.advance(31 * DAY_MS);
  await worker.runDue();
  await startImport(bulk, context, people(1));
});
