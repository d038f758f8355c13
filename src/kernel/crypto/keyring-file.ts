import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { StartupError } from '#kernel/startup-error.ts';

/**
 * The keyring on disk. Losing it loses every sealed value, so it is never edited in place: a complete temporary file is
 * flushed to disk and then takes the name in one step. A process killed in between leaves the old file (or none) and a
 * temporary file that nobody reads.
 */

const OWNER_ONLY = 0o600;
const ABANDONED_AFTER_MS = 60_000;

/** Changes whenever the file is replaced; empty while there is none. */
export function keyringFileStamp(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found ? `${found.ino}:${found.mtimeMs}` : '';
}

/** The text of the file, or null when there is none. Throws when other accounts of the machine may read it. */
export function readKeyringFile(file: string): string | null {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw new StartupError(
      `The keyring ${file} cannot be opened (${codeOf(error)}): let the server's account read it.`,
    );
  }
  try {
    const mode = fstatSync(descriptor).mode & 0o777;
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      const shown = mode.toString(8);
      throw new StartupError(`The keyring ${file} is open to other accounts (mode ${shown}): run "chmod 600 ${file}".`);
    }
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

/** Creates the file unless it exists. False when another process was first: its keys count, ours are discarded. */
export function createKeyringFile(file: string, text: string, nowMs: number): boolean {
  const temporary = writeTemporary(file, text, nowMs);
  try {
    // A link refuses to replace an existing file, where a rename would silently destroy another process's new keys.
    linkSync(temporary, file);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    // Some file systems have no links; there a rename must do.
    if (!hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS')) throw error;
    renameSync(temporary, file);
  } finally {
    removeIfPresent(temporary);
  }
  flushDirectory(dirname(file));
  return true;
}

export function replaceKeyringFile(file: string, text: string, nowMs: number): void {
  const temporary = writeTemporary(file, text, nowMs);
  try {
    renameSync(temporary, file);
  } finally {
    removeIfPresent(temporary);
  }
  flushDirectory(dirname(file));
}

/** Runs `change` while no other process changes the file; a lock left by a killed process is taken over. */
export function withKeyringLock<T>(file: string, nowMs: number, change: () => T): T {
  const lock = `${file}.lock`;
  removeAbandoned(lock, nowMs);
  try {
    closeSync(openSync(lock, 'wx', OWNER_ONLY));
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    throw new StartupError(`Another process is changing the keyring ${file}: repeat the command when it is done.`);
  }
  try {
    return change();
  } finally {
    removeIfPresent(lock);
  }
}

function writeTemporary(file: string, text: string, nowMs: number): string {
  const directory = dirname(file);
  const prefix = `${basename(file)}.tmp-`;
  const temporary = join(directory, prefix + randomBytes(8).toString('hex'));
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(directory)) {
      if (name.startsWith(prefix)) removeAbandoned(join(directory, name), nowMs);
    }
    writeDurably(temporary, text);
  } catch (error) {
    throw new StartupError(
      `The keyring ${file} cannot be written (${codeOf(error)}): let the server's account write it.`,
    );
  }
  return temporary;
}

function writeDurably(path: string, text: string): void {
  const descriptor = openSync(path, 'wx', OWNER_ONLY);
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A name is on disk only when its directory is; some systems cannot flush a directory and need not. */
function flushDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } catch (error) {
    if (!hasCode(error, 'EINVAL', 'ENOTSUP')) throw error;
  } finally {
    closeSync(descriptor);
  }
}

function removeAbandoned(path: string, nowMs: number): void {
  const modifiedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (modifiedMs !== undefined && nowMs - modifiedMs > ABANDONED_AFTER_MS) removeIfPresent(path);
}

function removeIfPresent(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
