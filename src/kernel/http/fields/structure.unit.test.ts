import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  boolean,
  currency,
  email,
  enumOf,
  listOf,
  mergePatch,
  metadata,
  money,
  nullable,
  object,
  optional,
  patchOf,
  stripInternalKeywords,
  text,
  variants,
  withDefault,
} from '#kernel/http/fields.ts';
import { compile } from '#kernel/http/validate.ts';

const create = object({
  name: text(),
  nickname: optional(text()),
  parent: nullable(text()),
  currency: withDefault(currency(), 'USD'),
  tags: withDefault(listOf(text()), ['new']),
  address: optional(object({ city: text(), line2: optional(text()) })),
  metadata: metadata(),
});

function codes(result: { errors?: { field: string; code: string }[] | undefined }): string[] {
  return (result.errors ?? []).map((finding) => `${finding.field}: ${finding.code}`);
}

test('VAL-13 creating: null and empty leave an optional field out, take a default, or are an error', () => {
  const validate = compile(create);
  assert.deepEqual(
    validate({ name: 'Ada', nickname: null, parent: '', currency: ' ', tags: null, address: null }, 'body'),
    {
      value: { name: 'Ada', parent: null, currency: 'USD', tags: ['new'], metadata: {} },
    },
  );
  assert.deepEqual(codes(validate({ name: ' ' }, 'body')), ['name: required', 'parent: required']);
});

test('a default that can be changed is made anew for every input', () => {
  const validate = compile(create);
  validate({ name: 'Ada', parent: null }, 'body').value!.tags.push('changed');
  assert.deepEqual(validate({ name: 'Ada', parent: null }, 'body').value!.tags, ['new']);
});

test('VAL-13 patching: absent stays, null and empty clear what is optional, required fields refuse them (C-50, C-53)', () => {
  const validate = compile(patchOf(create));
  assert.deepEqual(validate({}, 'body'), { value: {} });
  assert.deepEqual(validate({ nickname: '', parent: null, currency: null, tags: null, address: null }, 'body'), {
    value: { nickname: null, parent: null, currency: 'USD', tags: ['new'], address: null },
  });
  assert.deepEqual(codes(validate({ name: null }, 'body')), ['name: required']);
  assert.deepEqual(codes(validate({ name: ' ' }, 'body')), ['name: required']);
  assert.deepEqual(codes(validate({ age: 1 }, 'body')), ['age: unknown_field']);
});

test('C-53 patching an object inside names only what changes', () => {
  const validate = compile(patchOf(create));
  assert.deepEqual(validate({ address: { line2: null } }, 'body'), { value: { address: { line2: null } } });
  assert.deepEqual(codes(validate({ address: { city: '' } }, 'body')), ['address.city: required']);
});

test('patchOf leaves out the fields that cannot change', () => {
  const validate = compile(patchOf(create, { omit: ['currency'] }));
  assert.deepEqual(codes(validate({ currency: 'EUR' }, 'body')), ['currency: unknown_field']);
});

test('C-53 mergePatch changes what the patch names and nothing else', () => {
  const current = { name: 'Ada', nickname: 'A', address: { city: 'Rome', line2: 'x' }, tags: ['a', 'b'] };
  const merged = mergePatch(current, { nickname: null, address: { line2: null }, tags: ['c'] });
  assert.deepEqual(merged, { name: 'Ada', nickname: null, address: { city: 'Rome', line2: null }, tags: ['c'] });
  assert.deepEqual(current.address, { city: 'Rome', line2: 'x' });
});

test('variants are told apart by their word', () => {
  const method = object({
    method: variants('type', {
      card: { number: text() },
      bank: { iban: text(), instant: withDefault(boolean(), false) },
    }),
  });
  const validate = compile(method);
  assert.deepEqual(validate({ method: { type: 'BANK', iban: 'DE1' } }, 'body').value, {
    method: { type: 'bank', iban: 'DE1', instant: false },
  });
  assert.deepEqual(codes(validate({ method: { type: 'card', iban: 'DE1' } }, 'body')), [
    'method.number: required',
    'method.iban: unknown_field',
  ]);
  assert.deepEqual(codes(validate({ method: { type: 'cash' } }, 'body')), ['method.type: not_allowed']);
  assert.deepEqual(codes(validate({ method: { type: 4 } }, 'body')), ['method.type: not_allowed']);
  assert.deepEqual(codes(validate({ method: {} }, 'body')), ['method.type: required']);
  assert.deepEqual(codes(validate({ method: [] }, 'body')), ['method: type']);
  const optionalMethod = compile(object({ method: nullable(variants('type', { card: {} })) }));
  assert.deepEqual(optionalMethod({ method: null }, 'body'), { value: { method: null } });
});

test('the documented schema is plain JSON Schema: no internal keyword, property names untouched', () => {
  const documented = stripInternalKeywords(
    patchOf(object({ email: email(), amount: optional(money()), 'x-field': text() })),
  );
  assert.ok(!JSON.stringify(documented).includes('normaliser'));
  assert.ok(!JSON.stringify(documented).includes('x-null'));
  const properties = documented.properties as Record<string, Record<string, unknown>>;
  assert.deepEqual(Object.keys(properties), ['email', 'amount', 'x-field']);
  assert.deepEqual(properties.email, {
    type: 'string',
    format: 'email',
    maxLength: 254,
    examples: ['ada@example.com'],
  });
  assert.deepEqual(properties.amount?.type, ['integer', 'null']);
  assert.equal(documented.additionalProperties, false);
});

test('a nullable enum documents null as a value', () => {
  const documented = stripInternalKeywords(nullable(enumOf(['open', 'closed'])));
  assert.deepEqual(documented, { type: ['string', 'null'], enum: ['open', 'closed', null] });
});

test('descriptions and examples reach the document, null joins it once', () => {
  const list = listOf(text({ description: 'A word.', example: 'red' }), {
    description: 'Words.',
    example: ['red'],
    max: 5,
  });
  assert.deepEqual(stripInternalKeywords(nullable(nullable(list))), {
    type: ['array', 'null'],
    items: { type: 'string', minLength: 1, maxLength: 255, description: 'A word.', examples: ['red'] },
    minItems: 0,
    maxItems: 5,
    description: 'Words.',
    examples: [['red']],
  });
  assert.deepEqual(stripInternalKeywords(withDefault(list, ['blue'])).default, ['blue']);
});

test('C-53 mergePatch fills an object that was not there', () => {
  assert.deepEqual(mergePatch({ address: null }, { address: { city: 'Rome' } }), { address: { city: 'Rome' } });
});
