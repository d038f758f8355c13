import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { createCursors } from '#editions/canonical/common/cursors.ts';
import type { SystemStatus } from '#editions/canonical/system/system.ts';
import type { Exchange } from '#gateway/exchange.ts';
import type { NoteTakers } from '#gateway/notes.ts';
import type { GatewayParts } from '#gateway/parts.ts';
import { createInProcessStore } from '#gateway/rate-limit/in-process-store.ts';
import type { RateLimits } from '#gateway/rate-limit/limits.ts';
import { createServer } from '#gateway/server.ts';
import { MemoryCache } from '#kernel/cache/memory-cache.ts';
import { observeCache } from '#kernel/cache/observe-cache.ts';
import type { Clock } from '#kernel/clock.ts';
import { createBlindIndex } from '#kernel/crypto/blind-index.ts';
import type { Keyring } from '#kernel/crypto/keyring.ts';
import { partKeyring } from '#kernel/crypto/part-keyring.ts';
import { createKeyRotation, type KeyRotation } from '#kernel/crypto/rotation.ts';
import { createSealing } from '#kernel/crypto/sealing.ts';
import type { ConnectionSettings } from '#kernel/database/connection.ts';
import { everyTenant } from '#kernel/database/tenant.ts';
import { DomainError } from '#kernel/errors.ts';
import { enableCurrencies } from '#kernel/money.ts';
import { createCircuitBreakers, observeBreakers } from '#kernel/resilience/circuit-breaker.ts';
import type { BoundaryHook } from '#kernel/saga/saga.ts';
import type { LogFields } from '#kernel/telemetry/log-fields.ts';
import { moduleLog } from '#kernel/telemetry/module-log.ts';
import type { Telemetry } from '#kernel/telemetry/telemetry.ts';
import { traceWork } from '#kernel/telemetry/trace-work.ts';
import { auditSchema } from '#modules/audit/index.ts';
import { type Configuration, endpointLimits, isLoopback } from './config.ts';
import { type Contracts, declareEditions, serveEditions } from './editions.ts';
import { createModules, type Modules, SCHEMAS } from './modules.ts';
import { createRuntime, type Runtime } from './runtime.ts';
import { stockHealth } from './stock-health.ts';

export const VERSION = '0.1.0';

export interface PlatformOptions {
  configuration: Configuration;
  clock: Clock;
  keyring: Keyring;
  telemetry: Telemetry;
  /** How the modules' roles connect; one URL may name another server for one module (ORDERS_DATABASE_URL). */
  connection(schema: string): ConnectionSettings;
  /** The address that clients use and tokens name. Known only after listening when the port is any free one. */
  baseUrl(): string;
  boundary?: BoundaryHook;
}

export interface Platform {
  app: FastifyInstance;
  editions: Contracts;
  modules: Modules;
  runtime: Runtime;
  keys: KeyRotation;
  start(): Promise<void>;
  /** Drains requests, stops the machinery, closes connections. */
  stop(): Promise<void>;
}

