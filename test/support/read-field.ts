import assert from 'node:assert/strict';
import type { TSchema } from 'typebox';
import type { ErrorDetail } from '#kernel/errors.ts';
import { object } from '#kernel/http/fields.ts';
import { compile, type InputSource } from '#kernel/http/validate.ts';

/** What a field makes of `value` as the only field of an object; fails the test when it refuses. */
export function accepted(field: TSchema, value: unknown, source: InputSource = 'body'): unknown {
  const result = compile(object({ field }))({ field: value }, source);
  assert.equal(result.errors, undefined, `refused ${JSON.stringify(value)}: ${JSON.stringify(result.errors)}`);
  return (result.value as { field: unknown }).field;
}

/** The one finding about `value` as the only field of an object; fails the test when the field takes it. */
export function refusal(field: TSchema, value: unknown, source: InputSource = 'body'): ErrorDetail {
  const result = compile(object({ field }))({ field: value }, source);
  assert.ok(result.errors, `took ${JSON.stringify(value)} as ${JSON.stringify(result.value)}`);
  assert.equal(result.errors.length, 1);
  return result.errors[0]!;
}

/** The code of that finding. */
export function refusalCode(field: TSchema, value: unknown, source: InputSource = 'body'): string {
  return refusal(field, value, source).code;
}
