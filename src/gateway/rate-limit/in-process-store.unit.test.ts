import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MINUTE_MS, SECOND_MS } from '#kernel/clock.ts';
import { admitted, bucket, counter, START_MS } from './counter-under-test.ts';

test('RATE-01 five hundred requests of one credential pass in a minute, request 501 does not', () => {
  const { hit, clock } = counter();
  const credential = bucket('credential', 500);
  for (let index = 0; index < 500; index += 1) {
    assert.equal(hit(credential).allowed, true, `request ${index + 1}`);
    clock.advance(100);
  }
  const verdict = hit(credential);
  assert.deepEqual(verdict, {
    allowed: false,
    bucket: 'credential',
    limit: 500,
    remaining: 0,
    // The last of the 500 came 100 ms ago.
    resetUnixSeconds: Math.ceil((clock.nowMs() - 100 + MINUTE_MS) / SECOND_MS),
    windowSeconds: 60,
    retryAfterSeconds: 10,
  });
});

test('RATE-03 a request after Retry-After seconds is admitted, and one a whole second earlier is not', () => {
  const { hit, clock } = counter();
  const credential = bucket('credential', 3);
  hit(credential);
  clock.advance(20_500);
  hit(credential);
  hit(credential);
  const { retryAfterSeconds } = hit(credential);
  assert.equal(retryAfterSeconds, 40);
  clock.advance(39 * SECOND_MS);
  assert.equal(hit(credential).allowed, false);
  clock.advance(SECOND_MS);
  assert.equal(hit(credential).allowed, true);
});

test('RATE-03 a refusal of several buckets tells the longest wait', () => {
  const { hit, clock } = counter();
  const burst = bucket('burst', 1, { windowMs: SECOND_MS });
  const user = bucket('user', 1);
  hit(burst, user);
  clock.advance(400);
  const verdict = hit(user, burst);
  assert.deepEqual([verdict.bucket, verdict.retryAfterSeconds], ['user', 60]);
  assert.deepEqual(hit(burst, user), verdict);
});

test('RATE-09 fifty requests inside one second pass, the 51st is throttled for a second', () => {
  const { hit, clock } = counter();
  const checks = [bucket('credential', 500), bucket('burst', 50, { windowMs: SECOND_MS })];
  assert.equal(
    admitted(50, () => {
      clock.advance(10);
      return hit(...checks);
    }),
    50,
  );
  const refused = hit(...checks);
  assert.deepEqual(
    [refused.allowed, refused.bucket, refused.limit, refused.windowSeconds, refused.retryAfterSeconds],
    [false, 'burst', 50, 1, 1],
  );
  clock.advance(refused.retryAfterSeconds * SECOND_MS);
  assert.equal(hit(...checks).allowed, true);
});

test('RATE-10 five hundred at the end of one minute plus five hundred at the start of the next are not admitted', () => {
  const { hit, clock } = counter();
  const credential = bucket('credential', 500);
  clock.set(new Date('2027-03-01T12:00:59Z'));
  assert.equal(
    admitted(500, () => hit(credential)),
    500,
  );
  clock.set(new Date('2027-03-01T12:01:01Z'));
  assert.equal(
    admitted(500, () => hit(credential)),
    0,
  );
  clock.set(new Date('2027-03-01T12:01:58.999Z'));
  assert.equal(hit(credential).allowed, false);
  clock.set(new Date('2027-03-01T12:01:59Z'));
  assert.equal(
    admitted(501, () => hit(credential)),
    500,
  );
});

test('RATE-12 remaining decreases by one per request, also while the burst bucket has fewer left', () => {
  const { hit } = counter();
  const checks = [
    bucket('credential', 500),
    bucket('organization', 1000),
    bucket('burst', 50, { windowMs: SECOND_MS }),
  ];
  for (let index = 1; index <= 50; index += 1) {
    const { bucket: name, limit, remaining } = hit(...checks);
    assert.deepEqual({ name, limit, remaining }, { name: 'credential', limit: 500, remaining: 500 - index });
  }
});

test('C-01 the verdict describes the bucket with the fewest remaining requests', () => {
  const { hit } = counter();
  const organization = bucket('organization', 1000);
  admitted(901, () => hit(organization));
  const verdict = hit(bucket('credential', 500), organization, bucket('user', 100));
  assert.deepEqual([verdict.bucket, verdict.limit, verdict.remaining], ['organization', 1000, 98]);
});

test('RATE-05 RATE-08 each bucket is exhausted alone, and a refused request uses nothing from the others', () => {
  const names = ['credential', 'organization', 'user', 'endpoint'] as const;
  for (const narrow of names) {
    const { hit } = counter();
    const checks = names.map((name) => bucket(name, name === narrow ? 2 : 5));
    assert.equal(
      admitted(9, () => hit(...checks)),
      2,
      narrow,
    );
    assert.equal(hit(...checks).bucket, narrow);
    const others = checks.filter(({ name }) => name !== narrow);
    for (const other of others) assert.equal(hit(other).remaining, 2, `${narrow} exhausted, ${other.name}`);
  }
});

test('RATE-16 a batch uses one per item, and one that does not fit uses nothing', () => {
  const { hit, clock } = counter();
  const batch = (cost: number) => bucket('batch', 500, { cost });
  assert.equal(hit(batch(40)).remaining, 460);
  clock.advance(SECOND_MS);
  assert.equal(hit(batch(400)).remaining, 60);
  const refused = hit(batch(61));
  assert.deepEqual([refused.allowed, refused.remaining, refused.retryAfterSeconds], [false, 60, 59]);
  assert.equal(hit(batch(101)).retryAfterSeconds, 60);
  clock.advance(59 * SECOND_MS);
  assert.equal(hit(batch(100)).remaining, 0);
});

test('C-04 reset is the Unix second at which the bucket is full again, never before Retry-After', () => {
  const { hit, clock } = counter();
  const credential = bucket('credential', 2);
  hit(credential);
  clock.advance(30 * SECOND_MS);
  const second = hit(credential);
  assert.equal(second.resetUnixSeconds, Math.ceil((START_MS + 90 * SECOND_MS) / SECOND_MS));
  const refused = hit(credential);
  assert.equal(refused.resetUnixSeconds, second.resetUnixSeconds);
  assert.ok(refused.retryAfterSeconds <= refused.resetUnixSeconds - Math.floor(clock.nowMs() / SECOND_MS));
  clock.set(new Date(refused.resetUnixSeconds * SECOND_MS));
  assert.equal(hit(credential).remaining, 1);
});

test('a request without any bucket is a mistake of the caller', () => {
  const { hit } = counter();
  assert.throws(() => hit(), /without any bucket/);
});
