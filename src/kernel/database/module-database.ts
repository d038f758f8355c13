import type { Connection, ConnectionSettings, QueryResult, Row } from './connection.ts';
import { isOutdatedSession, isRetryable } from './database-errors.ts';
import { ConnectionPool, type Traffic } from './pool.ts';
import type { Statement } from './statement.ts';
import type { Scope } from './tenant.ts';

const BEGIN: Statement = { text: 'begin', values: [] };
const COMMIT: Statement = { text: 'commit', values: [] };
const ROLLBACK: Statement = { text: 'rollback', values: [] };
const ATTEMPTS = 4;

/** A transaction that waits in the middle. Every call is one round trip; statements of one call fly together. */
export interface Transaction {
  query(statement: Statement): Promise<Row[]>;
  run(statements: readonly Statement[]): Promise<QueryResult[]>;
}

/** The database as one module sees it: its own schema, with its own role. */
export class ModuleDatabase {
  readonly schema: string;
  readonly #pool: ConnectionPool;

  constructor(schema: string, settings: ConnectionSettings, limits: { shared?: number; own?: number } = {}) {
    this.schema = schema;
    this.#pool = new ConnectionPool(settings, limits.shared, limits.own);
  }

  /** Rows of one SELECT, in one round trip, under row-level security. */
  async read(scope: Scope, statement: Statement): Promise<Row[]> {
    try {
      const [result] = await this.#pool.shared('read').send(scope, [statement]);
      return result!.rows;
    } catch (error) {
      const [result] = await this.#onNewSession('read', scope, [statement], error);
      return result!.rows;
    }
  }

  /** Several SELECTs in one round trip (not one snapshot). */
  async readAll(scope: Scope, statements: readonly Statement[]): Promise<Row[][]> {
    const results = await this.#pool
      .shared('read')
      .send(scope, statements)
      .catch((error) => this.#onNewSession('read', scope, statements, error));
    return results.map((result) => result.rows);
  }

  /** Once more when the failure was that the session is outdated; otherwise that failure goes on. */
  async #onNewSession(
    traffic: Traffic,
    scope: Scope,
    statements: readonly Statement[],
    failure: unknown,
  ): Promise<QueryResult[]> {
    if (!isOutdatedSession(causeOf(failure))) throw failure;
    this.#pool.renew();
    return this.#pool.shared(traffic).send(scope, statements);
  }

  /** Whether the same transaction may succeed when it runs again. */
  #mayRunAgain(error: unknown): boolean {
    const cause = causeOf(error);
    if (!isOutdatedSession(cause)) return isRetryable(cause);
    this.#pool.renew();
    return true;
  }

  /**
   * A whole transaction in one round trip: everything is known before it starts. When one statement fails, nothing is
   * stored and that failure is thrown. Deadlocks and serialization failures are retried.
   */
  async flight(scope: Scope, statements: readonly Statement[]): Promise<QueryResult[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        // What is sent together is one transaction by itself, without BEGIN and COMMIT.
        return await this.#pool.shared('write').send(scope, statements);
      } catch (error) {
        if (attempt >= ATTEMPTS || !this.#mayRunAgain(error)) throw error;
      }
    }
  }

  /**
   * A transaction that reads, decides and writes. `finish` gives the last statements, which fly together with COMMIT.
   * Deadlocks and serialization failures run `work` again from the start, so `work` must have no other effects.
   */
  async transaction<Result>(
    scope: Scope,
    work: (tx: Transaction) => Promise<{ result: Result; finish?: readonly Statement[] }>,
  ): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      const connection = await this.#pool.borrow();
      try {
        return await this.#attempt(connection, scope, work);
      } catch (error) {
        if (isOutdatedSession(causeOf(error))) connection.retire();
        if (attempt >= ATTEMPTS || !this.#mayRunAgain(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * attempt));
      } finally {
        this.#pool.release(connection);
      }
    }
  }

  async #attempt<Result>(
    connection: Connection,
    scope: Scope,
    work: (tx: Transaction) => Promise<{ result: Result; finish?: readonly Statement[] }>,
  ): Promise<Result> {
    let begun = false;
    const run = async (statements: readonly Statement[]) => {
      if (begun) return connection.send(scope, statements);
      begun = true;
      return (await connection.send(scope, [BEGIN, ...statements])).slice(1);
    };
    const tx: Transaction = { run, query: async (statement) => (await run([statement]))[0]!.rows };
    try {
      const { result, finish = [] } = await work(tx);
      if (begun || finish.length > 0) await run([...finish, COMMIT]);
      return result;
    } catch (error) {
      if (begun && !connection.closed) await connection.send(scope, [ROLLBACK]).catch(() => undefined);
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause ? error.cause : error;
}
