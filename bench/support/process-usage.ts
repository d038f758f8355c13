import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

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
  try {
    const text = readFileSync(`/proc/${processId}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // Fields 14 and 15 of proc(5), user and system time in ticks of 10 ms.
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
  } catch {
    return Number.NaN;
  }
}
