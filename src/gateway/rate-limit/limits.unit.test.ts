import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientNetwork } from './client-network.ts';
import { createInProcessStore } from './in-process-store.ts';
import { anonymousChecksFor, bucketsFor, DEFAULT_RATE_LIMITS } from './limits.ts';
import { writeRateLimitHeaders } from './rate-limit-headers.ts';
import type { BucketCheck } from './rate-limit-store.ts';

const START_MS = Date.parse('2027-03-01T12:00:00Z');
/** Slow enough for the burst bucket, and few enough milliseconds that nothing leaves the minute. */
const PACE_MS = 25;

const summary = (checks: readonly BucketCheck[]) =>
  checks.map(({ name, limit, windowMs, cost }) => [name, limit, windowMs / 1000, cost ?? 1]);

/** How many of `times` requests, one each 25 ms, are admitted. */
function admitted(store = createInProcessStore(), nowMs = START_MS) {
  return (times: number, checksOf: (index: number) => readonly BucketCheck[]): number => {
    let count = 0;
    for (let index = 0; index < times; index += 1) {
      nowMs += PACE_MS;
      if (store.hit(checksOf(index), nowMs).allowed) count += 1;
    }
    return count;
  };
}

test('RATE-01 RATE-06 RATE-07 RATE-09 the default limits of a token bound to a user', () => {
  const buckets = bucketsFor({ credentialId: 'cli_a', organizationId: 'org_a', userId: 'usr_a' });
  assert.deepEqual(summary(buckets.checksFor('orders.list')), [
    ['credential', 500, 60, 1],
    ['organization', 1000, 60, 1],
    ['user', 100, 60, 1],
    ['burst', 50, 1, 1],
  ]);
  const unbound = bucketsFor({ credentialId: 'cli_a', organizationId: 'org_a' });
  assert.deepEqual(
    unbound.checksFor('orders.list').map(({ name }) => name),
    ['credential', 'organization', 'burst'],
  );
});

test('RATE-06 three credentials of one organisation share 1000 requests per minute, another one has its own', () => {
  const requests = admitted();
  const credentials = ['cli_a', 'cli_b', 'cli_c'].map((credentialId) =>
    bucketsFor({ credentialId, organizationId: 'org_a' }),
  );
  assert.equal(
    requests(1_200, (index) => credentials[index % 3]!.checksFor('orders.list')),
    1_000,
  );
  const other = bucketsFor({ credentialId: 'cli_d', organizationId: 'org_b' });
  assert.equal(
    requests(10, () => other.checksFor('orders.list')),
    10,
  );
});

test('RATE-07 a user has 100 requests per minute over all clients', () => {
  const requests = admitted();
  const clients = ['cli_a', 'cli_b'].map((credentialId) =>
    bucketsFor({ credentialId, organizationId: 'org_a', userId: 'usr_a' }),
  );
  assert.equal(
    requests(150, (index) => clients[index % 2]!.checksFor('orders.list')),
    100,
  );
});

test('RATE-08 a configured endpoint limit holds for that endpoint and credential alone', () => {
  const limits = { ...DEFAULT_RATE_LIMITS, endpointsPerMinute: { 'reports.create': 5 } };
  const requests = admitted();
  const buckets = bucketsFor({ credentialId: 'cli_a', organizationId: 'org_a' }, limits);
  const other = bucketsFor({ credentialId: 'cli_b', organizationId: 'org_a' }, limits);
  assert.equal(
    requests(10, () => buckets.checksFor('reports.create')),
    5,
  );
  assert.equal(
    requests(10, () => buckets.checksFor('orders.list')),
    10,
  );
  assert.equal(
    requests(10, () => other.checksFor('reports.create')),
    5,
  );
  assert.equal(
    requests(10, () => anonymousChecksFor('203.0.113.7', 'reports.create', limits)),
    5,
  );
});

