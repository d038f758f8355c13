import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Resident memory of a process in bytes. Uses /proc where there is one, else `ps`. */
export function residentBytes(processId: number): number {
  try {
    const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${processId}/status`, 'utf8'));
    if (line) return Number(line[1]) * 1_024;
  } catch {
    // No /proc on this system.
  }
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(processId)], { encoding: 'utf8' })) * 1_024;
}

/**
 * Processor time a process has used so far, in microseconds; NaN where there is no /proc. Unlike a rate it does not
 * depend on what else the machine does.
 */
export function processorMicros(processId: number): number {
  // Fields 14 and 15 of proc(5), user and system time in ticks of 10 ms.
  const [user, system] = statOf(processId).slice(11, 13);
  return (user! + system!) * TICK_MICROS;
}

/** The same of a process and its children, those that have ended too: all of a PostgreSQL, from its first process. */
export function familyMicros(processId: number): number {
  // Fields 14 to 17: the last two are of the children that have ended.
  let ticks = statOf(processId)
    .slice(11, 15)
    .reduce((sum, each) => sum + each, 0);
  for (const entry of processIds()) {
    const fields = statOf(entry);
    // Field 4: the parent.
    if (fields[1] === processId) ticks += fields[11]! + fields[12]!;
  }
  return ticks * TICK_MICROS;
}

const TICK_MICROS = 10_000;

/** The fields of proc(5) from the third on; NaN where there are none. */
function statOf(processId: number): number[] {
  try {
    const text = readFileSync(`/proc/${processId}/stat`, 'utf8');
    return text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
  } catch {
    return Array<number>(15).fill(Number.NaN);
  }
}

function processIds(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}
