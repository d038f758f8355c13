import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DomainError } from '#kernel/errors.ts';
import { renderError } from './render.ts';

test('V2-87 a fault of ours is 500 INTERNAL_ERROR and tells nothing of itself', () => {
  const { status, body } = renderError(new TypeError('x is undefined at src/secret.ts:1:1'), 'req_1');
  const { error } = body as { error: Record<string, unknown> };
  assert.deepEqual([status, error.code, error.param, error.request_id], [500, 'INTERNAL_ERROR', null, 'req_1']);
  assert.doesNotMatch(String(error.message), /undefined|secret/);
});

test('V2-88 what is away for a while is 503 SERVICE_UNAVAILABLE', () => {
  const { status, body } = renderError(
    new DomainError('unavailable', 'Come back soon.', { retryAfterSeconds: 1 }),
    'req_1',
  );
  assert.deepEqual([status, (body as { error: { code: string } }).error.code], [503, 'SERVICE_UNAVAILABLE']);
});
