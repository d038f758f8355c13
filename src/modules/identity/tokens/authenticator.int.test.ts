import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DomainError } from '#kernel/errors.ts';
import { testContext } from '#test/support/module.ts';
import { type IdentityUnderTest, ISSUER, identityUnderTest } from '../identity-under-test.ts';
import { createIdentity, type Identity } from '../index.ts';

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
after(() => world.close());

const cause = () => testContext({ orgId: 'org_00000000000000000000000000', livemode: true });
const refused = (error: unknown) => (error as DomainError).kind === 'unauthenticated';

async function newToken() {
  const { context, tenant } = await world.newTenant();
  const made = await world.identity.createClient(context, { name: 'worker', scopes: ['products:read'] });
  const credentials = { clientId: made.client.id, clientSecret: made.secret! };
  const answer = await world.identity.token(cause(), credentials, { grantType: 'client_credentials' });
  return { token: answer.access_token, context, tenant, credentials, clientId: made.client.id };
}

/** How often the module asks the database while `work` runs. */
async function countReads(work: () => unknown): Promise<number> {
  const { database } = world.kit('identity');
  const { read } = database;
  let count = 0;
  database.read = (scope, statement) => {
    count++;
    return read.call(database, scope, statement);
  };
  try {
    await work();
  } finally {
    database.read = read;
  }
  return count;
}

test('AUTH-01 the first proof of a token costs one round trip, every further one none and no promise', async () => {
  const { token } = await newToken();
  // The signing keys are known to the process already, as they are after its first token.
  assert.equal(await countReads(() => world.identity.authenticate(token)), 1);
  let again: unknown;
  assert.equal(
    await countReads(() => {
      again = world.identity.authenticate(token);
    }),
    0,
  );
  assert.ok(!(again instanceof Promise));
});

test('AUTH-12 a forged token costs no round trip at all', async () => {
  const { token } = await newToken();
  const forged = `${token.slice(0, -6)}AAAAAA`;
  const reads = await countReads(() => assert.rejects(async () => world.identity.authenticate(forged), refused));
  assert.equal(reads, 0);
  const key = 'sk_live_0000000000000000000000000000000000000000000';
  assert.equal(await countReads(() => assert.rejects(async () => world.identity.authenticate(key), refused)), 0);
});

test('AUTH-12 a revocation in one process counts in another within a second', async () => {
  const { token, credentials } = await newToken();
  await second.authenticate(token);
  await world.identity.revokeToken(cause(), credentials, token);
  assert.ok(!(second.authenticate(token) instanceof Promise));
  world.clock.advance(1_000);
  await assert.rejects(async () => second.authenticate(token), refused);
});

test('AUTH-12 another process accepts tokens of a signing key that was made after it started', async () => {
  const { context } = await newToken();
  await world.identity.rotateSigningKey(context);
  const { token } = await newToken();
  world.clock.advance(5_000);
  assert.ok(await second.authenticate(token));
});

test('AUTH-12 a token of another issuer or audience is refused', async () => {
  const elsewhere = createIdentity(world.kit('identity'), {
    issuer: () => 'https://elsewhere.example',
    sendMail: async () => undefined,
  }).service;
  const { credentials } = await newToken();
  const foreign = await elsewhere.token(cause(), credentials, { grantType: 'client_credentials' });
  assert.ok(await elsewhere.authenticate(foreign.access_token));
  await assert.rejects(async () => world.identity.authenticate(foreign.access_token), refused);
});

test('C-24 the tokens of a client end with the expiry of the client', async () => {
  const { context } = await world.newTenant();
  const expiresAt = new Date(world.clock.nowMs() + 600_000).toISOString();
  const made = await world.identity.createClient(context, { name: 'brief', scopes: ['products:read'], expiresAt });
  const credentials = { clientId: made.client.id, clientSecret: made.secret! };
  const { access_token: token } = await world.identity.token(cause(), credentials, { grantType: 'client_credentials' });
  await world.identity.authenticate(token);
  world.clock.advance(599_000);
  assert.ok(await world.identity.authenticate(token));
  world.clock.advance(1_000);
  await assert.rejects(async () => world.identity.authenticate(token), refused);
});

test('AUTH-12 a database that is away is not a wrong credential', async () => {
  const { token } = await newToken();
  const { database } = world.kit('identity');
  const original = database.read;
  database.read = async () => {
    throw Object.assign(new Error('Connection terminated'), { code: '57P01' });
  };
  try {
    await assert.rejects(
      async () => world.identity.authenticate(token),
      (error: DomainError) => error.kind !== 'unauthenticated',
    );
  } finally {
    database.read = original;
  }
});
