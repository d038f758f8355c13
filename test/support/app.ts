import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request as send } from 'undici';
import type { EditionContract } from '#gateway/contract/edition.ts';
import { type ManualClock, manualClock } from '#kernel/clock.ts';
import { systemContext } from '#kernel/context.ts';
import { openKeyring } from '#kernel/crypto/keyring.ts';
import { migrate } from '#kernel/database/migrations.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { Operation } from '#kernel/http/operation.ts';
import { newId, type OrganizationId } from '#kernel/ids.ts';
import { createTelemetry } from '#kernel/telemetry/telemetry.ts';
import { type NewApiKey, ORGANIZATION_SCOPES, type Plan } from '#modules/identity/index.ts';
import { createPlatform, type Platform } from '#src/assembly.ts';
import { readConfiguration } from '#src/config.ts';
import { SCHEMAS } from '#src/modules.ts';
import { checkResponse } from './check-response.ts';
import { createTestDatabase, ensureTemplate, type TestDatabase } from './postgres.ts';

export interface TestAnswer {
  status: number;
  headers: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into the body as it wishes
  body: any;
}

export interface TestRequest {
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** Sent as it is instead of JSON. */
  raw?: string | Buffer;
}

/** An organisation with a token of an administrator client. */
export interface TestOrganization {
  id: OrganizationId;
  tenant: Tenant;
  token: string;
  clientId: string;
  clientSecret: string;
}

export interface OrganizationOptions {
  scopes?: string[];
  livemode?: boolean;
  /** With a plan, its limits hold; without one there are none that a test reaches by accident. */
  plan?: Plan;
}

/** The whole product over real HTTP on real PostgreSQL, on a clock that the test moves. */
export interface TestApp {
  platform: Platform;
  clock: ManualClock;
  baseUrl: string;
  database: TestDatabase;
  dataDirectory: string;
  /** What was logged so far, one JSON object a line. */
  logLines: string[];
  /** Those of the canonical edition. */
  operations: readonly Operation[];
  editions: readonly EditionContract[];
  request(method: string, path: string, options?: TestRequest): Promise<TestAnswer>;
  /** A new organisation with an administrator client's token. */
  organization(options?: OrganizationOptions): Promise<TestOrganization>;
  /** The secret of a new API key of an edition, with every scope an organisation can have unless told. */
  key(organization: TestOrganization, key?: Partial<NewApiKey>): Promise<string>;
  /** A token of another client of the organisation with these scopes. */
  tokenWith(organization: TestOrganization, scopes: string[]): Promise<string>;
  platformToken(): Promise<string>;
  /** Runs consumers and due jobs until nothing is left to do. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export interface TestAppOptions {
  settings?: Record<string, string>;
  start?: Date;
  /** Consumers, jobs and sagas also run by themselves; otherwise only in `settle`. */
  background?: boolean;
}

/** Limits that no test reaches by accident; tests of limits set their own. */
const WIDE_LIMITS = Object.fromEntries(
  ['CREDENTIAL', 'ORGANIZATION', 'USER', 'BURST', 'ANONYMOUS', 'BATCH_ITEMS'].map((name) => [
    `RATE_LIMIT_${name}`,
    '1000000',
  ]),
);

