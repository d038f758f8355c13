import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImportTarget } from '../target.ts';
import type { Import } from '../transfer.ts';
import { type RowBatch, readBatches } from './row-reader.ts';

test('a row with lists in lists, deeper than can be written again, is one refused row', async () => {
  const deep = '['.repeat(200_000) + ']'.repeat(200_000);
  const transfer = {
    format: 'ndjson',
    position: { byte: 0, row: 0 },
    settings: { columns: [], delimiter: '', warnings: [] },
  };
  const target = {
    read: ({ name }: Record<string, unknown>) =>
      typeof name === 'string' ? { value: name } : { errors: [{ field: 'name', code: 'type', message: 'Send text.' }] },
  };
  async function* file() {
    yield Buffer.from(`{"name":${deep}}\n{"name":"Bolt"}\n`);
  }
  const batches: RowBatch[] = [];
  const reading = readBatches(file(), transfer as unknown as Import, target as unknown as ImportTarget, 10);
  for await (const batch of reading) batches.push(batch);
  assert.deepEqual(
    batches.map(({ good, failed }) => [good.map(({ value }) => value), failed.map(({ problems }) => problems)]),
    [[['Bolt'], [[{ column: 'name', value: null, code: 'type', message: 'Send text.' }]]]],
  );
});
