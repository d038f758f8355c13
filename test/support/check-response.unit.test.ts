import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type } from 'typebox';
import { type Operation, ok, operation } from '#kernel/http/operation.ts';
import { checkResponse, mismatch } from './check-response.ts';

const Inner = Type.Object({ name: Type.String() }, { $id: 'Inner' });
const sample: Operation = operation({
  id: 'samples.get',
  method: 'GET',
  path: '/samples',
  summary: 'A sample',
  description: 'A sample.',
  access: { scope: 'samples:read' },
  responses: {
    200: {
      description: 'It.',
      schema: Type.Object({ first: Inner, second: Inner, at: Type.String({ format: 'date-time' }) }),
    },
    204: { description: 'Nothing.' },
  },
  errors: ['gone'],
  handle: () => ok({}),
});
const good = { first: { name: 'a' }, second: { name: 'b' }, at: '2026-01-15T00:00:00.000Z' };
const error = { code: 'ERR_GONE', message: 'Gone.', request_id: 'req', details: [], doc_url: '/docs/errors/ERR_GONE' };

test('a declared answer passes', () => {
  checkResponse(sample, 200, good);
  checkResponse(sample, 204, undefined);
  checkResponse(sample, 304, undefined);
  checkResponse(sample, 410, { error });
});

test('an undeclared status, a wrong value, a missing and an extra field are refused', () => {
  assert.throws(() => checkResponse(sample, 201, good), /samples\.get\) answered 201, which it does not declare/);
  assert.throws(() => checkResponse(sample, 404, { error }), /answered 404, which it does not declare/);
  assert.throws(() => checkResponse(sample, 200, { ...good, at: 'yesterday' }), /\/at must match format/);
  assert.throws(() => checkResponse(sample, 200, { first: good.first, at: good.at }), /required property 'second'/);
  assert.throws(() => checkResponse(sample, 200, { ...good, secret: 1 }), /additional properties.*secret/);
  assert.throws(() => checkResponse(sample, 200, { ...good, first: { name: 'a', x: 1 } }), /\/first must NOT have/);
  assert.throws(() => checkResponse(sample, 204, {}), /declares none/);
  assert.throws(() => checkResponse(sample, 410, { error: { ...error, stack: 'at' } }), /additional properties/);
});

test('the fields of shapes that are put together count together', () => {
  const both = Type.Intersect([Type.Object({ a: Type.Number() }), Type.Object({ b: Type.Number() })]);
  assert.equal(mismatch(both, { a: 1, b: 2 }), undefined);
  assert.match(mismatch(both, { a: 1, b: 2, c: 3 }) ?? '', /unevaluated properties/);
});
