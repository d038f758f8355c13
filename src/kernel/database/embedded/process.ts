import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process as written into a lock file. The start token tells a reused process id from the process meant. */
export interface ProcessIdentity {
  processId: number;
  /** Opaque, equal for the same process only; empty where the system does not tell. */
  startToken: string;
}

/** Whether a process with this id runs. A zombie does not: nobody may be there to reap it inside a container. */
export function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
  } catch (error) {
    // EPERM means that the process exists and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return processState(processId) !== 'Z';
}

/** The identity of a running process, to be compared later with `isSameProcess`. */
export function identify(processId: number): ProcessIdentity {
  return { processId, startToken: readStartToken(processId) };
}

/** Whether the process once identified still runs. An unreadable start time counts as the same: refuse, not steal. */
export function isSameProcess(identity: ProcessIdentity): boolean {
  if (!isAlive(identity.processId)) return false;
  const current = readStartToken(identity.processId);
  return current === '' || identity.startToken === '' || current === identity.startToken;
}

/** The command line of a process, arguments joined by spaces; empty when there is none or it may not be read. */
export function commandLine(processId: number): string {
  if (process.platform !== 'linux') return processStatus(processId, 'command=');
  return readOrEmpty(`/proc/${processId}/cmdline`).replaceAll('\0', ' ').trim();
}

function processState(processId: number): string {
  if (process.platform !== 'linux') return processStatus(processId, 'stat=').slice(0, 1);
  return linuxStatusFields(processId)[0] ?? '';
}

function readStartToken(processId: number): string {
  if (process.platform !== 'linux') return processStatus(processId, 'lstart=');
  const ticksSinceBoot = linuxStatusFields(processId)[19];
  // Ticks count from boot, so the same number can come up again after a reboot: the boot id makes it unique.
  return ticksSinceBoot ? `${readOrEmpty('/proc/sys/kernel/random/boot_id').trim()}:${ticksSinceBoot}` : '';
}

/** Fields of /proc/PID/stat from the third (state) on; the second is a name that may contain spaces and brackets. */
function linuxStatusFields(processId: number): string[] {
  const line = readOrEmpty(`/proc/${processId}/stat`);
  return line.slice(line.lastIndexOf(')') + 2).split(' ');
}

function processStatus(processId: number, column: string): string {
  try {
    return execFileSync('ps', ['-o', column, '-p', String(processId)], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return '';
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
