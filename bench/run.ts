import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startLoadClient } from './load/load-client.ts';
import { type HotSpot, topCallers, topFunctions } from './profiler/top-functions.ts';
import { contention } from './scenarios/contention.ts';
import { editions } from './scenarios/editions.ts';
import { importOnce, importProducts } from './scenarios/import.ts';
import { list } from './scenarios/list.ts';
import { order, orderContender } from './scenarios/order.ts';
import { ordersList } from './scenarios/orders-list.ts';
import { product, productContender } from './scenarios/product.ts';
import { roundTrips } from './scenarios/round-trips.ts';
import { sale, sellFor } from './scenarios/sale.ts';
import { start } from './scenarios/start.ts';
import { user, userContender } from './scenarios/user.ts';
import { webhook } from './scenarios/webhook.ts';
import { signIn } from './support/api.ts';
import { loadOnce, type Measured } from './support/measure.ts';
import { type BenchOptions, type ProfileName, readOptions, type ScenarioName } from './support/options.ts';
import type { Bench, Scenario } from './support/scenario.ts';
import { databaseConnection, type RunningServer, readCredentials, startServer } from './support/server.ts';
import { type ResultRow, renderTable } from './support/table.ts';

/**
 * `npm run bench`: measures the promises of speed and size, each as a ratio to a baseline of the same run, and prints one
 * table. `--smoke` proves in a minute that everything still runs; it judges nothing. See README.md beside this file.
 */
const scenarios: Record<ScenarioName, Scenario> = {
  start,
  product,
  user,
  order,
  sale,
  contention,
  'round-trips': roundTrips,
  list,
  'orders-list': ordersList,
  webhook,
  editions,
  import: importProducts,
};

const PROFILE_MS = 6_000;
const PROFILE_ROWS = 50_000;

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const folder = mkdtempSync(join(tmpdir(), 'techcorp-bench-'));
  // The account that PostgreSQL runs as, when we are root, must be able to pass.
  chmodSync(folder, 0o711);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const bench = await open(join(folder, 'data'), options);
  try {
    if (options.profile) await profile(bench, options.profile);
    else await measure(bench);
  } finally {
    await close(bench);
  }
}

/** Starts the server twice: the first start makes the database, the second one is measured. */
async function open(dataDirectory: string, options: BenchOptions): Promise<Bench> {
  const environment = {
    WEBHOOK_CA_FILE: fileURLToPath(new URL('../test/support/certificates/authority.pem', import.meta.url)),
    WEBHOOK_ALLOWED_PRIVATE_HOSTS: '127.0.0.1',
  };
  mkdirSync(dataDirectory, { mode: 0o711 });
  const first = await startServer(dataDirectory, environment);
  await readCredentials(dataDirectory, first.baseUrl);
  await first.stop();
  const server = await startServer(dataDirectory, environment, { profiled: options.profile !== null });
  try {
    return await connect(server, dataDirectory, options);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function connect(server: RunningServer, dataDirectory: string, options: BenchOptions): Promise<Bench> {
  const database = new pg.Client(databaseConnection(dataDirectory));
  // The server ends its PostgreSQL when it is stopped, which is no failure of ours.
  database.on('error', () => undefined);
  await database.connect();
  const credentials = await readCredentials(dataDirectory, server.baseUrl);
  const api = await signIn(credentials, 'organization_admin');
  const platform = await signIn(credentials, 'platform_admin');
  const load = startLoadClient();
  return { options, server, dataDirectory, database, api, platform, load, say };
}

async function close({ server, database, load }: Bench): Promise<void> {
  load.stop();
  await database.end();
  await server.stop();
}

async function measure(bench: Bench): Promise<void> {
  const { options } = bench;
  say(await machineFacts(bench));
  const rows: ResultRow[] = [];
  for (const name of options.only) {
    const startedMs = performance.now();
    const measured = await scenarios[name](bench);
    rows.push(...measured);
    for (const row of measured) say(`${row.work}: ${row.ours} (${row.ratio})${notesOf(row)}`);
    say(`  ${name} took ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`);
  }
  say(`\n${renderTable(rows, !options.smoke)}\n`);
  const missed = rows.filter((row) => row.met === false);
  if (options.smoke) say('Smoke run: everything works; the numbers are of no worth.');
  else if (missed.length > 0) say(`Missed: ${missed.map((row) => row.work).join('; ')}.`);
  if (options.strict && !options.smoke && missed.length > 0) process.exitCode = 1;
}

function notesOf(row: ResultRow): string {
  return (row.notes ?? []).map((note) => `\n  ${note}`).join('');
}

async function machineFacts({ database, options }: Bench): Promise<string> {
  const { rows } = await database.query(`select current_setting('server_version') as version,
    current_setting('fsync') as fsync, current_setting('synchronous_commit') as synchronous`);
  const processors = cpus();
  return [
    `${processors.length} × ${processors[0]?.model ?? 'unknown processor'}, Node ${process.version}, PostgreSQL ${rows[0].version}`,
    `fsync ${rows[0].fsync}, synchronous_commit ${rows[0].synchronous}; ${options.connections} connections,`,
    `median of ${options.rounds} rounds of ${options.durationMs / 1_000} s; client, server and PostgreSQL share the machine.`,
  ].join(' ');
}

/** Loads one kind of request and says where the server's own time goes. */
async function profile(bench: Bench, name: ProfileName): Promise<void> {
  const load = await loaderOf(bench, name);
  await load();
  const text = await bench.server.profile(async () => {
    const measured = await load();
    say(
      `${measured.perSecond.toFixed(0)}/s, ${measured.microsPerRequest.toFixed(0)} µs of the server's processor each`,
    );
  });
  const file = fileURLToPath(new URL(`../.data/bench/${name}.cpuprofile`, import.meta.url));
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  const print = (title: string, spots: HotSpot[]) => {
    say(`\n${title}`);
    for (const { share, name: what, place } of spots)
      say(`${(share * 100).toFixed(1).padStart(5)} %  ${what}  ${place}`);
  };
  print('Functions by their own time:', topFunctions(text, 40));
  print('On whose behalf:', topCallers(text, 30));
  say(`The whole profile is in ${file} (open it in the developer tools of Chrome).`);
}

/** The work that a profile looks at. */
async function loaderOf(
  bench: Bench,
  name: ProfileName,
): Promise<() => Promise<Pick<Measured, 'perSecond' | 'microsPerRequest'>>> {
  if (name === 'imports') return () => importOnce(bench, PROFILE_ROWS);
  if (name === 'sales') return () => sellFor(bench, PROFILE_MS);
  const contenders = {
    products: () => productContender(bench, 20),
    users: () => userContender(bench),
    orders: async () => ({ ...(await orderContender(bench)), path: '/orders' }),
  };
  const contender = await contenders[name]();
  return () => loadOnce(bench.load, { ...bench.options, durationMs: PROFILE_MS }, contender);
}

function say(message: string): void {
  process.stdout.write(`${message}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`The bench broke: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
