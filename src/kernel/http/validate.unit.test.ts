import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Type } from 'typebox';
import * as fields from '#kernel/http/fields.ts';
import { compile, type InputSource } from '#kernel/http/validate.ts';
import { newId } from '#kernel/ids.ts';

const orderShape = fields.object({
  customer_id: fields.id('cus'),
  currency: fields.withDefault(fields.currency(), 'USD'),
  items: fields.listOf(
    fields.object({
      product_id: fields.id('prd'),
      quantity: fields.quantity(),
      unit_price: fields.optional(fields.money()),
    }),
    { min: 1 },
  ),
  notes: fields.optional(fields.text({ max: 500, multiline: true })),
  due_date: fields.optional(fields.calendarDate()),
  notify: fields.withDefault(fields.boolean(), true),
  priority: fields.optional(fields.nullable(fields.enumOf(['p1', 'p2']))),
  tags: fields.optional(fields.listOf(fields.text({ max: 20 }), { unique: true })),
  metadata: fields.metadata(),
});
const validateOrder = compile(orderShape);
const customer = newId('cus');
const product = newId('prd');

function findings(result: { errors?: { field: string; code: string }[] | undefined }): string[] {
  return (result.errors ?? []).map((finding) => `${finding.field}: ${finding.code}`);
}

test('VAL-12 VAL-16 a whole input is normalised into a new object that holds known fields only', () => {
  const body = {
    customer_id: customer,
    currency: 'eur',
    items: [{ product_id: product, quantity: 2 }],
    notes: ' Ring twice\r\n',
    due_date: '2026-01-15',
    notify: 'no',
    priority: 'P1',
  };
  const sent = structuredClone(body);
  const result = validateOrder(body, 'body');
  assert.deepEqual(result, {
    value: {
      customer_id: customer,
      currency: 'EUR',
      items: [{ product_id: product, quantity: 2 }],
      notes: 'Ring twice',
      due_date: '2026-01-15T00:00:00.000Z',
      notify: false,
      priority: 'p1',
      metadata: {},
    },
  });
  assert.deepEqual(body, sent);
});

test('every finding is reported at once with its exact path', () => {
  const result = validateOrder(
    {
      items: [{ product_id: product, quantity: 1 }, null, { product_id: 'prd_1', quantity: 0, unit_price: '5' }],
      metadata: { plan: 1 },
      tags: ['a', ' ', 'x'.repeat(21)],
    },
    'body',
  );
  assert.deepEqual(findings(result), [
    'customer_id: required',
    'items[1]: required',
    'items[2].product_id: format',
    'items[2].quantity: too_small',
    'items[2].unit_price: type',
    'tags[1]: required',
    'tags[2]: too_long',
    'metadata.plan: type',
  ]);
  for (const finding of result.errors ?? []) {
    assert.ok(fields.FIELD_ERROR_CODES.includes(finding.code as fields.FieldErrorCode));
    assert.match(finding.message, /^[A-Z].*\.$/);
  }
});

test('an unknown field is refused and the nearest known one named', () => {
  const validate = compile(
    fields.object({ first_name: fields.optional(fields.text()), email: fields.optional(fields.email()) }),
  );
  const message = (key: string) => validate({ [key]: 'x' }, 'body').errors?.[0]?.message;
  assert.equal(message('firstName'), 'There is no such field here. Did you mean `first_name`?');
  assert.equal(message('frist_name'), 'There is no such field here. Did you mean `first_name`?');
  assert.equal(message('emial'), 'There is no such field here. Did you mean `email`?');
  assert.equal(message('colour'), 'There is no such field here. Remove it.');
  assert.equal(message('x'.repeat(1000)), 'There is no such field here. Remove it.');
});

test('prototype keys are unknown fields and change nothing', () => {
  const validate = compile(fields.object({ name: fields.optional(fields.text()) }));
  for (const key of ['__proto__', 'constructor', 'prototype']) {
    const result = validate(JSON.parse(`{"${key}": {"name": "x", "polluted": true}}`), 'body');
    assert.deepEqual(findings(result), [`${key}: unknown_field`]);
  }
  assert.equal((Object.prototype as Record<string, unknown>).polluted, undefined);
  const inherited = Object.create({ name: 'inherited' }) as object;
  assert.deepEqual(validate(inherited, 'body'), { value: {} });
});

