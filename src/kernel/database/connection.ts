import pg from 'pg';
import { translateDatabaseError } from './database-errors.ts';
import type { Statement } from './statement.ts';
import type { Scope } from './tenant.ts';
import { valueTypes } from './types.ts';

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
  command: string;
}

const SET_SCOPE_TEXT = "select set_config('app.org_id', $1, false), set_config('app.livemode', $2, false)";

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

  /** Sends statements as one write to the socket and answers when the last of them is done. */
  send(scope: Scope, statements: readonly Statement[]): Promise<QueryResult[]> {
    this.#inFlight++;
    const sent = this.#write(scope, statements);
    const done = () => {
      this.#inFlight--;
    };
    sent.then(done, done);
    return sent;
  }

  #write(scope: Scope, statements: readonly Statement[]): Promise<QueryResult[]> {
    return new Promise((resolve, reject) => {
      const results: QueryResult[] = new Array(statements.length);
      let open = statements.length;
      let firstError: unknown;
      const settle = (index: number, error: unknown, result?: QueryResult) => {
        if (this.#poison) firstError ??= this.#poison;
        else if (error) firstError ??= error;
        else results[index] = result as QueryResult;
        if (--open > 0) return;
        if (firstError) reject(translateDatabaseError(firstError));
        else resolve(results);
      };
      const stream = (this.#client as unknown as { connection: { stream: NodeJS.WritableStream & Corkable } })
        .connection.stream;
      stream.cork?.();
      this.#setScope(scope);
      statements.forEach((statement, index) => {
        const config = { name: statement.name, text: statement.text, values: statement.values };
        void this.#client.query(config as pg.QueryConfig, (error: unknown, result: unknown) =>
          settle(index, error, result as QueryResult),
        );
      });
      stream.uncork?.();
    });
  }

  #setScope(scope: Scope): void {
    const wanted = `${scope.orgId}|${scope.livemode}`;
    if (wanted === this.#scope) return;
    this.#scope = wanted;
    void this.#client.query(
      { name: 'set_scope', text: SET_SCOPE_TEXT, values: [scope.orgId, String(scope.livemode)] },
      (error: unknown) => {
        // A session whose tenant could not be set must never be used again: fail closed.
        if (error) {
          this.#poison = error;
          this.#closed = true;
          void this.#client.end().catch(() => undefined);
        }
      },
    );
  }

  /** Waits until the session is open; rejects with the connection's failure. */
  async ready(): Promise<void> {
    try {
      await this.#opened;
    } catch (error) {
      throw translateDatabaseError(error);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#client.end().catch(() => undefined);
  }
}

interface Corkable {
  cork?(): void;
  uncork?(): void;
}
