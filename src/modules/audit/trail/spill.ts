import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
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

export function createSpill(path: string): Spill {
  const aside = `${path}.replaying`;
  return {
    async append(rows) {
      const handle = await open(path, 'a', 0o600);
      try {
        await handle.writeFile(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
    async drain(write) {
      // What an interrupted replay left comes first, then what was spilled since.
      while (existsSync(aside) || existsSync(path)) {
        if (!existsSync(aside)) await rename(path, aside);
        await replay(aside, write);
        await rm(aside);
      }
    },
  };
}

/** Line by line: after a night without a database the file is larger than the memory. */
async function replay(path: string, write: (rows: readonly EntryRow[]) => Promise<void>): Promise<void> {
  let part: EntryRow[] = [];
  const file = await open(path, 'r');
  for await (const line of file.readLines()) {
    const row = parsed(line);
    if (row) part.push(row);
    if (part.length < PART) continue;
    await write(part);
    part = [];
  }
  if (part.length > 0) await write(part);
}

/** The last line may be half written when the process was killed meanwhile. */
function parsed(line: string): EntryRow | null {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
