import type { Clock } from '../clock.ts';
import type { ModuleDatabase } from '../database/module-database.ts';
import { prepared } from '../database/statement.ts';
import { everyTenant, type Tenant } from '../database/tenant.ts';
import type { Json } from '../events/event.ts';
import type { OrganizationId } from '../ids.ts';
import type { ModuleLog } from '../module.ts';
import { type TraceWork, untraced } from '../telemetry/trace-work.ts';

const LEASE_MS = 120_000;
const CLAIM_MAX = 50;
const POLL_MS = 1_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_LAST_MS = 600_000;

/** A job as its handler sees it. */
export interface Job {
  id: string;
  kind: string;
  tenant: Tenant;
  payload: Record<string, Json>;
  /** 1 at the first try. */
  attempt: number;
  runAt: string;
}

/**
 * Does the work. It must be safe to repeat: a process may die after the effect and before the row is gone. A thrown
 * error runs the job again later with growing pauses; jobs with a schedule of their own enqueue their successor instead.
 */
export type JobHandler = (job: Job) => Promise<void>;

/** Runs the jobs of one module's schema when they are due by the clock. Several processes share the work. */
export class JobWorker {
  readonly #database: ModuleDatabase;
  readonly #clock: Clock;
  readonly #handlers: ReadonlyMap<string, JobHandler>;
  readonly #log: Pick<ModuleLog, 'warn'>;
  readonly #trace: TraceWork;
  readonly #claim;
  readonly #finish;
  readonly #fail;
  readonly #release;
  #timer: NodeJS.Timeout | undefined;
  #active = 0;
  #turning: Promise<void> | undefined;
  #again = false;
  #stopped = true;

  constructor(
    database: ModuleDatabase,
    handlers: ReadonlyMap<string, JobHandler>,
    dependencies: { clock: Clock; log: Pick<ModuleLog, 'warn'>; trace?: TraceWork },
  ) {
    this.#database = database;
    this.#handlers = handlers;
    this.#clock = dependencies.clock;
    this.#log = dependencies.log;
    this.#trace = dependencies.trace ?? untraced;
    const { schema } = database;
    this.#claim = prepared(`update ${schema}.jobs set locked_until = $2::timestamptz, attempts = attempts + 1
      where id in (select id from ${schema}.jobs where run_at <= $1::timestamptz
          and (locked_until is null or locked_until <= $1::timestamptz) and kind = any($3::text[])
        order by run_at limit $4 for update skip locked)
      returning id, kind, org_id, livemode, payload, attempts, run_at`);
    this.#finish = prepared(`delete from ${schema}.jobs where id = $1 and attempts = $2`);
    this.#fail = prepared(
      `update ${schema}.jobs set locked_until = null, run_at = $3, last_error = $4 where id = $1 and attempts = $2`,
    );
    this.#release = prepared(`update ${schema}.jobs set locked_until = null where locked_until is not null`);
  }

  /** For the only process on the data, before it starts: whoever held a lease is gone, so nothing waits for its end. */
  async releaseLeases(): Promise<void> {
    await this.#database.flight(everyTenant, [this.#release([])]);
  }

  start(): void {
    if (this.#handlers.size === 0) return;
    this.#stopped = false;
    this.#schedule(0);
  }

  /** A hint that a job was stored. */
  wake(): void {
    if (this.#stopped) return;
    this.#again = true;
    if (!this.#turning) this.#schedule(0);
  }

  /** Runs everything that is due now and waits for it; for tests on a manual clock. */
  async runDue(): Promise<void> {
    for (;;) {
      await this.#turning;
      const ran = await this.#claimAndRun(true);
      if (ran === 0) return;
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#turning;
    while (this.#active > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#turning = this.#turn().finally(() => {
        this.#turning = undefined;
      });
    }, delayMs);
    if (delayMs > 0) this.#timer.unref();
  }

  async #turn(): Promise<void> {
    let delayMs = POLL_MS;
    try {
      this.#again = false;
      const claimed = await this.#claimAndRun(false);
      if (claimed > 0 || this.#again) delayMs = 0;
    } catch (error) {
      this.#log.warn({ schema: this.#database.schema, error }, 'Jobs could not be claimed');
    }
    if (!this.#stopped) this.#schedule(delayMs);
  }

  async #claimAndRun(wait: boolean): Promise<number> {
    const room = CLAIM_MAX - this.#active;
    if (room <= 0) return 0;
    const now = this.#clock.nowMs();
    const values = [
      new Date(now).toISOString(),
      new Date(now + LEASE_MS).toISOString(),
      [...this.#handlers.keys()],
      room,
    ];
    const [result] = await this.#database.flight(everyTenant, [this.#claim(values)]);
    const running = result!.rows.map((row) => this.#run(toJob(row)));
    if (wait) await Promise.all(running);
    return running.length;
  }

  async #run(job: Job): Promise<void> {
    this.#active++;
    try {
      const { traceparent } = job.payload;
      const cause = typeof traceparent === 'string' ? traceparent : undefined;
      await this.#trace(job.kind, cause, () => this.#handlers.get(job.kind)!(job));
      await this.#database.flight(everyTenant, [this.#finish([job.id, job.attempt])]);
    } catch (error) {
      const pauseMs = Math.min(RETRY_FIRST_MS * 2 ** (job.attempt - 1), RETRY_LAST_MS);
      this.#log.warn(
        { job_id: job.id, job_type: job.kind, attempt: job.attempt, error },
        'A job failed and will run again',
      );
      const message = error instanceof Error ? error.message : String(error);
      const runAt = new Date(this.#clock.nowMs() + pauseMs).toISOString();
      await this.#database
        .flight(everyTenant, [this.#fail([job.id, job.attempt, runAt, message])])
        .catch((failure) => this.#log.warn({ job_id: job.id, error: failure }, 'A job waits for its lease to end'));
    } finally {
      this.#active--;
    }
  }
}

function toJob(row: Record<string, unknown>): Job {
  return {
    id: row.id as string,
    kind: row.kind as string,
    tenant: { orgId: row.org_id as OrganizationId, livemode: row.livemode as boolean },
    payload: row.payload as Record<string, Json>,
    attempt: row.attempts as number,
    runAt: row.run_at as string,
  };
}
