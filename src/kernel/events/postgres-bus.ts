import type { Row } from '../database/connection.ts';
import type { ModuleDatabase } from '../database/module-database.ts';
import { insertMany, prepared } from '../database/statement.ts';
import { everyTenant } from '../database/tenant.ts';
import type { EventId, OrganizationId } from '../ids.ts';
import type { ModuleLog } from '../module.ts';
import { type TraceWork, untraced } from '../telemetry/trace-work.ts';
import type { Consumer, EventBus } from './bus.ts';
import type { StoredEvent } from './event.ts';

const BATCH = 500;
const POLL_MS = 500;
const RETRY_MS = 250;
/** Pause between two turns: under load events are taken together instead of one by one. */
const GATHER_MS = 20;
const ATTEMPTS_BEFORE_DEAD_LETTER = 8;

export interface PostgresBusDependencies {
  /** The relay's database: it may read every event log and owns the cursors. */
  relay: ModuleDatabase;
  /** Each module's own database, by schema: effects are written with the rights of the consumer's module. */
  modules: ReadonlyMap<string, ModuleDatabase>;
  log: Pick<ModuleLog, 'warn'>;
  trace?: TraceWork;
}

/**
 * Reads the event logs straight from PostgreSQL. One loop per consumer and source; a session-level advisory lock lets
 * several processes run the same program while one of them reads for each consumer.
 *
 * Events are read in the order (transaction_id, position) and only below the horizon of running transactions, so an
 * event whose transaction commits late is never passed over.
 */
export class PostgresBus implements EventBus {
  readonly #dependencies: PostgresBusDependencies;
  readonly #loops: ConsumerLoop[] = [];
  readonly #consumers: Consumer[] = [];

  constructor(dependencies: PostgresBusDependencies) {
    this.#dependencies = dependencies;
  }

  consume(consumer: Consumer): void {
    this.#consumers.push(consumer);
  }

