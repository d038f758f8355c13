import { createHash } from 'node:crypto';

/** One SQL statement with its values. A `name` makes PostgreSQL parse and plan it once per connection. */
export interface Statement {
  name?: string;
  text: string;
  values: unknown[];
}

/**
 * A hot statement whose text never changes: `const findUser = prepared('select … where id = $1')`, later
 * `findUser([id])`. The name derives from the text, so two texts never share one.
 */
export function prepared(text: string): (values: unknown[]) => Statement {
  const name = `s_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`;
  return (values) => ({ name, text, values });
}

/** A statement that is built per call (optional filters); PostgreSQL plans it each time. */
export function statement(text: string, values: unknown[] = []): Statement {
  return { text, values };
}

/**
 * `insert` of many rows with one fixed text: each column travels as one array and `unnest` makes rows of them, so that
 * the text (and its plan) is the same for 1 and for 1,000 rows. `columns` maps a column to its PostgreSQL array type.
 */
export function insertMany<Column extends string>(
  table: string,
  columns: Record<Column, string>,
  suffix = '',
): (rows: readonly Record<Column, unknown>[]) => Statement {
  const names = Object.keys(columns) as Column[];
  const arrays = names.map((name, index) => `$${index + 1}::${columns[name]}[]`).join(', ');
  const build = prepared(
    `insert into ${table} (${names.join(', ')}) select * from unnest(${arrays})${suffix ? ` ${suffix}` : ''}`,
  );
  return (rows) => build(names.map((name) => rows.map((row) => row[name])));
}
