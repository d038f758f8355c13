import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '#kernel/clock.ts';
import { admitted, bucket, counter, START_MS } from './counter-under-test.ts';

test('a clock set back neither locks clients out nor gives them more', () => {
  const { store } = counter();
  const checks = [bucket('credential', 2)];
  store.hit(checks, START_MS);
  store.hit(checks, START_MS + 1000);
  const backMs = START_MS - HOUR_MS;
  const refused = store.hit(checks, backMs);
  assert.deepEqual([refused.allowed, refused.retryAfterSeconds], [false, 59]);
  assert.equal(refused.resetUnixSeconds, Math.ceil((backMs + MINUTE_MS) / SECOND_MS));
  assert.equal(store.hit(checks, backMs + 58_999).allowed, false);
  assert.equal(store.hit(checks, backMs + 59_000).allowed, true);
});

test('idle buckets leave memory while others are busy', () => {
  const { store, clock, hit } = counter();
  for (let index = 0; index < 5_000; index += 1) hit(bucket('user', 100, { key: `user:${index}` }));
  assert.equal(store.size, 5_000);
  clock.advance(MINUTE_MS);
  admitted(200, () => hit(bucket('credential', 500)));
  assert.equal(store.size, 1);
});

test('C-06 at the cap new addresses share the bucket of their network, known ones keep their own', () => {
  const { store, hit } = counter(100);
  const address = (index: number, network = 'a') =>
    bucket('anonymous', 30, { key: `anonymous:${network}${index}`, overflowKey: network });
  for (let index = 0; index < 100; index += 1) hit(address(index));
  let next = 100;
  assert.equal(
    admitted(1_000, () => hit(address(next++))),
    30,
  );
  assert.equal(
    admitted(1_000, () => hit(address(next++))),
    0,
  );
  assert.equal(store.size, 101);
  assert.equal(hit(address(5)).remaining, 28);
  assert.equal(hit(address(1, 'b')).remaining, 29);
  assert.equal(hit(bucket('credential', 500)).remaining, 499);
});

test('C-06 at the cap idle buckets make room before anyone has to share', () => {
  const { store, clock, hit } = counter(200);
  const address = (index: number) => bucket('anonymous', 30, { key: `anonymous:${index}`, overflowKey: 'a' });
  for (let index = 0; index < 200; index += 1) hit(address(index));
  // The regular sweep passes five seconds before the buckets become idle and is not due again when they are.
  clock.advance(55 * SECOND_MS);
  admitted(20, () => hit(address(0)));
  clock.advance(6 * SECOND_MS);
  assert.equal(hit(address(1_000)).remaining, 29);
  assert.equal(hit(address(1_001)).remaining, 29);
  assert.equal(store.size, 3);
});

test('C-06 at the cap memory stays bounded however many networks come', () => {
  const { store, hit } = counter(100);
  for (let index = 0; index < 20_000; index += 1) {
    hit(bucket('anonymous', 30, { key: `anonymous:${index}`, overflowKey: `network-${index}` }));
  }
  assert.ok(store.size <= 100 + 1024);
});

test('C-06 a request at the cap is counted in all of its buckets', () => {
  const { hit, clock } = counter(1);
  const known = bucket('anonymous', 30, { overflowKey: 'a' });
  const endpoint = bucket('endpoint', 5, { overflowKey: 'e:a' });
  hit(known);
  clock.advance(MINUTE_MS);
  hit(known, endpoint);
  assert.equal(hit(known).remaining, 28);
  assert.equal(hit(endpoint).remaining, 3);
});
