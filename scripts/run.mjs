// The one way to run anything here: `node scripts/run.mjs <task> [arguments]`, which is what the npm scripts call.
// It works on any Node from 20 on with nothing installed: it installs what is missing, then hands over to the
// Node 24 from the lock file, which runs our TypeScript as it is.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { SetupError, setUp } from './run-setup.mjs';
import { serverFlags } from './server-flags.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const tasks = {
  start: ['src/main.ts'],
  test: ['test/run.ts'],
  check: ['test/run.ts', '--fast'],
  generate: ['scripts/generate.ts'],
  bench: ['bench/run.ts'],
  admin: ['scripts/admin.ts'],
  conformance: ['scripts/conformance.ts'],
  'verify-audit': ['scripts/verify-audit.ts'],
};
/** Tasks that run where only the dependencies of production are installed (`npm ci --omit=dev`). */
const productionTasks = ['start', 'admin', 'verify-audit'];

const [task = '', ...taskArguments] = process.argv.slice(2);
if (!Object.hasOwn(tasks, task)) {
  console.error(`Usage: node scripts/run.mjs ${Object.keys(tasks).join('|')} [arguments]`);
  process.exit(2);
}
try {
  const node = await setUp(root, { withDevelopment: !productionTasks.includes(task) });
  const [entry, ...fixedArguments] = tasks[task];
  const flags = task === 'start' ? serverFlags : [];
  runTask(node, [...flags, join(root, entry), ...fixedArguments, ...taskArguments]);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  process.exit(1);
}

/**
 * Runs the program and ends as it ends. The child tells us over the IPC channel which signals reached it directly
 * (Ctrl-C reaches every process of the terminal), so that we pass on exactly those it has not got by itself and it
 * is never asked twice. The same channel tells the child when we are killed: see run-child.mjs.
 */
function runTask(node, commandLine) {
  const childModule = pathToFileURL(join(root, 'scripts', 'run-child.mjs')).href;
  const child = spawn(node, ['--import', childModule, ...commandLine], {
    cwd: root,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: childEnvironment(),
  });
  const delivered = new Set();
  child.on('message', (message) => delivered.add(message?.receivedSignal));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      setTimeout(() => {
        if (delivered.has(signal)) return;
        delivered.add(signal);
        child.kill(signal);
      }, 50);
    });
  }
  stopWithNpm(child);
  child.on('error', (error) => {
    console.error(`Node 24 (${node}) cannot be run on this machine: ${error.message}.`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code ?? 1);
    // End by the same signal, so that whoever started us sees how it ended.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function childEnvironment() {
  const options = [process.env.NODE_OPTIONS, '--disable-warning=ExperimentalWarning'].filter(Boolean).join(' ');
  // Compiled code is kept between starts; beside the code itself, because whoever can write there is trusted anyway.
  const cache = process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules', '.cache', 'node-compile');
  return { ...process.env, NODE_OPTIONS: options, NODE_COMPILE_CACHE: cache };
}

/**
 * npm passes SIGTERM on but cannot when it is killed hard; then we find ourselves with another parent. Only below
 * npm does that mean that we are unwanted: a shell that started us in the background may well exit before us.
 */
function stopWithNpm(child) {
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) child.kill('SIGTERM');
  }, 200).unref();
}
