import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { migrate, RELAY_ROLE, roleOf } from '#kernel/database/migrations.ts';
import { newId } from '#kernel/ids.ts';
import { SCHEMAS } from '#src/modules.ts';
import { createTestDatabase, type TestDatabase } from './support/postgres.ts';
import { fullName, hasColumn, insertSample, readTables, type Table } from './support/schema-catalog.ts';

/** Tables that lack a column of the tenant, each with the reason. Everything else must have both. */
const WITHOUT_TENANT: Readonly<Record<string, { lacks: string[]; reason: string }>> = {
  '*.inbox': { lacks: ['org_id', 'livemode'], reason: 'holds ids of events only, for the machinery' },
  'audit.blocks': { lacks: ['org_id', 'livemode'], reason: 'one chain over the entries of all organisations' },
  'identity.organizations': { lacks: ['livemode'], reason: 'an organisation has live and test data alike' },
};

/** Columns of the standard tables that sound personal and are not. */
const IMPERSONAL_STANDARD = new Set(['sagas.name']);

/** What every schema keeps sealed inside of JSON; a module declares its own such places like columns, `table.column.key`. */
const SEALED_IN_JSON = ['events.metadata.origin', 'sagas.context.origin'];

/** Words in a column's name that promise personal data. */
const PERSONAL_WORDS = new Set(
  `name names surname email mail phone telephone mobile fax address addresses street city postal postcode zip ip birth
   birthday birthdate born gender sex ssn iban bic passport nationality tax vat signature photo avatar agent recipient
   recipients sender contact profile salary diagnosis note notes comment comments`.split(/\s+/),
);

const schemas = SCHEMAS.map((source) => source.schema);
let database: TestDatabase;
let client: pg.Client;
let tables: Table[];

before(async () => {
  database = await createTestDatabase({ template: 'template1' });
  await migrate(database.connection, SCHEMAS);
  client = new pg.Client(database.connection);
  await client.connect();
  tables = await readTables(client, schemas);
});

after(async () => {
  await client?.end();
  await database?.drop();
});

test('the walk sees every schema with its standard tables', () => {
  assert.ok(schemas.length >= 4, schemas.join());
  for (const schema of schemas) {
    const names = tables.filter((table) => table.schema === schema).map((table) => table.name);
    for (const standard of ['events', 'inbox', 'idempotency_keys', 'jobs', 'sagas', 'subject_keys']) {
      assert.ok(names.includes(standard), `${schema} has no table ${standard}`);
    }
  }
});

test('every table carries its organisation and its mode', () => {
  const used = new Set<string>();
  const wrong = tables.flatMap((table) => {
    const key = [fullName(table), `*.${table.name}`].find((name) => WITHOUT_TENANT[name]);
    const lacking = ['org_id', 'livemode'].filter((name) => !hasColumn(table, name));
    const excused = key ? WITHOUT_TENANT[key]!.lacks : [];
    if (key && lacking.length > 0) used.add(key);
    return lacking.filter((name) => !excused.includes(name)).map((name) => `${fullName(table)} has no ${name}`);
  });
  assert.deepEqual(wrong, []);
  assert.deepEqual(
    Object.keys(WITHOUT_TENANT).filter((key) => !used.has(key)),
    [],
    'these exceptions are not needed',
  );
});

