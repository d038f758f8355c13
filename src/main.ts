import { mkdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { systemClock } from '#kernel/clock.ts';
import { openKeyring } from '#kernel/crypto/keyring.ts';
import { StartupError } from '#kernel/startup-error.ts';
import type { Platform } from './assembly.ts';
import { type Configuration, readConfiguration } from './config.ts';
import { readCredentials, writeCredentials } from './startup/credentials.ts';
import { type Database, dataFile, openDatabase } from './startup/database.ts';

/** What is running and must be stopped, in the order of starting. */
interface Running {
  database: Database;
  platform: Platform;
  closeTelemetry(): Promise<void>;
}

async function main(): Promise<void> {
  const startedMs = performance.now();
  const configuration = readConfiguration(process.env);
  // Loading the program takes as long as starting PostgreSQL, so both happen at once.
  const opening = openDatabase(configuration, process.env, say);
  const loading = import('./assembly.ts');
  loading.catch(() => undefined);
  const database = await opening;
  try {
    const running = await start(configuration, database, await loading);
    stopOnSignal(running, configuration);
    await announce(configuration, running, startedMs);
  } catch (error) {
    await database.stop();
    throw error;
  }
}

async function start(
  configuration: Configuration,
  database: Database,
  { createPlatform }: typeof import('./assembly.ts'),
): Promise<Running> {
  const [{ createTelemetry }, { migrate }, { SCHEMAS }] = await Promise.all([
    import('#kernel/telemetry/telemetry.ts'),
    import('#kernel/database/migrations.ts'),
    import('./modules.ts'),
  ]);
  mkdirSync(configuration.DATA_DIR, { recursive: true, mode: 0o700 });
  const { MASTER_KEYS, INDEX_KEY, OTEL_EXPORTER_OTLP_ENDPOINT } = configuration;
  const keyring = openKeyring({
    file: dataFile(configuration, 'keyring.json'),
    masterKeys: MASTER_KEYS,
    indexKey: INDEX_KEY,
  });
  const applied = await migrate(database.administrator, SCHEMAS);
  if (applied > 0) say(`The database is up to date (${applied} migrations ran).`);
  const telemetry = await createTelemetry({
    serviceName: 'techcorp-platform',
    clock: systemClock,
    logLevel: configuration.LOG_LEVEL,
    tracing: {
      sampleRatio: configuration.TRACE_SAMPLE_RATIO,
      followIncomingSampling: configuration.TRUSTED_PROXIES.length > 0,
      ...(OTEL_EXPORTER_OTLP_ENDPOINT && { exporter: 'otlp', endpoint: OTEL_EXPORTER_OTLP_ENDPOINT.href }),
    },
  });
  let baseUrl = configuration.BASE_URL?.href.replace(/\/$/, '') ?? '';
  const platform = createPlatform({
    configuration,
    clock: systemClock,
    keyring,
    telemetry,
    connection: database.connection,
    baseUrl: () => baseUrl,
    boundary: configuration.CRASH_AT ? crashAt(configuration.CRASH_AT) : undefined,
  });
  await platform.start();
  await listen(platform.app, configuration);
  baseUrl ||= addressOf(platform.app, configuration);
  return { database, platform, closeTelemetry: () => telemetry.close() };
}

async function listen(app: FastifyInstance, configuration: Configuration): Promise<void> {
  const { PORT, HOST } = configuration;
  try {
    await app.listen({ port: PORT, host: HOST });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      throw new StartupError(`Port ${PORT} is taken; set PORT to another one, or to 0 for any.`);
    if (code === 'EACCES') throw new StartupError(`Port ${PORT} needs more rights; set PORT to one above 1023.`);
    if (code === 'EADDRNOTAVAIL') throw new StartupError(`HOST ${HOST} is not an address of this machine.`);
    throw error;
  }
}

function addressOf(app: FastifyInstance, configuration: Configuration): string {
  const address = app.server.address();
  const port = typeof address === 'object' && address ? address.port : configuration.PORT;
  const host = configuration.HOST.includes(':') ? `[${configuration.HOST}]` : configuration.HOST;
  return `${configuration.TLS_CERT_FILE ? 'https' : 'http'}://${host}:${port}`;
}

/** The first start of an embedded installation makes a demo organisation; every start tells where it is. */
async function announce(
  configuration: Configuration,
  { database, platform }: Running,
  startedMs: number,
): Promise<void> {
  const baseUrl = configuration.BASE_URL?.href.replace(/\/$/, '') ?? addressOf(platform.app, configuration);
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  say(`Ready in ${seconds} s: ${baseUrl} (documentation at ${baseUrl}/docs)`);
  if (!database.embedded) return;
  const { seedDemo } = await import('./startup/demo.ts');
  const file = dataFile(configuration, 'credentials.json');
  const known = readCredentials(file);
  const credentials = { ...(known ?? (await seedDemo(platform.modules))), base_url: baseUrl };
  writeCredentials(file, credentials);
  const { tour } = await import('./startup/tour.ts');
  say(tour(credentials, file));
}

function stopOnSignal(running: Running, configuration: Configuration): void {
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    say('Stopping: no new requests, the running ones finish.');
    const patience = delay(configuration.SHUTDOWN_TIMEOUT_MS).then(() => 'late');
    const outcome = await Promise.race([running.platform.stop().then(() => 'done'), patience]);
    if (outcome === 'late') say('Some requests did not finish in time.');
    await running.database.stop();
    await running.closeTelemetry();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop());
}

/** Kills the process the hard way at one boundary of a saga; crash tests walk through all of them. */
function crashAt(wanted: string): (boundary: string) => void {
  return (boundary) => {
    if (boundary === wanted) process.kill(process.pid, 'SIGKILL');
  };
}

function say(message: string): void {
  process.stdout.write(`${message}\n`);
}

main().catch((error: unknown) => {
  const message = error instanceof StartupError ? error.message : ((error as Error).stack ?? String(error));
  process.stderr.write(`${message}\n`);
  process.exit(1);
});
