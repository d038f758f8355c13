import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Connection } from '#kernel/database/connection.ts';
import { prepared, statement } from '#kernel/database/statement.ts';
import { everyTenant } from '#kernel/database/tenant.ts';
import { createTestDatabase, type TestDatabase } from '#test/support/postgres.ts';

let database: TestDatabase;
let connection: Connection;
before(async () => {
  database = await createTestDatabase({ template: 'template1' });
  connection = new Connection(database.connection);
  await connection.send(everyTenant, [statement('create table notes (id integer primary key, text text)')]);
});
after(async () => {
  await connection.close();
  await database.drop();
});

const insert = prepared('insert into notes (id, text) values ($1, $2)');
const find = prepared('select id, text from notes where id = $1');
const send = (...statements: Parameters<Connection['send']>[1]) => connection.send(everyTenant, statements);

test('Statements that fly together are one transaction: when one fails, nothing of any is kept', async () => {
  await assert.rejects(send(insert([1, 'one']), insert([1, 'again']), insert([2, 'two'])), { code: '23505' });
  const [first, second] = await send(find([1]), find([2]));
  assert.deepEqual([first!.rows, second!.rows], [[], []]);
});

test('A flight that fails leaves its statements prepared for the next and for those behind it', async () => {
  const doubled = prepared('select $1::integer * 2 as doubled');
  const failing = send(statement('select 1 / 0'), doubled([1]));
  const behind = send(doubled([4]));
  await assert.rejects(failing, { code: '22012' });
  assert.deepEqual((await behind)[0]!.rows, [{ doubled: 8 }]);
  assert.deepEqual((await send(doubled([5])))[0]!.rows, [{ doubled: 10 }]);
});

test('A statement that cannot be prepared says why, and other flights go on', async () => {
  const broken = prepared('select nothing from nowhere where id = $1');
  await assert.rejects(send(broken([1])), { code: '42P01' });
  await assert.rejects(send(broken([1])), { code: '42P01' });
  assert.deepEqual((await send(statement('select 7 as seven')))[0]!.rows, [{ seven: 7 }]);
});

test('A value that has no text is refused before anything is sent', async () => {
  const circular: Record<string, unknown> = {};
  circular.itself = circular;
  await assert.rejects(send(insert([3, 'three']), insert([4, circular])), TypeError);
  assert.deepEqual((await send(find([3])))[0]!.rows, []);
});

test('Rows, counts and columns are told apart between the statements of one flight, the first time and later', async () => {
  for (const id of [10, 20]) {
    const results = await send(
      insert([id, null]),
      find([id]),
      statement('update notes set text = $1', ['x']),
      find([id]),
    );
    assert.deepEqual(results[1]!.rows, [{ id, text: null }]);
    assert.deepEqual(results[3]!.rows, [{ id, text: 'x' }]);
    assert.deepEqual([results[0]!.rowCount, results[1]!.rowCount, results[2]!.rowCount], [1, 1, id / 10]);
  }
});

test('Values arrive as they were: arrays with quotes and nulls, bytes, JSON, dates, texts of any length', async () => {
  const values = [
    ['a "b" \\c', null, '{}', ''],
    [Buffer.from([0, 92, 255]), null],
    { key: ['ü', 1, null] },
    new Date('2026-02-03T04:05:06.789Z'),
    'ä'.repeat(100_000),
    true,
    12.5,
    [
      [1, 2],
      [3, 4],
    ],
    undefined,
  ];
  const text = `select $1::text[] as texts, $2::bytea[] as bytes, $3::jsonb as json, $4::timestamptz as time, $5::text as text,
    $6::boolean as truth, $7::float8 as number, $8::integer[] as matrix, $9::text as missing`;
  const [result] = await send(statement(text, values));
  assert.deepEqual(result!.rows[0], {
    texts: values[0],
    bytes: values[1],
    json: values[2],
    time: '2026-02-03T04:05:06.789Z',
    text: values[4],
    truth: true,
    number: 12.5,
    matrix: values[7],
    missing: null,
  });
});

test('A thousand flights on one connection are answered in their order', async () => {
  const number = prepared('select $1::integer as number');
  const answers = await Promise.all(Array.from({ length: 1_000 }, (_, index) => send(number([index]))));
  answers.forEach(([result], index) => {
    assert.equal(result!.rows[0]!.number, index);
  });
});

test('An error that COMMIT alone finds out, such as a deferred constraint, is the failure of the flight', async () => {
  await send(
    statement(
      'create table halves (id integer primary key, other integer references halves deferrable initially deferred)',
    ),
  );
  const half = prepared('insert into halves (id, other) values ($1, $2)');
  await assert.rejects(send(half([1, 9]), half([2, 1])), { code: '23503' });
  assert.deepEqual((await send(statement('select id from halves')))[0]!.rows, []);
  await assert.rejects(send(statement('begin'), half([1, 9]), statement('commit')), { code: '23503' });
  await send(half([1, 2]), half([2, 1]));
  assert.deepEqual((await send(statement('select id from halves order by id')))[0]!.rows, [{ id: 1 }, { id: 2 }]);
});

test('A zero byte in a text is the failure of its flight alone, wherever it stands', async () => {
  const behind = send(find([10]));
  await assert.rejects(send(insert([30, 'zero\0byte'])), { code: '22021' });
  await assert.rejects(send(statement('select $1::text[]', [['a\0b']])), { code: '22021' });
  await assert.rejects(send(statement('select $1::jsonb', [{ key: 'a\0b' }])), { code: '22P05' });
  await assert.rejects(send(statement('select 1 as "a\0b"')), /zero byte/);
  assert.equal((await behind).length, 1);
  assert.deepEqual((await send(find([30])))[0]!.rows, []);
});

test('More values than the protocol can count are refused before anything is sent', async () => {
  const values = Array.from({ length: 65_536 }, () => 1);
  await assert.rejects(send(insert([31, 'before']), statement('select 1', values)), RangeError);
  assert.deepEqual((await send(find([31])))[0]!.rows, [], 'nothing of the flight was sent');
});

test('When the session dies half-way every flight on it is told, and none hangs', async () => {
  const dying = new Connection(database.connection);
  const [own] = (await dying.send(everyTenant, [statement('select pg_backend_pid() as pid')]))[0]!.rows;
  const flights = [
    dying.send(everyTenant, [insert([40, 'one']), statement('select pg_sleep(30)'), insert([41, 'two'])]),
    ...Array.from({ length: 20 }, (_, index) => dying.send(everyTenant, [insert([50 + index, 'behind'])])),
  ];
  const outcomes = Promise.allSettled(flights);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await send(statement('select pg_terminate_backend($1)', [own!.pid]));
  for (const outcome of await outcomes) {
    assert.ok(outcome.status === 'rejected', 'nothing was stored, so nothing may be reported as stored');
    assert.equal(outcome.reason.kind, 'unavailable');
  }
  assert.equal(dying.closed, true);
  assert.deepEqual((await send(statement('select id from notes where id >= 40')))[0]!.rows, []);
});
