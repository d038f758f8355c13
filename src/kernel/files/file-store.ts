/**
 * Where files are kept that are too large for a row. The port has what a folder and an S3-compatible store both can do: a
 * whole object is put at once, and read by ranges. What it holds is sealed by `sealed-files.ts`; nobody else uses a store.
 */
export interface FileStore {
  /** Keeps everything that `source` gives, durably. The key names the whole file or, when `source` throws, nothing new. */
  put(key: string, source: AsyncIterable<Buffer>): Promise<void>;
  /** The bytes from `start` up to `end`, fewer at the end of the file. Errors: `FileMissing`. */
  read(key: string, start: number, end: number): Promise<Buffer>;
  /** Does nothing when there is no such file. */
  remove(key: string): Promise<void>;
  /** Files below a prefix that ends with `/`, in no particular order. */
  list(prefix: string): AsyncIterable<{ key: string; storedAtMs: number }>;
}

/** The store has no file of this key: it was removed, or the store is another one than it was. */
export class FileMissing extends Error {
  constructor(key: string) {
    super(`There is no file ${key}`);
    this.name = 'FileMissing';
  }
}