/** Puts the program together: plain function calls, no container. Nothing runs before `start`. */
export function createPlatform(options: PlatformOptions): Platform {
  const { configuration, clock, keyring, telemetry } = options;
  enableCurrencies(configuration.ENABLED_CURRENCIES);
  const sealing = createSealing(keyring, clock);
  const blindIndex = createBlindIndex(keyring);
  const cache = new MemoryCache(clock, {
    ttlMs: configuration.CACHE_TTL_SECONDS * 1_000,
    partitionBytesMax: configuration.CACHE_TENANT_BYTES,
    bytesMax: configuration.CACHE_BYTES,
    onLowHitRate: (resource, ratio) => {
      const reason = `${resource}: ${Math.round(ratio * 100)} % of the last look-ups`;
      telemetry.logging.service('cache').warn('The cache answers less than 95 %', { reason });
    },
  });
  observeCache(telemetry.metrics, cache);
  const breakers = createCircuitBreakers({ clock });
  observeBreakers(telemetry.metrics, breakers);
  const runtime = createRuntime({
    schemas: SCHEMAS.map((source) => source.schema),
    personSchema: auditSchema.schema,
    connection: options.connection,
    clock,
    cache,
    sealing,
    blindIndex,
    ownKeys: keysOfVault(keyring, clock),
    log: (service) => moduleLog(telemetry.logging.service(service)),
    boundary: options.boundary,
    trace: traceWork(telemetry.tracing),
    shared: configuration.DATABASE_URL !== undefined,
  });
  const modules = createModules({ ...options, runtime, breakers });
  const cursors = createCursors(keyring.indexKey);
  const system = { ...systemStatus(options, runtime), ...stockHealth(telemetry, modules.inventory) };
  const contracts = declareEditions(modules, { cursors, system, clock });
  const parts = gatewayParts(options, runtime, { cache, blindIndex }, modules);
  const editions = serveEditions(contracts, parts, modules.identity);
  const keys = keyRotation(options, runtime);
  const { TLS_CERT_FILE, TLS_KEY_FILE } = configuration;
  const app = createServer({
    editions,
    tls: TLS_CERT_FILE ? { certificateFile: TLS_CERT_FILE, keyFile: TLS_KEY_FILE! } : undefined,
    admits: plainPeers(configuration),
  });
  return {
    app,
    editions: contracts,
    modules,
    runtime,
    keys,
    async start() {
      await runtime.start();
      keys.start();
    },
    async stop() {
      await app.close();
      await keys.stop();
      await runtime.stop();
      await runtime.close();
    },
  };
}

/** The vault's values open with the vault's keys alone. */
function keysOfVault(keyring: Keyring, clock: Clock) {
  const own = partKeyring(keyring, 'vault');
  const keys = { sealing: createSealing(own, clock), blindIndex: createBlindIndex(own) };
  return (schema: string) => (schema === 'vault' ? keys : undefined);
}

function keyRotation({ keyring, clock, telemetry }: PlatformOptions, runtime: Runtime): KeyRotation {
  const schemas = SCHEMAS.map(({ schema, sealed }) => {
    const { database, sealing } = runtime.kit(schema);
    return { database, sealing, sealed };
  });
  return createKeyRotation({ keyring, clock, schemas, log: moduleLog(telemetry.logging.service('keys')) });
}

function gatewayParts(
  { configuration, clock, telemetry }: PlatformOptions,
  runtime: Runtime,
  shared: Pick<GatewayParts, 'cache' | 'blindIndex'>,
  modules: Modules,
): GatewayParts {
  return {
    proxies: configuration.TRUSTED_PROXIES,
    corsOrigins: configuration.CORS_ORIGINS,
    beginTrace: beginTrace(telemetry),
    counting: { store: createInProcessStore(), clock },
    limits: rateLimits(configuration),
    locators: Object.assign({}, ...[...runtime.modules.values()].map((module) => module.locate ?? {})),
    ...shared,
    notes: noteTakers(telemetry, clock, modules),
  };
}

/** Plain HTTP that others can reach is for the declared proxies alone, which end TLS, and for this machine itself. */
function plainPeers({ TLS_CERT_FILE, HOST, TRUSTED_PROXIES }: Configuration) {
  if (TLS_CERT_FILE || isLoopback(HOST)) return undefined;
  const proxies = new Set(TRUSTED_PROXIES);
  return (address: string) => proxies.has(address) || isLoopback(address);
}

function rateLimits(configuration: Configuration): RateLimits {
  return {
    credentialPerMinute: configuration.RATE_LIMIT_CREDENTIAL,
    organizationPerMinute: configuration.RATE_LIMIT_ORGANIZATION,
    userPerMinute: configuration.RATE_LIMIT_USER,
    burstPerSecond: configuration.RATE_LIMIT_BURST,
    anonymousPerMinute: configuration.RATE_LIMIT_ANONYMOUS,
    inboundPerMinute: configuration.RATE_LIMIT_INBOUND,
    batchItemsPerMinute: configuration.RATE_LIMIT_BATCH_ITEMS,
    endpointsPerMinute: endpointLimits(configuration.RATE_LIMIT_ENDPOINTS),
  };
}

