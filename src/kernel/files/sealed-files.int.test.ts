import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { manualClock } from '#kernel/clock.ts';
import { openKeyring } from '#kernel/crypto/keyring.ts';
import { createSealing } from '#kernel/crypto/sealing.ts';
import { newId } from '#kernel/ids.ts';
import { FileMissing, type FileStore } from './file-store.ts';
import { createLocalFolder } from './local-folder.ts';
import { createSealedFiles, type SealedFiles } from './sealed-files.ts';

const PART = 256 * 1024;
const org = newId('org');
let folder: string;
let store: FileStore;
let files: SealedFiles;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'techcorp-files-'));
  const keyring = openKeyring({ file: join(folder, 'keyring.json') });
  store = createLocalFolder(join(folder, 'files'));
  files = createSealedFiles(store, createSealing(keyring, manualClock(new Date())));
});
after(() => rmSync(folder, { recursive: true, force: true }));

async function* chunksOf(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function readAll(key: string, from = 0, orgId: string = org): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of files.read(orgId, key, from)) pieces.push(piece);
  return Buffer.concat(pieces);
}

const pattern = (length: number) =>
  Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff));

test('a file is read as it was put, from any byte, however it arrived', async () => {
  const lengths = [0, 1, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 5];
  const cases = fc.record({
    length: fc.constantFrom(...lengths),
    size: fc.integer({ min: 997, max: 2 * PART }),
    from: fc.nat(3 * PART),
  });
  let number = 0;
  await fc.assert(
    fc.asyncProperty(cases, async ({ length, size, from }) => {
      const bytes = pattern(length);
      const key = `cases/${++number}`;
      const stored = await files.put(org, key, chunksOf(bytes, size));
      assert.equal(stored.bytes, length);
      const start = Math.min(from, length);
      assert.ok((await readAll(key, start)).equals(bytes.subarray(start)));
    }),
    { numRuns: 40 },
  );
});

test('a file that was changed, cut off, swapped or read for another organisation does not open', async () => {
  const bytes = pattern(2 * PART + 100);
  await files.put(org, 'guarded/one', chunksOf(bytes, PART));
  await files.put(org, 'guarded/two', chunksOf(bytes, PART));
  const path = join(folder, 'files', 'guarded', 'one');
  const whole = readFileSync(path);
  const sealedPart = PART + 31;
  const swapped = Buffer.concat([
    whole.subarray(sealedPart, 2 * sealedPart),
    whole.subarray(0, sealedPart),
    whole.subarray(2 * sealedPart),
  ]);
  const flipped = Buffer.from(whole);
  flipped[5_000]! ^= 1;
  const spoiled = [
    flipped,
    whole.subarray(0, 2 * sealedPart),
    whole.subarray(0, whole.length - 1),
    swapped,
    readFileSync(`${folder}/files/guarded/two`),
  ];
  for (const [index, content] of spoiled.entries()) {
    writeFileSync(path, content);
    await assert.rejects(readAll('guarded/one'), { name: 'SealError' }, `case ${index}`);
  }
  writeFileSync(path, whole);
  await assert.rejects(readAll('guarded/one', 0, newId('org')), { name: 'SealError' });
  assert.ok((await readAll('guarded/one')).equals(bytes));
  assert.equal(whole.includes(bytes.subarray(0, 64)), false, 'the file lies in clear');
});

test('what breaks off is not there, keys cannot leave the folder, and a removed file is missing', async () => {
  async function* broken() {
    yield pattern(PART);
    throw new Error('Broke off');
  }
  await assert.rejects(files.put(org, 'broken/one', broken()), /Broke off/);
  assert.deepEqual(readdirSync(join(folder, 'files', 'broken')), []);
  for (const key of ['../keyring.json', 'a/../../b', '/etc/passwd', 'a//b', 'A', '']) {
    await assert.rejects(files.put(org, key, chunksOf(pattern(1), 1)), /Not the key/, key);
  }
  await files.put(org, 'gone/one', chunksOf(pattern(1), 1));
  await files.remove('gone/one');
  await files.remove('gone/one');
  await assert.rejects(readAll('gone/one'), FileMissing);
  await files.put(org, 'listed/a', chunksOf(pattern(1), 1));
  const keys: string[] = [];
  for await (const { key } of store.list('listed/')) keys.push(key);
  assert.deepEqual(keys, ['listed/a']);
});
