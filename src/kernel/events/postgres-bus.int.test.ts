import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import type { Transaction } from '#kernel/database/module-database.ts';
import { statement } from '#kernel/database/statement.ts';
import { catalogSchema } from '#modules/catalog/index.ts';
import { type TestKits, testContext, testKits, testTenant } from '#test/support/module.ts';
import type { Consumer } from './bus.ts';
import type { StoredEvent } from './event.ts';

let kits: TestKits;
before(async () => {
  kits = await testKits([catalogSchema]);
});
after(() => kits.close());

const tenant = testTenant();
let sequence = 0;

/** Stores one event of a stream of its own. */
async function happen(type: string, data = {}): Promise<void> {
  const event = { type, streamId: `test_${++sequence}`, streamVersion: 1, data };
  await kits.kit('catalog').writes.store(testContext(tenant), { statements: [], events: [event], result: null });
}

function consumer(name: string, handle: Consumer['handle'], types?: string[]): Consumer {
  return { name: `catalog.${name}`, sources: ['catalog'], types, handle };
}

test('ARC-11 an event that is delivered twice has one effect', async () => {
  const seen: string[] = [];
  const counting = consumer('counting', async (events) => void seen.push(...events.map((event) => event.id)), [
    'counted',
  ]);
  await happen('counted');
  await happen('counted');
  await kits.deliver([counting]);
  assert.equal(seen.length, 2);
  // The cursor is lost (a crash between effect and cursor): the whole log is read again.
  const administrator = new pg.Client(kits.database.connection);
  await administrator.connect();
  await administrator.query("delete from kernel.consumers where name = 'catalog.counting'");
  await administrator.end();
  await happen('counted');
  await kits.deliver([counting]);
  assert.equal(seen.length, 3);
  assert.equal(new Set(seen).size, 3);
});

test('an effect that fails is tried again, and nothing of the failed try remains', async () => {
  let failures = 2;
  const done: string[] = [];
  const flaky = consumer(
    'flaky',
    async (events: readonly StoredEvent[], tx: Transaction) => {
      await tx.query(
        statement("insert into catalog.inbox (consumer, event_id) values ('effect', $1)", [events[0]!.id]),
      );
      if (failures-- > 0) throw new Error('the effect failed');
      done.push(events[0]!.id);
    },
    ['flaky.tried'],
  );
  await happen('flaky.tried');
  await kits.deliver([flaky]);
  assert.equal(done.length, 1);
});

test('an event whose transaction commits late is not passed over', async () => {
  const seen: string[] = [];
  const watching = consumer('watching', async (events) => void seen.push(...events.map((event) => event.type)), [
    'late.first',
    'late.second',
  ]);
  const slow = new pg.Client(kits.database.connection);
  await slow.connect();
  await slow.query('begin');
  await slow.query(
    `insert into catalog.events (id, stream_id, stream_version, type, org_id, livemode, occurred_at, data, metadata)
     values ('evt_slow', 'late_1', 1, 'late.first', $1, true, now(), '{}', '{}')`,
    [tenant.orgId],
  );
  await happen('late.second');
  const delivering = kits.deliver([watching]);
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.deepEqual(seen, [], 'the second event waits for the first, whose transaction is older');
  await slow.query('commit');
  await slow.end();
  await delivering;
  assert.deepEqual(seen, ['late.first', 'late.second']);
});

for (const place of ['effect', 'filter']) {
  test(`one event over which the ${place} stumbles is put aside as a dead letter, and the others pass`, async () => {
    const done: unknown[] = [];
    const type = `choosy.asked_${place}`;
    const stumble = (event: StoredEvent) => {
      if (event.data.poison) throw new Error('cannot be handled');
      return true;
    };
    const choosy = consumer(
      `choosy-${place}`,
      async (events) => {
        events.forEach(stumble);
        done.push(...events.map((event) => event.data.number));
      },
      [type],
    );
    if (place === 'filter') choosy.wants = stumble;
    await happen(type, { number: 1 });
    await happen(type, { poison: true });
    await happen(type, { number: 2 });
    const started = Date.now();
    await kits.deliver([choosy]);
    assert.deepEqual(done, [1, 2]);
    assert.ok(Date.now() - started > 1_000, 'it was tried several times before');
  });
}
