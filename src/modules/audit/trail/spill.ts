import { existsSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import type { EntryRow } from './entries.store.ts';

/**
 * Entries on the disk while the database is away, one JSON object a line, with their origins already sealed. Reading takes
 * the file aside first, so that what is spilled meanwhile starts a new one.
 */
export interface Spill {
  append(rows: readonly EntryRow[]): Promise<void>;
  /** Gives everything that was spilled to `write`, in parts, and forgets it when `write` has succeeded. */
  drain(write: (rows: readonly EntryRow[]) => Promise<void>): Promise<void>;
}

const PART = 1_000;

export function createSpill(file: string): Spill {
  const aside = `${file}.replaying`;
  return {
    async append(rows) {
      const handle = await open(file, 'a', 0o600);
      try {
        await handle.writeFile(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
    async drain(write) {
      if (!existsSync(aside)) {
        if (!existsSync(file)) return;
        await rename(file, aside);
      }
      const rows = parsed(await readFile(aside, 'utf8'));
      for (let index = 0; index < rows.length; index += PART) await write(rows.slice(index, index + PART));
      await rm(aside);
    },
  };
}

/** The last line may be half written when the process was killed meanwhile. */
function parsed(text: string): EntryRow[] {
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}
