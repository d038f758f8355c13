import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { MINUTE_MS } from '#kernel/clock.ts';
import type { Actor } from '#kernel/context.ts';
import { statement } from '#kernel/database/statement.ts';
import { everyTenant } from '#kernel/database/tenant.ts';
import { newId } from '#kernel/ids.ts';
import { auditSchema } from '#modules/audit/index.ts';
import { catalogSchema } from '#modules/catalog/index.ts';
import { type TestKits, testKits, testTenant } from '#test/support/module.ts';
import type { Origins } from './origins.ts';
import type { Run } from './subject-keys.ts';

let kits: TestKits;
let origins: Origins;
const run: Run = async (statements) =>
  (await kits.kit('audit').database.flight(everyTenant, statements)).map(({ rows }) => rows);
const tenant = testTenant();
const home = { ipAddress: '203.0.113.7', userAgent: 'curl/8' };
const person = (): Actor => ({ kind: 'user', id: newId('usr') });

before(async () => {
  kits = await testKits([catalogSchema, auditSchema]);
  origins = kits.kit('catalog').origins;
});
after(() => kits.close());

async function openAgain(actor: Actor, origin: string) {
  return (await origins.open([{ tenant, actor, origin }], run))[0];
}

test('C-89 where a person acts from opens with their key and with nothing else', async () => {
  const actor = person();
  const sealed = await origins.seal(tenant, actor, home);
  assert.ok(!Buffer.from(sealed, 'base64').toString('latin1').includes('203.0'));
  assert.deepEqual(await openAgain(actor, sealed), home);
  const somebodyElse = person();
  await origins.seal(tenant, somebodyElse, home);
  await assert.rejects(openAgain(somebodyElse, sealed), { name: 'SealError' });
  await kits
    .kit('audit')
    .database.flight(everyTenant, [statement('delete from audit.subject_keys where subject_id = $1', [actor.id])]);
  assert.equal(await openAgain(actor, sealed), null);
});

test('a person behind a program or a key counts as the person', async () => {
  const { id: userId } = person();
  const sealed = await origins.seal(tenant, { kind: 'client', id: 'cli_1', userId }, home);
  assert.deepEqual(await openAgain({ kind: 'user', id: userId }, sealed), home);
});

test('PCI-08 a machine is sealed under a key of its organisation, which is wrapped by the master key', async () => {
  const actor: Actor = { kind: 'client', id: newId('cli') };
  const sealed = await origins.seal(tenant, actor, home);
  assert.equal(Buffer.from(sealed, 'base64')[0], 1, 'not under the master key itself');
  assert.deepEqual(await openAgain(actor, sealed), home);
  assert.deepEqual(await origins.open([{ tenant: testTenant(), actor, origin: sealed }], run), [null]);
});

test('the same place costs one cipher in five minutes, and a person no second look at the database', async () => {
  const actor = person();
  const first = await origins.seal(tenant, actor, home);
  assert.equal(origins.seal(tenant, actor, home), first);
  assert.notEqual(await origins.seal(tenant, actor, { ...home, ipAddress: '203.0.113.8' }), first);
  kits.clock.advance(5 * MINUTE_MS);
  assert.notEqual(await origins.seal(tenant, actor, home), first);
});

test('a hundred first acts of one person at once have one key', async () => {
  const actor = person();
  const all = await Promise.all(
    Array.from({ length: 100 }, (_, index) => origins.seal(tenant, actor, { ...home, userAgent: `${index}` })),
  );
  const opened = await origins.open(
    all.map((origin) => ({ tenant, actor, origin })),
    run,
  );
  assert.deepEqual(
    opened.map((each) => each!.userAgent),
    Array.from({ length: 100 }, (_, index) => `${index}`),
  );
});

test('the migration takes out of old events what the trail has taken over, and nothing else', async () => {
  const client = new pg.Client(kits.database.connection);
  await client.connect();
  try {
    await client.query(`alter table catalog.events drop constraint events_origin_is_sealed;
      alter table catalog.sagas drop constraint sagas_origin_is_sealed, add column outcome jsonb`);
    const insert = `insert into catalog.events (id, stream_id, stream_version, type, org_id, livemode, occurred_at, data, metadata)
      values ($1, $1, 1, 'x', 'org_x', true, now(), '{}', $2) returning transaction_id, position`;
    const metadata = { origin: home, operation: 'products.update' };
    const { rows } = await client.query(insert, ['taken over', metadata]);
    await client.query(insert, ['not yet', metadata]);
    const cursor = [rows[0].transaction_id, rows[0].position];
    await client.query(`insert into kernel.consumers values ('audit.trail', 'catalog', $1, $2)`, cursor);
    const migration = readFileSync(new URL('../database/sealed-origins.sql', import.meta.url), 'utf8');
    await client.query(migration.replaceAll('{schema}', 'catalog'));
    const after = await client.query('select id, metadata from catalog.events order by position');
    assert.deepEqual(after.rows, [
      { id: 'taken over', metadata: { operation: 'products.update' } },
      { id: 'not yet', metadata },
    ]);
    await assert.rejects(client.query(insert, ['new', metadata]), { code: '23514' });
  } finally {
    await client.end();
  }
});

test('what is sealed already is not sealed again, and old events in the clear are still read', async () => {
  const actor = person();
  const sealed = await origins.seal(tenant, actor, home);
  assert.equal(origins.seal(tenant, actor, sealed), sealed);
  assert.deepEqual(await origins.open([{ tenant, actor, origin: home }], run), [home]);
});
