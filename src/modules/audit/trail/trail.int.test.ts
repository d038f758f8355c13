import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DomainError } from '#kernel/errors.ts';
import { newId, type UserId } from '#kernel/ids.ts';
import { testContext, testTenant } from '#test/support/module.ts';
import { auditUnderTest } from '../audit-under-test.ts';
import { createOrigins } from './origins.ts';
import { Recorder } from './recorder.ts';
import { createSpill } from './spill.ts';

test('SOC-04 SOC-05 SOC-06 SOC-07 HIP-04 a read is recorded with who, what, when and from where', async (t) => {
  const at = await auditUnderTest(t);
  const userId: UserId = newId('usr');
  at.module.service.recordAccess(
    at.access({
      actor: { kind: 'client', id: 'cli_7', userId },
      action: 'orders.get',
      objectId: 'ord_1',
      outcome: 'not_found',
      requestId: 'req_1',
      ipAddress: '2001:db8::7',
      userAgent: 'curl/8 "ü"',
    }),
  );
  const [entry] = await at.list();
  assert.match(entry!.id, /^aud_/);
  assert.deepEqual(
    { ...entry, id: '' },
    {
      id: '',
      occurredAt: at.clock.now().toISOString(),
      actorKind: 'client',
      actorId: 'cli_7',
      userId,
      platform: false,
      action: 'orders.get',
      objectId: 'ord_1',
      outcome: 'not_found',
      requestId: 'req_1',
      ipAddress: '2001:db8::7',
      userAgent: 'curl/8 "ü"',
      eventId: null,
      eventType: null,
      objectVersion: null,
    },
  );
});

test('SOC-04 SOC-05 SOC-06 SOC-07 a change is recorded from its event, once, however often it is delivered', async (t) => {
  const at = await auditUnderTest(t);
  const context = await at.change('prd_1');
  await at.deliver();
  await at.superuser.query("delete from kernel.consumers where name = 'audit.trail'");
  await at.deliver();
  const entries = await at.list();
  assert.equal(entries.length, 1);
  const [entry] = entries;
  const [event] = at.committed;
  assert.deepEqual(
    [entry!.actorKind, entry!.actorId, entry!.userId, entry!.action, entry!.objectId, entry!.outcome],
    ['user', context.actor.id, null, 'products.update', 'prd_1', 'success'],
  );
  assert.deepEqual(
    [entry!.ipAddress, entry!.userAgent, entry!.occurredAt, entry!.requestId],
    ['127.0.0.1', 'test', event!.occurredAt, context.requestId],
  );
  assert.deepEqual([entry!.eventId, entry!.eventType, entry!.objectVersion], [event!.id, 'product.updated', 1]);
});

test('SOC-04 a change that was committed is audited although the process died at once', async (t) => {
  const at = await auditUnderTest(t);
  await at.change('prd_1');
  // Nothing of this instance ran after the commit; the next one finds it in the log.
  await at.deliver(at.create());
  assert.equal((await at.list()).length, 1);
});

test('C-14 a platform administrator’s crossing stands in the trail of the organisation that was entered', async (t) => {
  const at = await auditUnderTest(t);
  const other = testTenant();
  const actor = { kind: 'user' as const, id: newId('usr'), platform: true };
  at.module.service.recordAccess(at.access({ orgId: null, actor, platform: true, action: 'organizations.list' }));
  at.module.service.recordAccess(at.access({ orgId: other.orgId, actor, platform: true }));
  await at.change('prd_1', { ...testContext(other), actor });
  await at.deliver();
  const trail = await at.list({}, other);
  assert.deepEqual(trail.map(({ platform, ipAddress }) => `${platform} ${ipAddress}`).sort(), [
    'true 127.0.0.1',
    'true 203.0.113.7',
  ]);
  assert.deepEqual(await at.list(), [], 'no other organisation sees it');
});

