import { type Static, type TOptional, type TSchema, type TUnsafe, Type } from 'typebox';
import { type Refusal, refuse } from './refusal.ts';

/**
 * Turns a sent value (never undefined or null) into its stored form. Returns that form, `null` when the value counts as
 * empty (VAL-13), or a Refusal. Never throws and never changes its input.
 */
export type Normalise = (value: unknown) => unknown;

/**
 * How a leaf is read. `kind` is the name of the field function, for tests that walk schemas; `fromText` is true for
 * query and path parameters, where numbers arrive as text.
 */
export interface FieldRule {
  kind: string;
  normaliser: (fromText: boolean) => Normalise;
  /** The values that are taken, where the settings decide them; they are asked for when the document is written. */
  values?: () => readonly string[];
}

export interface FieldOptions {
  description?: string;
  example?: unknown;
}

/** The plain JSON Schema keywords of a schema, as the validator and the OpenAPI writer read them. */
export interface SchemaNode {
  type?: string | readonly string[];
  description?: string;
  default?: unknown;
  properties?: Record<string, SchemaNode>;
  required?: readonly string[];
  items?: SchemaNode;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  oneOf?: readonly SchemaNode[];
  enum?: readonly unknown[];
  discriminator?: { propertyName: string };
  /** Internal: how a leaf is normalised. */
  'x-field'?: FieldRule;
  /** Internal: what null means in a merge patch, where it is not simply "clear". */
  'x-null'?: 'refuse' | { reset: unknown };
}

/** Keywords that only the validator reads; they never reach the OpenAPI document. */
export const INTERNAL_KEYWORDS: ReadonlySet<string> = new Set(['x-field', 'x-null']);

/** A leaf whose normalised type is `Value`, documented by `keywords`. */
export function leaf<Value>(rule: FieldRule, keywords: object, options: FieldOptions = {}): TUnsafe<Value> {
  const { description, example } = options;
  return Type.Unsafe<Value>({
    ...keywords,
    ...(description === undefined ? {} : { description }),
    ...(example === undefined ? {} : { examples: [example] }),
    'x-field': rule,
  });
}

/** Text without any visible character: it counts as null (VAL-13). */
export function isBlank(value: unknown): boolean {
  return typeof value === 'string' && value.trim() === '';
}

/** The answer to a value of the wrong JSON type: empty text counts as null everywhere (VAL-13). */
export function wrongType(value: unknown, message: string): Refusal | null {
  return isBlank(value) ? null : refuse('type', message);
}

/** The field may be left out; null and empty text count as left out. In a merge patch null clears it. */
export function optional<Schema extends TSchema>(schema: Schema): TOptional<Schema> {
  return Type.Optional(schema) as unknown as TOptional<Schema>;
}

/** The field must be sent and may be null. For "may be left out" use `optional`. */
export function nullable<Schema extends TSchema>(schema: Schema): TUnsafe<Static<Schema> | null> {
  return Type.Unsafe<Static<Schema> | null>(withNull(schema as SchemaNode) as TSchema);
}

/**
 * The field may be left out and then has `value`, which is already in normalised form. The type says the field is
 * always there, which is true of every validated input.
 */
export function withDefault<Schema extends TSchema>(schema: Schema, value: Static<Schema>): Schema {
  return Type.Optional({ ...schema, default: value } as TSchema) as unknown as Schema;
}

/** The same schema, documented as also taking null. */
export function withNull(schema: SchemaNode): SchemaNode {
  if (isNullable(schema)) return { ...schema };
  if (schema.oneOf !== undefined) return { ...schema, oneOf: [...schema.oneOf, { type: 'null' }] };
  return {
    ...schema,
    type: [...[schema.type ?? []].flat(), 'null'],
    ...(schema.enum === undefined ? {} : { enum: [...schema.enum, null] }),
  };
}

export function isNullable(schema: SchemaNode): boolean {
  return (
    (Array.isArray(schema.type) && schema.type.includes('null')) ||
    (schema.oneOf?.some((option) => option.type === 'null') ?? false)
  );
}

/** A deep copy without the internal keywords: plain JSON Schema for the OpenAPI document. */
export function stripInternalKeywords(schema: object): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (INTERNAL_KEYWORDS.has(keyword)) continue;
    copy[keyword] = stripKeyword(keyword, value);
  }
  const values = (schema as SchemaNode)['x-field']?.values?.();
  if (values) copy.enum = isNullable(schema as SchemaNode) ? [...values, null] : [...values];
  return copy;
}

function stripKeyword(keyword: string, value: unknown): unknown {
  // Property names are the client's words: a property may bear the name of a keyword.
  if (keyword === 'properties' || keyword === 'patternProperties' || keyword === '$defs') {
    return Object.fromEntries(
      Object.entries(value as object).map(([name, schema]) => [name, stripInternalKeywords(schema)]),
    );
  }
  if (keyword === 'default' || keyword === 'examples' || keyword === 'enum' || keyword === 'const') {
    return structuredClone(value);
  }
  if (Array.isArray(value)) return value.map((entry) => (isObject(entry) ? stripInternalKeywords(entry) : entry));
  return isObject(value) ? stripInternalKeywords(value) : value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
