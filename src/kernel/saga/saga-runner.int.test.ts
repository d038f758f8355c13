import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { MINUTE_MS } from '#kernel/clock.ts';
import { DomainError } from '#kernel/errors.ts';
import { catalogSchema } from '#modules/catalog/index.ts';
import { type TestKits, testContext, testKits, testTenant } from '#test/support/module.ts';
import type { SagaDefinition, SagaState } from './saga.ts';
import type { SagaRunner } from './saga-runner.ts';

interface State extends SagaState {
  refuse: boolean;
}

let kits: TestKits;
let sagas: SagaRunner;
let done: string[] = [];
/** Where the process "dies": the boundary throws what no step throws, so nothing after it is noted. */
let dieAt = '';
const death = new Error('killed');
/** What happens while a saga is at its second step. */
let meanwhile: (() => Promise<unknown>) | undefined;

const definition: SagaDefinition<State, { done: string }> = {
  name: 'test.saga',
  steps: [
    {
      name: 'first',
      run: async () => void done.push('first'),
      compensate: async () => void done.push('undo first'),
    },
    {
      name: 'second',
      async run(state) {
        if (dieAt === 'away') throw new DomainError('unavailable', 'The database is away.');
        if (dieAt === 'busy') throw new DomainError('resource_locked', 'Somebody holds it.', { retryAfterSeconds: 1 });
        if (state.refuse) throw new DomainError('payment_failed', 'declined');
        done.push('second');
        const act = meanwhile;
        meanwhile = undefined;
        await act?.();
        return undefined;
      },
      compensate: async () => void done.push('undo second'),
    },
  ],
  outcome: async () => ({ done: 'yes' }),
};

before(async () => {
  kits = await testKits([catalogSchema], {
    boundary: (name) => {
      if (name === dieAt) throw death;
    },
  });
  sagas = kits.kit('catalog').sagas;
  sagas.register(definition);
});
beforeEach(() => {
  done = [];
  dieAt = '';
});
after(() => kits.close());

const run = (subject: string, refuse = false, key?: string) =>
  sagas.run(definition, testContext(testTenant(), { idempotencyKey: key }), subject, { refuse });

test('ARC-14 a saga runs its steps in order and answers its outcome', async () => {
  assert.deepEqual(await run('s1'), { done: 'yes' });
  assert.deepEqual(done, ['first', 'second']);
});

test('ARC-15 a refused step undoes what was done, the last first, and the caller gets the refusal', async () => {
  await assert.rejects(run('s2', true), { kind: 'payment_failed' });
  assert.deepEqual(done, ['first', 'undo second', 'undo first']);
});

test('ARC-15 a process that dies at any boundary leaves nothing half made: another goes on', async () => {
  const boundaries = ['first:before', 'first:after', 'second:before', 'second:after'];
  for (const boundary of boundaries) {
    done = [];
    dieAt = `test.saga:${boundary}`;
    await assert.rejects(run(`dies at ${boundary}`), death);
    dieAt = '';
    assert.equal(await sagas.recover(), 0, 'the lease of the dead process still runs');
    kits.clock.advance(MINUTE_MS);
    assert.equal(await sagas.recover(), 1);
    assert.equal(done.at(-1), 'second');
    assert.equal(await sagas.recover(), 0);
  }
});

test('ARC-15 a process that dies while undoing is followed by one that undoes the rest', async () => {
  dieAt = 'test.saga:first:compensate';
  await assert.rejects(run('s3', true), death);
  dieAt = '';
  kits.clock.advance(MINUTE_MS);
  await sagas.recover();
  assert.equal(done.at(-1), 'undo first');
  assert.equal(await sagas.recover(), 0);
});

test('ARC-15 the only process on the data takes over at its start what a dead one was about, without waiting for the lease', async () => {
  dieAt = 'test.saga:second:before';
  await assert.rejects(run('s6'), death);
  dieAt = '';
  assert.equal(await sagas.recover(), 0, 'the lease of the dead process still runs');
  await sagas.releaseLeases();
  assert.equal(await sagas.recover(), 1);
  assert.equal(done.at(-1), 'second');
  await sagas.releaseLeases();
  assert.equal(await sagas.recover(), 0, 'what has ended is not taken up again');
});

test('ARC-15 a saga that the machinery failed under goes on in the same process without waiting for its own lease', async () => {
  dieAt = 'away';
  await assert.rejects(run('s7'), { kind: 'unavailable' });
  assert.equal(await sagas.recover(), 1, 'it is tried again at once');
  assert.equal(done.at(-1), 'first');
  assert.equal(await sagas.recover(), 0, 'and then waits for its lease, so that a failure that lasts costs little');
  dieAt = '';
  kits.clock.advance(MINUTE_MS);
  assert.equal(await sagas.recover(), 1);
  assert.equal(done.at(-1), 'second');
});

test('ERR-11 two sagas about one subject: the second is refused as locked', async () => {
  dieAt = 'test.saga:second:before';
  await assert.rejects(run('s4'), death);
  await assert.rejects(run('s4'), { kind: 'resource_locked' });
  dieAt = '';
  kits.clock.advance(MINUTE_MS);
  await sagas.recover();
  assert.deepEqual(await run('s4'), { done: 'yes' });
});

test('C-52 a repeated request gets the outcome, or the refusal, of the first', async () => {
  const tenant = testTenant();
  const ask = (refuse: boolean, key: string) =>
    sagas.run(definition, testContext(tenant, { idempotencyKey: key }), `s5 ${key}`, { refuse });
  assert.deepEqual(await ask(false, 'good'), { done: 'yes' });
  assert.deepEqual(await ask(false, 'good'), { done: 'yes' });
  assert.deepEqual(done, ['first', 'second']);
  await assert.rejects(ask(true, 'bad'), { kind: 'payment_failed' });
  const before = done.length;
  await assert.rejects(ask(true, 'bad'), { kind: 'payment_failed', message: 'declined' });
  assert.equal(done.length, before);
});

test('C-52 ERR-11 a refusal that passes by itself is not kept: the same request succeeds a moment later', async () => {
  const tenant = testTenant();
  const ask = () => sagas.run(definition, testContext(tenant, { idempotencyKey: 'again' }), 's8', { refuse: false });
  dieAt = 'busy';
  await assert.rejects(ask(), { kind: 'resource_locked', retryAfterSeconds: 1 });
  assert.deepEqual(done, ['first', 'undo second', 'undo first']);
  dieAt = '';
  assert.deepEqual(await ask(), { done: 'yes' });
  assert.deepEqual(await ask(), { done: 'yes' });
  assert.deepEqual(done.slice(3), ['first', 'second']);
});

test('ARC-15 a saga whose lease ran out while others were taken over first is left to the process that has it now', async () => {
  dieAt = 'test.saga:second:before';
  for (const subject of ['s9', 's10']) await assert.rejects(run(subject), death);
  dieAt = '';
  done = [];
  kits.clock.advance(MINUTE_MS);
  meanwhile = async () => {
    // The first one took so long that another process takes up both.
    kits.clock.advance(MINUTE_MS);
    await sagas.recover();
  };
  await sagas.recover();
  assert.deepEqual(done, ['second', 'second', 'second'], 'the first twice, because it was at work; the second once');
});
