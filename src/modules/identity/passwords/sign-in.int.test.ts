import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DomainError } from '#kernel/errors.ts';
import { testContext } from '#test/support/module.ts';
import { type IdentityUnderTest, identityUnderTest, tokenInMail } from '../identity-under-test.ts';

let world: IdentityUnderTest;
before(async () => {
  world = await identityUnderTest();
});
after(() => world.close());

const PASSWORD = 'correct horse battery staple';
let serial = 0;

async function newPerson(options: { email?: string } = {}) {
  const { context, tenant } = await world.newTenant();
  const email = options.email ?? `person${++serial}@example.com`;
  const user = await world.identity.createUser(context, { name: 'Ada', email });
  await world.identity.setPassword(context, user.id, { password: PASSWORD, byAdmin: true });
  return { user, context, tenant, email };
}

function signIn(email: string, password: string, orgId: `org_${string}` | null = null) {
  const cause = testContext({ orgId: 'org_00000000000000000000000000', livemode: true });
  return world.identity.signIn(cause, { email, password, orgId, livemode: true });
}
const wrong = (error: unknown) => (error as DomainError).kind === 'unauthenticated';
const paused = (error: unknown) => (error as DomainError).kind === 'rate_limited';

test('G-07 the pause after failures doubles from 30 seconds, is capped at 15 minutes, and ends with a success', async () => {
  const { email } = await newPerson();
  const pauses: number[] = [];
  for (let attempt = 1; attempt <= 12; attempt++) {
    await assert.rejects(signIn(email, 'wrong wrong wrong'), wrong);
    const error = await signIn(email, 'wrong wrong wrong').catch((failure: DomainError) => failure);
    const seconds = paused(error) ? (error as DomainError).retryAfterSeconds! : 0;
    if (seconds > 0) pauses.push(seconds);
    world.clock.advance(seconds * 1_000);
    // Without a pause the second attempt counted as a failure too.
    if (seconds === 0) attempt++;
  }
  assert.deepEqual(pauses.slice(0, 3), [30, 60, 120]);
  assert.equal(Math.max(...pauses), 900);
  assert.ok(await signIn(email, PASSWORD));
  await assert.rejects(signIn(email, 'wrong wrong wrong'), wrong);
  assert.ok(await signIn(email, PASSWORD));
});

test('G-07 guesses at once are no more than guesses in turn: five are compared, the others are told to wait', async () => {
  const { email } = await newPerson();
  const guesses = await Promise.allSettled(Array.from({ length: 40 }, () => signIn(email, 'wrong wrong wrong')));
  const kinds = guesses.map((guess) => (guess as PromiseRejectedResult).reason as DomainError);
  assert.equal(kinds.filter(wrong).length, 5);
  assert.equal(kinds.filter(paused).length, 35);
  world.clock.advance(30_000);
  assert.ok(await signIn(email, PASSWORD));
  for (let attempt = 1; attempt <= 4; attempt++) await assert.rejects(signIn(email, 'wrong wrong wrong'), wrong);
  assert.ok(await signIn(email, PASSWORD), 'the failures before the success are forgotten');
});

test('USR-21 pending, inactive and archived people are refused in the same words as a wrong password', async () => {
  const { user, context, email } = await newPerson();
  const messages = new Set<string>();
  const attempt = async () => messages.add(((await signIn(email, PASSWORD).catch((e) => e)) as Error).message);
  await world.identity.updateUser(context, user.id, { status: 'inactive' });
  await attempt();
  await world.identity.archiveUser(context, user.id);
  await attempt();
  messages.add(((await signIn('nobody@example.com', PASSWORD).catch((e) => e)) as Error).message);
  assert.equal(messages.size, 1);
  await world.identity.restoreUser(context, user.id);
  assert.ok(await signIn(email, PASSWORD));
});

test('USR-08 AUTH-15 one address in two organisations: the password decides, the client of one sees only its own', async () => {
  const email = 'shared@example.com';
  const [first, second] = [await newPerson({ email }), await newPerson({ email })];
  await world.identity.setPassword(second.context, second.user.id, { password: 'the second password', byAdmin: true });
  assert.equal((await signIn(email, PASSWORD)).session.userId, first.user.id);
  assert.equal((await signIn(email, 'the second password')).session.userId, second.user.id);
  await assert.rejects(signIn(email, 'the second password', first.tenant.orgId), wrong);
});

