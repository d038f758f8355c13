import { DomainError } from '../errors.ts';
import { Connection, type ConnectionSettings } from './connection.ts';

/** How long one connection attempt's failure is remembered, so that a dead database is not asked by every request. */
const RETRY_CONNECT_AFTER_MS = 250;
const IDLE_CLOSE_AFTER_MS = 30_000;

/** What travels on a shared connection: a read must not queue behind a write that waits for a lock or for the disk. */
export type Traffic = 'read' | 'write';

/**
 * Connections of one role. A few are shared by all reads, and a few others by all flights (whole transactions sent at
 * once); transactions with waiting in the middle (load, decide, append) each borrow one of their own.
 */
export class ConnectionPool {
  readonly #settings: ConnectionSettings;
  readonly #sharedMax: number;
  readonly #ownMax: number;
  readonly #shared: Record<Traffic, Connection[]> = { read: [], write: [] };
  readonly #idle: { connection: Connection; since: number }[] = [];
  readonly #waiting: ((connection: Connection) => void)[] = [];
  #own = 0;
  #failedAt = 0;
  #failure: unknown;
  #closed = false;

  constructor(settings: ConnectionSettings, sharedMax = 2, ownMax = 8) {
    this.#settings = settings;
    this.#sharedMax = sharedMax;
    this.#ownMax = ownMax;
  }

  /** A connection for one flight; never held. Opens another one only while all open ones are busy. */
  shared(traffic: Traffic): Connection {
    this.#refuseWhileDown();
    const open = this.#shared[traffic];
    let best: Connection | undefined;
    for (let index = open.length - 1; index >= 0; index--) {
      const connection = open[index]!;
      if (connection.closed) open.splice(index, 1);
      else if (!best || connection.inFlight < best.inFlight) best = connection;
    }
    if (best && (best.inFlight === 0 || open.length >= this.#sharedMax)) return best;
    const opened = this.#open();
    open.push(opened);
    return best ?? opened;
  }

  /** A connection for a transaction that waits in the middle; give it back with `release`. */
  async borrow(): Promise<Connection> {
    this.#refuseWhileDown();
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      if (!idle.connection.closed) return idle.connection;
      this.#own--;
    }
    if (this.#own >= this.#ownMax) return this.#wait();
    this.#own++;
    const connection = this.#open();
    try {
      await connection.ready();
      return connection;
    } catch (error) {
      this.#own--;
      throw error;
    }
  }

  release(connection: Connection): void {
    if (connection.closed || this.#closed) {
      this.#own--;
      const next = this.#waiting.shift();
      if (next && !this.#closed) this.borrow().then(next, () => undefined);
      return;
    }
    const next = this.#waiting.shift();
    if (next) next(connection);
    else this.#idle.push({ connection, since: Date.now() });
    this.#closeIdle();
  }

  /** Replaces the sessions that nobody has borrowed; what is on its way is still answered. */
  renew(): void {
    const shared = [...this.#shared.read.splice(0), ...this.#shared.write.splice(0)];
    const idle = this.#idle.splice(0).map(({ connection }) => connection);
    this.#own -= idle.length;
    for (const connection of [...shared, ...idle]) connection.retire();
  }

  async close(): Promise<void> {
    this.#closed = true;
    const { read, write } = this.#shared;
    await Promise.all([...read, ...write, ...this.#idle.map((idle) => idle.connection)].map((each) => each.close()));
  }

  #open(): Connection {
    const connection = new Connection(this.#settings);
    connection.ready().then(
      () => {
        this.#failure = undefined;
      },
      (error) => {
        this.#failure = error;
        this.#failedAt = Date.now();
      },
    );
    return connection;
  }

  #refuseWhileDown(): void {
    if (this.#failure && Date.now() - this.#failedAt < RETRY_CONNECT_AFTER_MS) throw this.#failure;
  }

  #wait(): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        reject(
          new DomainError('unavailable', 'The database is busy; repeat the request shortly.', { retryAfterSeconds: 1 }),
        );
      }, 5_000);
      const take = (connection: Connection) => {
        clearTimeout(timer);
        resolve(connection);
      };
      this.#waiting.push(take);
    });
  }

  #closeIdle(): void {
    const oldest = this.#idle[0];
    if (!oldest || Date.now() - oldest.since < IDLE_CLOSE_AFTER_MS) return;
    this.#idle.shift();
    this.#own--;
    void oldest.connection.close();
  }
}
