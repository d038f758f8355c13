import { Type } from 'typebox';
import type { EditionContract } from '#gateway/contract/edition.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { KeptRequest } from '#kernel/database/write-path.ts';
import { ERROR_CATALOGUE } from '#kernel/errors.ts';
import { enumOf, object, slug } from '#kernel/http/fields.ts';
import { type Answer, type Operation, ok, operation } from '#kernel/http/operation.ts';
import { type SupportContacts, supportOperation } from './support.ts';

/** What the installation tells about itself. */
export interface SystemStatus {
  version: string;
  /** Each dependency with its latency; an error text when it is down. */
  dependencies(): Promise<Record<string, { ok: boolean; latency_ms: number; detail?: string }>>;
  /** What the program proves about its own data, all the time. */
  checks(): Promise<Record<string, DataCheck>>;
  metrics(): Promise<string>;
  logLevels(): Record<string, string>;
  setLogLevel(service: string, level: LogLevel): void;
  /** What became of requests with an idempotency key to one of these operations (G-14). */
  keptRequests(tenant: Tenant, operations: readonly string[], key: string): Promise<KeptRequest[]>;
  /** Whom clients turn to. */
  support: SupportContacts;
  /** Every edition that this installation serves. */
  editions(): readonly EditionContract[];
}

