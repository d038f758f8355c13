// A lock for the installation, as a folder: making one either succeeds or fails, also when two try at once.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** No installation takes longer; an older lock belongs to a process id that has been given to somebody else. */
const maximumAgeMilliseconds = 15 * 60_000;
/** Between making the folder and writing its owner into it. */
const graceMilliseconds = 5_000;

/**
 * Waits until no other process installs, then holds the lock until `release`.
 * @param {string} folder the lock's path
 * @returns {Promise<{ shareWith(processId: number | undefined): void, release(): void }>} `shareWith` keeps the lock
 *   held as long as that process lives too, even when we are killed
 */
export async function takeInstallLock(folder) {
  for (let hasSaidSo = false; ; await delay(200)) {
    try {
      mkdirSync(folder);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (removeIfStale(folder) || hasSaidSo) continue;
    console.log('Another start is installing the dependencies; waiting for it …');
    hasSaidSo = true;
  }
  const owners = [process.pid];
  const write = () => writeFileSync(join(folder, 'owners'), owners.join('\n'));
  write();
  return {
    shareWith: (processId) => {
      if (processId) owners.push(processId);
      write();
    },
    release: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Removes a lock none of whose owners is alive. It is moved aside first, so that only one of two removers wins. */
function removeIfStale(folder) {
  if (!isStale(folder)) return false;
  const aside = `${folder}-stale-${process.pid}`;
  try {
    renameSync(folder, aside);
  } catch {
    return false;
  }
  rmSync(aside, { recursive: true, force: true });
  return true;
}

/** @param {string} folder an existing lock */
export function isStale(folder) {
  try {
    const age = Date.now() - statSync(folder).mtimeMs;
    if (age > maximumAgeMilliseconds) return true;
    const owners = readOwners(folder);
    return owners.length === 0 ? age > graceMilliseconds : !owners.some(isAlive);
  } catch {
    return false;
  }
}

function readOwners(folder) {
  try {
    return readFileSync(join(folder, 'owners'), 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function isAlive(processId) {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
