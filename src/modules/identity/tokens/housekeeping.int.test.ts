import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DAY_MS } from '#kernel/clock.ts';
import { statement } from '#kernel/database/statement.ts';
import { everyTenant } from '#kernel/database/tenant.ts';
import { testContext } from '#test/support/module.ts';
import { type IdentityUnderTest, identityUnderTest } from '../identity-under-test.ts';
import { createSweep } from './sweep.ts';

let world: IdentityUnderTest;
before(async () => {
  world = await identityUnderTest();
});
after(() => world.close());

const cause = () => testContext({ orgId: 'org_00000000000000000000000000', livemode: true });

async function count(table: string): Promise<number> {
  const [row] = await world
    .kit('identity')
    .database.read(everyTenant, statement(`select count(*) as rows from identity.${table}`));
  return row!.rows;
}

test('C-94 the signing key is replaced by itself at 90 days, once', async () => {
  await world.identity.publicKeys();
  const [first] = await world.identity.publicKeys();
  world.clock.advance(90 * DAY_MS - 1_000);
  await world.runJobs();
  assert.equal((await world.identity.publicKeys())[0]!.kid, first!.kid);
  world.clock.advance(1_000);
  await world.runJobs();
  const [present, previous, ...more] = await world.identity.publicKeys();
  assert.notEqual(present!.kid, first!.kid);
  assert.equal(previous!.kid, first!.kid);
  assert.deepEqual(more, []);
  await world.runJobs();
  assert.equal((await world.identity.publicKeys()).length, 2);
});

test('expired families and codes are removed after a day, live ones stay, and replays are refused either way', async () => {
  const { context } = await world.newTenant();
  const made = await world.identity.createClient(context, { name: 'worker', scopes: ['products:read'] });
  const credentials = { clientId: made.client.id, clientSecret: made.secret! };
  const obtain = () => world.identity.token(cause(), credentials, { grantType: 'client_credentials' });
  const old = await obtain();
  world.clock.advance(20 * DAY_MS);
  await obtain();
  const sweep = createSweep(world.kit('identity'));
  world.clock.advance(10 * DAY_MS + 1_000);
  await sweep.sweep();
  assert.equal(await count('grants'), 2);
  world.clock.advance(DAY_MS);
  await sweep.sweep();
  assert.equal(await count('grants'), 1);
  assert.equal(await count('refresh_tokens'), 1);
  const again = { grantType: 'refresh_token', refreshToken: old.refresh_token };
  await assert.rejects(world.identity.token(cause(), credentials, again), { code: 'invalid_grant' });
});

test('G-19 the use of a key is counted by day and written behind the requests', async () => {
  const { context, tenant } = await world.newTenant();
  const { key, secret } = await world.identity.createApiKey(context, { name: 'x', scopes: ['products:read'] });
  for (let use = 0; use < 3; use++) await world.identity.authenticate(secret);
  assert.equal((await world.identity.getApiKey(tenant, key.id)).lastUsedAt, null);
  const usedAt = world.clock.now().toISOString();
  await world.module.stop!();
  assert.equal((await world.identity.getApiKey(tenant, key.id)).lastUsedAt, usedAt);
  world.clock.advance(DAY_MS);
  await world.identity.authenticate(secret);
  await world.module.stop!();
  assert.deepEqual(
    (await world.identity.apiKeyUsage(tenant, key.id)).map((day) => day.requests),
    [3, 1],
  );
});

test('G-19 the use of a key on both sides of midnight is counted on both days', async () => {
  const { context, tenant } = await world.newTenant();
  const { key, secret } = await world.identity.createApiKey(context, { name: 'x', scopes: ['products:read'] });
  await world.identity.authenticate(secret);
  world.clock.advance(DAY_MS);
  await world.identity.authenticate(secret);
  await world.module.stop!();
  assert.deepEqual(
    (await world.identity.apiKeyUsage(tenant, key.id)).map((day) => day.requests),
    [1, 1],
  );
});
