import pg from 'pg';
import type { QueryResult, Row } from '../connection.ts';
import type { Statement } from '../statement.ts';
import { valueTypes } from '../types.ts';
import { encodeFlight, encodeParsing } from './frontend-messages.ts';

/** How the rows of a prepared statement are read: PostgreSQL refuses to run it when they are not as they were. */
export interface Columns {
  names: string[];
  parsers: ((text: string) => unknown)[];
}

/** What one session has prepared, by name; null while the columns are not known yet. */
export type Prepared = Map<string, Columns | null>;

interface RowDescription {
  fields: { name: string; dataTypeID: number }[];
}
interface Wire {
  stream: NodeJS.WritableStream;
}

const NO_COLUMNS: Columns = { names: [], parsers: [] };

/** `pg.Query` is only the base because a pipelined client takes no other; nothing of it is used. */
const QueryBase = pg.Query as unknown as new (text: string) => object;

/** A turn on the wire that ends with one Sync. */
abstract class Turn extends QueryBase {
  readonly #done: (error: unknown) => void;
  #error: unknown;

  constructor(done: (error: unknown) => void) {
    super('');
    this.#done = done;
  }

  protected abstract encode(): Buffer;

  submit(wire: unknown): Error | null {
    try {
      (wire as Wire).stream.write(this.encode());
      return null;
    } catch (error) {
      return error as Error;
    }
  }

  /** PostgreSQL passes over everything up to the Sync; ReadyForQuery then goes to nobody. */
  handleError(error: unknown): void {
    if (this.#error) return;
    this.#error = error;
    this.#done(error);
  }

  handleReadyForQuery(): void {
    this.#done(this.#error);
  }
}

/** Prepares statements ahead of the flight that needs them, so that a flight that fails leaves them prepared. */
export class Parsing extends Turn {
  readonly #statements: readonly Statement[];

  constructor(statements: readonly Statement[], done: (error: unknown) => void) {
    super(done);
    this.#statements = statements;
  }

  protected override encode(): Buffer {
    return encodeParsing(this.#statements);
  }
}

/**
 * Statements that travel as one write and are answered as one: they end with a single Sync, so they are one transaction
 * without BEGIN and COMMIT (unless one of them is BEGIN), and the columns of a prepared statement are asked for once a
 * session. Both halve what a statement costs this process, compared with one `pg` query each.
 */
export class Flight extends Turn {
  readonly #statements: readonly Statement[];
  readonly #prepared: Prepared;
  readonly results: QueryResult[] = [];
  #rows: Row[] = [];
  #columns: Columns | null = null;

  constructor(statements: readonly Statement[], prepared: Prepared, done: (error: unknown) => void) {
    super(done);
    this.#statements = statements;
    this.#prepared = prepared;
  }

  protected override encode(): Buffer {
    return encodeFlight(this.#statements, ({ name }) => !name || !this.#prepared.get(name));
  }

  handleRowDescription({ fields }: RowDescription): void {
    const { name } = this.#statements[this.results.length]!;
    this.#columns = {
      names: fields.map((field) => field.name),
      parsers: fields.map((field) => valueTypes.getTypeParser(field.dataTypeID, 'text')),
    };
    if (name) this.#prepared.set(name, this.#columns);
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    const { names, parsers } = this.#columnsNow();
    const row: Row = {};
    for (let index = 0; index < fields.length; index++) {
      const text = fields[index];
      row[names[index]!] = text === null ? null : parsers[index]!(text!);
    }
    this.#rows.push(row);
  }

  handleCommandComplete({ text }: { text: string }): void {
    const { name } = this.#statements[this.results.length]!;
    // It was asked for its columns and described none.
    if (name && !this.#prepared.get(name)) this.#prepared.set(name, NO_COLUMNS);
    // `INSERT 0 3`, `UPDATE 3`, `BEGIN`
    this.results.push({ rows: this.#rows, rowCount: Number(text.slice(text.lastIndexOf(' ') + 1)) || 0 });
    this.#rows = [];
    this.#columns = null;
  }

  #columnsNow(): Columns {
    this.#columns ??= this.#prepared.get(this.#statements[this.results.length]!.name ?? '') ?? NO_COLUMNS;
    return this.#columns;
  }
}