export async function testApp(options: TestAppOptions = {}): Promise<TestApp> {
  const clock = manualClock(options.start ?? new Date());
  await ensureTemplate((connection) => migrate(connection, SCHEMAS).then(() => undefined));
  const database = await createTestDatabase();
  const dataDirectory = mkdtempSync(join(tmpdir(), 'techcorp-app-'));
  const settings = {
    DATA_DIR: dataDirectory,
    LOG_LEVEL: 'info',
    ...WIDE_LIMITS,
    RATE_LIMIT_ENDPOINTS: '*=1000000',
    ...options.settings,
  };
  const configuration = readConfiguration(settings);
  const logLines: string[] = [];
  const telemetry = await createTelemetry({
    serviceName: 'techcorp-test',
    clock,
    logLevel: configuration.LOG_LEVEL,
    logDestination: { write: (line: string) => void logLines.push(line) },
    tracing: { sampleRatio: 1, exporter: 'memory' },
  });
  const port = await freePort();
  const baseUrl = `http://127.0.0.1:${port}`;
  const platform = createPlatform({
    configuration,
    clock,
    keyring: openKeyring({ file: join(dataDirectory, 'keyring.json'), clock }),
    telemetry,
    connection: () => database.connection,
    baseUrl: () => baseUrl,
  });
  await platform.start();
  await platform.app.listen({ port, host: '127.0.0.1' });
  const agent = new Agent({ keepAliveTimeout: 1_000, pipelining: 0 });
  const app: TestApp = {
    platform,
    clock,
    baseUrl,
    database,
    dataDirectory,
    logLines,
    operations: platform.editions.canonical.operations,
    editions: Object.values(platform.editions),
    request: (method, path, requestOptions = {}) => ask({ agent, baseUrl, platform }, method, path, requestOptions),
    organization: (organizationOptions = {}) => newOrganization(app, organizationOptions),
    key: (organization, key = {}) => newKey(app, organization, key),
    tokenWith: (organization, scopes) => newToken(app, organization, scopes),
    platformToken: () => newPlatformToken(app),
    settle: () => settle(platform),
    async close() {
      await agent.close();
      await platform.stop();
      await telemetry.close();
      await database.drop();
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
  return app;
}

async function ask(
  { agent, baseUrl, platform }: { agent: Agent; baseUrl: string; platform: Platform },
  method: string,
  path: string,
  { token, body, headers = {}, raw }: TestRequest,
): Promise<TestAnswer> {
  const response = await send(`${baseUrl}${path}`, {
    dispatcher: agent,
    method: method as 'GET',
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
  });
  const text = await response.body.text();
  const isJson = String(response.headers['content-type'] ?? '').startsWith('application/json');
  const parsed = text === '' ? undefined : isJson ? JSON.parse(text) : text;
  for (const edition of Object.values(platform.editions)) {
    const operation = operationOf(edition.operations, method, path);
    if (!operation || (isShaped(path) && response.statusCode === 200)) continue;
    checkResponse(operation, response.statusCode, parsed, edition);
  }
  return { status: response.statusCode, headers: response.headers as Record<string, string>, body: parsed };
}

/** The caller chose more or fewer fields than the declaration names (G-18). */
function isShaped(path: string): boolean {
  const { searchParams } = new URL(path, 'http://any');
  return [...searchParams.keys()].some((name) => /^(?:expand|fields)(?:\[\])?$/.test(name));
}

/** The declaration that an answer is compared with; undefined for paths and methods that nobody declares. */
function operationOf(operations: readonly Operation[], method: string, path: string): Operation | undefined {
  const segments = path.split('?')[0]!.split('/');
  return operations.find((operation) => {
    const pattern = operation.path.split('/');
    const fits = pattern.every((part, index) => part === segments[index] || (part.startsWith(':') && segments[index]));
    return operation.method === method && pattern.length === segments.length && fits;
  });
}

async function newOrganization(
  app: TestApp,
  { scopes, livemode = true, plan }: OrganizationOptions,
): Promise<TestOrganization> {
  const { identity } = app.platform.modules;
  const cause = systemContext('test', { orgId: 'org_test' as OrganizationId, livemode: true }, newCause());
  const name = `Test ${randomBytes(3).toString('hex')}`;
  const { id } = await identity.createOrganization(cause, {
    name,
    plan,
    requestLimits: plan ? undefined : { perMinute: 1_000_000, perDay: 1_000_000 },
  });
  const tenant = { orgId: id as OrganizationId, livemode };
  const made = await identity.createClient(systemContext('test', tenant, newCause()), {
    name: 'test',
    scopes: scopes ?? [...ORGANIZATION_SCOPES],
  });
  const credentials = { clientId: made.client.id as string, clientSecret: made.secret! };
  return { id: tenant.orgId, tenant, ...credentials, token: await fetchToken(app, credentials) };
}

async function newToken(app: TestApp, organization: TestOrganization, scopes: string[]): Promise<string> {
  const context = systemContext('test', organization.tenant, newCause());
  const made = await app.platform.modules.identity.createClient(context, { name: 'scoped', scopes });
  return fetchToken(app, { clientId: made.client.id as string, clientSecret: made.secret! });
}

async function newKey(app: TestApp, { tenant }: TestOrganization, key: Partial<NewApiKey>): Promise<string> {
  const context = systemContext('test', tenant, newCause());
  const input = { name: 'test', scopes: [...ORGANIZATION_SCOPES], ...key };
  return (await app.platform.modules.identity.createApiKey(context, input)).secret;
}

async function newPlatformToken(app: TestApp): Promise<string> {
  const { platformAdmin } = await app.platform.modules.identity.bootstrap();
  if (!platformAdmin.clientSecret) throw new Error('Ask for the platform token once and keep it');
  return fetchToken(app, { clientId: platformAdmin.clientId, clientSecret: platformAdmin.clientSecret });
}

/** A token by client credentials, as every client gets one. */
export async function fetchToken(
  app: Pick<TestApp, 'request'>,
  { clientId, clientSecret }: { clientId: string; clientSecret: string },
): Promise<string> {
  const answer = await app.request('POST', '/auth/token', {
    headers: {
      authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    raw: 'grant_type=client_credentials',
  });
  if (answer.status !== 200) throw new Error(`No token: ${JSON.stringify(answer.body)}`);
  return answer.body.access_token;
}

async function settle({ runtime }: Platform): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await runtime.bus.drain();
    for (const schema of runtime.modules.keys()) await runtime.worker(schema).runDue();
  }
}

function newCause() {
  return {
    requestId: newId('req'),
    traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`,
  };
}

/** The issuer of tokens is the address, so it must be known before the server listens. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createTcpServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
