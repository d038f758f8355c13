import type { ModuleDatabase } from '../database/module-database.ts';
import { statement } from '../database/statement.ts';
import { everyTenant, type Tenant } from '../database/tenant.ts';
import type { ModuleLog } from '../module.ts';

const POLL_MS = 250;

export interface FollowedEvent {
  type: string;
  streamId: string;
  tenant: Tenant;
}

export interface LogFollowerOptions {
  relay: ModuleDatabase;
  /** Schemas whose logs are followed. */
  sources: readonly string[];
  types: readonly string[];
  handle(event: FollowedEvent): void;
  log: Pick<ModuleLog, 'warn'>;
}

/**
 * Tells this process what other processes on the same database have stored since it started: every process hears every
 * event, at most a quarter of a second late, with nothing remembered between runs. For caches only; what must happen
 * once belongs to a consumer.
 */
export class LogFollower {
  readonly #options: LogFollowerOptions;
  readonly #select: string;
  #horizon = '';
  #timer: NodeJS.Timeout | undefined;
  #turning: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: LogFollowerOptions) {
    this.#options = options;
    // Transactions from the last horizon up to the new one are complete: none of them can still add an event.
    this.#select = options.sources
      .map(
        (source) => `select type, stream_id, org_id, livemode from ${source}.events
          where transaction_id >= $1::xid8 and transaction_id < $2::xid8 and type = any($3::text[])`,
      )
      .join(' union all ');
  }

  async start(): Promise<void> {
    this.#horizon = await this.#readHorizon();
    this.#schedule();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#turning;
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#turning = this.#turn().finally(() => this.#schedule());
    }, POLL_MS).unref();
  }

  async #turn(): Promise<void> {
    try {
      const horizon = await this.#readHorizon();
      if (horizon === this.#horizon) return;
      const values = [this.#horizon, horizon, this.#options.types];
      const rows = await this.#options.relay.read(everyTenant, statement(this.#select, values));
      for (const row of rows) {
        const tenant = { orgId: row.org_id, livemode: row.livemode };
        this.#options.handle({ type: row.type, streamId: row.stream_id, tenant });
      }
      this.#horizon = horizon;
    } catch (error) {
      this.#options.log.warn({ error }, 'The event logs could not be followed; it will be tried again');
    }
  }

  async #readHorizon(): Promise<string> {
    const ask = statement('select pg_snapshot_xmin(pg_current_snapshot())::text as horizon');
    const [row] = await this.#options.relay.read(everyTenant, ask);
    return row!.horizon;
  }
}
