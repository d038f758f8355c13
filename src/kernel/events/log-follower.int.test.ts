import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ModuleDatabase } from '#kernel/database/module-database.ts';
import { catalogSchema } from '#modules/catalog/index.ts';
import { type TestKits, testContext, testKits, testTenant } from '#test/support/module.ts';
import { LogFollower } from './log-follower.ts';

let kits: TestKits;
before(async () => {
  kits = await testKits([catalogSchema]);
});
after(() => kits.close());

async function happen(type: string, streamId: string): Promise<void> {
  const events = [{ type, streamId, streamVersion: 1, data: {} }];
  await kits.kit('catalog').writes.store(testContext(testTenant()), { statements: [], events, result: null });
}

test('CCH-05 a process hears what another one changed, each event once, and nothing from before its start', async () => {
  await happen('changed', 'before');
  const relay = new ModuleDatabase('kernel', { ...kits.database.connection, role: 'techcorp_relay' });
  const heard: string[] = [];
  const follower = new LogFollower({
    relay,
    sources: ['catalog'],
    types: ['changed'],
    handle: (event) => void heard.push(event.streamId),
    log: { warn: (fields) => assert.fail(fields.error as Error) },
  });
  await follower.start();
  await happen('changed', 'one');
  await happen('other', 'two');
  await happen('changed', 'three');
  await new Promise((resolve) => setTimeout(resolve, 900));
  await follower.stop();
  await relay.close();
  assert.deepEqual(heard, ['one', 'three']);
});
