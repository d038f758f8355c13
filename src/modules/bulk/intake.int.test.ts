import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { addresses, type BulkUnderTest, bulkUnderTest, newContext, people, startImport } from './bulk-under-test.ts';

let at: BulkUnderTest;
before(async () => {
  at = await bulkUnderTest();
});
after(() => at?.close());

const MEGABYTE = 1024 * 1024;

async function storedFiles(): Promise<string[]> {
  const entries = await readdir(at.directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

async function* file(megabytes: number): AsyncIterable<Buffer> {
  yield Buffer.from('email,name\n');
  // Rows that are refused cost the reader as much as good ones, and none reaches the database.
  const chunk = Buffer.from('p@example.com,'.padEnd(127, 'x').concat('\n').repeat(512));
  for (let sent = 0; sent < megabytes * MEGABYTE; sent += chunk.length) yield chunk;
}

test('G-09 a file of 60 MB is received, stored and read in the memory of a small one', async () => {
  const { bulk, worker } = at.process({
    limits: { batchRows: 1_000, failedRows: 1_000_000_000, sliceMs: 1e9 },
    around: async () => ({ created: 0, updated: 0, unchanged: 1_000, findings: [] }),
  });
  const whole = async (megabytes: number) => {
    const context = await newContext(at);
    const input = { resource: 'users', format: 'csv' as const, dryRun: true, chunks: file(megabytes) };
    const { id } = await bulk.startImport(context, input);
    await worker.runDue();
    const done = await bulk.getImport(context.tenant, id);
    assert.equal(done.status, 'completed');
    return done.counts.read;
  };
  await whole(4);
  const before = process.resourceUsage().maxRSS;
  const rows = await whole(60);
  const grownMegabytes = (process.resourceUsage().maxRSS - before) / 1024;
  assert.equal(rows, (60 * MEGABYTE) / 128);
  assert.ok(grownMegabytes < 50, `${grownMegabytes.toFixed(0)} MB more than for 4 MB`);
});

test('G-09 a file that breaks off or is refused leaves nothing behind', async () => {
  const { bulk } = at.process();
  const context = await newContext(at);
  const before = await storedFiles();
  async function* broken() {
    yield Buffer.from(people(5_000));
    throw new Error('The connection broke off');
  }
  const input = { resource: 'users', format: 'csv' as const, dryRun: false };
  await assert.rejects(bulk.startImport(context, { ...input, chunks: broken() }), /broke off/);
  await assert.rejects(startImport(bulk, context, 'name\nAda\n'), { kind: 'validation' });
  assert.deepEqual(await storedFiles(), before);
  assert.deepEqual((await bulk.listImports(context.tenant, {}, { limit: 10 })).items, []);
});

test('G-09 a stored file that was changed, cut off or removed is not read as if it were whole', async () => {
  const { bulk, worker } = at.process();
  const context = await newContext(at);
  const { id, jobId } = await startImport(bulk, context, people(3));
  const { rename } = await import('node:fs/promises');
  const path = `${at.directory}/imports/${id}`;
  await rename(path, `${path}x`);
  await worker.runDue();
  const missing = await bulk.getImport(context.tenant, id);
  assert.deepEqual([missing.status, missing.failure?.code], ['failed', 'file_missing']);
  await rename(`${path}x`, path);
  await bulk.retryJob(context, jobId);
  await worker.runDue();
  assert.equal((await addresses(at.identity, context)).length, 3);
});
