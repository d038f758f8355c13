import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  boolean,
  integer,
  limit,
  money,
  nonNegativeInteger,
  optional,
  positiveInteger,
  quantity,
} from '#kernel/http/fields.ts';
import { accepted, refusalCode } from '#test/support/read-field.ts';

test('VAL-03 money is a positive integer of minor units: 0, -1, 1.5 and "10" are refused', () => {
  assert.equal(accepted(money(), 1), 1);
  assert.equal(accepted(money(), 10), 10);
  assert.equal(accepted(money(), Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
  assert.equal(refusalCode(money(), 0), 'too_small');
  assert.equal(refusalCode(money(), -1), 'too_small');
  assert.equal(refusalCode(money(), 1.5), 'not_integer');
  assert.equal(refusalCode(money(), '10'), 'type');
  assert.equal(refusalCode(money(), Number.MAX_SAFE_INTEGER + 1), 'too_large');
  assert.equal(refusalCode(money(), JSON.parse('1e999')), 'too_large');
  assert.equal(refusalCode(money(), Number.NaN), 'type');
  assert.equal(refusalCode(money(), true), 'type');
  assert.equal(refusalCode(money({ max: 500 }), 501), 'too_large');
});

test('VAL-13 an empty text for a number is null', () => {
  assert.equal(refusalCode(money(), ''), 'required');
  assert.equal(accepted(optional(money()), ' '), undefined);
  assert.equal(accepted(optional(integer()), '', 'query'), undefined);
});

test('integers keep to their bounds and never hold -0', () => {
  assert.equal(accepted(integer({ min: -5, max: 5 }), -5), -5);
  assert.equal(refusalCode(integer({ min: -5, max: 5 }), -6), 'too_small');
  assert.equal(refusalCode(integer({ min: -5, max: 5 }), 6), 'too_large');
  assert.ok(Object.is(accepted(nonNegativeInteger(), -0), 0));
  assert.equal(refusalCode(nonNegativeInteger(), -1), 'too_small');
  assert.equal(refusalCode(positiveInteger(), 0), 'too_small');
  assert.equal(accepted(quantity(), 1_000_000), 1_000_000);
  assert.equal(refusalCode(quantity(), 1_000_001), 'too_large');
  assert.equal(refusalCode(quantity(), 0), 'too_small');
});

test('numbers are parsed from text in queries and paths only', () => {
  assert.equal(accepted(integer(), ' 42 ', 'query'), 42);
  assert.equal(accepted(integer(), '-7', 'path'), -7);
  assert.equal(refusalCode(integer(), '42', 'body'), 'type');
  for (const bad of ['1.5', '1e3', '0x10', 'abc', '+1', '1 2', 'NaN', '٣']) {
    assert.equal(refusalCode(integer(), bad, 'query'), 'type', bad);
  }
  assert.equal(refusalCode(integer(), '9007199254740993', 'query'), 'too_large');
  assert.equal(refusalCode(integer(), '9'.repeat(400), 'query'), 'too_large');
  assert.equal(refusalCode(integer(), ['1', '2'], 'query'), 'type');
});

test('limit is 1 to 100, 25 when left out, refused above (C-39)', () => {
  assert.equal(accepted(limit(), undefined, 'query'), 25);
  assert.equal(accepted(limit(), '', 'query'), 25);
  assert.equal(accepted(limit(), '100', 'query'), 100);
  assert.equal(refusalCode(limit(), '101', 'query'), 'too_large');
  assert.equal(refusalCode(limit(), '0', 'query'), 'too_small');
});

test('VAL-14 booleans are true/false, 1/0 and yes/no, as JSON or text in any case', () => {
  for (const yes of [true, 1, 'true', 'TRUE', '1', 'yes', 'Yes', ' YES ']) assert.equal(accepted(boolean(), yes), true);
  for (const no of [false, 0, 'false', 'False', '0', 'no', 'NO', ' no ']) assert.equal(accepted(boolean(), no), false);
  assert.equal(accepted(boolean(), 'yes', 'query'), true);
});

test('VAL-15 any other boolean is refused', () => {
  for (const bad of ['on', 'off', '2', 'y', 'n', 't', 'ja', 2, -1, 0.5, {}, [true]]) {
    assert.equal(refusalCode(boolean(), bad), 'not_allowed', JSON.stringify(bad));
  }
  assert.equal(refusalCode(boolean(), ''), 'required');
});
