import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type IdentityUnderTest, identityUnderTest } from '../identity-under-test.ts';

let world: IdentityUnderTest;
before(async () => {
  world = await identityUnderTest();
});
after(() => world?.close());

const old = { name: 'GET /v2/users/:user_id/orders', sunset: '2026-12-01', guide: '/docs/errors/ERR_GONE' };
const other = { ...old, name: 'GET /v1/old' };

test('G-58 G-59 V1-97 the use of what will go is counted by key, and its owner is told once for each operation', async () => {
  const { context, tenant } = await world.newTenant();
  await world.identity.createUser(context, { name: 'Boss', email: 'boss@example.com', role: 'admin' });
  const { key, secret } = await world.identity.createApiKey(context, { name: 'Robot', scopes: ['users:read'] });
  const principal = await world.identity.authenticate(secret);
  const uses = () => world.identity.deprecatedUsesOf(tenant, key.id);
  assert.deepEqual(await uses(), []);
  for (let time = 0; time < 5; time++) world.identity.noteDeprecatedUse(principal, old);
  world.identity.noteDeprecatedUse(principal, other);
  assert.deepEqual(
    (await uses()).map(({ operation, requests }) => [operation, requests]),
    [
      [other.name, 1],
      [old.name, 5],
    ],
  );
  world.clock.advance(86_400_000);
  world.identity.noteDeprecatedUse(principal, old);
  const again = (await uses()).find(({ operation }) => operation === old.name)!;
  assert.deepEqual([again.requests, Date.parse(again.lastUsedAt) - Date.parse(again.firstUsedAt)], [6, 86_400_000]);
  await world.runJobs();
  const mails = world.mails.filter(({ purpose }) => purpose === 'operation_ends');
  assert.equal(mails.length, 2);
  for (const mail of mails) {
    assert.equal(mail.to, 'boss@example.com');
    assert.ok(mail.text.includes('Robot') && mail.text.includes(old.sunset) && mail.text.includes(old.guide));
  }
});

test('another organisation sees nothing of it, and programs with a client are not counted', async () => {
  const { context } = await world.newTenant();
  const { key, secret } = await world.identity.createApiKey(context, { name: 'Robot', scopes: ['users:read'] });
  const principal = await world.identity.authenticate(secret);
  world.identity.noteDeprecatedUse(principal, old);
  const { tenant } = await world.newTenant();
  assert.deepEqual(await world.identity.deprecatedUsesOf(tenant, key.id), []);
  world.identity.noteDeprecatedUse(
    { ...principal, credentialId: 'cli_1', actor: { kind: 'client', id: 'cli_1' } },
    old,
  );
  assert.equal((await world.identity.deprecatedUsesOf(context.tenant, key.id))[0]!.requests, 1);
});
