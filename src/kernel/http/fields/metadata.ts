import { type TUnsafe, Type } from 'typebox';
import { invalidField } from '#kernel/errors.ts';
import { Findings, printableKey, Refusal, refuse } from './refusal.ts';
import { type FieldOptions, leaf, type Normalise, withDefault, wrongType } from './schema.ts';
import { textNormaliser } from './text.ts';

/** Labels of the client's own: at most 20, keys and values at most 500 characters (VAL-07, VAL-09). */
export type Metadata = Record<string, string>;
/** A merge patch of metadata: null removes a key. */
export type MetadataPatch = Record<string, string | null>;

export interface MetadataSchema extends TUnsafe<Metadata> {
  'x-field': { kind: 'metadata'; normaliser: (fromText: boolean) => Normalise };
}

const MAX_KEYS = 20;
const MAX_CHARACTERS = 500;
/** Keys that are looked at: 20 that stay and as many removals as one patch can need. */
const MAX_SENT_KEYS = 100;
const readKey = textNormaliser({ min: 1, max: MAX_CHARACTERS, trim: true, multiline: false });
const readValue = textNormaliser({ min: 1, max: MAX_CHARACTERS, trim: true, multiline: true });
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Metadata of an object, `{}` when left out (VAL-06). Keys and values are trimmed text; an entry without a value is
 * dropped on creation and removes the key in a merge patch.
 */
export function metadata(options: FieldOptions = {}): MetadataSchema {
  const normalise = metadataNormaliser(false);
  const schema = leaf<Metadata>(
    { kind: 'metadata', normaliser: () => normalise },
    {
      type: 'object',
      maxProperties: MAX_KEYS,
      propertyNames: { minLength: 1, maxLength: MAX_CHARACTERS },
      additionalProperties: { type: 'string', maxLength: MAX_CHARACTERS },
      description: 'Up to 20 labels of your own; keys and values are texts of at most 500 characters.',
      examples: [{ campaign: 'spring' }],
    },
    options,
  ) as MetadataSchema;
  return withDefault(schema, {});
}

/** The merge patch form of `metadata()`, for `patchOf`. */
export function metadataPatch(): TUnsafe<MetadataPatch> {
  const normalise = metadataNormaliser(true);
  return Type.Unsafe<MetadataPatch>(
    leaf<MetadataPatch>(
      { kind: 'metadataPatch', normaliser: () => normalise },
      {
        type: ['object', 'null'],
        propertyNames: { minLength: 1, maxLength: MAX_CHARACTERS },
        additionalProperties: { type: ['string', 'null'], maxLength: MAX_CHARACTERS },
        description: 'Labels to set; a null value removes its key, null for the whole removes all.',
        examples: [{ campaign: 'autumn', obsolete: null }],
      },
    ),
  );
}

function metadataNormaliser(isPatch: boolean): Normalise {
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return wrongType(value, 'Send a JSON object whose values are texts.');
    }
    const keys = Object.keys(value);
    if (keys.length > MAX_SENT_KEYS) return tooManyKeys();
    const output: MetadataPatch = {};
    let kept = 0;
    let findings: Findings | null = null;
    for (const sentKey of keys) {
      const key = readMetadataKey(sentKey, output);
      if (typeof key !== 'string') {
        findings = (findings ?? new Findings()).adopt(printableKey(sentKey), key);
        continue;
      }
      const sent = (value as Record<string, unknown>)[sentKey];
      const text = sent === null || sent === undefined ? null : readValue(sent);
      if (text instanceof Refusal) findings = (findings ?? new Findings()).adopt(printableKey(key), text);
      else if (text !== null) kept++;
      output[key] = text as string | null;
    }
    if (findings !== null) return findings.toRefusal();
    if (kept > MAX_KEYS) return tooManyKeys();
    return isPatch || kept === keys.length ? output : withoutEmpty(output);
  };
}

function readMetadataKey(sentKey: string, output: MetadataPatch): string | Refusal {
  const key = readKey(sentKey);
  if (key === null) return refuse('too_short', 'Give the key a name.');
  if (key instanceof Refusal) return key;
  if (FORBIDDEN_KEYS.has(key as string)) return refuse('not_allowed', 'Choose another name for the key.');
  if (Object.hasOwn(output, key as string)) return refuse('duplicate', 'Two keys are the same after trimming.');
  return key as string;
}

function tooManyKeys(): Refusal {
  return refuse('too_many', `Send at most ${MAX_KEYS} keys.`);
}

function withoutEmpty(entries: MetadataPatch): Metadata {
  const output: Metadata = {};
  for (const key of Object.keys(entries)) {
    const value = entries[key];
    if (typeof value === 'string') output[key] = value;
  }
  return output;
}

/**
 * The metadata after a merge patch: undefined changes nothing, null removes everything, a null value removes its key.
 * Throws the `validation` error `metadata: too_many` when more than 20 keys would be left (VAL-07).
 */
export function mergeMetadata(current: Metadata, patch: MetadataPatch | null | undefined): Metadata {
  if (patch === undefined) return current;
  if (patch === null) return {};
  const merged = withoutEmpty({ ...current, ...patch });
  if (Object.keys(merged).length > MAX_KEYS) {
    throw invalidField(
      'metadata',
      'too_many',
      `The object would have more than ${MAX_KEYS} metadata keys; remove some.`,
    );
  }
  return merged;
}
