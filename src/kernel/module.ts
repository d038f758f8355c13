import type { CacheObject } from './cache/cache.ts';
import type { Clock } from './clock.ts';
import type { BlindIndex } from './crypto/blind-index.ts';
import type { Origins } from './crypto/origins.ts';
import type { Sealing } from './crypto/sealing.ts';
import type { ModuleDatabase } from './database/module-database.ts';
import type { Tenant } from './database/tenant.ts';
import type { WritePath } from './database/write-path.ts';
import type { Consumer } from './events/bus.ts';
import type { IdPrefix } from './ids.ts';
import type { JobHandler } from './jobs/worker.ts';
import type { SagaRunner } from './saga/saga-runner.ts';
import type { LogFields } from './telemetry/log-fields.ts';

/** The part of a logger that modules use; fields are ids, counts and durations from a fixed list (log-fields.ts). */
export interface ModuleLog {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** What the assembly hands to every module; the first argument of its `create…` function. */
export interface ModuleKit {
  /** The module's own schema with its own role. */
  database: ModuleDatabase;
  /** The one way to change data. */
  writes: WritePath;
  clock: Clock;
  log: ModuleLog;
  sealing: Sealing;
  blindIndex: BlindIndex;
  /** Where requests come from, sealed. */
  origins: Origins;
  /** Sagas of this module; register definitions, then `run` them. */
  sagas: SagaRunner;
}

/** What a module gives back: its interface for others, and the parts that the assembly runs. */
export interface Module<Service> {
  service: Service;
  consumers?: readonly Consumer[];
  jobs?: Readonly<Record<string, JobHandler>>;
  /** Finds whose an object is, for a platform administrator who names only the object (C-14). */
  locate?: Partial<Record<IdPrefix, (id: string) => Promise<Tenant | null>>>;
  /** Which cached answers an event of this module makes stale. */
  invalidates?: Readonly<Record<string, (event: { streamId: string; tenant: Tenant }) => readonly CacheObject[]>>;
  /** Gives free what a dead process had taken from a queue of the module's own; called where no other process serves. */
  releaseLeases?(): Promise<void>;
  start?(): Promise<void> | void;
  stop?(): Promise<void> | void;
}