/** A rule that all data must keep. */
export interface DataCheck {
  ok: boolean;
  /** How many objects break it. */
  mismatches: number;
  /** Changes that are still to be looked at. */
  unverified: number;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

const Health = Type.Object({ status: Type.String(), version: Type.String() }, { $id: 'Health' });
const Readiness = Type.Object(
  {
    status: Type.Enum(['ready', 'degraded']),
    dependencies: Type.Record(
      Type.String(),
      Type.Object({ ok: Type.Boolean(), latency_ms: Type.Number(), detail: Type.Optional(Type.String()) }),
    ),
    checks: Type.Record(
      Type.String(),
      Type.Object({ ok: Type.Boolean(), mismatches: Type.Integer(), unverified: Type.Integer() }),
      {
        description:
          'What the program proves about its data all the time, such as that stock is the sum of its movements.',
      },
    ),
  },
  { $id: 'Readiness' },
);
const Versions = Type.Record(
  Type.String(),
  Type.Object({
    status: Type.Enum(['stable', 'beta']),
    support_until: Type.Optional(Type.String({ description: '`ongoing`, or a day.' })),
    version: Type.Optional(Type.String()),
    released: Type.Optional(Type.String({ format: 'date' })),
  }),
);
const Explanation = Type.Object({
  code: Type.String(),
  status: Type.Integer(),
  title: Type.String(),
  fix: Type.String(),
});
const ServiceView = Type.Object({ name: Type.String(), log_level: Type.Enum([...LOG_LEVELS]) }, { $id: 'Service' });

/** /health*, /metrics, /versions, /docs/errors and the services' log levels. */
export function systemOperations(system: SystemStatus): Operation[] {
  return [...healthOperations(system), ...documentOperations(system), ...serviceOperations(system)];
}

function healthOperations(system: SystemStatus): Operation[] {
  const alive = (id: string, path: string, description: string) =>
    operation({
      id,
      method: 'GET',
      path,
      summary: 'Is the process alive?',
      description,
      access: { public: 'health checks carry no credential (C-06)' },
      responses: { 200: { description: 'It is.', schema: Health } },
      errors: [],
      handle: () => ok({ status: 'ok', version: system.version }),
    });
  const ready = operation({
    id: 'health.ready',
    method: 'GET',
    path: '/health/ready',
    summary: 'Can it serve requests?',
    description:
      'Asks each dependency and tells its latency; 503 when one is down. A data check that fails makes it degraded, with 200.',
    access: { public: 'health checks carry no credential (C-06)' },
    responses: {
      200: { description: 'Every dependency answers.', schema: Readiness },
      503: { description: 'One does not.', schema: Readiness },
    },
    errors: [],
    async handle(): Promise<Answer> {
      const dependencies = await system.dependencies();
      const healthy = Object.values(dependencies).every((dependency) => dependency.ok);
      // Wrong data is for people to look at; requests are served all the same, so only a dependency makes this 503.
      const checks = healthy ? await system.checks() : {};
      const sound = Object.values(checks).every((check) => check.ok);
      const answer = { status: healthy && sound ? 'ready' : 'degraded', dependencies, checks };
      return { status: healthy ? 200 : 503, body: answer, headers: healthy ? {} : { 'retry-after': '1' } };
    },
  });
  return [
    alive('health.get', '/health', 'Answers as long as the process runs.'),
    alive('health.live', '/health/live', 'A basic check of the process, without its dependencies.'),
    ready,
  ];
}

function documentOperations(system: SystemStatus): Operation[] {
  const versions = operation({
    id: 'documents.versions',
    method: 'GET',
    path: '/versions',
    summary: 'The editions of this API',
    description: 'What each edition is promised to live for; a breaking change is announced six months ahead.',
    access: { public: 'what there is to build on is documentation (C-23)' },
    responses: { 200: { description: 'By name.', schema: Versions } },
    errors: [],
    handle: () => ok(Object.fromEntries(system.editions().map(({ name, about }) => [name, about]))),
  });
  const errors = operation({
    id: 'documents.errors',
    method: 'GET',
    path: '/docs/errors/:code',
    summary: 'What an error means',
    description: 'Cause and fix of one error code; every error links here.',
    access: { public: 'documentation is public (C-06)' },
    params: object({ code: slugOfCode() }),
    responses: {
      200: { description: 'Causes and fixes.', schema: Type.Object({ data: Type.Array(Explanation) }) },
    },
    errors: [],
    handle: ({ params }) => ok({ data: explanations(params.code) }),
  });
  const metrics = operation({
    id: 'documents.metrics',
    method: 'GET',
    path: '/metrics',
    summary: 'Metrics for Prometheus',
    description: 'Prometheus text format; names follow {service}_{metric}_{unit} (OBS-06).',
    access: { scope: 'operations:read' },
    responses: { 200: { description: 'Prometheus text.', contentType: 'text/plain', schema: Type.String() } },
    errors: [],
    async handle() {
      return {
        status: 200,
        raw: { bytes: await system.metrics(), contentType: 'text/plain; version=0.0.4; charset=utf-8' },
      };
    },
  });
  return [versions, errors, metrics, supportOperation(system.support)];
}

function serviceOperations(system: SystemStatus): Operation[] {
  const view = (name: string) => ({ name, log_level: system.logLevels()[name] ?? 'info' });
  const list = operation({
    id: 'services.list',
    method: 'GET',
    path: '/services',
    summary: 'List the services of this process',
    description: 'Each with its log level.',
    access: { scope: 'platform:admin' },
    responses: { 200: { description: 'The services.', schema: Type.Object({ data: Type.Array(ServiceView) }) } },
    errors: [],
    handle: () => ok({ data: Object.keys(system.logLevels()).sort().map(view) }),
  });
  const update = operation({
    id: 'services.update',
    method: 'PATCH',
    path: '/services/:name',
    summary: 'Change the log level of a service',
    description: 'Takes effect at once, without a restart (OBS-10), in this process, until it ends.',
    access: { scope: 'platform:admin' },
    params: object({ name: slug() }),
    body: object({ log_level: enumOf(LOG_LEVELS) }),
    responses: { 200: { description: 'The service.', schema: ServiceView } },
    errors: [],
    handle({ params, body }) {
      system.setLogLevel(params.name, body.log_level);
      return ok(view(params.name));
    },
  });
  return [list, update];
}

function explanations(code: string) {
  return Object.values(ERROR_CATALOGUE)
    .filter((entry) => entry.code.toLowerCase() === code)
    .map(({ code: name, status, title, fix }) => ({ code: name, status, title, fix }));
}

function slugOfCode() {
  const codes = [...new Set(Object.values(ERROR_CATALOGUE).map((entry) => entry.code))];
  return enumOf(codes.map((code) => code.toLowerCase()));
}
