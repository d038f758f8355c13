import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { StartupError } from '../../startup-error.ts';
import { type Account, canReach, foreignOwner, unprivilegedAccount } from './account.ts';

/** Where one embedded PostgreSQL lives and whom it runs as. */
export interface Layout {
  /** The folder that holds the cluster: DATA_DIR, or a stand-in the database account can reach. */
  home: string;
  /** PostgreSQL's data directory: `<home>/postgres`. */
  cluster: string;
  /** Whether `home` is another folder than DATA_DIR. */
  isElsewhere: boolean;
  /** A file in DATA_DIR that tells a human where the cluster is, when that is not DATA_DIR itself. */
  locationFile: string;
  /** Undefined when PostgreSQL runs as the same user as this process. */
  account: Account | undefined;
}

/**
 * Decides where the cluster of a data directory is. It is `DATA_DIR/postgres`, except when we are root and the
 * account that PostgreSQL runs as cannot get there (a clone in root's home, mode 0700).
 *
 * @param dataDirectory an existing directory
 * @throws StartupError when a cluster exists and cannot be used by anyone we may run as
 */
export function resolveLayout(dataDirectory: string): Layout {
  const real = realpathSync(dataDirectory);
  const locationFile = join(real, 'postgres-location');
  const recorded = existsSync(locationFile) ? readFileSync(locationFile, 'utf8').split('\n')[0] : undefined;
  const existing = recorded ?? (existsSync(join(real, 'postgres')) ? join(real, 'postgres') : undefined);
  if (recorded && !existsSync(recorded)) {
    throw new StartupError(
      `The database of ${dataDirectory} was kept in ${recorded}, which is gone; ` +
        `put it back, or delete ${locationFile} to begin with an empty database.`,
    );
  }
  const place = process.getuid?.() === 0 ? rootPlace(real, existing) : ordinaryPlace(real, existing);
  return { ...place, cluster: join(place.home, 'postgres'), isElsewhere: place.home !== real, locationFile };
}

type Place = Pick<Layout, 'home' | 'account'>;

function ordinaryPlace(real: string, existing: string | undefined): Place {
  const owner = existing ? foreignOwner(existing) : undefined;
  if (owner) {
    throw new StartupError(
      `The database in ${existing} belongs to the account ${owner.name}; start as that account or as root, ` +
        'or set another DATA_DIR.',
    );
  }
  return { home: existing ? dirname(existing) : real, account: undefined };
}

/** As root we serve an existing cluster as whoever owns it, so that `sudo npm start` on a user's data just works. */
function rootPlace(real: string, existing: string | undefined): Place {
  const account = (existing && foreignOwner(existing)) || unprivilegedAccount();
  if (existing) {
    const home = dirname(existing);
    if (canReach(account, home)) return { home, account };
    throw new StartupError(
      `The account ${account.name} cannot reach the database in ${existing}; ` +
        'let it enter the folders above (chmod o+x) or move the data directory.',
    );
  }
  if (canReach(account, real)) return { home: real, account };
  const home = join(reachableBase(), `techcorp-data-${shortHash(real)}`);
  makeOwnFolder(home, 0o711);
  return { home, account };
}

/** A folder of root's that every account may enter: /var/lib, or /var/tmp where a system has no writable /var/lib. */
export function reachableBase(): string {
  for (const base of ['/var/lib', '/var/tmp']) {
    try {
      accessSync(base, constants.W_OK | constants.X_OK);
      return base;
    } catch {
      // Try the next one.
    }
  }
  throw new StartupError('Neither /var/lib nor /var/tmp is writable; start as an ordinary user instead of root.');
}

/**
 * Makes the folder of the server's socket, mode 0700 and owned by the account the server runs as. The path is short,
 * since the system limits a socket's path to about 100 bytes and DATA_DIR may be anywhere.
 */
export function makeSocketDirectory(layout: Layout): string {
  const base = socketBase(layout.account);
  const expected = join(base, `techcorp-${shortHash(layout.cluster)}`);
  const uid = layout.account?.uid ?? process.getuid?.() ?? 0;
  let path = expected;
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch {
    // Ours from an earlier start is reused; a folder somebody else put there under our name is not trusted.
    const stats = lstatSync(path);
    if (!stats.isDirectory() || (stats.uid !== uid && stats.uid !== process.getuid?.())) path = mkdtempSync(`${path}-`);
  }
  chmodSync(path, 0o700);
  if (layout.account) chownSync(path, layout.account.uid, layout.account.gid);
  return path;
}

function socketBase(account: Account | undefined): string {
  const base = tmpdir();
  const isShort = Buffer.byteLength(base) <= 60;
  return isShort && existsSync(base) && (!account || canReach(account, base)) ? base : '/tmp';
}

/** Makes a folder or checks that an existing one is ours alone to write: its parent may be open to everybody. */
export function makeOwnFolder(path: string, mode: number): void {
  if (!existsSync(path)) mkdirSync(path, { mode });
  const stats = lstatSync(path);
  if (!stats.isDirectory() || stats.uid !== process.getuid?.() || (stats.mode & 0o022) !== 0) {
    throw new StartupError(`${path} exists but is not a folder that only this user can write; remove it.`);
  }
  chmodSync(path, mode);
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