test('the trail is read by its own organisation and mode alone, newest first, with filters', async (t) => {
  const at = await auditUnderTest(t);
  at.module.service.recordAccess(at.access({ action: 'orders.get', objectId: 'ord_1' }));
  at.clock.advance(1_000);
  const later = at.clock.now().toISOString();
  at.module.service.recordAccess(
    at.access({ action: 'orders.list', objectId: null, actor: { kind: 'user', id: 'usr_2' } }),
  );
  at.module.service.recordAccess(at.access({ livemode: false }));
  at.module.service.recordAccess(at.access({ orgId: testTenant().orgId }));
  assert.deepEqual(
    (await at.list()).map(({ action }) => action),
    ['orders.list', 'orders.get'],
  );
  assert.equal((await at.list({}, { ...at.tenant, livemode: false })).length, 1);
  const only = async (filter: object) => (await at.list(filter)).map(({ action }) => action);
  assert.deepEqual(await only({ actorId: 'usr_2' }), ['orders.list']);
  assert.deepEqual(await only({ action: 'orders.get' }), ['orders.get']);
  assert.deepEqual(await only({ objectId: 'ord_1' }), ['orders.get']);
  assert.deepEqual(await only({ createdAfter: later }), ['orders.list']);
  assert.deepEqual(await only({ createdBefore: new Date(Date.parse(later) - 1).toISOString() }), ['orders.get']);
});

test('C-89 addresses are sealed, and after a person’s erasure the trail verifies without them', async (t) => {
  const at = await auditUnderTest(t);
  const userId: UserId = newId('usr');
  at.module.service.recordAccess(at.access({ actor: { kind: 'client', id: 'cli_1', userId } }));
  at.module.service.recordAccess(at.access({ actor: { kind: 'client', id: 'cli_2' } }));
  await at.module.recorder.flush();
  await at.everybodyCommitted();
  await at.module.sealer.sealDue();
  const { rows } = await at.superuser.query(
    'select row(entries.*)::text as text, encode(origin, $1) as origin from audit.entries',
    ['escape'],
  );
  for (const row of rows) assert.ok(!`${row.text}${row.origin}`.includes('203.0.113'), 'in the open');
  await at.superuser.query('delete from audit.subject_keys where subject_id = $1', [userId]);
  const seen = (await at.list()).map(({ actorId, ipAddress, userAgent }) => [actorId, ipAddress, userAgent]);
  assert.deepEqual(seen.sort(), [
    ['cli_1', null, null],
    ['cli_2', '203.0.113.7', 'test/1'],
  ]);
  assert.equal((await at.verify()).difference, null);
});

test('what strangers send in paths cannot stop the trail', async (t) => {
  const at = await auditUnderTest(t);
  at.module.service.recordAccess(at.access({ objectId: `a\0b\ud800${'x'.repeat(9_000)}`, userAgent: '\0\udfff' }));
  const [entry] = await at.list();
  assert.equal(entry!.objectId, `ab\ufffd${'x'.repeat(252)}`);
});

test('entries wait while the database is away, in memory and then on the disk, and none is lost', async (t) => {
  const at = await auditUnderTest(t);
  let isAway = true;
  const { database } = at.kit;
  const switched = {
    flight: (...args: Parameters<typeof database.flight>) =>
      isAway ? Promise.reject(new DomainError('unavailable', 'away')) : database.flight(...args),
  } as typeof database;
  const spill = createSpill(join(at.dataDirectory, 'audit-spill.ndjson'));
  const recorder = new Recorder({
    database: switched,
    log: at.kit.log,
    origins: createOrigins(at.kit.sealing),
    spill,
    refused: spill,
  });
  const total = 21_500;
  const userId: UserId = newId('usr');
  const oldest = at.access({ actor: { kind: 'user', id: userId } });
  recorder.record(oldest);
  for (let index = 1; index < total; index++) recorder.record(at.access({ actor: { kind: 'user', id: userId } }));
  await recorder.flush();
  const names = () => readdirSync(at.dataDirectory).filter((name) => name.startsWith('audit-spill'));
  assert.equal(names().length, 1, 'the oldest are on the disk');
  const spillFile = join(at.dataDirectory, names()[0]!);
  assert.equal(statSync(spillFile).mode & 0o777, 0o600);
  assert.ok(!readFileSync(spillFile, 'utf8').includes('203.0.113'), 'sealed there as well');
  for (let index = 0; index < 2_000; index++) recorder.record(at.access());
  await recorder.flush();
  assert.equal(names().length, 2, 'one file is being replayed, a newer one took the rest');
  isAway = false;
  await recorder.flush();
  assert.deepEqual(names(), []);
  const { rows } = await at.superuser.query(
    'select count(*) as entries, count(distinct object_id) as objects from audit.entries',
  );
  assert.deepEqual(rows, [{ entries: String(total + 2_000), objects: String(total + 2_000) }]);
  const [spilled] = await at.list({ objectId: oldest.objectId! });
  assert.equal(spilled!.ipAddress, '203.0.113.7');
});

