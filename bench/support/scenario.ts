import type pg from 'pg';
import type { LoadClient } from '../load/load-client.ts';
import type { Api } from './api.ts';
import type { BenchOptions } from './options.ts';
import type { RunningServer } from './server.ts';
import type { ResultRow } from './table.ts';

/** What every scenario works with: one server as in production, its PostgreSQL, the load generator. */
export interface Bench {
  options: BenchOptions;
  server: RunningServer;
  dataDirectory: string;
  /** The superuser's connection to the server's own database. */
  database: pg.Client;
  /** The administrator of the organisation. */
  api: Api;
  /** The administrator of the platform. */
  platform: Api;
  load: LoadClient;
  say(message: string): void;
}

/** Measures one line (or some) of the table. Throws when something breaks; a missed goal is no failure. */
export type Scenario = (bench: Bench) => Promise<ResultRow[]>;