test('G-07 whoever has the address of a victim in an organisation of their own cannot guess for ever', async () => {
  const password = 'known to the thief';
  for (const [number, [atVictims, atThiefs]] of [
    [false, false],
    [true, true],
    [true, false],
  ].entries()) {
    const email = `victim${number}@example.com`;
    const [victim, thief] = [await newPerson({ email }), await newPerson({ email })];
    await world.identity.setPassword(thief.context, thief.user.id, { password, byAdmin: true });
    const guessAt = atVictims ? victim.tenant.orgId : null;
    const succeedAt = atThiefs ? thief.tenant.orgId : null;
    for (let attempt = 1; attempt <= 4; attempt++) await assert.rejects(signIn(email, 'guess guess', guessAt), wrong);
    assert.equal((await signIn(email, password, succeedAt)).session.userId, thief.user.id);
    await assert.rejects(signIn(email, 'guess guess', guessAt), wrong);
    await assert.rejects(signIn(email, 'guess guess', guessAt), paused, `case ${number}`);
  }
});

test('G-07 every sign-in and every failure is an event, without address or password', async () => {
  const { user, email } = await newPerson();
  const before = world.committed.length;
  await signIn(email, PASSWORD);
  await assert.rejects(signIn(email, 'wrong wrong wrong'), wrong);
  const events = world.committed.slice(before);
  assert.deepEqual(events.map((event) => event.type).sort(), [
    'session.started',
    'user.sign_in_failed',
    'user.signed_in',
  ]);
  const failed = events.find((event) => event.type === 'user.sign_in_failed')!;
  assert.equal(failed.data.user_id, user.id);
  assert.ok(!JSON.stringify(events).includes(email));
});

test('G-07 a reset ends every session and every open reset of the person', async () => {
  const { email } = await newPerson();
  const cause = testContext({ orgId: 'org_00000000000000000000000000', livemode: true });
  const { secret } = await signIn(email, PASSWORD);
  assert.ok(await world.identity.useSession(secret));
  await world.identity.requestPasswordReset(cause, email);
  await world.runJobs();
  const first = tokenInMail(world.mails, 'password_reset');
  await world.identity.requestPasswordReset(cause, email);
  await world.runJobs();
  const second = tokenInMail(world.mails, 'password_reset');
  const unusable = (error: unknown) => (error as DomainError).kind === 'validation';
  await assert.rejects(world.identity.confirmPasswordReset(cause, first, 'a brand new password'), unusable);
  await world.identity.confirmPasswordReset(cause, second, 'a brand new password');
  assert.equal(await world.identity.useSession(secret), null);
  await assert.rejects(signIn(email, PASSWORD), wrong);
  assert.ok(await signIn(email, 'a brand new password'));
  await world.runJobs();
  assert.equal(world.mails.at(-1)!.purpose, 'password_changed');
});

test('G-07 a reset token is good for an hour and of simultaneous uses exactly one succeeds', async () => {
  const { email } = await newPerson();
  const cause = testContext({ orgId: 'org_00000000000000000000000000', livemode: true });
  const ask = async () => {
    await world.identity.requestPasswordReset(cause, email);
    await world.runJobs();
    return tokenInMail(world.mails, 'password_reset');
  };
  const late = await ask();
  world.clock.advance(3_600_000);
  await assert.rejects(world.identity.confirmPasswordReset(cause, late, 'a brand new password'));
  const token = await ask();
  const uses = [1, 2, 3, 4].map((use) =>
    world.identity.confirmPasswordReset(cause, token, `brand new password ${use}`),
  );
  const results = await Promise.allSettled(uses);
  assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1);
});

test('G-07 an unknown address takes as long as a wrong password, so that time tells nobody who exists', async () => {
  const measure = async (emails: readonly string[]) => {
    const timesMs: number[] = [];
    for (const email of emails) {
      const startedMs = performance.now();
      await assert.rejects(signIn(email, 'wrong wrong wrong'), wrong);
      timesMs.push(performance.now() - startedMs);
    }
    return Math.min(...timesMs);
  };
  const known = [(await newPerson()).email, (await newPerson()).email, (await newPerson()).email];
  const unknown = known.map((email) => `not.${email}`);
  await measure([known[0]!, unknown[0]!]);
  const [somebodyMs, nobodyMs] = [await measure(known), await measure(unknown)];
  assert.ok(nobodyMs > somebodyMs / 2, `nobody ${nobodyMs} ms, somebody ${somebodyMs} ms`);
});
