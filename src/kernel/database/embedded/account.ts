import { readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StartupError } from '../../startup-error.ts';

/** The unprivileged account that PostgreSQL runs as when we are root: PostgreSQL itself refuses to run as root. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
}

/**
 * The account for a new database: `postgres` where the system has it, else `nobody`.
 * @throws StartupError when the password file has neither
 */
export function unprivilegedAccount(): Account {
  const accounts = passwordFile();
  const account = accounts.find(({ name }) => name === 'postgres') ?? accounts.find(({ name }) => name === 'nobody');
  if (account) return account;
  throw new StartupError(
    'PostgreSQL does not run as root and this system has neither an account "postgres" nor "nobody"; ' +
      'create one (useradd --system postgres) or start as an ordinary user.',
  );
}

/** The account that owns a path, or undefined when that is root or ourselves. */
export function foreignOwner(path: string): Account | undefined {
  const { uid, gid } = statSync(path);
  if (uid === 0 || uid === process.getuid?.()) return undefined;
  return { name: passwordFile().find((account) => account.uid === uid)?.name ?? String(uid), uid, gid };
}

/** Whether the account may enter every folder on the way to `path`, by mode bits, and use what lies there. */
export function canReach(account: Account, path: string, needed: 'enter' | 'read' = 'enter'): boolean {
  const real = realpathSync(path);
  if (!isAllowed(account, statSync(real), needed === 'enter' ? 1 : 4)) return false;
  for (let folder = dirname(real); ; folder = dirname(folder)) {
    if (!isAllowed(account, statSync(folder), 1)) return false;
    if (folder === dirname(folder)) return true;
  }
}

function isAllowed(account: Account, stats: Stats, bits: number): boolean {
  if (stats.uid === account.uid) return (stats.mode & (bits << 6)) !== 0;
  if (stats.gid === account.gid) return (stats.mode & (bits << 3)) !== 0;
  return (stats.mode & bits) !== 0;
}

function passwordFile(): Account[] {
  return (
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .filter((fields) => fields.length >= 4)
      // macOS writes "nobody" as -2, which the kernel knows as an unsigned number.
      .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }))
  );
}
