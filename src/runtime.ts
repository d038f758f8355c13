import type { Cache } from '#kernel/cache/cache.ts';
import type { Clock } from '#kernel/clock.ts';
import { createOrigins } from '#kernel/crypto/origins.ts';
import { forgetAnswers } from '#kernel/database/kept-answers.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { KeptRequest } from '#kernel/database/write-path.ts';
import type { StoredEvent } from '#kernel/events/event.ts';
import { type FollowedEvent, LogFollower } from '#kernel/events/log-follower.ts';
import { PostgresBus } from '#kernel/events/postgres-bus.ts';
import { type JobHandler, JobWorker } from '#kernel/jobs/worker.ts';
import { createKit, createRelayDatabase, type KitDependencies } from '#kernel/kits.ts';
import type { Module, ModuleKit, ModuleLog } from '#kernel/module.ts';

export interface Runtime {
  kit(schema: string): ModuleKit;
  bus: PostgresBus;
  databases: ReadonlyMap<string, ModuleDatabase>;
  relay: ModuleDatabase;
  worker(schema: string): JobWorker;
  /** What became of the requests with an idempotency key, whichever module did the work. */
  keptRequests(tenant: Tenant, operations: readonly string[], key: string): Promise<KeptRequest[]>;
  /** Takes answers that tell about somebody who was erased out of the keeping of every module. */
  forgetAnswers(tenant: Tenant, objectIds: readonly string[]): Promise<void>;
  /** Registers a module's consumers, jobs and stale answers; answers its interface. */
  add<Service>(schema: string, module: Module<Service>): Service;
  modules: ReadonlyMap<string, Module<unknown>>;
  start(): Promise<void>;
  /** Stops taking work, finishes what runs. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export interface RuntimeOptions extends Omit<KitDependencies, 'onCommit' | 'origins'> {
  schemas: readonly string[];
  /** The schema with the keys of the persons behind requests; who is erased there is erased in every log. */
  personSchema: string;
  clock: Clock;
  cache: Cache;
  log(service: string): ModuleLog;
  /** Whether other processes may serve the same database; caches then follow the event logs. */
  shared?: boolean;
}

/** What runs beside the requests: the event bus, the jobs, the sagas and the cache's invalidation. */
export function createRuntime(options: RuntimeOptions): Runtime {
  const { schemas, clock, cache } = options;
  const log = options.log('relay');
  const modules = new Map<string, Module<unknown>>();
  const workers = new Map<string, JobWorker>();
  const stale: Record<string, (event: { streamId: string; tenant: Tenant }) => void> = {};
  let follower: LogFollower | undefined;

  /** Hints of this process; other processes learn the same from the event log. */
  function onCommit(events: readonly StoredEvent[], { withJobs }: { withJobs: boolean }): void {
    for (const event of events) stale[event.type]?.(event);
    const source = events[0]!.source;
    bus.wake(source);
    if (withJobs) workers.get(source)?.wake();
  }

  const { personSchema, sealing } = options;
  const origins = createOrigins(() => databases.get(personSchema)!, personSchema, sealing, clock);
  const dependencies: KitDependencies = { ...options, origins, onCommit };
  const kits = new Map(schemas.map((schema) => [schema, createKit(schema, dependencies)]));
  const databases = new Map([...kits].map(([schema, kit]) => [schema, kit.database]));
  const relay = createRelayDatabase(options);
  const bus = new PostgresBus({ relay, modules: databases, log, trace: options.trace });

  return {
    kit: (schema) => kits.get(schema)!,
    bus,
    databases,
    relay,
    modules,
    worker: (schema) => workers.get(schema)!,
    keptRequests: (...asked) => fromEach(kits.values(), ({ writes }) => writes.keptRequests(...asked)),
    async forgetAnswers(tenant, objectIds) {
      for (const kit of kits.values()) await forgetAnswers(kit, tenant, objectIds);
    },
    add(schema, module) {
      modules.set(schema, module);
      for (const consumer of module.consumers ?? []) {
        const committed = (events: readonly StoredEvent[]) => {
          consumer.committed?.(events);
          // An effect may have stored jobs; the worker finds out at once instead of within a second.
          workers.get(schema)?.wake();
        };
        bus.consume({ ...consumer, committed });
      }
      for (const [type, objects] of Object.entries(module.invalidates ?? {})) {
        stale[type] = (event) => {
          for (const object of objects(event)) cache.invalidate(object);
        };
      }
      const handlers = new Map<string, JobHandler>(Object.entries(module.jobs ?? {}));
      const { database } = kits.get(schema)!;
      workers.set(schema, new JobWorker(database, handlers, { clock, log: options.log(schema), trace: options.trace }));
      return module.service;
    },
    async start() {
      const sagas = [...kits].filter(([schema]) => modules.has(schema)).map(([, kit]) => kit.sagas);
      if (!options.shared) await releaseLeases([...workers.values(), ...sagas, ...modules.values()]);
      for (const module of modules.values()) await module.start?.();
      if (options.shared) {
        const handle = (event: FollowedEvent) => stale[event.type]?.(event);
        follower = new LogFollower({ relay, sources: schemas, types: Object.keys(stale), handle, log });
        await follower.start();
      }
      await bus.start();
      for (const worker of workers.values()) worker.start();
      for (const runner of sagas) runner.start();
    },
    async stop() {
      await Promise.all([...kits.values()].map((kit) => kit.sagas.stop()));
      await Promise.all([...workers.values()].map((worker) => worker.stop()));
      await bus.stop();
      await follower?.stop();
      for (const module of modules.values()) await module.stop?.();
    },
    async close() {
      await Promise.all([relay.close(), ...[...databases.values()].map((database) => database.close())]);
    },
  };
}

/** Work that a killed process left half done goes on at once; a lease only protects from processes that live. */
async function releaseLeases(holders: readonly { releaseLeases?(): Promise<void> }[]): Promise<void> {
  await Promise.all(holders.map((holder) => holder.releaseLeases?.()));
}

async function fromEach<Item, Found>(items: Iterable<Item>, ask: (item: Item) => Promise<Found[]>): Promise<Found[]> {
  return (await Promise.all(Array.from(items, ask))).flat();
}
