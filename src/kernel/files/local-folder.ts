import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, opendir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { FileMissing, type FileStore } from './file-store.ts';

/** Segments of ids and numbers; nothing that could climb out of the folder or hide in it. */
const KEY = /^[a-z0-9_]+(?:\/[a-z0-9_]+)*$/;
const UNFINISHED = '.part';

/** Files below one folder of this machine. */
export function createLocalFolder(folder: string): FileStore {
  const pathOf = (key: string) => {
    if (!KEY.test(key)) throw new Error(`Not the key of a file: ${key}`);
    return join(folder, key);
  };
  return {
    async put(key, source) {
      const path = pathOf(key);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const unfinished = `${path}.${randomBytes(6).toString('hex')}${UNFINISHED}`;
      try {
        await writeAll(unfinished, source);
        await rename(unfinished, path);
        await syncFolder(dirname(path));
      } catch (error) {
        await rm(unfinished, { force: true });
        throw error;
      }
    },

    async read(key, start, end) {
      const file = await open(pathOf(key), 'r').catch((error) => {
        throw error.code === 'ENOENT' ? new FileMissing(key) : error;
      });
      try {
        const bytes = Buffer.allocUnsafe(end - start);
        const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
        return bytes.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    },

    async remove(key) {
      await rm(pathOf(key), { force: true });
    },

    async *list(prefix) {
      const top = join(folder, prefix);
      const entries = await opendir(top, { recursive: true }).catch((error) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      });
      for await (const entry of entries ?? []) {
        if (!entry.isFile()) continue;
        const path = join(entry.parentPath, entry.name);
        const found = await stat(path).catch(() => null);
        const key = relative(folder, path).split(sep).join('/');
        // What a killed process left half written bears no key; it goes with the folder's next clean-up.
        if (key.endsWith(UNFINISHED)) await removeOld(path, found?.mtimeMs);
        else if (found) yield { key, storedAtMs: found.mtimeMs };
      }
    },
  };
}

const UNFINISHED_KEPT_MS = 24 * 60 * 60 * 1_000;

async function removeOld(path: string, modifiedMs = 0): Promise<void> {
  // The file system's time, which no test clock moves.
  if (Date.now() - modifiedMs > UNFINISHED_KEPT_MS) await rm(path, { force: true });
}

async function writeAll(path: string, source: AsyncIterable<Buffer>): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const bytes of source) await writeWhole(file, bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeWhole(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await file.write(bytes, written)).bytesWritten;
  }
}

/** Makes the new name as durable as the bytes. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
