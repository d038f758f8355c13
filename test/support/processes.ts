import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type ReportLine, reportVariable } from './reporter.ts';

/** The project's folder. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** One counted outcome; `.test-results/results.json` is an array of these. */
export interface TestResult {
  /** Relative to the project's folder; the stage's name for a static stage. */
  file: string;
  name: string;
  status: 'passed' | 'failed' | 'skipped';
  durationMs: number;
}

/** A stage's or a process's outcomes, with the text to print for each failure. */
export interface Outcome {
  results: TestResult[];
  failures: string[];
}

interface EndedProcess {
  /** Undefined after success, else a short reason. */
  failure: string | undefined;
  output: string;
}

const running = new Set<number>();
const reportFolders = new Set<string>();
const maximumOutputCharacters = 200_000;

/** Kills every process this run has started, with what they started themselves; for the end of an aborted run. */
export function killAll(): void {
  for (const processId of running) killGroup(processId);
  for (const folder of reportFolders) rmSync(folder, { recursive: true, force: true });
}

/**
 * Runs test files in one process of their own: a single file, or all unit tests together.
 * @param limitMs after this time the process is killed and counted as a failure
 */
export async function runTestFiles(files: string[], limitMs: number, environment = {}): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'techcorp-report-'));
  reportFolders.add(folder);
  const reportFile = join(folder, 'report.jsonl');
  const startedAt = Date.now();
  try {
    const ended = await runProcess(testArguments(files), limitMs, { ...environment, [reportVariable]: reportFile });
    return toOutcome(files, readReport(reportFile), ended, Date.now() - startedAt);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    reportFolders.delete(folder);
  }
}

function testArguments(files: string[]): string[] {
  const link = (path: string) => pathToFileURL(join(root, path)).href;
  return [
    // Ends the test process when this run is killed.
    `--import=${link('scripts/run-child.mjs')}`,
    `--test-reporter=${link('test/support/reporter.ts')}`,
    '--test-reporter-destination=stdout',
    // A connection or timer left open must not hold up the run once all tests of the process are done.
    '--test-force-exit',
    '--test-timeout=120000',
    ...(files.length > 1 ? ['--test', '--test-isolation=none'] : []),
    ...files.map((file) => join(root, file)),
  ];
}

/** Runs Node with the given arguments in a process group of its own, at most `limitMs` milliseconds. */
export function runProcess(nodeArguments: string[], limitMs: number, environment = {}): Promise<EndedProcess> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, nodeArguments, {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, FORCE_COLOR: '0', ...environment },
    });
    const processId = child.pid ?? 0;
    if (processId) running.add(processId);
    let output = '';
    const collect = (chunk: Buffer) => (output = (output + chunk).slice(-maximumOutputCharacters));
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      killGroup(processId);
    }, limitMs);
    const finish = (failure: string | undefined) => {
      clearTimeout(timer);
      running.delete(processId);
      // Whatever the test has started and left behind goes too.
      killGroup(processId);
      // A grandchild outside the group may hold the pipes open; its output is of no interest any more.
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve({ failure: isLate ? `killed after ${Math.round(limitMs / 1000)} s` : failure, output: output.trim() });
    };
    child.once('error', (error) => finish(error.message));
    child.once('exit', (code, signal) => {
      // Leaves the streams a moment to hand over what was written last.
      setTimeout(() => finish(code === 0 ? undefined : signal ? `signal ${signal}` : `exit code ${code}`), 20);
    });
  });
}

function killGroup(processId: number): void {
  if (processId <= 0) return;
  try {
    process.kill(-processId, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}

function readReport(path: string): ReportLine[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as ReportLine);
}

function toOutcome(files: string[], lines: ReportLine[], ended: EndedProcess, durationMs: number): Outcome {
  const outcome: Outcome = { results: [], failures: [] };
  for (const line of lines) {
    if (line.kind === 'started') continue;
    const file = relative(root, line.file);
    outcome.results.push({ file, name: line.name, status: line.status, durationMs: line.durationMs });
    if (line.status === 'failed') outcome.failures.push(`✖ ${file}: ${line.name}\n${line.error ?? ''}`);
  }
  // A process that ends badly though no test failed: a crash, a rejected promise nobody awaited, our time limit.
  if (ended.failure && outcome.failures.length === 0) {
    const last = lines.at(-1);
    const file = last ? relative(root, last.file) : (files[0] ?? '');
    outcome.results.push({ file, name: 'the test process', status: 'failed', durationMs });
    outcome.failures.push(`✖ ${file}: ${ended.failure}${last ? ` (last test: ${last.name})` : ''}`);
  }
  if (outcome.failures.length > 0 && ended.output)
    outcome.failures.push(`Output of ${files.join(', ')}:\n${ended.output}`);
  return outcome;
}