test('VAL-10 a list of 100 entries passes, 101 fails', () => {
  const validate = compile(fields.object({ tags: fields.listOf(fields.text()) }));
  const list = (count: number) => ({ tags: Array.from({ length: count }, (_, index) => `tag ${index}`) });
  assert.equal(validate(list(100), 'body').value?.tags.length, 100);
  assert.deepEqual(findings(validate(list(101), 'body')), ['tags: too_many']);
});

test('the refusal of a longer list names the bulk import endpoint; bulk lists are larger', () => {
  const validate = compile(fields.object({ rows: fields.listOf(fields.text()) }));
  const message = validate({ rows: new Array(101).fill('x') }, 'body').errors?.[0]?.message;
  assert.equal(message, 'Send at most 100 entries; send larger sets to POST /imports.');
  const bulk = compile(fields.object({ rows: fields.listOf(fields.text(), { max: 5000 }) }));
  assert.equal(bulk({ rows: new Array(5000).fill('x') }, 'body').value?.rows.length, 5000);
  assert.equal(bulk({ rows: new Array(5001).fill('x') }, 'body').errors?.[0]?.message, 'Send at most 5000 entries.');
});

test('lists keep to their minimum, their type and their uniqueness', () => {
  assert.deepEqual(findings(validateOrder({ customer_id: customer, items: [] }, 'body')), ['items: too_few']);
  assert.deepEqual(findings(validateOrder({ customer_id: customer, items: {} }, 'body')), ['items: type']);
  assert.deepEqual(findings(validateOrder({ customer_id: customer, items: '' }, 'body')), ['items: required']);
  const items = [{ product_id: product, quantity: 1 }];
  assert.deepEqual(findings(validateOrder({ customer_id: customer, items, tags: ['a', 'b', ' a'] }, 'body')), [
    'tags[2]: duplicate',
  ]);
  const holes = compile(fields.object({ list: fields.listOf(fields.nullable(fields.text())) }));
  assert.deepEqual(holes({ list: ['a', null, ' '] }, 'body'), { value: { list: ['a', null, null] } });
});

test('query parameters are text: numbers, booleans and lists are read from it', () => {
  const validate = compile(
    fields.object({
      limit: fields.limit(),
      archived: fields.optional(fields.boolean()),
      status: fields.optional(fields.listOf(fields.enumOf(['open', 'closed']))),
      name: fields.optional(fields.listOf(fields.text())),
    }),
  );
  assert.deepEqual(validate({ limit: '50', archived: 'yes', status: 'OPEN,closed', name: 'a,b' }, 'query'), {
    value: { limit: 50, archived: true, status: ['open', 'closed'], name: ['a,b'] },
  });
  assert.deepEqual(validate({ status: ['open', 'closed'], name: ['a', 'b'] }, 'query').value?.name, ['a', 'b']);
  assert.deepEqual(validate({ status: '', archived: '' }, 'query'), { value: { limit: 25 } });
  assert.deepEqual(findings(validate({ limit: ['1', '2'], status: 'open,,' }, 'query')), [
    'limit: type',
    'status[1]: required',
    'status[2]: required',
  ]);
  assert.deepEqual(findings(validate({ status: 'open' }, 'body')), ['status: type']);
});

test('a body that is not an object is refused; an absent one counts as empty', () => {
  const validate = compile(fields.object({ note: fields.optional(fields.text()) }));
  for (const bad of [1, true, 'text', [], [{}]]) assert.deepEqual(findings(validate(bad, 'body')), ['body: type']);
  assert.deepEqual(findings(validate('', 'body')), ['body: required']);
  assert.deepEqual(validate(undefined, 'body'), { value: {} });
  assert.deepEqual(findings(compile(fields.object({ note: fields.text() }))(null, 'body')), ['note: required']);
  assert.deepEqual(findings(compile(fields.listOf(fields.text()))(null, 'body')), ['body: required']);
});

