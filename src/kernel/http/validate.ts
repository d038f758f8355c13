import type { Static, TSchema } from 'typebox';
import type { ErrorDetail } from '#kernel/errors.ts';
import { Findings, printableKey, Refusal, refuse } from './fields/refusal.ts';
import { isBlank, isNullable, type Normalise, type SchemaNode, wrongType } from './fields/schema.ts';
import { MAX_ITEMS } from './fields/structure.ts';

/** Where an input comes from. Query and path parameters are text: numbers are parsed from it. */
export type InputSource = 'body' | 'query' | 'path';

export type ValidationResult<Value> =
  | { value: Value; errors?: undefined }
  | { value?: undefined; errors: ErrorDetail[] };

/** Gives the normalised value, a new object, or every finding (at most 100). Never throws, never changes the input. */
export type Validator<Value> = (input: unknown, source: InputSource) => ValidationResult<Value>;

/**
 * Makes the validator of a schema built with fields.ts. Walks the schema once, at start-up; throws when it holds a
 * node that fields.ts did not make. An absent body counts as `{}`. Rules: VAL-01 to VAL-17.
 */
export function compile<Schema extends TSchema>(schema: Schema): Validator<Static<Schema>> {
  const readBody = compileNode(schema as SchemaNode, false);
  const readText = compileNode(schema as SchemaNode, true);
  const isObjectShape = (schema as SchemaNode).type === 'object';
  return (input, source) => {
    const given = isObjectShape && (input === undefined || input === null) ? {} : input;
    const normalise = source === 'body' ? readBody : readText;
    const result = given === undefined || given === null ? null : normalise(given);
    if (result instanceof Refusal) return { errors: toDetails(result, source) };
    if (result === null) return { errors: toDetails(requiredRefusal(), source) };
    return { value: result as Static<Schema> };
  };
}

function toDetails(refusal: Refusal, source: InputSource): ErrorDetail[] {
  return refusal.findings.map(({ path, code, message }) => ({ field: path === '' ? source : path, code, message }));
}

function requiredRefusal(): Refusal {
  return refuse('required', 'Send a value.');
}

function compileNode(schema: SchemaNode, fromText: boolean): Normalise {
  const rule = schema['x-field'];
  if (rule !== undefined) return rule.normaliser(fromText);
  if (schema.oneOf !== undefined) return compileVariants(schema, schema.oneOf, fromText);
  if (schema.properties !== undefined) return compileObject(schema, fromText);
  if (schema.items !== undefined) return compileList(schema, schema.items, fromText);
  throw new Error(`Build input schemas with kernel/http/fields.ts; this node is not: ${JSON.stringify(schema)}`);
}

/** What happens to a field that is absent, null or empty. */
interface Property {
  key: string;
  normalise: Normalise;
  isRequired: boolean;
  isNullable: boolean;
  refusesNull: boolean;
  makeDefault: (() => unknown) | null;
  makeReset: (() => unknown) | null;
}

function compileProperty(key: string, schema: SchemaNode, isRequired: boolean, fromText: boolean): Property {
  if (key in Object.prototype || key === 'prototype') throw new Error(`A field cannot be named ${key}`);
  const onNull = schema['x-null'];
  return {
    key,
    normalise: compileNode(schema, fromText),
    isRequired,
    isNullable: isNullable(schema),
    refusesNull: onNull === 'refuse',
    makeDefault: schema.default === undefined ? null : copier(schema.default),
    makeReset: typeof onNull === 'object' ? copier(onNull.reset) : null,
  };
}

/** Every input gets its own copy of a default that could be changed; the usual `{}` and `[]` are made the cheap way. */
function copier(value: unknown): () => unknown {
  if (typeof value !== 'object' || value === null) return () => value;
  if (Object.keys(value).length > 0) return () => structuredClone(value);
  return Array.isArray(value) ? () => [] : () => ({});
}

/** The value of a field without one; undefined leaves it out. */
function emptyValue(property: Property, wasSent: boolean): unknown {
  if (wasSent) {
    if (property.makeReset !== null) return property.makeReset();
    if (property.refusesNull && !property.isNullable) {
      return refuse('required', 'This field cannot be cleared; send a value or leave it out.');
    }
    if (property.isNullable) return null;
  }
  if (property.isRequired) {
    return refuse('required', property.isNullable ? 'Send a value or null.' : 'Send a value; it is missing or empty.');
  }
  return property.makeDefault === null ? undefined : property.makeDefault();
}

function compileObject(schema: SchemaNode, fromText: boolean): Normalise {
  const required = new Set(schema.required ?? []);
  const properties = Object.entries(schema.properties ?? {}).map(([key, field]) =>
    compileProperty(key, field, required.has(key), fromText),
  );
  const known = new Set(properties.map((property) => property.key));
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return wrongType(value, 'Send a JSON object.');
    }
    const input = value as Record<string, unknown>;
    const output: Record<string, unknown> = {};
    let findings: Findings | null = null;
    let seen = 0;
    for (const property of properties) {
      const { key } = property;
      // Own properties only: a field can never be read from a prototype.
      const sent = Object.hasOwn(input, key) ? input[key] : undefined;
      if (sent !== undefined) seen++;
      let result = sent === undefined || sent === null ? null : property.normalise(sent);
      if (result === null) result = emptyValue(property, sent !== undefined);
      if (result instanceof Refusal) findings = (findings ?? new Findings()).adopt(key, result);
      else if (result !== undefined) output[key] = result;
    }
    if (Object.keys(input).length > seen) findings = findUnknown(input, known, findings);
    return findings === null ? output : findings.toRefusal();
  };
}

