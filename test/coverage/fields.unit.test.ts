import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TSchema } from 'typebox';
import type { SchemaNode } from '#kernel/http/fields/schema.ts';
import { compile, type InputSource, type Validator } from '#kernel/http/validate.ts';
import { declaredOperations } from '../../scripts/contracts.ts';
import {
  type InputField,
  inputFields,
  isAbout,
  isFixedRefusal,
  sampleInput,
  withValue,
  wrongValues,
} from '../support/sample-input.ts';
import { enforceForOperations, type OperationFinding } from './operation-rules.ts';

interface Shape {
  operation: string;
  source: InputSource;
  shape: TSchema;
  validate: Validator<unknown>;
  fields: InputField[];
}

const shapes: Shape[] = declaredOperations().flatMap(({ id, query, body }) => {
  const inputs = [
    ['query', query],
    ['body', body],
  ] as const;
  return inputs.flatMap(([source, shape]) =>
    shape ? [{ operation: id, source, shape, validate: compile(shape as TSchema), fields: inputFields(shape) }] : [],
  );
});

/** Runs a check on every field of every input of every operation. */
function checkFields(rule: string, check: (field: InputField, shape: Shape) => (string | undefined)[]): void {
  let fields = 0;
  const findings = shapes.flatMap((shape): OperationFinding[] =>
    shape.fields.flatMap((field) => {
      fields++;
      const messages = check(field, shape).filter((message) => message !== undefined);
      return messages.map((message) => ({
        operation: shape.operation,
        message: `${shape.source}.${field.path} ${message}`,
      }));
    }),
  );
  assert.ok(fields > 100, `only ${fields} fields were looked at`);
  enforceForOperations(rule, findings);
}

test('VAL-18 every operation takes a sample of its own input', () => {
  const findings = shapes.flatMap(({ operation, source, shape, validate, fields }) => {
    const samples = [
      sampleInput(shape),
      sampleInput(shape, { requiredOnly: true }),
      ...fields.map((field) => field.base),
    ];
    return samples.flatMap((sample) => {
      const { errors } = validate(sample, source);
      return errors ? [{ operation, message: `${source}: refuses ${JSON.stringify(errors)}` }] : [];
    });
  });
  enforceForOperations('sample input', findings);
});

test('VAL-18 every field of every operation refuses wrong values and names itself', () => {
  checkFields('wrong values', ({ path, keys, node, base }, { source, validate }) =>
    wrongValues(node, source).map(({ what, value }) => {
      const { errors } = validate(withValue(base, keys, value), source);
      if (!errors) return `takes ${what}`;
      return errors.every((error) => isAbout(error.field, path)) ? undefined : `names ${errors[0]!.field} for ${what}`;
    }),
  );
});

test('VAL-18 every object of every body refuses fields it does not know', () => {
  checkFields('unknown fields', ({ path, keys, node, base }, { source, validate }) => {
    if (source !== 'body' || node['x-field'] || node.items) return [];
    const { errors } = validate(withValue(base, [...keys, 'unheard_of'], 1), source);
    const finding = errors?.find((error) => error.field === `${path}.unheard_of`);
    return [finding?.code === 'unknown_field' ? undefined : 'takes an unknown field'];
  });
  for (const { operation, source, shape, validate } of shapes) {
    // OAuth's endpoints must ignore parameters they do not know (RFC 6749 section 3.1).
    if ((shape as unknown as SchemaNode)['x-field']?.kind === 'protocolForm') continue;
    const { errors } = validate({ ...(sampleInput(shape) as object), unheard_of: '1' }, source);
    assert.equal(errors?.[0]?.code, 'unknown_field', `${operation} ${source}`);
    assert.equal(errors[0].field, 'unheard_of');
  }
});

test('VAL-18 every required field says that it is missing', () => {
  checkFields('required fields', ({ path, keys, isRequired, base }, { source, validate }) => {
    if (!isRequired) return [];
    return [undefined, '', null].map((empty) => {
      const { errors } = validate(withValue(base, keys, empty), source);
      const code = errors?.find((error) => error.field === path)?.code;
      if (code === 'required' || (code === 'type' && empty === null)) return undefined;
      // A nullable field must be sent, but may be sent empty.
      return code === undefined && empty !== undefined
        ? undefined
        : `is required, but ${JSON.stringify(empty)} gives ${code}`;
    });
  });
});

test('VAL-10 VAL-18 no list of any operation takes more than 100 entries', () => {
  checkFields('long lists', ({ node }) => [
    node.items && (node.maxItems ?? Number.POSITIVE_INFINITY) > 100 ? `takes ${node.maxItems} entries` : undefined,
  ]);
});

test('VAL-12 VAL-13 VAL-18 every text is trimmed, and an empty one counts as absent', () => {
  checkFields('trimming', ({ keys, node, isRequired, base }, { source, validate }) => {
    const value = valueAt(base, keys);
    const kind = node['x-field']?.kind;
    const isExempt = kind === 'longText' || kind === 'secretText';
    if (typeof value !== 'string' || isExempt || isFixedRefusal(node) || isElement(keys)) return [];
    const padded = validate(withValue(base, keys, ` ${value}\t`), source);
    const plain = validate(base, source);
    const isTrimmed = JSON.stringify(valueAt(padded.value, keys)) === JSON.stringify(valueAt(plain.value, keys));
    if (isRequired || source === 'query') return [isTrimmed ? undefined : 'is not trimmed'];
    const empty = validate(withValue(base, keys, ''), source);
    const absent = validate(withValue(base, keys, null), source);
    const isAbsent = JSON.stringify(empty) === JSON.stringify(absent);
    return [isTrimmed ? undefined : 'is not trimmed', isAbsent ? undefined : 'tells "" from null'];
  });
});

test('VAL-14 VAL-18 every boolean reads true/false, 1/0 and yes/no', () => {
  checkFields('booleans', ({ keys, node, base }, { source, validate }) => {
    if (node['x-field']?.kind !== 'boolean') return [];
    const words: [unknown, boolean][] = [
      ['true', true],
      ['1', true],
      ['yes', true],
      ['NO', false],
      ['0', false],
      ['False', false],
    ];
    return words.map(([word, meaning]) => {
      const { value } = validate(withValue(base, keys, word), source);
      return value !== undefined && valueAt(value, keys) === meaning ? undefined : `does not read ${word}`;
    });
  });
});

test('VAL-16 VAL-17 VAL-18 every enum is read in any case and kept in lower case', () => {
  checkFields('enums', ({ keys, node, base }, { source, validate }) => {
    if (node['x-field']?.kind !== 'enumOf') return [];
    return (node.enum ?? []).map((word) => {
      if (typeof word !== 'string') return undefined;
      // The word that tells variants apart decides which other fields there are.
      if (valueAt(base, keys) !== word && isDiscriminator(node)) return undefined;
      const { value } = validate(withValue(base, keys, word.toUpperCase()), source);
      const isKept = value !== undefined && valueAt(value, keys) === word.toLowerCase();
      return isKept ? undefined : `does not read ${word.toUpperCase()} as ${word}`;
    });
  });
});

function isDiscriminator(node: { enum?: readonly unknown[] }): boolean {
  return node.enum?.length === 1;
}

function isElement(keys: readonly (string | number)[]): boolean {
  return typeof keys.at(-1) === 'number';
}

function valueAt(value: unknown, keys: readonly (string | number)[]): unknown {
  return keys.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown> | undefined)?.[key], value);
}
