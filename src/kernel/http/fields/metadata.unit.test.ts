import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DomainError } from '#kernel/errors.ts';
import { mergeMetadata, metadata, object, patchOf } from '#kernel/http/fields.ts';
import { compile } from '#kernel/http/validate.ts';
import { accepted, refusal, refusalCode } from '#test/support/read-field.ts';

function keys(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, 'value']));
}

test('VAL-06 metadata is optional and then empty', () => {
  assert.deepEqual(accepted(metadata(), undefined), {});
  assert.deepEqual(accepted(metadata(), null), {});
  const validate = compile(object({ metadata: metadata() }));
  const first = validate({}, 'body').value!.metadata;
  first.changed = 'yes';
  assert.deepEqual(validate({}, 'body').value, { metadata: {} });
});

test('VAL-07 metadata with 20 keys passes, 21 fails', () => {
  assert.deepEqual(accepted(metadata(), keys(20)), keys(20));
  assert.equal(refusalCode(metadata(), keys(21)), 'too_many');
  assert.equal(refusalCode(metadata(), keys(10_000)), 'too_many');
});

test('VAL-08 metadata is an object whose values are texts', () => {
  for (const bad of [1, true, {}, ['a']]) {
    assert.deepEqual(refusal(metadata(), { plan: bad }), { field: 'field.plan', code: 'type', message: 'Send text.' });
  }
  for (const bad of ['text', 1, [], [['a', 'b']]]) assert.equal(refusalCode(metadata(), bad), 'type');
});

test('VAL-09 metadata keys and values of 500 characters pass, 501 fail', () => {
  const [fits, exceeds] = ['x'.repeat(500), 'x'.repeat(501)];
  assert.deepEqual(accepted(metadata(), { [fits]: fits }), { [fits]: fits });
  assert.equal(refusalCode(metadata(), { a: exceeds }), 'too_long');
  assert.equal(refusalCode(metadata(), { [exceeds]: 'a' }), 'too_long');
  assert.ok(refusal(metadata(), { [exceeds]: 'a' }).field.length < 80);
});

test('VAL-12 VAL-13 metadata keys and values are trimmed; entries without a value are dropped', () => {
  assert.deepEqual(accepted(metadata(), { ' plan ': ' gold ', empty: ' ', nothing: null }), { plan: 'gold' });
  assert.equal(refusalCode(metadata(), { ' ': 'a' }), 'too_short');
  assert.equal(refusalCode(metadata(), { a: '1', ' a': '2' }), 'duplicate');
});

test('metadata refuses keys that could reach a prototype, control characters and broken Unicode', () => {
  for (const key of ['__proto__', 'constructor', 'prototype', ' __proto__ ']) {
    assert.equal(refusalCode(metadata(), JSON.parse(JSON.stringify({ K: 'a' }).replace('K', key))), 'not_allowed', key);
  }
  assert.equal(refusalCode(metadata(), { a: 'b\u0000' }), 'forbidden_characters');
  assert.equal(refusalCode(metadata(), { 'a\n': 'b', 'c\nd': 'e' }), 'forbidden_characters');
  assert.equal(refusalCode(metadata(), { '\ud800': 'b' }), 'forbidden_characters');
});

test('VAL-13 in a merge patch an empty or null value removes its key, and null removes all', () => {
  const patch = patchOf(object({ metadata: metadata() }));
  const read = (sent: unknown) => compile(patch)({ metadata: sent }, 'body').value?.metadata;
  assert.deepEqual(read({ plan: 'gold', old: null, older: '' }), { plan: 'gold', old: null, older: null });
  assert.equal(read(null), null);
  const removals = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, null]));
  assert.equal(Object.keys(read(removals(100)) ?? {}).length, 100);
  assert.equal(read(removals(101)), undefined);
  assert.deepEqual(compile(patch)({}, 'body').value, {});
});

test('VAL-07 merging counts the keys that are left', () => {
  assert.deepEqual(mergeMetadata({ a: '1', b: '2' }, { a: null, c: '3' }), { b: '2', c: '3' });
  assert.deepEqual(mergeMetadata({ a: '1' }, null), {});
  assert.deepEqual(mergeMetadata({ a: '1' }, undefined), { a: '1' });
  assert.equal(Object.keys(mergeMetadata(keys(20), { key0: null, other: 'x' })).length, 20);
  assert.throws(
    () => mergeMetadata(keys(20), { other: 'x' }),
    (error) => error instanceof DomainError && error.kind === 'validation' && error.details[0]?.code === 'too_many',
  );
});
