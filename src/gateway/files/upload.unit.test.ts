import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { Exchange } from '../exchange.ts';
import { openUpload } from './upload.ts';

function uploadOf(chunks: Iterable<Buffer>) {
  const upload = { contentTypes: ['text/csv'], maxBytes: 1024 * 1024 };
  const request = { headers: { 'content-type': 'text/csv' }, body: Readable.from(chunks) };
  return openUpload({ operation: { upload }, request } as unknown as Exchange, () => false);
}

test('a file that arrives byte by byte is handed on in chunks worth looking at, and whole', async () => {
  const sent = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 256));
  const chunks: Buffer[] = [];
  for await (const chunk of uploadOf(Array.from(sent, (byte) => Buffer.of(byte))).chunks) chunks.push(chunk);
  assert.equal(chunks.length, 4);
  assert.ok(Buffer.concat(chunks).equals(sent));
});

test('large chunks are handed on as they are, and an empty file has none', async () => {
  const large = [Buffer.alloc(100_000, 1), Buffer.alloc(70_000, 2)];
  const chunks: Buffer[] = [];
  for await (const chunk of uploadOf(large).chunks) chunks.push(chunk);
  assert.deepEqual(
    chunks.map((chunk, index) => chunk === large[index]),
    [true, true],
  );
  for await (const chunk of uploadOf([]).chunks) assert.fail(`${chunk.length} bytes of nothing`);
});