  async start(): Promise<void> {
    for (const consumer of this.#consumers) {
      const sources = consumer.sources === '*' ? [...this.#dependencies.modules.keys()] : consumer.sources;
      for (const source of sources) this.#loops.push(new ConsumerLoop(consumer, source, this.#dependencies));
    }
    for (const loop of this.#loops) loop.start();
  }

  wake(source?: string): void {
    for (const loop of this.#loops) if (!source || loop.source === source) loop.wake();
  }

  async drain(): Promise<void> {
    // Twice: the effects of the first round may be events that a second consumer waits for.
    for (let round = 0; round < 3; round++) await Promise.all(this.#loops.map((loop) => loop.drain()));
  }

  async lag(): Promise<{ consumer: string; source: string; events: number }[]> {
    return Promise.all(
      this.#loops.map(async (loop) => ({
        consumer: loop.consumer.name,
        source: loop.source,
        events: await loop.lag(),
      })),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.#loops.map((loop) => loop.stop()));
  }
}

interface Cursor {
  transactionId: string;
  position: number;
}

class ConsumerLoop {
  readonly consumer: Consumer;
  readonly source: string;
  readonly #relay: ModuleDatabase;
  readonly #module: ModuleDatabase;
  readonly #log: PostgresBusDependencies['log'];
  readonly #trace: TraceWork;
  readonly #select;
  readonly #insertInbox;
  #cursor: Cursor | null = null;
  #running: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #awake = false;
  #stopped = false;
  #busy = false;
  #gathering = false;
  #endedMs = 0;
  #attempts = 0;

  constructor(consumer: Consumer, source: string, dependencies: PostgresBusDependencies) {
    this.consumer = consumer;
    this.source = source;
    this.#relay = dependencies.relay;
    const schema = consumer.name.slice(0, consumer.name.indexOf('.'));
    const module = dependencies.modules.get(schema);
    if (!module) throw new Error(`The consumer ${consumer.name} names no module`);
    this.#module = module;
    this.#log = dependencies.log;
    this.#trace = dependencies.trace ?? untraced;
    const types = consumer.types ? `and type = any($4::text[])` : '';
    this.#select = prepared(`select transaction_id, position, id, stream_id, stream_version, type, org_id, livemode,
        occurred_at, data, metadata from ${source}.events
      where (transaction_id, position) > ($1::xid8, $2::bigint)
        and transaction_id < pg_snapshot_xmin(pg_current_snapshot()) ${types}
      order by transaction_id, position limit $3`);
    this.#insertInbox = insertMany(
      `${schema}.inbox`,
      { consumer: 'text', event_id: 'text' },
      'on conflict do nothing returning event_id',
    );
  }

  start(): void {
    this.#schedule(0);
  }

  wake(): void {
    this.#awake = true;
    if (!this.#busy && !this.#stopped && !this.#gathering) this.#gather();
  }

  async drain(): Promise<void> {
    // Waits out a transaction that is still open somewhere, by asking until the log is read to its end.
    for (let round = 0; round < 2_000; round++) {
      await this.#running;
      if (this.#stopped || (await this.lag()) === 0) return;
      this.wake();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`The consumer ${this.consumer.name} did not catch up with ${this.source}`);
  }

  async lag(): Promise<number> {
    const cursor = await this.#position();
    const types = this.consumer.types ? 'and type = any($3::text[])' : '';
    const [row] = await this.#relay.read(everyTenant, {
      text: `select count(*) as events from (select 1 from ${this.source}.events
        where (transaction_id, position) > ($1::xid8, $2::bigint) ${types} limit 10000) as open`,
      values: [cursor.transactionId, cursor.position, ...(this.consumer.types ? [this.consumer.types] : [])],
    });
    return row!.events;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #gather(): void {
    this.#gathering = true;
    this.#schedule(Math.max(0, this.#endedMs + GATHER_MS - performance.now()));
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#gathering = false;
      this.#running = this.#turn();
    }, delayMs);
    if (delayMs > GATHER_MS) this.#timer.unref();
  }

  async #turn(): Promise<void> {
    this.#busy = true;
    let next = POLL_MS;
    try {
      this.#awake = false;
      const read = await this.#step();
      this.#attempts = 0;
      if (read === BATCH) next = 0;
    } catch (error) {
      next = RETRY_MS * Math.min(2 ** this.#attempts, 40);
      this.#log.warn({ consumer: this.consumer.name, source: this.source, error }, 'A consumer will try again');
    } finally {
      this.#busy = false;
      this.#endedMs = performance.now();
      if (!this.#stopped) {
        if (this.#awake) this.#gather();
        else this.#schedule(next);
      }
    }
  }

  /** One batch: read, filter, effect with inbox, then the cursor. A crash in between repeats the batch. */
  async #step(): Promise<number> {
    const cursor = await this.#position();
    const values = [
      cursor.transactionId,
      cursor.position,
      BATCH,
      ...(this.consumer.types ? [this.consumer.types] : []),
    ];
    const rows = await this.#relay.read(everyTenant, this.#select(values));
    if (rows.length === 0) return 0;
    const events = rows.map((row) => toEvent(this.source, row));
    const wanted: StoredEvent[] = [];
    for (const event of events) if (await this.#isWanted(event)) wanted.push(event);
    if (wanted.length > 0) await this.#apply(wanted);
    const last = rows[rows.length - 1]!;
    await this.#advance({ transactionId: last.transaction_id, position: last.position });
    return rows.length;
  }

  /** An event that even the filter stumbles over goes on to the effect, whose failures are put aside one by one. */
  async #isWanted(event: StoredEvent): Promise<boolean> {
    if (!this.consumer.wants) return true;
    try {
      return await this.consumer.wants(event);
    } catch {
      return true;
    }
  }

  async #apply(events: readonly StoredEvent[]): Promise<void> {
    try {
      await this.#effect(events);
    } catch (error) {
      this.#attempts++;
      if (this.#attempts < ATTEMPTS_BEFORE_DEAD_LETTER && events.length === 1) throw error;
      if (events.length === 1) return this.#bury(events[0]!, error);
      // One event of the batch is at fault: take them one at a time so that the others pass.
      this.#attempts = 0;
      for (const event of events) await this.#applyOne(event);
    }
  }

  async #applyOne(event: StoredEvent): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#effect([event]);
      } catch (error) {
        if (this.#stopped) throw error;
        if (attempt >= ATTEMPTS_BEFORE_DEAD_LETTER) return this.#bury(event, error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS * attempt));
      }
    }
  }

  async #effect(events: readonly StoredEvent[]): Promise<void> {
    const fresh = await this.#module.transaction(everyTenant, async (tx) => {
      const inbox = await tx.query(
        this.#insertInbox(events.map((event) => ({ consumer: this.consumer.name, event_id: event.id }))),
      );
      const unseen = new Set(inbox.map((row) => row.event_id));
      const fresh = events.filter((event) => unseen.has(event.id));
      const cause = fresh[0]?.metadata.traceparent;
      if (fresh.length > 0) await this.#trace(this.consumer.name, cause, () => this.consumer.handle(fresh, tx));
      return { result: fresh };
    });
    if (fresh.length > 0) this.consumer.committed?.(fresh);
  }

  async #bury(event: StoredEvent, error: unknown): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    this.#log.warn({ consumer: this.consumer.name, event_id: event.id, error }, 'A consumer gave up on an event');
    await this.#relay.flight(everyTenant, [
      {
        text: `insert into kernel.dead_letters (consumer, event_id, source, error) values ($1, $2, $3, $4)
          on conflict do nothing`,
        values: [this.consumer.name, event.id, this.source, message],
      },
    ]);
  }

  async #position(): Promise<Cursor> {
    if (this.#cursor) return this.#cursor;
    const [row] = await this.#relay.read(everyTenant, {
      text: `select transaction_id, position from kernel.consumers where name = $1 and source = $2`,
      values: [this.consumer.name, this.source],
    });
    this.#cursor = row
      ? { transactionId: row.transaction_id, position: row.position }
      : { transactionId: '0', position: 0 };
    return this.#cursor;
  }

  async #advance(cursor: Cursor): Promise<void> {
    await this.#relay.flight(everyTenant, [
      {
        name: 'advance_consumer',
        text: `insert into kernel.consumers (name, source, transaction_id, position) values ($1, $2, $3::xid8, $4)
          on conflict (name, source) do update set transaction_id = excluded.transaction_id,
            position = excluded.position, updated_at = now()`,
        values: [this.consumer.name, this.source, cursor.transactionId, cursor.position],
      },
    ]);
    this.#cursor = cursor;
  }
}

function toEvent(source: string, row: Row): StoredEvent {
  return {
    id: row.id as EventId,
    source,
    type: row.type,
    streamId: row.stream_id,
    streamVersion: row.stream_version,
    tenant: { orgId: row.org_id as OrganizationId, livemode: row.livemode },
    occurredAt: row.occurred_at,
    transactionId: row.transaction_id,
    data: row.data,
    metadata: row.metadata,
  };
}
