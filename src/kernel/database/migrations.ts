import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { SealedParts } from '../crypto/reseal.ts';
import { StartupError } from '../startup-error.ts';

/** One module's schema: its name and the folder with its numbered SQL files. */
export interface SchemaSource {
  schema: string;
  directory: URL;
  /**
   * Every column that holds personal data, `table.column`, with how it is kept: `sealed` under the person's key,
   * `index` a keyed hash, or the reason why it may stand open. A test compares this with the migrated schema.
   */
  personalData: Readonly<Record<string, 'sealed' | 'index' | { open: string }>>;
  /** What lies under the master keys themselves, to be sealed anew after a rotation; a test looks for what is missing. */
  sealed?: SealedParts;
}

/** How an administrator's session is opened; it owns schemas and tables and is never used by a request. */
export type AdministratorConnection = Pick<pg.ClientConfig, 'host' | 'port' | 'database' | 'user' | 'password' | 'ssl'>;

const MIGRATION_LOCK = 7_264_101;
const here = new URL('.', import.meta.url);

/** The database role of a module: `techcorp_orders` may touch the schema `orders` and nothing else. */
export function roleOf(schema: string): string {
  return `techcorp_${schema}`;
}

/** The role of the relay, which may read every module's event log and keeps the consumers' cursors. */
export const RELAY_ROLE = 'techcorp_relay';

/**
 * Brings the database to the state of the code: kernel helpers, then for each module its role, its schema, the standard
 * tables and its numbered files. Each file runs once, in a transaction, under one lock for all processes. A file that
 * was changed after it ran is refused, because forward-only is the only history that every installation shares.
 */
export async function migrate(connection: AdministratorConnection, sources: readonly SchemaSource[]): Promise<number> {
  const client = new pg.Client({ ...connection, application_name: 'techcorp-migrations' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(readFileSync(new URL('kernel-schema.sql', here), 'utf8'));
    await createRole(client, RELAY_ROLE);
    let applied = 0;
    for (const source of sources) applied += await migrateSchema(client, source);
    if (applied > 0) await grantRelay(client, sources);
    return applied;
  } finally {
    await client.end();
  }
}

function migrationFiles(source: SchemaSource): { name: string; text: string }[] {
  return readdirSync(source.directory)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({ name, text: readFileSync(new URL(join('.', name), source.directory), 'utf8') }));
}

/** What every schema has, before its own files. */
function standardFiles(schema: string): { name: string; text: string }[] {
  const files = { '0000_standard_tables.sql': 'standard-tables.sql', '0000_sealed_origins.sql': 'sealed-origins.sql' };
  return Object.entries(files).map(([name, file]) => ({
    name,
    text: readFileSync(new URL(file, here), 'utf8').replaceAll('{schema}', schema),
  }));
}

async function migrateSchema(client: pg.Client, source: SchemaSource): Promise<number> {
  const { schema } = source;
  const files = [...standardFiles(schema), ...migrationFiles(source)];
  const done = await client.query('select name, checksum from kernel.migrations where schema_name = $1', [schema]);
  const known = new Map<string, string>(done.rows.map((row) => [row.name, row.checksum]));
  const pending = files.filter((file) => !isApplied(schema, file, known));
  if (pending.length === 0) return 0;
  await createRole(client, roleOf(schema));
  await client.query(`create schema if not exists ${schema};
    comment on schema ${schema} is 'Data of the module ${schema} alone; see src/modules/${schema}/README.md.'`);
  for (const file of pending) await applyFile(client, schema, file);
  await grantModule(client, schema);
  return pending.length;
}

function isApplied(schema: string, file: { name: string; text: string }, known: Map<string, string>): boolean {
  const checksum = known.get(file.name);
  if (checksum === undefined) return false;
  if (checksum === checksumOf(file.text)) return true;
  throw new StartupError(
    `The migration ${schema}/${file.name} was changed after it ran on this database. Put the old text back and add a new file instead.`,
  );
}

function checksumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function applyFile(client: pg.Client, schema: string, file: { name: string; text: string }): Promise<void> {
  try {
    await client.query('begin');
    await client.query(`set local search_path = ${schema}`);
    await client.query(file.text);
    await client.query('insert into kernel.migrations (schema_name, name, checksum) values ($1, $2, $3)', [
      schema,
      file.name,
      checksumOf(file.text),
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw new StartupError(`The migration ${schema}/${file.name} failed: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Roles belong to the whole server, so two databases (or tests) may make them at once. */
async function createRole(client: pg.Client, role: string): Promise<void> {
  await client.query(`do $$ begin
    if not exists (select from pg_roles where rolname = '${role}') then
      create role ${role} nologin noinherit nobypassrls;
    end if;
  exception when duplicate_object or unique_violation then null; end $$`);
  const membership = await client.query(
    "select pg_has_role(current_user, $1, 'member') as member, (select rolsuper from pg_roles where rolname = current_user) as super",
    [role],
  );
  if (!membership.rows[0].member && !membership.rows[0].super) await client.query(`grant ${role} to current_user`);
}

async function grantModule(client: pg.Client, schema: string): Promise<void> {
  const role = roleOf(schema);
  await client.query(`
    grant usage on schema kernel, ${schema} to ${role};
    grant execute on all functions in schema kernel to ${role};
    grant select, insert, update, delete on all tables in schema ${schema} to ${role};
    grant usage on all sequences in schema ${schema} to ${role};
    do $$ declare relation regclass; begin
      -- What a trigger keeps append-only, the role has no right to change either.
      for relation in select tgrelid from pg_trigger
        join pg_class on pg_class.oid = tgrelid where relnamespace = '${schema}'::regnamespace
          and tgfoid = 'kernel.refuse_change()'::regprocedure
      loop
        execute format('revoke update, delete, truncate on %s from ${role}', relation);
      end loop;
    end $$;
  `);
}

async function grantRelay(client: pg.Client, sources: readonly SchemaSource[]): Promise<void> {
  await client.query(`grant usage on schema kernel to ${RELAY_ROLE};
    grant select, insert, update, delete on kernel.consumers, kernel.dead_letters to ${RELAY_ROLE};`);
  for (const { schema } of sources) {
    await client.query(
      `grant usage on schema ${schema} to ${RELAY_ROLE}; grant select on ${schema}.events to ${RELAY_ROLE};`,
    );
  }
}
