import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DomainError } from '#kernel/errors.ts';
import { type IdentityUnderTest, ISSUER, identityUnderTest } from '../identity-under-test.ts';
import { createIdentity, type Identity, type KeyEdition, type NewApiKey } from '../index.ts';

/** Every edition with how its keys are made; whoever holds one may only use it there. */
const EDITIONS: Record<KeyEdition, Partial<NewApiKey>> = {
  canonical: {},
  v1: { edition: 'v1' },
  v2: { edition: 'v2', family: 'tc_live_sk' },
};

let world: IdentityUnderTest;
/** The same installation served by a second process: own memory, same database. */
let second: Identity;
before(async () => {
  world = await identityUnderTest();
  second = createIdentity(world.kit('identity'), {
    issuer: () => ISSUER,
    sendMail: async () => undefined,
    revalidateAfterMs: 1_000,
  }).service;
});
after(() => world?.close());

const refused = (error: unknown) => (error as DomainError).kind === 'unauthenticated';

function check(identity: Identity, secret: string, edition: KeyEdition) {
  return edition === 'canonical' ? identity.authenticate(secret) : identity.authenticateKey(secret, edition);
}

async function newKey(edition: KeyEdition) {
  const { context } = await world.newTenant();
  const made = await world.identity.createApiKey(context, {
    name: 'job',
    scopes: ['users:read'],
    ...EDITIONS[edition],
  });
  return { ...made, context };
}

/** Every statement the module sends to the database while `work` runs, whichever way it takes. */
async function countStatements(work: () => unknown): Promise<number> {
  const { database } = world.kit('identity');
  const ways = ['read', 'readAll', 'flight', 'transaction'] as const;
  const own = new Map(ways.map((way) => [way, database[way]]));
  let count = 0;
  for (const way of ways) {
    const original = own.get(way) as (...args: unknown[]) => unknown;
    Object.assign(database, {
      [way]: (...args: unknown[]) => {
        count++;
        return original.apply(database, args);
      },
    });
  }
  try {
    await work();
  } finally {
    for (const way of ways) Object.assign(database, { [way]: own.get(way) });
  }
  return count;
}

for (const edition of Object.keys(EDITIONS) as KeyEdition[]) {
  test(`G-19 a warm check of a ${edition} key costs no round trip and no promise, a cold one costs one`, async () => {
    const { secret } = await newKey(edition);
    assert.equal(await countStatements(() => check(world.identity, secret, edition)), 1);
    let warm: unknown;
    const statements = await countStatements(() => {
      for (let time = 0; time < 100; time++) warm = check(world.identity, secret, edition);
    });
    assert.equal(statements, 0);
    assert.ok(!(warm instanceof Promise));
  });

  test(`G-19 a revoked ${edition} key stops here at once and in another process within a second`, async () => {
    const { key, secret, context } = await newKey(edition);
    await check(world.identity, secret, edition);
    await check(second, secret, edition);
    await world.identity.revokeApiKey(context, key.id);
    await assert.rejects(async () => check(world.identity, secret, edition), refused);
    world.clock.advance(1_000);
    await assert.rejects(async () => check(second, secret, edition), refused);
  });
}

test('C-03 a new plan and agreed limits travel with the key from the next check, elsewhere within a second', async () => {
  const { secret, context } = await newKey('v1');
  const planOf = async (identity: Identity) => (await identity.authenticateKey(secret, 'v1')).key;
  await planOf(second);
  assert.equal((await planOf(world.identity)).plan, 'free');
  const limits = { perMinute: 5_000, perDay: null };
  await world.identity.updateOrganization(
    context,
    context.tenant.orgId,
    { plan: 'enterprise', requestLimits: limits },
    true,
  );
  const expected = { plan: 'enterprise', requestLimits: limits };
  const known = async (identity: Identity) => {
    const { plan, requestLimits } = await planOf(identity);
    return { plan, requestLimits };
  };
  assert.deepEqual(await known(world.identity), expected);
  world.clock.advance(1_000);
  assert.deepEqual(await known(second), expected);
});
