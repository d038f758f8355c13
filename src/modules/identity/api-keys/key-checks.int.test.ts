import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DomainError } from '#kernel/errors.ts';
import { type IdentityUnderTest, ISSUER, identityUnderTest } from '../identity-under-test.ts';
import { createIdentity, type Identity, type KeyDoor, type NewApiKey, STANDARD_DOOR } from '../index.ts';

const HEADER: KeyDoor = { families: STANDARD_DOOR.families, form: 'an `sk_…` key in a header' };
const OTHER: KeyDoor = { families: ['xy_live'], form: 'an `xy_…` key' };
/** Every door with how its keys are made. */
const DOORS = {
  standard: { door: STANDARD_DOOR, key: {} },
  header: { door: HEADER, key: {} },
  other: { door: OTHER, key: { family: 'xy_live' } },
} satisfies Record<string, { door: KeyDoor; key: Partial<NewApiKey> }>;
type DoorName = keyof typeof DOORS;

let world: IdentityUnderTest;
/** The same installation served by a second process: own memory, same database. */
let second: Identity;
before(async () => {
  world = await identityUnderTest();
  second = createIdentity(world.kit('identity'), {
    issuer: () => ISSUER,
    sendMail: async () => undefined,
    revalidateAfterMs: 1_000,
    keyDoors: [HEADER, OTHER],
  }).service;
});
after(() => world?.close());

const refused = (error: unknown) => (error as DomainError).kind === 'unauthenticated';

function check(identity: Identity, secret: string, name: DoorName) {
  return name === 'standard' ? identity.authenticate(secret) : identity.authenticateKey(secret, DOORS[name].door);
}

async function newKey(name: DoorName) {
  const { context } = await world.newTenant();
  const made = await world.identity.createApiKey(context, {
    name: 'job',
    scopes: ['users:read'],
    ...DOORS[name].key,
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

for (const edition of Object.keys(DOORS) as DoorName[]) {
  test(`G-19 a warm check of a key at the ${edition} door costs no round trip and no promise, a cold one costs one`, async () => {
    const { secret } = await newKey(edition);
    assert.equal(await countStatements(() => check(world.identity, secret, edition)), 1);
    let warm: unknown;
    const statements = await countStatements(() => {
      for (let time = 0; time < 100; time++) warm = check(world.identity, secret, edition);
    });
    assert.equal(statements, 0);
    assert.ok(!(warm instanceof Promise));
  });

  test(`G-19 a key of the ${edition} door that is revoked stops here at once and in another process within a second`, async () => {
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
  const { secret, context } = await newKey('header');
  const planOf = async (identity: Identity) => (await identity.authenticateKey(secret, HEADER)).key;
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

test('C-10 a key is refused at the door of others, cold and warm, with what to send here and where it belongs', async () => {
  const [own, other] = [await newKey('standard'), await newKey('other')];
  for (const { secret, home, away } of [
    { secret: own.secret, home: 'standard', away: 'other' },
    { secret: other.secret, home: 'other', away: 'standard' },
    { secret: other.secret, home: 'other', away: 'header' },
  ] as const) {
    for (let time = 0; time < 2; time++) {
      const { form } = DOORS[away].door;
      await assert.rejects(
        async () => check(second, secret, away),
        (error: DomainError) => refused(error) && error.message.endsWith(`Here, send ${form}.`),
      );
      await check(second, secret, home);
    }
  }
  await assert.rejects(async () => check(second, other.secret, 'standard'), { message: /which takes an `xy_…` key/ });
});
