import type { TUnsafe } from 'typebox';
import { Refusal, refuse } from './refusal.ts';
import { type FieldOptions, leaf, type Normalise } from './schema.ts';

const PLAIN = /^[ -~]*$/;
const LINE_BREAK = /\r\n?/g;
const CONTROL = /\p{Cc}/u;
const CONTROL_EXCEPT_LINES = /(?![\t\n])\p{Cc}/u;
/** No normalisation shortens text more than this; longer text is refused before any work is spent on it. */
const MAX_SHRINK = 16;

export interface TextRule {
  /** In Unicode characters (code points), as in JSON Schema. */
  min: number;
  max: number;
  trim: boolean;
  /** Allows line feeds and tabs; CR LF becomes LF. */
  multiline: boolean;
}

/**
 * Reads text: trims it (VAL-12), takes empty as null (VAL-13), refuses control characters and unpaired surrogates,
 * brings it to Unicode NFC and counts its characters.
 */
export function textNormaliser(rule: TextRule): Normalise {
  const { min, max, trim, multiline } = rule;
  return (value) => {
    if (typeof value !== 'string') return refuse('type', 'Send text.');
    let text = trim ? value.trim() : value;
    if (text === '') return null;
    let length = text.length;
    if (length > max * MAX_SHRINK) return tooLong(max);
    if (!PLAIN.test(text)) {
      const normalised = normaliseUnicode(text, multiline);
      if (normalised instanceof Refusal) return normalised;
      text = normalised;
      length = countCharacters(text);
    }
    if (length > max) return tooLong(max);
    if (length < min) return refuse('too_short', `Send at least ${min} characters.`);
    return text;
  };
}

function tooLong(max: number): Refusal {
  return refuse('too_long', `Send at most ${max} characters.`);
}

function normaliseUnicode(text: string, multiline: boolean): string | Refusal {
  if (!text.isWellFormed()) return refuse('forbidden_characters', 'Send well-formed Unicode; a surrogate is unpaired.');
  const lines = multiline ? text.replace(LINE_BREAK, '\n') : text;
  if ((multiline ? CONTROL_EXCEPT_LINES : CONTROL).test(lines)) {
    const message = multiline
      ? 'Remove control characters other than line breaks and tabs.'
      : 'Remove control characters.';
    return refuse('forbidden_characters', message);
  }
  return lines.normalize('NFC');
}

function countCharacters(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit >= 0xd800 && unit < 0xdc00) count--;
  }
  return count;
}

const readLine = textNormaliser({ min: 1, max: 2048, trim: true, multiline: false });

/** One trimmed line for fields with a grammar of their own: text, null when empty, or a Refusal. */
export function readToken(value: unknown): string | null | Refusal {
  return readLine(value) as string | null | Refusal;
}

/** A normaliser for fields with a grammar: `read` gets one trimmed, non-empty line of at most 2048 characters. */
export function tokenNormaliser(read: (text: string) => unknown): Normalise {
  return (value) => {
    const text = readToken(value);
    return typeof text === 'string' ? read(text) : text;
  };
}

export interface TextOptions extends FieldOptions {
  /** Characters after trimming; default 1. */
  min?: number;
  /** Characters after trimming; default 255. */
  max?: number;
  multiline?: boolean;
  /** An anchored JSON Schema pattern (Unicode mode); `patternMessage` says what to send. */
  pattern?: string;
  patternMessage?: string;
}

/** A line of text, trimmed (VAL-12); `multiline` allows line breaks and tabs. 1 to 255 characters unless told. */
export function text(options: TextOptions = {}): TUnsafe<string> {
  const {
    min = 1,
    max = 255,
    multiline = false,
    pattern,
    patternMessage = 'Send text of the documented form.',
  } = options;
  const read = textNormaliser({ min, max, trim: true, multiline });
  const expression = pattern === undefined ? null : new RegExp(pattern, 'u');
  const normalise: Normalise =
    expression === null
      ? read
      : (value) => {
          const result = read(value);
          return typeof result === 'string' && !expression.test(result) ? refuse('format', patternMessage) : result;
        };
  const keywords = { type: 'string', minLength: min, maxLength: max, ...(pattern === undefined ? {} : { pattern }) };
  return leaf({ kind: 'text', normaliser: () => normalise }, keywords, options);
}

/** A message body or template: line breaks kept, never trimmed (C-50). At most 10 000 characters unless told. */
export function longText(options: FieldOptions & { min?: number; max?: number } = {}): TUnsafe<string> {
  const { min = 1, max = 10_000 } = options;
  const normalise = textNormaliser({ min, max, trim: false, multiline: true });
  return leaf(
    { kind: 'longText', normaliser: () => normalise },
    { type: 'string', minLength: min, maxLength: max },
    options,
  );
}

/** A password or another secret: never trimmed (C-50), written only. At most 1024 characters unless told. */
export function secretText(options: FieldOptions & { min?: number; max?: number } = {}): TUnsafe<string> {
  const { min = 1, max = 1024 } = options;
  const normalise = textNormaliser({ min, max, trim: false, multiline: false });
  return leaf(
    { kind: 'secretText', normaliser: () => normalise },
    { type: 'string', format: 'password', writeOnly: true, minLength: min, maxLength: max },
    options,
  );
}

/** A name for URLs: lower-case letters and digits in groups parted by single hyphens; at most 63 characters. */
export function slug(options: FieldOptions = {}): TUnsafe<string> {
  const form = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
  const normalise = tokenNormaliser((value) => {
    const name = value.toLowerCase();
    if (!form.test(name)) return refuse('format', 'Send lower-case letters and digits, parted by single hyphens.');
    return name.length > 63 ? tooLong(63) : name;
  });
  return leaf(
    { kind: 'slug', normaliser: () => normalise },
    { type: 'string', pattern: form.source, maxLength: 63, examples: ['spring-sale'] },
    options,
  );
}

/** A stock keeping unit: visible ASCII characters without spaces, 1 to 64. Its case is kept. */
export function sku(options: FieldOptions = {}): TUnsafe<string> {
  const form = /^[!-~]+$/;
  const normalise = tokenNormaliser((value) => {
    if (!form.test(value)) return refuse('format', 'Send letters, digits and signs of ASCII, without spaces.');
    return value.length > 64 ? tooLong(64) : value;
  });
  return leaf(
    { kind: 'sku', normaliser: () => normalise },
    { type: 'string', pattern: form.source, maxLength: 64, examples: ['TSHIRT-RED-M'] },
    options,
  );
}

/** An opaque place in a list, as an earlier answer gave it. Whether it was tampered with shows when it is opened. */
export function cursor(options: FieldOptions = {}): TUnsafe<string> {
  const form = /^[\w.~-]{1,1024}$/;
  const normalise = tokenNormaliser((value) =>
    form.test(value)
      ? value
      : refuse('format', 'Send `next_cursor` or `previous_cursor` of an earlier answer unchanged.'),
  );
  return leaf(
    { kind: 'cursor', normaliser: () => normalise },
    { type: 'string', maxLength: 1024, description: 'An opaque place in the list, taken from an earlier answer.' },
    options,
  );
}
