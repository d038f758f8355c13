import type { Clock } from './clock.ts';
import type { BlindIndex } from './crypto/blind-index.ts';
import type { Origins } from './crypto/origins.ts';
import type { Sealing } from './crypto/sealing.ts';
import type { ConnectionSettings } from './database/connection.ts';
import { RELAY_ROLE, roleOf } from './database/migrations.ts';
import { ModuleDatabase } from './database/module-database.ts';
import { type CommitListener, WritePath } from './database/write-path.ts';
import type { ModuleKit, ModuleLog } from './module.ts';
import type { BoundaryHook } from './saga/saga.ts';
import { SagaRunner } from './saga/saga-runner.ts';
import type { TraceWork } from './telemetry/trace-work.ts';

export interface KitDependencies {
  /** How a module's role connects; `role` is filled in. */
  connection(schema: string): ConnectionSettings;
  clock: Clock;
  sealing: Sealing;
  blindIndex: BlindIndex;
  /** The keys of a part that shares none with the others, such as the card vault. */
  ownKeys?(schema: string): { sealing: Sealing; blindIndex: BlindIndex } | undefined;
  origins: Origins;
  log(service: string): ModuleLog;
  onCommit: CommitListener;
  boundary?: BoundaryHook;
  trace?: TraceWork;
}

/** What every module needs, for one module: its database with its role, its write path, its sagas. */
export function createKit(schema: string, dependencies: KitDependencies): ModuleKit {
  const { clock, origins, onCommit, boundary, trace } = dependencies;
  const { sealing, blindIndex } = dependencies.ownKeys?.(schema) ?? dependencies;
  const settings = { ...dependencies.connection(schema), role: roleOf(schema), applicationName: `techcorp ${schema}` };
  const database = new ModuleDatabase(schema, settings);
  const sealer = { seal: sealing.sealForOrganization, open: sealing.openForOrganization };
  const writes = new WritePath(database, { clock, sealer, origins, onCommit });
  const log = dependencies.log(schema);
  const sagas = new SagaRunner({ writePath: writes, clock, log, boundary, trace });
  return { database, writes, clock, log, sealing, blindIndex, origins, sagas };
}

/** The relay's own database handle: it reads every event log and keeps the cursors. */
export function createRelayDatabase(dependencies: Pick<KitDependencies, 'connection'>): ModuleDatabase {
  const settings = { ...dependencies.connection('kernel'), role: RELAY_ROLE, applicationName: 'techcorp relay' };
  return new ModuleDatabase('kernel', settings);
}
