import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { CommandContext } from '#kernel/context.ts';
import { type IdentityUnderTest, identityUnderTest } from '../identity-under-test.ts';

let world: IdentityUnderTest;
before(async () => {
  world = await identityUnderTest();
});
after(() => world.close());

const SCOPES = ['orders:read', 'orders:write', 'users:write', 'api_keys:write'];

async function ownedKey() {
  const { context } = await world.newTenant();
  const email = `${Math.random().toString(36).slice(2)}@example.com`;
  const user = await world.identity.createUser(context, { name: 'Ada', email, role: 'admin' });
  await world.identity.updateUser(context, user.id, { status: 'active' });
  const byUser: CommandContext = { ...context, actor: { kind: 'user', id: user.id, userId: user.id } };
  const { secret } = await world.identity.createApiKey(byUser, { name: 'own', scopes: SCOPES });
  const principal = async () => world.identity.authenticate(secret, '127.0.0.1');
  const scopes = async () => [...(await principal()).scopes].sort();
  return { context, user, secret, principal, scopes };
}

test('C-13 a key does what its maker may do now: a demotion and a leave count at once', async () => {
  const { context, user, principal, scopes } = await ownedKey();
  assert.deepEqual(await scopes(), [...SCOPES].sort());
  assert.equal((await principal()).actor.ownerId, user.id);
  await world.identity.updateUser(context, user.id, { role: 'member' });
  assert.deepEqual(await scopes(), ['orders:read', 'orders:write']);
  await world.identity.updateUser(context, user.id, { role: 'viewer' });
  assert.deepEqual(await scopes(), ['orders:read']);
  await world.identity.updateUser(context, user.id, { role: 'admin' });
  assert.deepEqual(await scopes(), [...SCOPES].sort());
  await world.identity.updateUser(context, user.id, { status: 'inactive' });
  await assert.rejects(principal(), { kind: 'unauthenticated' });
});

test('C-13 a key that a key makes has the same owner; one that a program makes stands for itself', async () => {
  const { context, user, principal } = await ownedKey();
  const actor = (await principal()).actor;
  const second = await world.identity.createApiKey({ ...context, actor }, { name: 'second', scopes: SCOPES });
  assert.equal(second.key.ownerUserId, user.id);
  const free = await world.identity.createApiKey(context, { name: 'free', scopes: SCOPES });
  await world.identity.updateUser(context, user.id, { status: 'inactive' });
  await assert.rejects(async () => world.identity.authenticate(second.secret, '127.0.0.1'), {
    kind: 'unauthenticated',
  });
  assert.equal((await world.identity.authenticate(free.secret, '127.0.0.1')).scopes.size, SCOPES.length);
});
