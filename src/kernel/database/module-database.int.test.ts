import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '#test/support/postgres.ts';
import { ModuleDatabase } from './module-database.ts';
import { prepared, statement } from './statement.ts';
import { everyTenant } from './tenant.ts';

let database: TestDatabase;
/** Two processes on one database: what one migrates, the other has prepared. */
let ours: ModuleDatabase;
let theirs: ModuleDatabase;
let made = 0;

before(async () => {
  database = await createTestDatabase({ template: 'template1' });
  ours = new ModuleDatabase('public', database.connection);
  theirs = new ModuleDatabase('public', database.connection);
});
after(async () => {
  await Promise.all([ours.close(), theirs.close()]);
  await database.drop();
});
beforeEach(() => {
  made++;
});

/** A table of its own whose statements answer all columns, and the migration that adds one. */
async function aTable() {
  const table = `things_${made}`;
  await theirs.flight(everyTenant, [statement(`create table ${table} (id integer primary key)`)]);
  return {
    find: prepared(`select * from ${table} where id >= $1 order by id`),
    insert: prepared(`insert into ${table} (id) values ($1) returning *`),
    migrate: () => theirs.flight(everyTenant, [statement(`alter table ${table} add column colour text default 'red'`)]),
  };
}

test('a read whose statement another process has migrated away is prepared anew and answered', async () => {
  const { find, insert, migrate } = await aTable();
  await ours.flight(everyTenant, [insert([1])]);
  assert.deepEqual(await ours.read(everyTenant, find([1])), [{ id: 1 }]);
  await migrate();
  assert.deepEqual(await ours.read(everyTenant, find([1])), [{ id: 1, colour: 'red' }]);
  assert.deepEqual(await ours.readAll(everyTenant, [find([1]), find([9])]), [[{ id: 1, colour: 'red' }], []]);
});

test('a flight that meets it stores everything, once', async () => {
  const { find, insert, migrate } = await aTable();
  await ours.flight(everyTenant, [insert([1]), find([1])]);
  await migrate();
  const results = await ours.flight(everyTenant, [insert([2]), insert([3])]);
  assert.deepEqual(results[1]!.rows, [{ id: 3, colour: 'red' }]);
  const stored = await ours.read(everyTenant, find([1]));
  assert.deepEqual(
    stored.map(({ id }) => id),
    [1, 2, 3],
  );
});

test('transactions that meet it, many at once, run again and store everything, once', async () => {
  const { find, insert, migrate } = await aTable();
  const add = (id: number) =>
    ours.transaction(everyTenant, async (tx) => {
      const before = await tx.query(find([id]));
      await tx.run([insert([id])]);
      return { result: before.length, finish: [statement('select 1')] };
    });
  await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(add));
  await migrate();
  await Promise.all([11, 12, 13, 14, 15, 16, 17, 18].map(add));
  assert.deepEqual(
    (await ours.read(everyTenant, find([0]))).map(({ id }) => id),
    [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18],
  );
});

test('statements that somebody discarded are prepared anew', async () => {
  const { find, insert } = await aTable();
  await ours.flight(everyTenant, [insert([1])]);
  await ours.read(everyTenant, find([1]));
  await ours.readAll(everyTenant, [statement('deallocate all')]);
  assert.deepEqual(await ours.read(everyTenant, find([1])), [{ id: 1 }]);
});

test('a refusal that is no outdated session is neither repeated nor hidden', async () => {
  const { insert } = await aTable();
  await ours.flight(everyTenant, [insert([1])]);
  await assert.rejects(ours.flight(everyTenant, [insert([1])]), { code: '23505' });
  await assert.rejects(ours.read(everyTenant, statement('select 1 / 0')), { code: '22012' });
});