test('a batch that was written although its answer was lost is not written twice', async (t) => {
  const at = await auditUnderTest(t);
  const { database } = at.kit;
  let losses = 2;
  const losing = {
    async flight(...args: Parameters<typeof database.flight>) {
      const results = await database.flight(...args);
      if (losses-- > 0) throw new DomainError('unavailable', 'the connection broke after the commit');
      return results;
    },
  } as typeof database;
  const spill = createSpill(join(at.dataDirectory, 'audit-spill.ndjson'));
  const recorder = new Recorder({
    database: losing,
    log: at.kit.log,
    origins: createOrigins(at.kit.sealing),
    spill,
    refused: spill,
  });
  for (let index = 0; index < 10; index++) recorder.record(at.access());
  for (let round = 0; round < 4; round++) await recorder.flush();
  assert.equal((await at.list()).length, 10);
  const files = readdirSync(at.dataDirectory).filter((name) => /spill|refused/.test(name));
  assert.deepEqual(files, [], 'the second time was a repetition, not a refusal');
});

test('a stop writes what waits, or leaves it on the disk for the next start', async (t) => {
  const at = await auditUnderTest(t);
  at.module.start!();
  at.module.service.recordAccess(at.access());
  await at.module.recorder.flush();
  await at.everybodyCommitted();
  at.module.service.recordAccess(at.access());
  await at.module.stop!();
  assert.equal((await at.list()).length, 2, 'written');
  assert.ok((await at.verify()).entries >= 1, 'sealed as far as the other transactions of the server let it');
  const away = {
    flight: () => Promise.reject(new DomainError('unavailable', 'away')),
  } as unknown as typeof at.kit.database;
  const spill = createSpill(join(at.dataDirectory, 'audit-spill.ndjson'));
  const recorder = new Recorder({
    database: away,
    log: at.kit.log,
    origins: createOrigins(at.kit.sealing),
    spill,
    refused: spill,
  });
  recorder.record(at.access());
  recorder.record(at.access());
  await recorder.stop();
  const next = at.create();
  next.start!();
  await next.stop!();
  assert.equal((await at.list()).length, 4);
});

test('entries that the database refuses for what they are stop nobody and lie in a file of their own', async (t) => {
  const at = await auditUnderTest(t);
  at.module.service.recordAccess(at.access({ outcome: null as never }));
  await at.module.recorder.flush();
  at.module.service.recordAccess(at.access());
  assert.equal((await at.list()).length, 1);
  assert.match(readFileSync(join(at.dataDirectory, 'audit-refused.ndjson'), 'utf8'), /"action":"products.get"/);
});

test('entries are sealed within a second of their commit', async (t) => {
  const at = await auditUnderTest(t);
  at.module.start!();
  t.after(() => at.module.stop!());
  at.module.service.recordAccess(at.access());
  const beganMs = performance.now();
  while ((await at.verify()).entries === 0) {
    assert.ok(performance.now() - beganMs < 5_000, 'never sealed');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  t.diagnostic(`recorded, written and sealed after ${Math.round(performance.now() - beganMs)} ms`);
});

test('recording an access costs less than 1.5 microseconds', async (t) => {
  const at = await auditUnderTest(t);
  const entry = at.access();
  const rounds = 15_000;
  // The batch of 500 wakes the writer, whose work comes later, when this loop gives way.
  const beganMs = performance.now();
  for (let index = 0; index < rounds; index++) at.module.service.recordAccess(entry);
  const microseconds = ((performance.now() - beganMs) * 1_000) / rounds;
  t.diagnostic(`${microseconds.toFixed(3)} µs each`);
  await at.module.recorder.flush();
  assert.ok(microseconds < 1.5, `${microseconds} µs`);
});
