import type { TUnsafe } from 'typebox';
import { type Refusal, refuse } from './refusal.ts';
import { type FieldOptions, isBlank, leaf, type Normalise, withDefault, wrongType } from './schema.ts';

const INTEGER_TEXT = /^-?\d{1,400}$/;

export interface IntegerOptions extends FieldOptions {
  min?: number;
  max?: number;
}

/**
 * Reads an integer inside the safe range (at most 2^53-1). A body must hold a JSON number: "10" is refused (VAL-03);
 * query and path parameters are text and are parsed.
 */
function integerNormaliser(min: number, max: number, fromText: boolean): Normalise {
  return (value) => {
    const number = fromText && typeof value === 'string' ? parseInteger(value) : value;
    if (typeof number !== 'number' || Number.isNaN(number)) {
      return wrongType(value, fromText ? 'Send a whole number.' : 'Send a JSON number, without quotes.');
    }
    if (number > max) return refuse('too_large', `Send at most ${max}.`);
    if (number < min) return refuse('too_small', `Send at least ${min}.`);
    if (!Number.isInteger(number)) return refuse('not_integer', 'Send a whole number.');
    // Adding zero turns -0 into 0, which JSON cannot tell apart.
    return number + 0;
  };
}

function parseInteger(value: string): number | null {
  const digits = value.trim();
  return INTEGER_TEXT.test(digits) ? Number(digits) : null;
}

function integerField(kind: string, min: number, max: number, options: FieldOptions, keywords = {}): TUnsafe<number> {
  const rule = { kind, normaliser: (fromText: boolean) => integerNormaliser(min, max, fromText) };
  return leaf(rule, { type: 'integer', minimum: min, maximum: max, ...keywords }, options);
}

/** A whole number between `min` and `max`; by default the whole safe range. */
export function integer(options: IntegerOptions = {}): TUnsafe<number> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = options;
  return integerField('integer', min, max, options);
}

/** A whole number of at least 1. */
export function positiveInteger(options: FieldOptions & { max?: number } = {}): TUnsafe<number> {
  return integerField('positiveInteger', 1, options.max ?? Number.MAX_SAFE_INTEGER, options);
}

/** A whole number of at least 0. */
export function nonNegativeInteger(options: FieldOptions & { max?: number } = {}): TUnsafe<number> {
  return integerField('nonNegativeInteger', 0, options.max ?? Number.MAX_SAFE_INTEGER, options);
}

/** A positive amount of money in minor units: 0, -1, 1.5 and "10" are refused (VAL-03, C-41, C-42). */
export function money(options: FieldOptions & { max?: number } = {}): TUnsafe<number> {
  return integerField('money', 1, options.max ?? Number.MAX_SAFE_INTEGER, options, {
    description: "An amount in the currency's smallest unit (cents; yen for JPY).",
    examples: [1999],
  });
}

const DECIMAL = /^\d{1,13}(?:\.\d{1,8})?$/;
/** A binary float holds every decimal of so many digits apart from its neighbours, so its shortest text is what was sent. */
const DECIMAL_DIGITS_MAX = 15;

/**
 * A positive decimal such as 49.99, given on as its text: nobody may calculate with the float that JSON made of it. The
 * edition turns it into minor units by the currency's exponent (C-40). In a query it is text already.
 */
export function decimal(options: FieldOptions = {}): TUnsafe<string> {
  const message = 'Send a positive number of at most 15 digits, for example 49.99.';
  const normaliser =
    (fromText: boolean): Normalise =>
    (value) => {
      if (fromText && isBlank(value)) return null;
      if (typeof value !== 'number' && !(fromText && typeof value === 'string')) return wrongType(value, message);
      const text = String(value).trim();
      const digits = text.replace('.', '').replace(/^0+/, '');
      if (!DECIMAL.test(text) || digits.length > DECIMAL_DIGITS_MAX) return refuse('format', message);
      return digits === '' ? refuse('too_small', message) : text;
    };
  return leaf({ kind: 'decimal', normaliser }, { type: 'number', exclusiveMinimum: 0, examples: [49.99] }, options);
}

/** How many of something are ordered, moved or counted: 1 to 1 000 000. */
export function quantity(options: FieldOptions & { max?: number } = {}): TUnsafe<number> {
  return integerField('quantity', 1, options.max ?? 1_000_000, options, { examples: [1] });
}

/** Page size: 1 to 100, 25 when left out; above 100 is refused, never clamped (C-39). */
export function limit(options: FieldOptions = {}): TUnsafe<number> {
  const description = 'How many entries a page has.';
  return withDefault(integerField('limit', 1, 100, { description, ...options }), 25);
}

const BOOLEANS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  [1, true],
  ['true', true],
  ['1', true],
  ['yes', true],
  [false, false],
  [0, false],
  ['false', false],
  ['0', false],
  ['no', false],
]);

function readBoolean(value: unknown): boolean | null | Refusal {
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.trim().toLowerCase() : value;
  const known = BOOLEANS.get(word);
  if (known !== undefined) return known;
  return isBlank(value) ? null : refuse('not_allowed', 'Send true or false (1, 0, yes and no are also read).');
}

/** true/false, 1/0 and yes/no in any case, as JSON booleans, the numbers 1 and 0, or text (VAL-14, VAL-15, C-51). */
export function boolean(options: FieldOptions = {}): TUnsafe<boolean> {
  return leaf({ kind: 'boolean', normaliser: () => readBoolean }, { type: 'boolean' }, options);
}
