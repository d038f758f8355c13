import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HOUR_MS } from '#kernel/clock.ts';
import { statement } from '#kernel/database/statement.ts';
import { DomainError } from '#kernel/errors.ts';
import { catalogSchema } from '#modules/catalog/index.ts';
import { type TestKits, testContext, testKits, testTenant } from '#test/support/module.ts';
import type { WritePath } from './write-path.ts';

let kits: TestKits;
let writes: WritePath;
before(async () => {
  kits = await testKits([catalogSchema]);
  writes = kits.kit('catalog').writes;
});
after(() => kits.close());

let sequence = 0;
const event = () => ({ type: 'tested', streamId: `test_${++sequence}`, streamVersion: 1, data: {} });
const nothing = { statements: [], jobs: [] };

async function eventCount(streamId: string): Promise<number> {
  const text = 'select count(*) as count from catalog.events where stream_id = $1';
  const [row] = await writes.database.read({ orgId: '*', livemode: true }, statement(text, [streamId]));
  return row!.count;
}

test('C-52 twenty requests with one idempotency key at once store one event and get one answer', async () => {
  const tenant = testTenant();
  const streams = Array.from({ length: 20 }, () => event());
  const answers = await Promise.all(
    streams.map((each, index) =>
      writes
        .store(testContext(tenant, { idempotencyKey: 'once' }), { ...nothing, events: [each], result: { index } })
        .catch((error: DomainError) => error.kind),
    ),
  );
  const stored = await Promise.all(streams.map((each) => eventCount(each.streamId)));
  assert.equal(
    stored.reduce((sum, count) => sum + count),
    1,
  );
  const results = answers.filter((answer) => typeof answer === 'object');
  assert.ok(results.length > 0);
  assert.equal(new Set(results.map((answer) => JSON.stringify(answer))).size, 1);
});

test('C-52 an answer is kept for 24 hours, then the key is free', async () => {
  const tenant = testTenant();
  const ask = (result: string) =>
    writes.store(testContext(tenant, { idempotencyKey: 'day' }), { ...nothing, events: [event()], result });
  assert.equal(await ask('first'), 'first');
  kits.clock.advance(24 * HOUR_MS - 1);
  assert.equal(await ask('second'), 'first');
  kits.clock.advance(1);
  assert.equal(await ask('third'), 'third');
});

test('C-52 keys of another organisation, mode and operation are other keys', async () => {
  const tenant = testTenant();
  const ask = (where: typeof tenant, operation: string, result: string) =>
    writes.store(testContext(where, { idempotencyKey: 'k', operation }), { ...nothing, events: [event()], result });
  assert.equal(await ask(tenant, 'a.create', 'one'), 'one');
  assert.equal(await ask(testTenant(), 'a.create', 'two'), 'two');
  assert.equal(await ask({ ...tenant, livemode: false }, 'a.create', 'three'), 'three');
  assert.equal(await ask(tenant, 'b.create', 'four'), 'four');
});

test('a row of before fingerprints were keyed answers the same request and refuses another, until it expires', async () => {
  const tenant = testTenant();
  const plan = (result: string) => ({ ...nothing, events: [event()], result });
  const before = testContext(tenant, { idempotencyKey: 'of-before', fingerprint: 'unkeyed' });
  assert.equal(await writes.store(before, plan('first')), 'first');
  const now = (unkeyed: string) => {
    const context = testContext(tenant, { idempotencyKey: 'of-before', fingerprint: `keyed ${unkeyed}` });
    context.idempotency!.unkeyedFingerprint = Buffer.from(unkeyed);
    return context;
  };
  assert.equal(await writes.store(now('unkeyed'), plan('second')), 'first');
  await assert.rejects(writes.store(now('another'), plan('third')), { kind: 'idempotency_mismatch' });
});

test('a stored answer holds no readable text in the database', async () => {
  const tenant = testTenant();
  await writes.store(testContext(tenant, { idempotencyKey: 'sealed' }), {
    ...nothing,
    events: [event()],
    result: { email: 'ann@example.com' },
  });
  const text = "select encode(result, 'escape') as result from catalog.idempotency_keys where key = 'sealed'";
  const [row] = await writes.database.read(tenant, statement(text));
  assert.ok(!row!.result.includes('ann@example.com'));
});

test('two writers of one stream version: exactly one succeeds', async () => {
  const tenant = testTenant();
  const same = event();
  const outcomes = await Promise.allSettled(
    [1, 2, 3].map(() => writes.store(testContext(tenant), { ...nothing, events: [same], result: null })),
  );
  assert.equal(outcomes.filter((outcome) => outcome.status === 'fulfilled').length, 1);
  assert.equal(await eventCount(same.streamId), 1);
});

test('a command that fails stores nothing, and its idempotency key stays free', async () => {
  const tenant = testTenant();
  const lost = event();
  const context = () => testContext(tenant, { idempotencyKey: 'retry' });
  const failing = writes.run(context(), async (tx) => {
    tx.append(lost);
    throw new DomainError('invalid_state', 'not now');
  });
  await assert.rejects(failing, { kind: 'invalid_state' });
  assert.equal(await eventCount(lost.streamId), 0);
  assert.equal(await writes.run(context(), async () => 'done'), 'done');
  assert.equal(await writes.run(context(), async () => 'again'), 'done');
});

test('a statement cannot read or write rows of another tenant, whatever it says', async () => {
  const [mine, other] = [testTenant(), testTenant()];
  const seen = event();
  await writes.store(testContext(mine), { ...nothing, events: [seen], result: null });
  const select = statement('select count(*) as count from catalog.events where stream_id = $1', [seen.streamId]);
  assert.equal((await writes.database.read(mine, select))[0]!.count, 1);
  assert.equal((await writes.database.read(other, select))[0]!.count, 0);
  assert.equal((await writes.database.read({ ...mine, livemode: false }, select))[0]!.count, 0);
  const forged = statement(
    `insert into catalog.idempotency_keys (org_id, livemode, route, key, fingerprint, request_id, created_at, expires_at)
     values ($1, true, 'r', 'k', '', 'req', now(), now())`,
    [mine.orgId],
  );
  await assert.rejects(writes.database.flight(other, [forged]), /row-level security/);
});

test('the event log cannot be changed or shortened', async () => {
  const tenant = testTenant();
  await writes.store(testContext(tenant), { ...nothing, events: [event()], result: null });
  for (const text of [
    'update catalog.events set type = type',
    'delete from catalog.events',
    'truncate catalog.events',
  ]) {
    await assert.rejects(writes.database.flight(tenant, [statement(text)]), /permission denied/);
  }
});

test('when the tenant cannot be set, no answer of the session’s last tenant is given', async () => {
  const mine = testTenant();
  const seen = event();
  await writes.store(testContext(mine), { ...nothing, events: [seen], result: null });
  const select = statement('select count(*) as count from catalog.events where stream_id = $1', [seen.streamId]);
  assert.equal((await writes.database.read(mine, select))[0]!.count, 1);
  const unsettable = { orgId: 'org_\u0000' as typeof mine.orgId, livemode: true };
  await assert.rejects(writes.database.read(unsettable, select));
  assert.equal((await writes.database.read(mine, select))[0]!.count, 1);
});
