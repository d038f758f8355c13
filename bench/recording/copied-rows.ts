import type pg from 'pg';

/** One statement that inserts rows like those that one transaction of the server wrote. */
export interface InsertPlan {
  text: string;
  /** A fixed text, or pieces of which a number stands for the fresh id with that index. */
  values: (string | null | (string | number)[])[];
  /** The ids that must be new for each run of the statement, as they stood in the copied rows. */
  freshIds: string[];
  /** How many rows of which table, for people. */
  summary: string;
}

interface TableRow {
  table: string;
  columns: { name: string; type: string }[];
  values: (string | null)[];
}

export const TYPE_ID = /[a-z]{2,6}_[0-7][0-9a-hjkmnp-tv-z]{25}/g;

/**
 * Finds every row that one transaction wrote, in all tables of all modules, and makes the statement that writes the same
 * again: same tables, same columns, same indexes, only with new ids.
 * @param transaction the number of the transaction
 * @param since an id made just before; ids after it are taken for new, older ones (customer, products) stay
 */
export async function copyTransaction(
  database: pg.Client,
  transaction: string,
  since: string,
  keys: readonly string[],
): Promise<InsertPlan> {
  const rows: TableRow[] = [];
  for (const table of await tablesOf(database)) rows.push(...(await rowsOf(database, table, transaction)));
  const texts = rows.flatMap((row) => row.values.filter((value) => value !== null));
  const ids = new Set(
    texts.flatMap((text) => text.match(TYPE_ID) ?? []).filter((id) => id.slice(-26) > since.slice(-26)),
  );
  const freshIds = [...ids, ...keys];
  const values: InsertPlan['values'] = [];
  const inserts = [...Map.groupBy(rows, (row) => row.table)].map(([table, same], index) => {
    const tuples = same.map((row) => {
      const cells = row.columns.map(({ type }, column) => {
        values.push(cutAtIds(row.values[column]!, freshIds));
        return `$${values.length}::${type}`;
      });
      return `(${cells.join(', ')})`;
    });
    const names = same[0]!.columns.map((column) => `"${column.name}"`).join(', ');
    return `inserted_${index} as (insert into ${table} (${names}) values ${tuples.join(', ')})`;
  });
  const counts = [...Map.groupBy(rows, (row) => row.table)].map(([table, same]) => `${same.length} ${table}`);
  return { text: `with ${inserts.join(', ')} select 1`, values, freshIds, summary: counts.join(', ') };
}

async function tablesOf(database: pg.Client): Promise<string[]> {
  const { rows } = await database.query(`select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema', 'kernel') order by 1`);
  return rows.map((row) => row.name);
}

async function rowsOf(database: pg.Client, table: string, transaction: string): Promise<TableRow[]> {
  const { rows: columns } = await database.query(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
      left join pg_attrdef on adrelid = attrelid and adnum = attnum
      where attrelid = $1::regclass and attnum > 0 and not attisdropped and attidentity = '' and attgenerated = ''
        and coalesce(pg_get_expr(adbin, adrelid), '') not like '%pg_current_xact_id%'
      order by attnum`,
    [table],
  );
  const list = columns.map((column) => `"${column.name}"::text`).join(', ');
  const { rows } = await database.query({
    text: `select ${list} from ${table} where xmin = $1::xid`,
    values: [transaction],
    rowMode: 'array',
  });
  return rows.map((values) => ({ table, columns, values }));
}

/** Cuts a text at the ids that are to be replaced. */
export function cutAtIds(text: string | null, freshIds: readonly string[]): string | null | (string | number)[] {
  if (text === null) return null;
  let parts: (string | number)[] = [text];
  freshIds.forEach((id, index) => {
    parts = parts.flatMap((part) => {
      if (typeof part === 'number') return [part];
      const pieces = part.split(id);
      return pieces.flatMap((piece, at) => (at === 0 ? [piece] : [index, piece]));
    });
  });
  return parts.length === 1 ? text : parts;
}
