import type pg from 'pg';

export interface Column {
  name: string;
  /** As PostgreSQL prints it: `timestamp with time zone`, `text[]`. */
  type: string;
  hasDefault: boolean;
  isGenerated: boolean;
}

/** A table as pg_catalog describes it. */
export interface Table {
  schema: string;
  name: string;
  owner: string;
  comment: string | null;
  isProtected: boolean;
  isForced: boolean;
  policies: string[];
  columns: Column[];
}

/** Every table and partition of these schemas. */
export async function readTables(client: pg.Client, schemas: readonly string[]): Promise<Table[]> {
  const { rows } = await client.query(
    `select n.nspname as schema, c.relname as name, pg_get_userbyid(c.relowner) as owner,
       obj_description(c.oid, 'pg_class') as comment, c.relrowsecurity as is_protected, c.relforcerowsecurity as is_forced,
       array(select pg_get_expr(p.polqual, p.polrelid) from pg_policy p where p.polrelid = c.oid) as policies,
       (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
                 'hasDefault', a.atthasdef or a.attidentity <> '', 'isGenerated', a.attgenerated <> '' or a.attidentity = 'a')
               order by a.attnum)
          from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any($1) and c.relkind in ('r', 'p')
     order by 1, 2`,
    [schemas],
  );
  return rows.map(({ is_protected, is_forced, ...row }) => ({
    ...row,
    isProtected: is_protected,
    isForced: is_forced,
  }));
}

export function fullName(table: Table): string {
  return `${table.schema}.${table.name}`;
}

export function hasColumn(table: Table, name: string): boolean {
  return table.columns.some((column) => column.name === name);
}

/**
 * Inserts a row of one tenant with made-up values, different for each `mark`. Meant for a superuser's session in which
 * triggers and foreign keys are off and from whose tables the checks were dropped.
 */
export async function insertSample(
  client: pg.Client,
  table: Table,
  tenant: { orgId: string; livemode: boolean },
  mark: number,
): Promise<void> {
  const columns = table.columns.filter(
    (column) => !column.isGenerated && !(column.hasDefault && /xid8/.test(column.type)),
  );
  const values = columns.map((column) => {
    if (column.name === 'org_id') return tenant.orgId;
    if (column.name === 'livemode') return tenant.livemode;
    return sampleOf(column.type, mark);
  });
  const places = columns.map((column, index) => `$${index + 1}::${column.type}`);
  await client.query(
    `insert into ${fullName(table)} (${columns.map(({ name }) => `"${name}"`).join(', ')}) values (${places.join(', ')})`,
    values,
  );
}

function sampleOf(type: string, mark: number): unknown {
  if (type.endsWith('[]')) return '{}';
  if (/^(text|character|citext)/.test(type)) return `s${mark}`;
  if (/^(integer|bigint|smallint|numeric|double|real)/.test(type)) return mark;
  if (type === 'boolean') return false;
  if (type === 'jsonb' || type === 'json') return '{}';
  if (type === 'bytea') return Buffer.from(`b${mark}`);
  if (/^timestamp|^date/.test(type)) return `2026-01-${String(mark).padStart(2, '0')}T00:00:00Z`;
  if (type === 'inet') return `127.0.0.${mark}`;
  if (type === 'uuid') return `00000000-0000-4000-8000-${String(mark).padStart(12, '0')}`;
  if (type === 'xid8') return String(mark);
  if (type === 'pg_snapshot') return `${mark}:${mark}:`;
  if (type === 'tsvector') return `'s${mark}'`;
  if (type === 'interval') return '1 day';
  throw new Error(`Say in test/support/schema-catalog.ts what a value of ${type} looks like`);
}