function findUnknown(input: object, known: ReadonlySet<string>, findings: Findings | null): Findings | null {
  let found = findings;
  for (const key of Object.keys(input)) {
    if (known.has(key)) continue;
    found ??= new Findings();
    if (found.isFull) break;
    const nearest = nearestField(key, known);
    const hint = nearest === null ? 'Remove it.' : `Did you mean \`${nearest}\`?`;
    found.add(printableKey(key), 'unknown_field', `There is no such field here. ${hint}`);
  }
  return found;
}

function nearestField(key: string, known: ReadonlySet<string>): string | null {
  if (key.length > 64) return null;
  const folded = fold(key);
  let nearest: string | null = null;
  let nearestDistance = Math.min(3, Math.ceil(folded.length / 2));
  for (const name of known) {
    const distance = editDistance(folded, fold(name), nearestDistance);
    if (distance < nearestDistance) [nearest, nearestDistance] = [name, distance];
  }
  return nearest;
}

/** `firstName`, `first-name` and `first_name` are the same word. */
function fold(name: string): string {
  return name.replaceAll(/[_\-.\s]/g, '').toLowerCase();
}

/** Levenshtein distance, or `limit` when it is not below it. */
function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) >= limit) return limit;
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const replaced = previous[column - 1]! + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return Math.min(limit, previous[right.length]!);
}

/** Kinds whose values may hold a comma: a query parameter of these is never split. */
const KINDS_WITH_COMMAS: ReadonlySet<string> = new Set(['text', 'longText', 'secretText', 'url', 'email', 'sku']);

function compileList(schema: SchemaNode, items: SchemaNode, fromText: boolean): Normalise {
  const normaliseItem = compileNode(items, fromText);
  const { minItems = 0, maxItems = MAX_ITEMS, uniqueItems = false } = schema;
  const emptyItem = isNullable(items) ? null : requiredRefusal();
  const isSplit = items['x-field'] !== undefined && !KINDS_WITH_COMMAS.has(items['x-field'].kind);
  return (value) => {
    if (isBlank(value)) return null;
    const list = fromText && typeof value === 'string' ? (isSplit ? value.split(',') : [value]) : value;
    if (!Array.isArray(list)) return refuse('type', 'Send a JSON array.');
    if (list.length > maxItems) return refuse('too_many', tooManyMessage(maxItems));
    if (list.length < minItems) return refuse('too_few', `Send at least ${minItems} ${entries(minItems)}.`);
    const output: unknown[] = [];
    let findings: Findings | null = null;
    for (let index = 0; index < list.length; index++) {
      const sent: unknown = list[index];
      const result = (sent === undefined || sent === null ? null : normaliseItem(sent)) ?? emptyItem;
      if (result instanceof Refusal) findings = (findings ?? new Findings()).adopt(`[${index}]`, result);
      else output.push(result);
      if (findings?.isFull) break;
    }
    if (uniqueItems && findings === null) findings = findDuplicates(output);
    return findings === null ? output : findings.toRefusal();
  };
}

function tooManyMessage(maxItems: number): string {
  const message = `Send at most ${maxItems} ${entries(maxItems)}`;
  return maxItems === MAX_ITEMS ? `${message}; send larger sets to POST /imports.` : `${message}.`;
}

function entries(count: number): string {
  return count === 1 ? 'entry' : 'entries';
}

function findDuplicates(list: readonly unknown[]): Findings | null {
  if (new Set(list).size === list.length) return null;
  const findings = new Findings();
  const seen = new Set<unknown>();
  for (const [index, entry] of list.entries()) {
    if (seen.has(entry)) findings.add(`[${index}]`, 'duplicate', 'Send each entry once.');
    seen.add(entry);
  }
  return findings;
}

function compileVariants(schema: SchemaNode, options: readonly SchemaNode[], fromText: boolean): Normalise {
  const key = schema.discriminator?.propertyName;
  if (key === undefined) throw new Error('Build alternatives with variants() of kernel/http/fields.ts');
  const byName = new Map<string, Normalise>();
  for (const option of options) {
    const name = option.properties?.[key]?.enum?.[0];
    if (typeof name === 'string') byName.set(name, compileNode(option, fromText));
  }
  const message = `Send one of: ${[...byName.keys()].join(', ')}.`;
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return wrongType(value, 'Send a JSON object.');
    }
    const sent = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
    if (sent === undefined || sent === null || isBlank(sent)) {
      return new Findings().add(key, 'required', message).toRefusal();
    }
    const normalise = typeof sent === 'string' ? byName.get(sent.trim().toLowerCase()) : undefined;
    return normalise === undefined ? new Findings().add(key, 'not_allowed', message).toRefusal() : normalise(value);
  };
}