test('RATE-16 RATE-17 a batch of 40 uses 40 batch items, one burst request and nothing else', () => {
  const limits = { ...DEFAULT_RATE_LIMITS, endpointsPerMinute: { 'stock.batch': 7 } };
  const buckets = bucketsFor({ credentialId: 'cli_a', organizationId: 'org_a', userId: 'usr_a' }, limits);
  assert.deepEqual(summary(buckets.batchChecksFor('orders.batch', 40)), [
    ['batch', 500, 60, 40],
    ['burst', 50, 1, 1],
  ]);
  assert.deepEqual(summary(buckets.batchChecksFor('stock.batch', 0)), [
    ['batch', 500, 60, 1],
    ['burst', 50, 1, 1],
    ['endpoint', 7, 60, 1],
  ]);
  const store = createInProcessStore();
  const verdict = store.hit(buckets.batchChecksFor('orders.batch', 40), START_MS);
  assert.deepEqual([verdict.bucket, verdict.limit, verdict.remaining], ['batch', 500, 460]);
  assert.equal(
    admitted(store)(15, () => buckets.batchChecksFor('orders.batch', 40)),
    11,
  );
  assert.equal(store.hit(buckets.checksFor('orders.list'), START_MS + 10_000).remaining, 99);
});

test('RATE-14 C-06 an anonymous client has 30 requests per minute by address, other addresses their own', () => {
  const requests = admitted();
  assert.equal(
    requests(60, () => anonymousChecksFor('203.0.113.7', 'auth.token')),
    30,
  );
  assert.equal(
    requests(60, () => anonymousChecksFor('203.0.113.8', 'auth.token')),
    30,
  );
  assert.equal(
    requests(60, (index) => anonymousChecksFor(`2001:db8:1:2::${index}`, 'auth.token')),
    30,
  );
});

test('C-06 every anonymous bucket names the wider network that shares it at the cap, no registered one does', () => {
  const limits = { ...DEFAULT_RATE_LIMITS, endpointsPerMinute: { 'auth.token': 5 } };
  const overflowKeys = (checks: readonly BucketCheck[]) => checks.map(({ overflowKey }) => overflowKey);
  assert.deepEqual(overflowKeys(anonymousChecksFor('203.0.113.7', 'auth.token', limits)), [
    '203.0',
    'auth.token:203.0',
  ]);
  const buckets = bucketsFor({ credentialId: 'cli_a', organizationId: 'org_a' }, limits);
  assert.deepEqual(overflowKeys(buckets.checksFor('auth.token')), [undefined, undefined, undefined, undefined]);
});

test('C-06 an address is counted by IPv4 address or IPv6 /64, however it is written', () => {
  const networks: [string, string, string][] = [
    ['203.0.113.7', '203.0.113.7', '203.0'],
    ['::ffff:203.0.113.7', '203.0.113.7', '203.0'],
    ['::FFFF:cb00:7107', '203.0.113.7', '203.0'],
    ['2001:db8:0:a::1', '2001:db8:0:a::/64', '2001:db8::/32'],
    ['2001:0DB8:0000:000a:ffff:ffff:ffff:ffff', '2001:db8:0:a::/64', '2001:db8::/32'],
    ['2001:db8:0:a:1:2:203.0.113.7', '2001:db8:0:a::/64', '2001:db8::/32'],
    ['2001:db8:0:b::1', '2001:db8:0:b::/64', '2001:db8::/32'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64', 'fe80:0::/32'],
    ['::1', '0:0:0:0::/64', '0:0::/32'],
    ['::', '0:0:0:0::/64', '0:0::/32'],
    ['not an address', 'unknown', 'unknown'],
    ['', 'unknown', 'unknown'],
  ];
  for (const [address, network, wider] of networks)
    assert.deepEqual(clientNetwork(address), { network, wider }, address);
});

test('RATE-11 RATE-12 RATE-13 the headers carry the numbers as plain digits, Retry-After only on a refusal', () => {
  const store = createInProcessStore();
  const checks = [{ key: 'credential:a', name: 'credential', limit: 1, windowMs: 60_000 }] as const;
  const headers: Record<string, string> = { 'X-Request-Id': 'req_1' };
  writeRateLimitHeaders(headers, store.hit(checks, START_MS));
  const expected = {
    'X-Request-Id': 'req_1',
    'x-ratelimit-limit': '1',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': String(START_MS / 1000 + 60),
    'x-ratelimit-window': '60',
  };
  assert.deepEqual(headers, expected);
  writeRateLimitHeaders(headers, store.hit(checks, START_MS + 500));
  assert.deepEqual(headers, { ...expected, 'retry-after': '60' });
});
