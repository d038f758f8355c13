import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPasswordHasher } from './password-hasher.ts';

test('G-07 passwords are kept as argon2id with 19 MiB, two passes and one lane, salted', async () => {
  const hasher = createPasswordHasher();
  const [first, second] = [await hasher.hash('correct horse'), await hasher.hash('correct horse')];
  assert.match(first, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.notEqual(first, second);
  assert.equal(await hasher.matches('correct horse', first), true);
  assert.equal(await hasher.matches('Correct horse', first), false);
});

test('G-07 a comparison with nobody is false, also for the words behind the stand-in, and costs as much as a real one', async () => {
  const hasher = createPasswordHasher();
  assert.equal(await hasher.matches('nobody has this password', null), false);
  const stored = await hasher.hash('correct horse');
  const measure = async (against: string | null) => {
    const startedMs = performance.now();
    for (let count = 0; count < 5; count++) await hasher.matches('wrong horse', against);
    return performance.now() - startedMs;
  };
  const [real, nobody] = [await measure(stored), await measure(null)];
  assert.ok(nobody > real / 4, `nobody ${nobody} ms, somebody ${real} ms`);
});

test('G-07 a flood of sign-ins waits in a bounded queue and is then refused with 503, and the queue drains', async () => {
  const hasher = createPasswordHasher();
  const results = await Promise.allSettled(Array.from({ length: 80 }, () => hasher.hash('correct horse')));
  const refused = results.filter((result) => result.status === 'rejected');
  assert.equal(refused.length, 80 - 2 - 64);
  for (const { reason } of refused) assert.equal(reason.kind, 'unavailable');
  assert.ok(await hasher.hash('correct horse'));
});