test('hostile inputs get at most 100 findings and little work', () => {
  const unknown = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${index}`, 1]));
  assert.equal(validateOrder(unknown, 'body').errors?.length, 100);
  const bulk = compile(
    fields.object({ rows: fields.listOf(fields.object({ a: fields.money(), b: fields.money() }), { max: 100_000 }) }),
  );
  assert.equal(bulk({ rows: new Array(100_000).fill({}) }, 'body').errors?.length, 100);
  const lists = compile(fields.object({ a: fields.listOf(fields.money()), b: fields.listOf(fields.money()) }));
  assert.equal(lists({ a: new Array(60).fill(0), b: new Array(60).fill(0) }, 'body').errors?.length, 100);
  const deep = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`) as unknown;
  assert.deepEqual(findings(validateOrder({ customer_id: customer, items: [deep] }, 'body')), ['items[0]: type']);
});

test('a schema that fields.ts did not make, or a field name of Object.prototype, does not start', () => {
  assert.throws(() => compile(fields.object({ name: Type.String() })), /fields\.ts/);
  assert.throws(() => compile(fields.object({ toString: fields.text() })), /cannot be named toString/);
  assert.throws(() => compile(fields.object({ prototype: fields.text() })), /cannot be named prototype/);
});

const plausibleValue = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  fc.constantFrom(customer, product, 'EUR', 'yes', 'P2', '2026-01-15', ' text ', '', 1, 2, 1e300, '__proto__', null),
);
const plausibleItem = fc.record(
  {
    product_id: fc.oneof(fc.constant(product), plausibleValue),
    quantity: fc.oneof(fc.integer({ min: -1, max: 9 }), plausibleValue),
    unit_price: plausibleValue,
  },
  { requiredKeys: [] },
);
const plausibleBody = fc.record(
  {
    customer_id: fc.oneof({ weight: 4, arbitrary: fc.constant(customer) }, plausibleValue),
    items: fc.oneof({ weight: 4, arbitrary: fc.array(plausibleItem, { maxLength: 3 }) }, plausibleValue),
    currency: fc.constantFrom('usd', ' EUR', null, 'x'),
    notes: fc.oneof(fc.string({ unit: 'binary' }), plausibleValue),
    notify: plausibleValue,
    priority: fc.constantFrom('P1', null, '', 'p3'),
    tags: fc.oneof(fc.array(fc.string()), plausibleValue),
    metadata: fc.oneof(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.constant(null))), plausibleValue),
  },
  { requiredKeys: [] },
);

test('any JSON is either refused or comes out with known fields only, and validating again changes nothing', () => {
  const known = new Set(Object.keys(orderShape.properties));
  const sources: InputSource[] = ['body', 'query', 'path'];
  let acceptedCount = 0;
  fc.assert(
    fc.property(
      fc.oneof(fc.jsonValue(), plausibleBody, plausibleBody),
      fc.constantFrom(...sources),
      (input, source) => {
        const sent = JSON.stringify(input);
        const result = validateOrder(input, source);
        assert.equal(JSON.stringify(input), sent);
        if (result.errors) return assert.ok(result.errors.length > 0 && result.errors.length <= 100);
        acceptedCount++;
        for (const key of Object.keys(result.value)) assert.ok(known.has(key), key);
        assert.deepEqual(validateOrder(result.value, 'body'), result);
      },
    ),
    { numRuns: 1500, examples: [[{ customer_id: customer, items: [{ product_id: product, quantity: 1 }] }, 'body']] },
  );
  assert.ok(acceptedCount > 0);
});

test('any JSON that a merge patch takes validates again to itself', () => {
  const validatePatch = compile(fields.patchOf(orderShape));
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), plausibleBody), (input) => {
      const result = validatePatch(input, 'body');
      if (result.errors) return assert.ok(result.errors.length > 0);
      assert.deepEqual(validatePatch(result.value, 'body'), result);
    }),
    { numRuns: 500 },
  );
});
