import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredEvent } from '#kernel/events/event.ts';
import { isOlderThan } from './boundary.ts';

const created_at = '2026-02-01T00:00:00.000Z';
const endpoint = { made_in: '100:110:103,107', created_at };
const event = (transactionId: string | undefined, occurredAt = created_at) =>
  ({ transactionId, occurredAt }) as StoredEvent;

test('an event is older when the transaction that made the endpoint could see it', () => {
  const older = ['1', '99', '100', '102', '109'];
  const younger = ['103', '107', '110', '111', '9007199254740993'];
  for (const id of older) assert.equal(isOlderThan(endpoint, event(id)), true, id);
  for (const id of younger) assert.equal(isOlderThan(endpoint, event(id)), false, id);
  assert.equal(isOlderThan({ made_in: '100:100:', created_at }, event('99')), true);
});

test('an endpoint of before, an event without a transaction and one of a later time are never left out', () => {
  assert.equal(isOlderThan({ made_in: null, created_at }, event('1')), false);
  assert.equal(isOlderThan(endpoint, event(undefined)), false);
  assert.equal(isOlderThan(endpoint, event('1', '2026-02-01T00:00:00.001Z')), false);
});