test('every table of tenants is under forced row-level security', () => {
  const wrong = tables
    .filter((table) => hasColumn(table, 'org_id'))
    .flatMap((table) => {
      const missing = [!table.isProtected && 'enabled', !table.isForced && 'forced'].filter(Boolean);
      const bound = table.policies.every((policy) => /org_id = current_setting\('app\.org_id'/.test(policy));
      if (table.policies.length === 0 || !bound) missing.push('a policy on app.org_id');
      return missing.map(
        (what) => `${fullName(table)}: row-level security lacks: ${what}; select kernel.tenant_table(…)`,
      );
    });
  assert.deepEqual(wrong, []);
});

test('ARC-07 the role of a module owns nothing and has no power over the server', async () => {
  for (const role of [...schemas.map(roleOf), RELAY_ROLE]) {
    const { rows } = await client.query('select * from pg_roles where rolname = $1', [role]);
    const found = rows[0];
    assert.ok(found, `there is no role ${role}`);
    for (const power of ['rolsuper', 'rolbypassrls', 'rolcreaterole', 'rolcreatedb', 'rolreplication', 'rolcanlogin']) {
      assert.equal(found[power], false, `${role} has ${power}`);
    }
    const owned = await client.query(
      `select oid::regclass::text as name from pg_class where pg_get_userbyid(relowner) = $1
       union all select nspname from pg_namespace where pg_get_userbyid(nspowner) = $1
       union all select proname from pg_proc where pg_get_userbyid(proowner) = $1
       union all select datname from pg_database where pg_get_userbyid(datdba) = $1`,
      [role],
    );
    assert.deepEqual(owned.rows, [], `${role} owns something`);
    const member = await client.query(
      'select roleid::regrole::text as of from pg_auth_members where member = (select oid from pg_roles where rolname = $1)',
      [role],
    );
    assert.deepEqual(member.rows, [], `${role} is a member of another role`);
  }
});

test('ARC-07 ARC-08 the role of a module has no right in the schema of another', async () => {
  const { rows } = await client.query(
    `select r.role, n.nspname as schema, c.relname as name, p.privilege
     from unnest($1::text[], $2::text[]) as r(role, own)
     cross join pg_class c join pg_namespace n on n.oid = c.relnamespace
     cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) as p(privilege)
     where n.nspname = any($2 || array['kernel', 'public']) and n.nspname <> r.own and c.relkind in ('r', 'p', 'v', 'm')
       and has_table_privilege(r.role, c.oid, p.privilege)`,
    [schemas.map(roleOf), schemas],
  );
  assert.deepEqual(rows, []);
  const inSchemas = await client.query(
    `select r.role, n.nspname as schema, p.privilege
     from unnest($1::text[], $2::text[]) as r(role, own) cross join pg_namespace n
     cross join unnest(array['usage', 'create']) as p(privilege)
     where n.nspname = any($2 || array['kernel', 'public']) and has_schema_privilege(r.role, n.oid, p.privilege)
       and not (p.privilege = 'usage' and n.nspname in (r.own, 'kernel', 'public'))`,
    [schemas.map(roleOf), schemas],
  );
  assert.deepEqual(inSchemas.rows, []);
});

test('the relay reads event logs and nothing else of the modules', async () => {
  const { rows } = await client.query(
    `select n.nspname || '.' || c.relname as name, p.privilege
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate']) as p(privilege)
     where n.nspname = any($1) and c.relkind in ('r', 'p') and has_table_privilege($2, c.oid, p.privilege)
     order by 1`,
    [schemas, RELAY_ROLE],
  );
  const expected = schemas.toSorted().map((schema) => ({ name: `${schema}.events`, privilege: 'select' }));
  assert.deepEqual(rows, expected);
});

test('every column that sounds personal is declared, and every declared one exists', () => {
  const wrong = SCHEMAS.flatMap(({ schema, personalData }) => {
    const own = tables.filter((table) => table.schema === schema);
    const columns = own.flatMap((table) => table.columns.map((column) => `${table.name}.${column.name}`));
    const undeclared = columns
      .filter((column) => soundsPersonal(column) && !IMPERSONAL_STANDARD.has(column) && !(column in personalData))
      .map((column) => `${schema}.${column} sounds personal: declare it in personalData of ${schema}Schema`);
    const absent = Object.keys(personalData)
      .filter((place) => !columns.includes(place.split('.').slice(0, 2).join('.')))
      .map((column) => `${schema}.${column} is declared in personalData but does not exist`);
    const unexplained = Object.entries(personalData)
      .filter(([, kept]) => typeof kept === 'object' && kept.open.length < 12)
      .map(([column]) => `${schema}.${column}: say why it may stand open`);
    return [...undeclared, ...absent, ...unexplained];
  });
  assert.deepEqual(wrong, []);
});

function soundsPersonal(column: string): boolean {
  return column
    .slice(column.indexOf('.') + 1)
    .split('_')
    .some((word) => PERSONAL_WORDS.has(word));
}

test('sealed and indexed columns cannot be read as text', () => {
  const wrong = SCHEMAS.flatMap(({ schema, personalData }) =>
    Object.entries(personalData).flatMap(([column, kept]) => {
      if (typeof kept === 'object') return [];
      const [tableName, name, key] = column.split('.');
      if (key) return [];
      const table = tables.find((each) => each.schema === schema && each.name === tableName);
      const type = table?.columns.find((each) => each.name === name)?.type;
      return type === 'bytea' || type === 'text' ? [] : [`${schema}.${column} is ${kept} but of type ${type}`];
    }),
  );
  assert.deepEqual(wrong, []);
});

test('C-89 what is personal inside of JSON is declared, and the database itself refuses it in the clear', async () => {
  const { rows } = await client.query(`select conrelid::regclass::text as relation, pg_get_constraintdef(oid) as rule
    from pg_constraint where contype = 'c'`);
  const wrong = SCHEMAS.flatMap(({ schema, personalData }) => {
    const declared = Object.keys(personalData).filter((place) => place.split('.').length > 2);
    const sealed = declared.filter((place) => personalData[place] === 'sealed');
    return [...SEALED_IN_JSON, ...sealed].filter((place) => {
      const [table, column, key] = place.split('.');
      const guard = `jsonb_typeof((${column} -> '${key}'::text)), 'string'::text) = 'string'::text`;
      return !rows.some(({ relation, rule }) => relation === `${schema}.${table}` && rule.includes(guard));
    });
  });
  assert.deepEqual(wrong, [], 'add a check that the value is a string, as in src/kernel/database/sealed-origins.sql');
});

test('C-89 an event or a saga with an address in the clear cannot be stored', async () => {
  const clear = { origin: { ipAddress: '203.0.113.7', userAgent: 'curl' } };
  const columns = { org_id: 'org_x', livemode: true, id: 'x', stream_id: 'x', stream_version: 1, type: 'x', data: {} };
  const names = Object.keys(columns).join(', ');
  for (const [metadata, code] of [
    [clear, '23514'],
    [{ origin: 'AQID' }, undefined],
  ] as const) {
    await client.query('begin');
    const stored = client.query(
      `insert into catalog.events (${names}, occurred_at, metadata) values ($1, $2, $3, $4, $5, $6, $7, now(), $8)`,
      [...Object.values(columns), metadata],
    );
    const outcome = await stored.then(
      () => undefined,
      (error) => error.code,
    );
    await client.query('rollback');
    assert.equal(outcome, code);
  }
});

test('every schema and every table says what it is for', async () => {
  const uncommented = tables.filter((table) => (table.comment ?? '').length < 20).map(fullName);
  assert.deepEqual(uncommented, [], 'add `comment on table … is …` to the migration');
  const { rows } = await client.query(
    "select nspname from pg_namespace where nspname = any($1) and coalesce(obj_description(oid, 'pg_namespace'), '') = ''",
    [[...schemas, 'kernel']],
  );
  assert.deepEqual(
    rows.map((row) => row.nspname),
    [],
    'add `comment on schema … is …`',
  );
});

test('what is called append-only refuses its module and, by a trigger, everybody else', async () => {
  const logs = tables.filter((table) => /append-only/i.test(table.comment ?? ''));
  assert.ok(logs.length >= schemas.length);
  for (const table of logs) {
    const key = table.columns.find((column) => !column.isGenerated)!.name;
    const changes = [
      `update ${fullName(table)} set "${key}" = "${key}"`
        .replace('"position"', '"type"')
        .replace('"position"', '"type"'),
      `delete from ${fullName(table)}`,
      `truncate ${fullName(table)}`,
    ];
    for (const change of changes) {
      await assertRefused(change, ['TC001'], null);
      await assertRefused(change, ['TC001', '42501'], roleOf(table.schema));
    }
  }
});

async function assertRefused(text: string, codes: string[], role: string | null): Promise<void> {
  await client.query('begin');
  try {
    if (role) await client.query(`set local role ${role}`);
    await client.query("select set_config('app.org_id', '*', true), set_config('app.livemode', 'true', true)");
    await client.query(text);
    assert.fail(`${role ?? 'the owner'} may do this: ${text}`);
  } catch (error) {
    const { code } = error as { code?: string };
    if (!code || !codes.includes(code)) throw error;
  } finally {
    await client.query('rollback');
  }
}

test('no role reads or writes a row of another organisation or mode, in any table', async () => {
  const [own, foreign] = [newId('org'), newId('org')];
  const guarded = tables.filter((table) => hasColumn(table, 'org_id'));
  await dropRules();
  await client.query('set session_replication_role = replica');
  for (const table of guarded) {
    await insertSample(client, table, { orgId: own, livemode: true }, 1);
    if (hasColumn(table, 'livemode')) await insertSample(client, table, { orgId: own, livemode: false }, 2);
    await insertSample(client, table, { orgId: foreign, livemode: true }, 3);
  }
  await client.query('set session_replication_role = origin');
  for (const table of guarded) {
    // The rows are there and a tenant sees exactly its own: without this, an empty table would pass.
    assert.deepEqual(await visibleTo(table, own, true), [own], fullName(table));
    assert.deepEqual(await visibleTo(table, foreign, true), [foreign], fullName(table));
    assert.deepEqual(await visibleTo(table, newId('org'), true), [], fullName(table));
    assert.deepEqual(await visibleTo(table, '', true), [], `${fullName(table)} without a tenant`);
    assert.deepEqual(await visibleTo(table, null, true), [], `${fullName(table)} without any setting`);
    if (hasColumn(table, 'livemode')) {
      assert.deepEqual(await visibleTo(table, own, false), [own], fullName(table));
      assert.deepEqual(await visibleTo(table, foreign, false), [], `${fullName(table)} in test mode`);
    }
    await assertNoForeignWrites(table, own, foreign);
  }
});

/** Checks know the module's rules, which are not the subject here; row-level security stays as it is. */
async function dropRules(): Promise<void> {
  await client.query(
    `do $$ declare found record; begin
       for found in select conrelid::regclass::text as relation, conname from pg_constraint c
         join pg_namespace n on n.oid = c.connamespace where contype = 'c' and n.nspname = any('{${schemas.join(',')}}')
         and conparentid = 0
       loop execute format('alter table %s drop constraint if exists %I', found.relation, found.conname); end loop;
     end $$`,
  );
}

/** The organisations whose rows the module's role sees in a session of this tenant. */
async function visibleTo(table: Table, orgId: string | null, livemode: boolean): Promise<string[]> {
  return asTenant(table, orgId, livemode, async () => {
    const { rows } = await client.query(`select org_id from ${fullName(table)}`);
    return rows.map((row) => row.org_id);
  });
}

async function assertNoForeignWrites(table: Table, own: string, foreign: string): Promise<void> {
  const intruder = { orgId: foreign, livemode: true };
  await assert.rejects(
    asTenant(table, own, true, () => insertSample(client, table, intruder, 4)),
    (error: { code?: string; message: string }) => error.code === '42501' && /row-level security/.test(error.message),
    `${fullName(table)} takes rows of another organisation`,
  );
  const canUpdate = await client.query("select has_table_privilege($1, $2, 'update') as can", [
    roleOf(table.schema),
    fullName(table),
  ]);
  if (!canUpdate.rows[0].can) return;
  const changed = await asTenant(table, own, true, () =>
    client.query(`update ${fullName(table)} set org_id = org_id where org_id = $1`, [foreign]),
  ).catch((error: { code?: string }) => {
    if (error.code === 'TC001') return { rowCount: 0 };
    throw error;
  });
  assert.equal(changed.rowCount, 0, `${fullName(table)}: another organisation's row was changed`);
}

async function asTenant<Result>(
  table: Table,
  orgId: string | null,
  livemode: boolean,
  work: () => Promise<Result>,
): Promise<Result> {
  await client.query('begin');
  try {
    await client.query(`set local role ${roleOf(table.schema)}`);
    if (orgId !== null) {
      const settings = "select set_config('app.org_id', $1, true), set_config('app.livemode', $2, true)";
      await client.query(settings, [orgId, String(livemode)]);
    }
    return await work();
  } finally {
    await client.query('rollback');
  }
}
