import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import pg from 'pg';
import { type TestAnswer, type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
let shop: TestOrganization;
before(async () => {
  app = await testApp();
  shop = await app.organization();
});
after(() => app?.close());

const CSV = { 'content-type': 'text/csv' };
const NDJSON = { 'content-type': 'application/x-ndjson' };

function send(raw: string | Buffer, query = 'resource=users', headers: Record<string, string> = CSV, at = shop) {
  return app.request('POST', `/imports?${query}`, { token: at.token, raw, headers });
}

async function imported(raw: string | Buffer, query?: string, headers?: Record<string, string>, at = shop) {
  const started = await send(raw, query, headers, at);
  assert.equal(started.status, 202, JSON.stringify(started.body));
  await ended(started.body.id, at);
  const { body } = await app.request('GET', `/imports/${started.body.subject_id}`, { token: at.token });
  return body;
}

/** Jobs also run by themselves, so one may be under way already. */
async function ended(jobId: string, at: TestOrganization) {
  for (;;) {
    await app.settle();
    const { body } = await app.request('GET', `/jobs/${jobId}`, { token: at.token });
    if (!['queued', 'running', 'canceling'].includes(body.status)) return body;
    await delay(10);
  }
}

function counts({ progress }: { progress: Record<string, number> }) {
  const { rows_read, rows_created, rows_updated, rows_unchanged, rows_failed } = progress;
  return [rows_read, rows_created, rows_updated, rows_unchanged, rows_failed];
}

async function emails(at = shop): Promise<string[]> {
  const { body } = await app.request('GET', '/users?limit=100', { token: at.token });
  return body.data.map((user: { email: string }) => user.email).sort();
}

function assertRefused(answer: TestAnswer, code: string, text: RegExp): void {
  assert.equal(answer.status, 422, JSON.stringify(answer.body));
  assert.equal(answer.body.error.details[0].code, code);
  assert.match(answer.body.error.message, text);
}

test('G-09 a CSV file becomes objects; the job tells its progress; the same file again changes nothing', async () => {
  const at = await app.organization();
  const file =
    'Name,E-Mail,EMAIL,Roles,metadata.team\r\nAda,x,ada@example.com,finance|legal_reviewer,core\r\n"Bob ""B""",y,bob@example.com,,\r\n';
  const first = await imported(file, 'resource=users', CSV, at);
  assert.deepEqual([first.status, ...counts(first)], ['completed', 2, 2, 0, 0, 0]);
  assert.deepEqual(
    first.warnings.map(({ column }: { column: string }) => column),
    ['E-Mail'],
  );
  const job = await app.request('GET', `/jobs/${first.job_id}`, { token: at.token });
  assert.partialDeepStrictEqual(job.body, { kind: 'import', status: 'completed', subject_id: first.id });
  assert.partialDeepStrictEqual(job.body.progress, { rows_total: 2, rows_read: 2, percent: 100 });
  assert.equal(job.body.progress.bytes_read, Buffer.byteLength(file));
  const { body } = await app.request('GET', '/users?email=ada@example.com', { token: at.token });
  assert.partialDeepStrictEqual(body.data[0], {
    name: 'Ada',
    roles: ['finance', 'legal_reviewer'],
    metadata: { team: 'core' },
  });
  assert.deepEqual(counts(await imported(file, 'resource=users', CSV, at)), [2, 0, 0, 2, 0]);
  const changed = await imported(file.replace('Ada,', 'Ada L.,'), 'resource=users', CSV, at);
  assert.deepEqual(counts(changed), [2, 0, 1, 1, 0]);
});

test('G-09 rows that break a rule are told with column, value and code, and their file can be mended and sent again', async () => {
  const at = await app.organization();
  const file =
    'email,name,role\nnot-an-address,Ada,member\nbob@example.com,Bob,emperor\ncarl@example.com,Carl,viewer\n';
  const done = await imported(file, 'resource=users', CSV, at);
  assert.deepEqual([done.status, ...counts(done)], ['completed', 3, 1, 0, 0, 2]);
  const { body } = await app.request('GET', `/imports/${done.id}/errors?include=total_count`, { token: at.token });
  assert.equal(body.total_count, 2);
  const told = body.data.map(({ row, errors: [error] }: { row: number; errors: Record<string, string>[] }) => [
    row,
    error!.column,
    error!.value,
    error!.code,
  ]);
  assert.deepEqual(told, [
    [2, 'email', 'not-an-address', 'format'],
    [3, 'role', 'emperor', 'not_allowed'],
  ]);
  const page = await app.request('GET', `/imports/${done.id}/errors?limit=1`, { token: at.token });
  const next = await app.request('GET', `/imports/${done.id}/errors?limit=1&cursor=${page.body.next_cursor}`, {
    token: at.token,
  });
  assert.deepEqual([page.body.has_more, next.body.data[0].row, next.body.has_more], [true, 3, false]);
  const failed = await app.request('GET', `/imports/${done.id}/failed-rows`, { token: at.token });
  assert.match(failed.headers['content-disposition']!, /^attachment;/);
  assert.match(
    failed.body,
    /^email,name,role,_row,_column,_code,_message\r\nnot-an-address,Ada,member,2,email,format,/,
  );
  const mended = failed.body.replace('not-an-address', 'ada@example.com').replace('emperor', 'member');
  assert.deepEqual(counts(await imported(mended, 'resource=users', CSV, at)), [2, 2, 0, 0, 0]);
  assert.deepEqual(await emails(at), ['ada@example.com', 'bob@example.com', 'carl@example.com']);
});

test('VAL-10 no cell of the failed rows is a formula, and their file is read back as it was sent', async () => {
  const at = await app.organization();
  const done = await imported(
    `email,name\nbad,"=HYPERLINK(""http://evil.example"")"\nbad,'=1+1\n`,
    'resource=users',
    CSV,
    at,
  );
  const failed = await app.request('GET', `/imports/${done.id}/failed-rows`, { token: at.token });
  const names = failed.body.split('\r\n').slice(1, 3);
  assert.match(names[0], /^bad,"'=HYPERLINK/);
  assert.match(names[1], /^bad,'=1\+1,/);
});

test('G-09 a dry run checks every row and stores nothing', async () => {
  const at = await app.organization();
  const file = 'email,name\nada@example.com,Ada\nbad,Bob\nada@example.com,Twin\n';
  const dry = await imported(file, 'resource=users&dry_run=true', CSV, at);
  assert.deepEqual([dry.dry_run, dry.status, ...counts(dry)], [true, 'completed', 3, 1, 0, 0, 2]);
  assert.deepEqual(await emails(at), []);
});

test('G-09 NDJSON is read by the types of the API: a line that is no object fails alone', async () => {
  const at = await app.organization();
  const lines = [
    '{"email":"ada@example.com","name":"Ada","roles":["finance"]}',
    'nonsense',
    '[1]',
    '{"email":5,"name":"x"}',
    '',
  ];
  const done = await imported(lines.join('\n'), 'resource=users', NDJSON, at);
  assert.deepEqual(counts(done), [4, 1, 0, 0, 3]);
  const { body } = await app.request('GET', `/imports/${done.id}/errors`, { token: at.token });
  assert.deepEqual(
    body.data.map(({ row, errors }: { row: number; errors: { code: string }[] }) => [row, errors[0]!.code]),
    [
      [2, 'format'],
      [3, 'format'],
      [4, 'type'],
    ],
  );
});

test('G-09 files that cannot be read are refused at once, with the row and the byte, and nothing of them is kept', async () => {
  const header = 'email,name\n';
  assertRefused(await send('name\nAda\n'), 'required', /columns email/);
  assertRefused(await send('email,name,Email\na@b.example,A,b\n'), 'duplicate', /email stands twice/);
  assertRefused(await send(header), 'too_few', /no rows/);
  assertRefused(await send(''), 'required', /empty/);
  assertRefused(await send(Buffer.from(`\ufeff${header}a@b.example,A\n`, 'utf16le')), 'encoding', /UTF-16/);
  const latin = Buffer.concat([Buffer.from(`${header}a@b.example,`), Buffer.from([0x4a, 0xf6, 0x72, 0x67, 10])]);
  assertRefused(await send(latin), 'encoding', /Byte 24 .* row 2/);
  assertRefused(await send(`${header}"a@b.example,A\nb`), 'format', /Row 2, which begins at byte 11: .*not closed/);
  assertRefused(await send(`${header}"a"@b.example,A\n`), 'format', /closing quote of cell 1/);
  const long = `${header}a@b.example,A\nb@b.example,${'x'.repeat(1_100_000)}`;
  assertRefused(await send(long), 'too_long', /Row 3, which begins at byte 25/);
  const { body } = await app.request('GET', '/imports?status=queued', { token: shop.token });
  assert.deepEqual(body.data, []);
});

test('G-09 BOM, CR LF, semicolons, quoted line breaks and gzip are understood', async () => {
  const at = await app.organization();
  const file =
    '\ufeffemail;name;metadata.note\r\nada@example.com;"Ada; Countess";"two words"\r\n\r\n"bob@example.com";Bob;';
  const done = await imported(gzipSync(file), 'resource=users', { ...CSV, 'content-encoding': 'gzip' }, at);
  assert.deepEqual(counts(done), [2, 2, 0, 0, 0]);
  const { body } = await app.request('GET', '/users?email=ada@example.com', { token: at.token });
  assert.partialDeepStrictEqual(body.data[0], { name: 'Ada; Countess', metadata: { note: 'two words' } });
});

test('G-09 uploads of a wrong type, packing or size are refused', async () => {
  assert.equal((await send('{}', 'resource=users', { 'content-type': 'application/json' })).status, 415);
  assert.equal((await send('x', 'resource=users', { ...CSV, 'content-encoding': 'br' })).status, 415);
  assert.equal((await send('not gzip', 'resource=users', { ...CSV, 'content-encoding': 'gzip' })).status, 400);
  const bomb = gzipSync(Buffer.alloc(101 * 1024 * 1024, 'a,b\n'));
  assert.equal((await send(bomb, 'resource=users', { ...NDJSON, 'content-encoding': 'gzip' })).status, 413);
  assert.equal((await send('x', 'resource=planets')).status, 400);
  const csvToJson = await app.request('POST', '/customers', { token: shop.token, raw: 'a,b', headers: CSV });
  assert.equal(csvToJson.status, 415);
});

test('VAL-10 VAL-11 a list of 101 is refused with the name of the bulk endpoint, and that endpoint takes more', async () => {
  const at = await app.organization();
  const tags = (count: number) => Array.from({ length: count }, (_, index) => `tag-${index}`);
  const buyer = (count: number) => ({ type: 'company', name: 'Acme', tags: tags(count) });
  assert.equal((await app.request('POST', '/customers', { token: at.token, body: buyer(100) })).status, 201);
  const refused = await app.request('POST', '/customers', { token: at.token, body: buyer(101) });
  assert.equal(refused.status, 422);
  const [, method, path] = /send larger sets to (POST) (\/\w+)/.exec(refused.body.error.details[0].message)!;
  const rows = Array.from({ length: 2_500 }, (_, index) => `p${index}@example.com,Person ${index}`);
  const raw = `email,name\n${rows.join('\n')}\n`;
  const started = await app.request(method!, `${path}?resource=users`, { token: at.token, raw, headers: CSV });
  assert.equal(started.status, 202);
  const { status, progress } = await ended(started.body.id, at);
  assert.deepEqual([status, progress.rows_created], ['completed', 2_500]);
});

test('SOC-02 importing needs the scope of the resource beside imports:write, and so do its rows and its retry', async () => {
  const token = await app.tokenWith(shop, ['imports:write', 'imports:read', 'jobs:write', 'exports:write']);
  const refused = await send('email,name\na@b.example,A\n', 'resource=users', CSV, { ...shop, token });
  assert.equal(refused.status, 403);
  assert.match(refused.body.error.message, /`users:write`/);
  const done = await imported('email,name\nbad,A\n');
  const errors = await app.request('GET', `/imports/${done.id}/errors`, { token });
  const rows = await app.request('GET', `/imports/${done.id}/failed-rows`, { token });
  const exporting = await app.request('POST', '/exports', { token, body: { resource: 'users' } });
  assert.deepEqual([errors.status, rows.status, exporting.status], [403, 403, 403]);
});

test('G-60 a waiting job is canceled at once and goes on with retry; one that is over is neither', async () => {
  const at = await app.organization();
  const { token } = at;
  const worker = app.platform.runtime.worker('bulk');
  await worker.stop();
  const started = await send('email,name\nada@example.com,Ada\n', 'resource=users', CSV, at);
  const path = `/jobs/${started.body.id}`;
  const canceled = await app.request('POST', `${path}/cancel`, { token });
  assert.deepEqual([canceled.status, canceled.body.status], [200, 'canceled']);
  await app.settle();
  assert.deepEqual(await emails(at), []);
  const retried = await app.request('POST', `${path}/retry`, { token });
  assert.deepEqual([retried.status, retried.body.status], [200, 'queued']);
  await app.settle();
  worker.start();
  assert.deepEqual(await emails(at), ['ada@example.com']);
  for (const verb of ['cancel', 'retry']) {
    const { status, body } = await app.request('POST', `${path}/${verb}`, { token });
    assert.deepEqual([status, body.error.code], [409, 'ERR_INVALID_STATE']);
  }
  const list = await app.request('GET', '/jobs?kind=import&status=completed', { token });
  assert.deepEqual(
    list.body.data.map(({ id }: { id: string }) => id),
    [started.body.id],
  );
});

test('G-09 a repeated request with one idempotency key is one import; the same key with another file is refused', async () => {
  const at = await app.organization();
  const once = { ...CSV, 'idempotency-key': 'monday' };
  const one = await send('email,name\nada@example.com,Ada\n', 'resource=users', once, at);
  const two = await send('email,name\nada@example.com,Ada\n', 'resource=users', once, at);
  assert.deepEqual([two.status, two.body.id, two.headers['idempotent-replayed']], [202, one.body.id, 'true']);
  const other = await send('email,name\nbob@example.com,Bob\n', 'resource=users', once, at);
  assert.equal(other.status, 422);
  assert.equal(other.body.error.code, 'ERR_IDEMPOTENCY_MISMATCH');
});

test("G-09 another organisation's import, export and job are as missing as ones that never were", async () => {
  const stranger = await app.organization();
  const done = await imported('email,name\nbad,A\n');
  for (const path of [
    `/imports/${done.id}`,
    `/imports/${done.id}/errors`,
    `/imports/${done.id}/failed-rows`,
    `/jobs/${done.job_id}`,
  ]) {
    assert.equal((await app.request('GET', path, { token: stranger.token })).status, 404, path);
  }
});

test('personal data of a file stands nowhere in clear: not in the database, the files, the events or the log', async () => {
  const at = await app.organization();
  await imported(
    'email,name\nzaphod@example.com,Zaphod Beeblebrox\nbroken,Trillian Astra\n',
    'resource=users',
    CSV,
    at,
  );
  const client = new pg.Client(app.database.connection);
  await client.connect();
  const { rows } = await client.query(`select row_to_json(t)::text as text from bulk.transfers t
    union all select encode(content, 'escape') from bulk.failed_rows union all select data::text from bulk.events`);
  await client.end();
  const files = await readdir(join(app.dataDirectory, 'files'), { recursive: true, withFileTypes: true });
  const stored = files
    .filter((file) => file.isFile())
    .map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'));
  assert.ok(rows.length > 2 && stored.length > 0);
  const everything = [...rows.map(({ text }) => text), ...stored, ...app.logLines].join('\n');
  assert.doesNotMatch(everything, /Zaphod|zaphod@|Trillian/);
});

test('G-09 files and failed rows are gone 30 days after the end of their job', async () => {
  const at = await app.organization();
  const done = await imported('email,name\nbad,A\n', 'resource=users', CSV, at);
  app.clock.advance(31 * 24 * 60 * 60 * 1_000);
  await app.settle();
  const fresh = { token: await app.tokenWith(at, ['imports:read', 'users:read']) };
  assert.equal((await app.request('GET', `/imports/${done.id}/failed-rows`, fresh)).status, 410);
  assert.deepEqual((await app.request('GET', `/imports/${done.id}/errors`, fresh)).body.data, []);
});
