import type { Transaction } from '../database/module-database.ts';
import type { StoredEvent } from './event.ts';

/**
 * A consumer of events. Delivery is at least once; an inbox row in the transaction of the effect makes each event count
 * once (ARC-10, ARC-11). Events of one object arrive in order.
 */
export interface Consumer {
  /** `<module>.<what it does>`; the module is the schema whose inbox and role are used. */
  name: string;
  /** Modules whose logs it reads, or `*` for all. */
  sources: readonly string[] | '*';
  /** Types it wants, or absent for all. */
  types?: readonly string[];
  /** A cheap second filter that needs no transaction, e.g. "has this organisation any endpoint?". */
  wants?(event: StoredEvent): boolean | Promise<boolean>;
  /**
   * The effect, for events not seen before, in log order. Runs in one transaction of the consumer's own module with the
   * rights of every tenant: each statement must carry the event's `tenant`.
   */
  handle(events: readonly StoredEvent[], tx: Transaction): Promise<void>;
  /** After the effect is stored: hints only (wake a worker, drop a cache entry). */
  committed?(events: readonly StoredEvent[]): void;
}

/** The way of events between modules: the log in PostgreSQL here, Kafka in a split installation. */
export interface EventBus {
  consume(consumer: Consumer): void;
  start(): Promise<void>;
  /** A hint that `source` has new events; without it the bus finds out by itself within a second. */
  wake(source?: string): void;
  /** Resolves when every consumer has dealt with everything committed before the call; for tests and shutdown. */
  drain(): Promise<void>;
  lag(): Promise<{ consumer: string; source: string; events: number }[]>;
  stop(): Promise<void>;
}
