import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StartupError } from '../../startup-error.ts';
import { identify, isSameProcess, type ProcessIdentity } from './process.ts';

const prefix = 'process.lock.';
/** A restart may overlap the old process's last moments, so a holder gets this long to go before we refuse. */
const patienceMilliseconds = 3_000;

/** Exclusive use of a directory by this process until `release`, or until the process is gone, however it ended. */
export interface DirectoryLock {
  release(): void;
}

/**
 * Takes a directory for this process. Locks are numbered files (`process.lock.7`) and the highest number holds. A
 * lock left by a dead process is superseded by the next number instead of being deleted first, because two starters
 * that both delete and create could both believe they won; creating one particular number succeeds only once.
 *
 * Processes in different process id namespaces (two containers on one volume) do not see each other.
 *
 * @param shownAs the directory to name in the message, where that is another than the locked one
 * @throws StartupError when another process holds the directory
 */
export async function lockDirectory(directory: string, shownAs = directory): Promise<DirectoryLock> {
  mkdirSync(directory, { recursive: true });
  const draft = join(directory, `lock-draft-${process.pid}-${process.hrtime.bigint()}`);
  writeFileSync(draft, `${JSON.stringify(identify(process.pid))}\n`, { mode: 0o644 });
  try {
    return await takeLock(directory, draft, shownAs);
  } finally {
    rmSync(draft, { force: true });
  }
}

async function takeLock(directory: string, draft: string, shownAs: string): Promise<DirectoryLock> {
  const deadline = Date.now() + patienceMilliseconds;
  for (;;) {
    const highest = lockNumbers(directory).at(-1) ?? 0;
    const holder = highest > 0 ? readLock(join(directory, prefix + highest)) : undefined;
    if (holder && isSameProcess(holder)) {
      if (holder.processId === process.pid || Date.now() > deadline) throw refusal(holder, shownAs);
      await delay(50);
      continue;
    }
    const path = join(directory, prefix + (highest + 1));
    // A hard link appears at once and complete, so no one can read a lock half written.
    if (!linkUnlessExists(draft, path)) continue;
    const numbers = lockNumbers(directory);
    if (numbers.at(-1) !== highest + 1) {
      // We slept while others came and went: somebody is ahead of us, so look again.
      rmSync(path, { force: true });
      continue;
    }
    for (const number of numbers.slice(0, -1)) rmSync(join(directory, prefix + number), { force: true });
    return { release: () => rmSync(path, { force: true }) };
  }
}

function refusal(holder: ProcessIdentity, directory: string): StartupError {
  return new StartupError(
    `Another TechCorp process (pid ${holder.processId}) is already running on ${directory}; ` +
      'stop it or set another DATA_DIR.',
  );
}

function readLock(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    // Gone meanwhile, or emptied by a power cut: in both cases nobody holds it.
    return undefined;
  }
}

function linkUnlessExists(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function lockNumbers(directory: string): number[] {
  return readdirSync(directory)
    .filter((name) => name.startsWith(prefix))
    .map((name) => Number(name.slice(prefix.length)))
    .filter(Number.isSafeInteger)
    .sort((left, right) => left - right);
}
