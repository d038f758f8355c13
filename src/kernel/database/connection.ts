import pg from 'pg';
import { translateDatabaseError } from './database-errors.ts';
import { prepared, type Statement } from './statement.ts';
import type { Scope } from './tenant.ts';
import { valueTypes } from './types.ts';
import { Flight, Parsing, type Prepared } from './wire/flight.ts';

export interface ConnectionSettings {
  /** A directory for a Unix socket, or a host name. */
  host: string;
  port: number;
  database: string;
  user: string;
  password?: string;
  ssl?: boolean;
  /** The role whose rights the session has; it owns nothing and is not exempt from row-level security. */
  role?: string;
  statementTimeoutMs?: number;
  lockTimeoutMs?: number;
  applicationName?: string;
}

// biome-ignore lint/suspicious/noExplicitAny: rows are typed by the store that wrote the statement
export type Row = Record<string, any>;
export interface QueryResult {
  rows: Row[];
  rowCount: number;
}

const setScope = prepared("select set_config('app.org_id', $1, false), set_config('app.livemode', $2, false)");

/**
 * One pipelined session. Statements are written without waiting for earlier answers; PostgreSQL runs them in order.
 *
 * The tenant is a session setting that is sent only when it differs from the one before, so that most reads are one
 * statement in one round trip. This is safe because every statement passes through `send`, which compares first, and
 * because the order on one connection is fixed. It needs a connection of our own: a pooler that hands one session to
 * many clients would mix tenants, which `assertOwnSession` refuses at start.
 */
export class Connection {
  readonly #client: pg.Client;
  readonly #opened: Promise<unknown>;
  readonly #prepared: Prepared = new Map();
  #scope = '';
  #inFlight = 0;
  #closed = false;
  /** Set when the tenant could not be set: answers from then on may be another tenant's and are thrown away. */
  #poison: unknown = null;

  constructor(settings: ConnectionSettings) {
    const options = [
      settings.role ? `-c role=${settings.role}` : '',
      `-c statement_timeout=${settings.statementTimeoutMs ?? 25_000}`,
      `-c lock_timeout=${settings.lockTimeoutMs ?? 2_000}`,
      '-c timezone=UTC',
    ].join(' ');
    this.#client = new pg.Client({
      host: settings.host,
      port: settings.port,
      database: settings.database,
      user: settings.user,
      password: settings.password,
      ssl: settings.ssl,
      options,
      application_name: settings.applicationName,
      connectionTimeoutMillis: 3_000,
      types: valueTypes,
      pipeline: true,
    });
    const close = () => {
      this.#closed = true;
    };
    this.#client.on('error', close);
    this.#client.on('end', close);
    this.#opened = this.#client.connect().catch((error) => {
      close();
      throw error;
    });
    // The first statement waits for the connection anyway and reports its failure.
    this.#opened.catch(() => undefined);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Flights that have not been answered yet; the pool gives the next one to the least busy connection. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * Sends statements as one write and answers when the last of them is done. They are one transaction: when one fails,
   * those after it do not run and nothing of any is kept.
   */
  send(scope: Scope, statements: readonly Statement[]): Promise<QueryResult[]> {
    this.#inFlight++;
    return new Promise((resolve, reject) => {
      this.#setScope(scope);
      const parseError = this.#prepare(statements);
      const flight = new Flight(statements, this.#prepared, (error) => {
        this.#inFlight--;
        const failure = this.#poison ?? (error && (parseError() ?? error));
        if (failure) reject(translateDatabaseError(failure));
        else resolve(flight.results);
      });
      this.#client.query(flight as unknown as pg.Submittable);
    });
  }

  /** Prepares what this session has not prepared yet; the function it gives tells why that failed. */
  #prepare(statements: readonly Statement[]): () => unknown {
    let failure: unknown;
    const fresh: Statement[] = [];
    for (const statement of statements) {
      const { name } = statement;
      if (!name || this.#prepared.has(name)) continue;
      this.#prepared.set(name, null);
      fresh.push(statement);
    }
    if (fresh.length > 0) {
      const parsing = new Parsing(fresh, (error) => {
        if (!error) return;
        failure = error;
        for (const { name } of fresh) this.#prepared.delete(name!);
      });
      this.#client.query(parsing as unknown as pg.Submittable);
    }
    return () => failure;
  }

  #setScope(scope: Scope): void {
    const wanted = `${scope.orgId}|${scope.livemode}`;
    if (wanted === this.#scope) return;
    this.#scope = wanted;
    const statement = setScope([scope.orgId, String(scope.livemode)]);
    this.#prepare([statement]);
    const setting = new Flight([statement], this.#prepared, (error) => {
      // A session whose tenant could not be set must never be used again: fail closed.
      if (!error) return;
      this.#poison = error;
      this.retire();
    });
    this.#client.query(setting as unknown as pg.Submittable);
  }

  /** Waits until the session is open; rejects with the connection's failure. */
  async ready(): Promise<void> {
    try {
      await this.#opened;
    } catch (error) {
      throw translateDatabaseError(error);
    }
  }

  /** Takes no more flights; those that are out are still answered. */
  retire(): void {
    this.#closed = true;
    void this.#client.end().catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#client.end().catch(() => undefined);
  }
}
