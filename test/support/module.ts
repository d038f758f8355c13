import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ManualClock, manualClock } from '#kernel/clock.ts';
import type { CommandContext } from '#kernel/context.ts';
import { createBlindIndex } from '#kernel/crypto/blind-index.ts';
import { openKeyring } from '#kernel/crypto/keyring.ts';
import { createOrigins } from '#kernel/crypto/origins.ts';
import { createSealing } from '#kernel/crypto/sealing.ts';
import { migrate, type SchemaSource } from '#kernel/database/migrations.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { Consumer } from '#kernel/events/bus.ts';
import type { StoredEvent } from '#kernel/events/event.ts';
import { PostgresBus } from '#kernel/events/postgres-bus.ts';
import { newId, type OrganizationId } from '#kernel/ids.ts';
import { type JobHandler, JobWorker } from '#kernel/jobs/worker.ts';
import { createKit, createRelayDatabase } from '#kernel/kits.ts';
import type { ModuleKit, ModuleLog } from '#kernel/module.ts';
import type { BoundaryHook } from '#kernel/saga/saga.ts';
import { createTestDatabase, type TestDatabase } from './postgres.ts';

/** Silent unless TEST_LOG is set, so that expected warnings do not drown a failure. */
const log: ModuleLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields, message) => void (process.env.TEST_LOG && console.warn(message, fields)),
  error: (fields, message) => void (process.env.TEST_LOG && console.error(message, fields)),
};

/** Real PostgreSQL with some modules' schemas, and a kit for each; nothing of ours is replaced by a double. */
export interface TestKits {
  clock: ManualClock;
  /** A folder that goes with the kits. */
  directory: string;
  database: TestDatabase;
  kit(schema: string): ModuleKit;
  /** Events committed so far, in order, as the hint of this process saw them. */
  committed: StoredEvent[];
  /** Runs consumers over everything committed so far. */
  deliver(consumers: readonly Consumer[]): Promise<void>;
  /** A worker over the jobs of a schema; call `runDue()` after moving the clock. */
  worker(schema: string, jobs: Readonly<Record<string, JobHandler>>): JobWorker;
  close(): Promise<void>;
}

export async function testKits(
  sources: readonly SchemaSource[],
  options: { start?: Date; boundary?: BoundaryHook } = {},
): Promise<TestKits> {
  const clock = manualClock(options.start ?? new Date());
  const database = await createTestDatabase({ template: 'template1' });
  await migrate(database.connection, sources);
  const directory = mkdtempSync(join(tmpdir(), 'techcorp-keys-'));
  const keyring = openKeyring({ file: join(directory, 'keyring.json') });
  const committed: StoredEvent[] = [];
  const sealing = createSealing(keyring, clock);
  const personSchema = (sources.find(({ schema }) => schema === 'audit') ?? sources[0]!).schema;
  const dependencies = {
    connection: () => database.connection,
    clock,
    sealing,
    origins: createOrigins(() => kits.get(personSchema)!.database, personSchema, sealing, clock),
    blindIndex: createBlindIndex(keyring),
    log: () => log,
    onCommit: (events: readonly StoredEvent[]) => void committed.push(...events),
    boundary: options.boundary,
  };
  const kits: Map<string, ModuleKit> = new Map(sources.map(({ schema }) => [schema, createKit(schema, dependencies)]));
  const modules = new Map([...kits].map(([schema, kit]) => [schema, kit.database]));
  const relay = createRelayDatabase(dependencies);
  return {
    clock,
    directory,
    database,
    committed,
    kit: (schema) => kits.get(schema)!,
    async deliver(consumers) {
      const bus = new PostgresBus({ relay, modules, log });
      for (const consumer of consumers) bus.consume(consumer);
      await bus.start();
      await bus.drain();
      await bus.stop();
    },
    worker: (schema, jobs) => new JobWorker(kits.get(schema)!.database, new Map(Object.entries(jobs)), { clock, log }),
    async close() {
      await Promise.all([relay.close(), ...[...modules.values()].map((each) => each.close())]);
      await database.drop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A tenant of its own for a test. */
export function testTenant(livemode = true): Tenant {
  return { orgId: newId('org') as OrganizationId, livemode };
}

/** A command's context as the gateway would make it; `idempotencyKey` adds a claim. */
export function testContext(
  tenant: Tenant,
  options: { operation?: string; idempotencyKey?: string; fingerprint?: string; expectedVersion?: number } = {},
): CommandContext {
  const operation = options.operation ?? 'test.operation';
  return {
    tenant,
    actor: { kind: 'user', id: newId('usr') },
    origin: { ipAddress: '127.0.0.1', userAgent: 'test' },
    requestId: newId('req'),
    traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`,
    operation,
    effects: { events: 0 },
    expectedVersion: options.expectedVersion,
    idempotency: options.idempotencyKey
      ? {
          key: options.idempotencyKey,
          route: operation,
          fingerprint: Buffer.from(options.fingerprint ?? 'same'),
          replayed: false,
        }
      : undefined,
  };
}