function beginTrace({ tracing }: Telemetry) {
  return (traceparent: string | undefined, operation: string) => {
    const span = tracing.startRequest(traceparent, operation);
    return {
      traceparent: tracing.headerOf(span.context),
      end(status: number, error: unknown) {
        span.setAttribute('http.response.status_code', status);
        if (status >= 500) span.fail(error);
        span.end();
      },
    };
  };
}

function noteTakers(telemetry: Telemetry, clock: Clock, modules: Modules): NoteTakers {
  const log = telemetry.logging.service('gateway');
  const duration = telemetry.metrics.histogram(
    'gateway',
    'request_duration',
    'seconds',
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30],
    { description: 'Time from arrival to the answer, by operation and status.', attributes: ['operation', 'status'] },
  );
  const contextOf = (exchange: Exchange) => ({
    correlation_id: exchange.requestId,
    trace_id: exchange.traceparent.slice(3, 35),
    org_id: exchange.tenant?.orgId,
  });
  return {
    clock,
    recordAccess: (entry) => modules.audit.recordAccess(entry),
    countRequest: (request) => modules.usage.count(request),
    measure: (operation, status, durationMs) =>
      duration.record(durationMs / 1_000, { operation, status: String(status) }),
    noteDeprecatedUse(principal, { method, path, deprecated }) {
      const ending = { name: `${method} ${path}`, sunset: deprecated!.sunset, guide: deprecated!.guide };
      modules.identity.noteDeprecatedUse(principal, ending);
    },
    logRequest(exchange, status, durationMs, bytes) {
      if (!log.enabled('info')) return;
      log.info('request', { ...contextOf(exchange), ...requestFields(exchange, status, durationMs, bytes) });
    },
    logFault(exchange, error) {
      const operation = exchange.operation.id;
      log.withContext(contextOf(exchange)).error('A request failed on our side', { operation, error });
    },
  };
}

function requestFields(exchange: Exchange, status: number, durationMs: number, bytes: number): LogFields {
  const { operation, principal, error } = exchange;
  return {
    operation: operation.id,
    method: exchange.request.raw.method,
    route: operation.path,
    status,
    duration_ms: Math.round(durationMs * 1_000) / 1_000,
    bytes,
    actor_id: principal?.actor.id,
    ...(error instanceof DomainError && { error_code: error.kind }),
  };
}

function systemStatus(
  { telemetry, configuration }: PlatformOptions,
  runtime: Runtime,
): Omit<SystemStatus, 'checks'> & { dataDirectory: string } {
  return {
    version: VERSION,
    async dependencies() {
      const database = await timed(() => runtime.relay.read(everyTenant, { text: 'select 1', values: [] }));
      return { database };
    },
    metrics: () => telemetry.metrics.render(),
    keptRequests: runtime.keptRequests,
    logLevels: () => telemetry.logging.levels(),
    setLogLevel: telemetry.logging.setLevel,
    editions: () => [],
    support: {
      email: configuration.SUPPORT_EMAIL ?? null,
      securityEmail: configuration.SECURITY_EMAIL ?? null,
      chatUrl: configuration.SUPPORT_CHAT_URL?.href ?? null,
      statusUrl: configuration.STATUS_PAGE_URL?.href ?? null,
    },
    dataDirectory: join(configuration.DATA_DIR),
  };
}

async function timed(ask: () => Promise<unknown>) {
  const startedMs = performance.now();
  const elapsed = () => Math.round((performance.now() - startedMs) * 100) / 100;
  try {
    await Promise.race([ask(), new Promise((_, reject) => setTimeout(reject, 2_000).unref())]);
    return { ok: true, latency_ms: elapsed() };
  } catch {
    return { ok: false, latency_ms: elapsed(), detail: 'does not answer' };
  }
}
