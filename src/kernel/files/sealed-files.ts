import { createHash } from 'node:crypto';
import type { Sealing } from '../crypto/sealing.ts';
import type { FileStore } from './file-store.ts';

/** What one part holds in clear. A reader has at most two parts in memory. */
const PART_BYTES = 256 * 1024;
/** What sealing adds to each part: format, key version, IV and tag. */
const OVERHEAD_BYTES = 31;
const SEALED_BYTES = PART_BYTES + OVERHEAD_BYTES;

export interface StoredFile {
  /** Of the file in clear. */
  bytes: number;
  sha256: Buffer;
}

/**
 * Files sealed under the key of their organisation. A file is a row of parts of one size, each sealed by itself with its
 * key, its place and whether it is the last: a part that was changed, moved, left out or cut off does not open. So a
 * file can be read from any byte, in constant memory, without being opened from its beginning.
 */
export interface SealedFiles {
  /** Keeps what `source` gives, and tells its size and hash. When `source` throws, nothing is kept. */
  put(orgId: string, key: string, source: AsyncIterable<Buffer>): Promise<StoredFile>;
  /** The bytes from `from` on. Errors: `FileMissing`, `SealError`. */
  read(orgId: string, key: string, from?: number): AsyncIterable<Buffer>;
  remove(key: string): Promise<void>;
  list: FileStore['list'];
}

export function createSealedFiles(store: FileStore, sealing: Sealing): SealedFiles {
  const place = (key: string, number: number, isLast: boolean) => `file:${key}:${number}:${isLast ? 'last' : 'more'}`;
  return {
    async put(orgId, key, source) {
      const hash = createHash('sha256');
      let bytes = 0;
      async function* sealed() {
        let number = 0;
        for await (const [part, isLast] of partsOf(source)) {
          hash.update(part);
          bytes += part.length;
          yield sealing.sealFilePart(orgId, part, place(key, number++, isLast));
        }
      }
      await store.put(key, sealed());
      return { bytes, sha256: hash.digest() };
    },

    async *read(orgId, key, from = 0) {
      // The end of a part is read in that part: only it knows whether another one follows.
      const first = Math.max(0, Math.ceil(from / PART_BYTES) - 1);
      for (let number = first; ; number++) {
        const start = number * SEALED_BYTES;
        // One byte more than the part tells whether another one follows.
        const sealed = await store.read(key, start, start + SEALED_BYTES + 1);
        const isLast = sealed.length <= SEALED_BYTES;
        const part = sealing.openFilePart(orgId, sealed.subarray(0, SEALED_BYTES), place(key, number, isLast));
        const clear = number === first ? part.subarray(from - number * PART_BYTES) : part;
        if (clear.length > 0) yield clear;
        if (isLast) return;
      }
    },

    remove: (key) => store.remove(key),
    list: (prefix) => store.list(prefix),
  };
}

/** Cuts a stream into parts of one size; the last may be shorter, and an empty file has one empty part. */
async function* partsOf(source: AsyncIterable<Buffer>): AsyncIterable<[Buffer, boolean]> {
  let pieces: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    let rest = chunk;
    // A full part waits for the next byte, because only then it is known not to be the last.
    while (size + rest.length > PART_BYTES) {
      const taken = rest.subarray(0, PART_BYTES - size);
      yield [Buffer.concat([...pieces, taken]), false];
      rest = rest.subarray(taken.length);
      [pieces, size] = [[], 0];
    }
    if (rest.length === 0) continue;
    pieces.push(rest);
    size += rest.length;
  }
  yield [Buffer.concat(pieces), true];
}
