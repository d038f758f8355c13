import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { SECOND_MS } from '#kernel/clock.ts';
import { testContext } from '#test/support/module.ts';
import { type IdentityUnderTest, identityUnderTest } from '../identity-under-test.ts';
import type { TokenResponse } from './token-pair.ts';

let world: IdentityUnderTest;
before(async () => {
  world = await identityUnderTest();
});
after(() => world.close());

const GRACE_SECONDS = 10;
const THIRTY_DAYS_MS = 2_592_000_000;

/** What a client, or a thief, may do with a family of tokens. */
type Action =
  | { kind: 'use'; back: number }
  | { kind: 'wait'; seconds: number }
  | { kind: 'revoke' }
  | { kind: 'access' };

const anyAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('use' as const), back: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('use' as const), back: fc.integer({ min: 1, max: 3 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      seconds: fc.constantFrom(1, GRACE_SECONDS - 1, GRACE_SECONDS, 3_599, 3_600, THIRTY_DAYS_MS / SECOND_MS - 1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('revoke' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('access' as const) }) },
);

/** The promise in a few lines: pairs in the order they were given, and whether the family lives. */
interface Model {
  alive: boolean;
  pairs: { answer: TokenResponse; issuedMs: number; usedMs: number | null }[];
}

/** What using the pair at `index` must lead to: a new pair, the very same successor, or a refusal (and the end). */
function expectUse(model: Model, index: number, nowMs: number, graceSeconds: number): 'new' | 'same' | 'refused' {
  const pair = model.pairs[index]!;
  if (!model.alive) return 'refused';
  if (pair.usedMs !== null) {
    if (nowMs - pair.usedMs < graceSeconds * SECOND_MS) return 'same';
    model.alive = false;
    return 'refused';
  }
  return nowMs - pair.issuedMs < THIRTY_DAYS_MS ? 'new' : 'refused';
}

async function play(actions: readonly Action[], graceSeconds: number): Promise<void> {
  const { identity, clock } = world;
  const { context } = await world.newTenant();
  const made = await identity.createClient(context, {
    name: 'worker',
    scopes: ['products:read'],
    refreshReuseGraceSeconds: graceSeconds,
  });
  const credentials = { clientId: made.client.id, clientSecret: made.secret! };
  const ask = (request: object) => identity.token(testContext(context.tenant), credentials, request);
  const first = await ask({ grantType: 'client_credentials' });
  const model: Model = { alive: true, pairs: [{ answer: first, issuedMs: clock.nowMs(), usedMs: null }] };

  for (const action of actions) {
    const nowMs = clock.nowMs();
    const last = model.pairs.length - 1;
    if (action.kind === 'wait') clock.advance(action.seconds * SECOND_MS);
    if (action.kind === 'revoke') {
      await identity.revokeToken(testContext(context.tenant), credentials, model.pairs[last]!.answer.refresh_token);
      model.alive = false;
    }
    if (action.kind === 'access') {
      const { answer, issuedMs } = model.pairs[last]!;
      const lives = model.alive && Math.floor(nowMs / SECOND_MS) - Math.floor(issuedMs / SECOND_MS) < 3_600;
      const proven = await Promise.resolve()
        .then(() => identity.authenticate(answer.access_token))
        .then(() => true)
        .catch(() => false);
      assert.equal(proven, lives);
    }
    if (action.kind !== 'use') continue;
    const index = Math.max(0, last - action.back);
    const expected = expectUse(model, index, nowMs, graceSeconds);
    const refreshToken = model.pairs[index]!.answer.refresh_token;
    const given = await ask({ grantType: 'refresh_token', refreshToken }).catch(() => null);
    if (expected === 'refused') assert.equal(given, null);
    else assert.ok(given, `${expected} expected, refused instead`);
    if (expected === 'same') assert.deepEqual(given, model.pairs[index + 1]!.answer);
    if (expected !== 'new') continue;
    for (const { answer } of model.pairs) assert.notEqual(given!.refresh_token, answer.refresh_token);
    model.pairs[index]!.usedMs = nowMs;
    model.pairs.push({ answer: given!, issuedMs: nowMs, usedMs: null });
  }
}

for (const graceSeconds of [0, GRACE_SECONDS]) {
  test(`AUTH-03 AUTH-04 AUTH-05 C-18 any history of a family behaves as promised, with a grace of ${graceSeconds} s`, async () => {
    const histories = fc.array(anyAction, { minLength: 3, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(histories, (actions) => play(actions, graceSeconds)),
      { numRuns: 40 },
    );
  });
}
