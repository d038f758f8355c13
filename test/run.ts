// Runs every check and test of the project, or with --fast those that need no database, or with path fragments only
// the matching test files: `npm test -- orders.store src/kernel`. The last line counts; the exit code is 1 when
// anything failed. The outcomes of a full run are left in .test-results/results.json for `npm run conformance`.
import { existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { socketVariable, startTestServer, type TestServer } from './support/postgres.ts';
import { killAll, type Outcome, root, runProcess, runTestFiles, type TestResult } from './support/processes.ts';

const fileLimitMs = 5 * 60_000;
const runLimitMs = 40 * 60_000;
/** Test files at once: each is a process and the machines we expect have few cores. */
const concurrency = 2;

const staticStages = [
  { name: 'types', command: ['node_modules/typescript/bin/tsc', '-p', '.'], needs: 'tsconfig.json' },
  { name: 'lint', command: ['node_modules/@biomejs/biome/bin/biome', 'check', '.'], needs: 'biome.json' },
  { name: 'dead code', command: ['node_modules/knip/bin/knip.js'], needs: 'knip.json' },
];

const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const isFast = flags.includes('--fast');
const all: TestResult[] = [];
let server: TestServer | undefined;

abortOn('SIGINT', 'SIGTERM', 'SIGHUP');
setTimeout(() => abort(`The run took longer than ${runLimitMs / 60_000} minutes and was ended.`), runLimitMs).unref();
try {
  await runEverything();
} finally {
  await server?.stop();
}
finish();

async function runEverything(): Promise<void> {
  const files = chooseFiles();
  const isUnit = (file: string) => file.endsWith('.unit.test.ts');
  const isRule = (file: string) => /^test\/[^/]+\.test\.ts$/.test(file) && !/\.(int|e2e)\.test\.ts$/.test(file);
  const isIntegration = (file: string) => file.endsWith('.int.test.ts');
  const unit = files.filter(isUnit);
  const rules = files.filter((file) => !isUnit(file) && isRule(file));
  const integration = files.filter(isIntegration);
  const journeys = files.filter((file) => !isUnit(file) && !isRule(file) && !isIntegration(file));

  if (filters.length === 0) {
    for (const { name, command, needs } of staticStages) {
      if (existsSync(join(root, needs))) await stage(name, () => runStatic(name, command));
    }
  }
  if (unit.length > 0) await stage('unit', () => runTestFiles(unit, fileLimitMs));
  if (rules.length > 0) await stage('rules', () => runSeparately(rules, {}));
  if (isFast || integration.length + journeys.length === 0) return;
  server = await startTestServer();
  const environment = { [socketVariable]: server.postgres.socketDirectory };
  if (integration.length > 0) await stage('integration', () => runSeparately(integration, environment));
  if (journeys.length > 0) await stage('end to end', () => runSeparately(journeys, environment));
}

function chooseFiles(): string[] {
  const files = globSync('{src,test,scripts,bench,sdks}/**/*.test.ts', { cwd: root }).sort();
  if (filters.length === 0) return files;
  const fragments = filters.map((filter) => filter.replace(root, '').replace(/^\.\//, ''));
  const chosen = files.filter((file) => fragments.some((fragment) => file.includes(fragment)));
  if (chosen.length > 0) return chosen;
  console.error(`No test file matches ${filters.join(' ')}.`);
  process.exit(1);
}

/** Runs one stage and prints its one line, then its failures in full. */
async function stage(name: string, work: () => Promise<Outcome>): Promise<void> {
  const startedAt = Date.now();
  const { results, failures } = await work();
  all.push(...results);
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  const isPassed = failures.length === 0;
  const count = results.length === 1 ? '1 check' : `${results.length} checks`;
  console.log(`${name}: ${isPassed ? 'passed' : 'FAILED'}, ${count}, ${seconds} s`);
  if (!isPassed) console.log(`\n${failures.join('\n\n')}\n`);
}

async function runStatic(name: string, command: string[]): Promise<Outcome> {
  const startedAt = Date.now();
  const { failure, output } = await runProcess(command, fileLimitMs);
  const status = failure ? 'failed' : 'passed';
  return {
    results: [{ file: name, name, status, durationMs: Date.now() - startedAt }],
    failures: failure ? [`✖ ${name}: ${failure}\n${output}`] : [],
  };
}

/** Runs each file in a process of its own, a few at a time. */
async function runSeparately(files: string[], environment: Record<string, string>): Promise<Outcome> {
  const waiting = [...files];
  const outcome: Outcome = { results: [], failures: [] };
  const worker = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const { results, failures } = await runTestFiles([file], fileLimitMs, environment);
      outcome.results.push(...results);
      outcome.failures.push(...failures);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return outcome;
}

function finish(): never {
  const count = (status: TestResult['status']) => all.filter((result) => result.status === status).length;
  // Only a full run may replace the full results, from which conformance is read.
  const name = isFast || filters.length > 0 ? 'partial.json' : 'results.json';
  mkdirSync(join(root, '.test-results'), { recursive: true });
  writeFileSync(join(root, '.test-results', name), `${JSON.stringify(all, null, 1)}\n`);
  console.log(`${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
  process.exit(count('failed') > 0 ? 1 : 0);
}

function abortOn(...signals: NodeJS.Signals[]): void {
  for (const signal of signals) process.on(signal, () => abort(`Ended by ${signal}.`));
}

/** Ends the run early: nothing that we started stays behind, and the last line is still the count. */
function abort(reason: string): never {
  killAll();
  server?.killNow();
  console.log(reason);
  all.push({ file: 'run', name: reason, status: 'failed', durationMs: 0 });
  return finish();
}
