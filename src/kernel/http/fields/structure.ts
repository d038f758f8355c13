import { type Static, type TObject, type TOptional, type TProperties, type TSchema, type TUnsafe, Type } from 'typebox';
import { enumOf } from './code.ts';
import { type MetadataPatch, type MetadataSchema, metadataPatch } from './metadata.ts';
import type { FieldOptions } from './schema.ts';
import { optional, type SchemaNode, withNull } from './schema.ts';

/** The largest list of every input unless a field says otherwise (VAL-10). */
export const MAX_ITEMS = 100;

/** An object that knows exactly these fields: any other is refused with `unknown_field`. */
export function object<Properties extends TProperties>(
  properties: Properties,
  options: { description?: string; examples?: unknown[] } = {},
): TObject<Properties> {
  return Type.Object(properties, { ...options, additionalProperties: false });
}

export interface ListOptions extends FieldOptions {
  min?: number;
  /** Default 100 (VAL-10); a larger value is only for bulk endpoints. */
  max?: number;
  /** Refuses equal entries; for lists of text and numbers. */
  unique?: boolean;
}

/**
 * A list of `item`. In a query it may be one parameter sent several times or, for items that cannot hold a comma
 * (all but texts and objects), one parameter with commas.
 */
export function listOf<Item extends TSchema>(item: Item, options: ListOptions = {}): TUnsafe<Static<Item>[]> {
  const { min = 0, max = MAX_ITEMS, unique = false, description, example } = options;
  return Type.Unsafe<Static<Item>[]>({
    type: 'array',
    items: item,
    minItems: min,
    maxItems: max,
    ...(unique ? { uniqueItems: true } : {}),
    ...(description === undefined ? {} : { description }),
    ...(example === undefined ? {} : { examples: [example] }),
  } as TSchema);
}

type Variants<Key extends string, Shapes extends Record<string, TProperties>> = {
  [Name in keyof Shapes & string]: { [K in Key]: Name } & Static<TObject<Shapes[Name]>>;
}[keyof Shapes & string];

/** One of several objects, told apart by the word in field `key`: `variants('type', { card: {...}, bank: {...} })`. */
export function variants<Key extends string, Shapes extends Record<string, TProperties>>(
  key: Key,
  shapes: Shapes,
  options: { description?: string } = {},
): TUnsafe<Variants<Key, Shapes>> {
  const oneOf = Object.entries(shapes).map(([name, properties]) => object({ [key]: enumOf([name]), ...properties }));
  return Type.Unsafe<Variants<Key, Shapes>>({ ...options, oneOf, discriminator: { propertyName: key } } as TSchema);
}

type PatchValue<Field extends TSchema> =
  Field extends TObject<infer Properties> ? Static<TObject<PatchProperties<Properties>>> : Static<Field>;

type PatchField<Field extends TSchema> = Field extends MetadataSchema
  ? TOptional<TUnsafe<MetadataPatch | null>>
  : Field extends { '~optional': true }
    ? TOptional<TUnsafe<PatchValue<Field> | null>>
    : TOptional<TUnsafe<PatchValue<Field>>>;

export type PatchProperties<Properties extends TProperties> = {
  [Key in keyof Properties]: PatchField<Properties[Key]>;
};

/**
 * The merge patch (RFC 7396, C-53) of a create shape. Every field may be left out and then stays as it is. Null or
 * empty text clears an optional field, sets a field with a default back to it, and is refused for a required one.
 * Objects inside are patched field by field, lists are replaced as a whole. `omit` names fields that cannot change.
 */
export function patchOf<Properties extends TProperties, Fixed extends keyof Properties = never>(
  shape: TObject<Properties>,
  options: { omit?: readonly Fixed[] } = {},
): TObject<PatchProperties<Omit<Properties, Fixed>>> {
  const required = new Set<string>((shape as unknown as SchemaNode).required ?? []);
  const properties: Record<string, TSchema> = {};
  for (const [key, field] of Object.entries(shape.properties)) {
    if (options.omit?.includes(key as Fixed)) continue;
    properties[key] = optional(patchField(field, required.has(key)));
  }
  return object(properties) as unknown as TObject<PatchProperties<Omit<Properties, Fixed>>>;
}

function patchField(field: TSchema, isRequired: boolean): TSchema {
  if ((field as SchemaNode)['x-field']?.kind === 'metadata') return metadataPatch();
  const value = (Type.IsObject(field) ? patchOf(field) : field) as SchemaNode;
  const { default: defaultValue, ...rest } = value;
  if (defaultValue !== undefined) return { ...withNull(rest), 'x-null': { reset: defaultValue } } as TSchema;
  return (isRequired ? { ...value, 'x-null': 'refuse' } : withNull(value)) as TSchema;
}

/**
 * Applies a merge patch to plain data (RFC 7396), except that a cleared field is left as null, not removed. Returns a
 * new value. The result of patching an object inside may lack required fields: validate it again with the create shape.
 */
export function mergePatch<Value extends object>(current: Value, patch: object): Value {
  const merged = { ...current } as Record<string, unknown>;
  for (const [key, value] of Object.entries(patch)) {
    merged[key] = isPlainObject(value) ? mergePatch(isPlainObject(merged[key]) ? merged[key] : {}, value) : value;
  }
  return merged as Value;
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
