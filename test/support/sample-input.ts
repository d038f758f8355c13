import type { SchemaNode } from '#kernel/http/fields/schema.ts';
import type { InputSource } from '#kernel/http/validate.ts';
import { ID_PREFIXES, type IdPrefix, newId } from '#kernel/ids.ts';

/** A leaf of an input shape, as fields.ts documents it. */
interface Leaf extends SchemaNode {
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  examples?: unknown[];
}

/** One field of an input shape, with a complete valid input in which it stands. */
export interface InputField {
  /** As findings name it: `items[0].quantity`. */
  path: string;
  keys: (string | number)[];
  node: SchemaNode;
  isRequired: boolean;
  base: unknown;
}

/** How a value for the id of an object with this prefix is found; unless told, a fresh id that names nothing. */
export type IdSource = (prefix: IdPrefix) => string;

const SECRET = 'Correct-Horse-7-Battery';
const SAMPLES: Readonly<Record<string, (leaf: Leaf, ids: IdSource) => unknown>> = {
  text: ({ examples, minLength = 1 }) => examples?.[0] ?? 'sample'.padEnd(minLength, 's'),
  longText: ({ examples, minLength = 1 }) => examples?.[0] ?? 'A sample.'.padEnd(minLength, 's'),
  secretText: ({ examples }) => examples?.[0] ?? SECRET,
  enumOf: (leaf) => leaf.enum?.[0],
  currency: () => 'USD',
  country: () => 'FR',
  id: (leaf, ids) => ids(prefixOf(leaf)),
  boolean: () => true,
  metadata: () => ({ campaign: 'spring' }),
  metadataPatch: () => ({ campaign: 'autumn' }),
  email: () => 'ada@example.com',
  phone: () => '+1234567890',
  url: () => 'https://example.com/hooks',
  ipRange: () => '203.0.113.0/24',
  decimal: () => 49.99,
  slug: () => 'spring-sale',
  sku: () => 'TSHIRT-RED-M',
  cursor: () => 'AAAAAAAAAAAAAAAAAAAA',
  timestamp: () => '2026-01-15T00:00:00.000Z',
  calendarDate: () => '2026-01-15',
  timeZone: () => 'Europe/Berlin',
  locale: () => 'en',
};
const integers = ['integer', 'positiveInteger', 'nonNegativeInteger', 'money', 'quantity', 'limit'];

/** The prefix that an id field takes. */
export function prefixOf(node: SchemaNode): IdPrefix {
  const prefix = /^\^([a-z]+)_/.exec((node as Leaf).pattern ?? '')?.[1] ?? '';
  if (!Object.hasOwn(ID_PREFIXES, prefix)) throw new Error(`Not the shape of an id: ${JSON.stringify(node)}`);
  return prefix as IdPrefix;
}

/**
 * A valid input of this shape with every field in it, or with the required ones alone.
 * @param variant which of several shapes to take where one field tells them apart
 */
export function sampleInput(
  shape: object,
  options: { ids?: IdSource; requiredOnly?: boolean; variant?: number } = {},
): unknown {
  const node = shape as SchemaNode;
  const { ids = (prefix) => newId(prefix), requiredOnly = false, variant = 0 } = options;
  const rule = node['x-field'];
  if (rule) {
    if (isFixedRefusal(node)) return undefined;
    if (integers.includes(rule.kind)) return sampleInteger(node as Leaf);
    if (rule.kind === 'protocolForm') return sampleForm(node);
    // Its entries have a shape, but are judged by the operation itself.
    if (rule.kind === 'judgedList') return [sampleInput(node.items!, options)];
    const sample = SAMPLES[rule.kind];
    if (!sample) throw new Error(`Say in test/support/sample-input.ts what a ${rule.kind} looks like`);
    return sample(node as Leaf, ids);
  }
  const variants = variantsOf(node);
  if (variants) return sampleInput(variants[variant % variants.length]!, options);
  if (node.items) return [sampleInput(node.items, options)];
  const entries = Object.entries(node.properties ?? {})
    .filter(([name]) => !requiredOnly || node.required?.includes(name))
    .map(([name, field]) => [name, sampleInput(field, options)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** A field that is declared only so that sending it can be refused with a hint. */
export function isFixedRefusal(node: SchemaNode): boolean {
  return node['x-field']?.kind === 'refusedField' || node['x-field']?.kind === 'refused';
}

function sampleInteger({ minimum = 0, maximum = 100, examples }: Leaf): number {
  return (examples?.[0] as number | undefined) ?? Math.min(Math.max(1, minimum), maximum);
}

function variantsOf(node: SchemaNode): SchemaNode[] | undefined {
  return node.oneOf?.filter((option) => option.type !== 'null');
}

/** Every field of a shape at every depth, in each of its variants. */
export function inputFields(shape: object, ids?: IdSource): InputField[] {
  const depth = Math.max(1, countVariants(shape as SchemaNode));
  const found = new Map<string, InputField>();
  for (let variant = 0; variant < depth; variant++) {
    const base = sampleInput(shape, { ids, variant });
    collect(shape as SchemaNode, [], '', true);

    function collect(node: SchemaNode, keys: (string | number)[], path: string, isRequired: boolean): void {
      const variants = variantsOf(node);
      const marked = variants ? `${path}|${variant % variants.length}` : path;
      if (keys.length > 0 && !found.has(marked)) found.set(marked, { path, keys, node, isRequired, base });
      if (node['x-field']) return;
      if (variants) collectProperties(variants[variant % variants.length]!, keys, path);
      else if (node.items) collect(node.items, [...keys, 0], `${path}[0]`, false);
      else collectProperties(node, keys, path);
    }

    function collectProperties(node: SchemaNode, keys: (string | number)[], path: string): void {
      for (const [name, field] of Object.entries(node.properties ?? {})) {
        const isRequired = node.required?.includes(name) ?? false;
        collect(field, [...keys, name], path === '' ? name : `${path}.${name}`, isRequired);
      }
    }
  }
  return [...found.values()];
}

function countVariants(node: SchemaNode): number {
  const inner = [...Object.values(node.properties ?? {}), ...(node.items ? [node.items] : []), ...(node.oneOf ?? [])];
  return Math.max(variantsOf(node)?.length ?? 1, ...inner.map(countVariants));
}

/** A copy of `input` with another value at `keys`; undefined takes the field out. */
export function withValue(input: unknown, keys: readonly (string | number)[], value: unknown): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  const copy = (Array.isArray(input) ? [...input] : { ...(input as object) }) as Record<string | number, unknown>;
  const inner = withValue(copy[key], rest, value);
  if (inner === undefined) delete copy[key];
  else copy[key] = inner;
  return copy;
}

/** Values that a field of this kind must refuse, each with what is wrong about it. */
export function wrongValues(node: SchemaNode, source: InputSource): { what: string; value: unknown }[] {
  const rule = node['x-field'];
  const wrong: Record<string, unknown> = rule
    ? wrongLeaf(node as Leaf, rule.kind, source)
    : source === 'query'
      ? {}
      : { 'a text': 'nonsense', 'a number': 7, ...wrongList(node) };
  return Object.entries(wrong).map(([what, value]) => ({ what, value }));
}

function wrongList({ items, maxItems, minItems }: SchemaNode): Record<string, unknown> {
  if (!items) return { 'a list': [] };
  const entry = sampleInput(items);
  return {
    'an object': {},
    ...(maxItems !== undefined && { 'too many entries': Array.from({ length: maxItems + 1 }, () => entry) }),
    ...(minItems ? { 'too few entries': [] } : {}),
  };
}

const WRONG_WORDS: Readonly<Record<string, readonly string[]>> = {
  enumOf: ['no_such_word'],
  currency: ['XXX', 'dollars'],
  country: ['ZZ', 'France'],
  id: ['nonsense', 'req_01h455vb4pex5vsknk084sn02q'],
  boolean: ['on', '2', 'y'],
  email: ['not an address', 'a@b', 'Ada <ada@example.com>'],
  phone: ['12345', '+1 234 567'],
  url: ['ftp://example.com', 'nonsense', 'https://user:pass@example.com'],
  ipRange: ['300.1.1.1', '10.0.0.0/33'],
  slug: ['-a', 'a b'],
  sku: ['a b'],
  cursor: ['a b'],
  timestamp: ['yesterday', '2026-01-15T00:00:00+01:00', '2026-02-30T00:00:00Z'],
  calendarDate: ['yesterday', '2026-02-30'],
  timeZone: ['EST', 'Mars/Olympus'],
  locale: ['!!'],
};

/** A form of OAuth's own rules: every parameter is text that the protocol itself checks. */
function sampleForm(node: SchemaNode): Record<string, string> {
  return Object.fromEntries(Object.keys(node.properties ?? {}).map((name) => [name, 'text']));
}

function wrongLeaf(leaf: Leaf, kind: string, source: InputSource): Record<string, unknown> {
  const isBody = source === 'body';
  const structures = isBody ? { 'an object': {}, 'a list': [[]] } : {};
  if (isFixedRefusal(leaf)) return { 'anything at all': 'draft' };
  if (integers.includes(kind)) {
    const { minimum = 0, maximum = 0 } = leaf;
    const sent = (value: number) => (isBody ? value : String(value));
    return {
      ...structures,
      ...(isBody && { 'digits in quotes': '10' }),
      'a word': 'ten',
      'a fraction': sent(Math.max(minimum, 1) + 0.5),
      ...(minimum > Number.MIN_SAFE_INTEGER && { 'too small a number': sent(minimum - 1) }),
      ...(maximum < Number.MAX_SAFE_INTEGER && { 'too large a number': sent(maximum + 1) }),
    };
  }
  if (kind === 'judgedList') {
    const many = Array.from({ length: leaf.maxItems! + 1 }, () => ({}));
    return { 'a text': 'nonsense', 'an object': {}, 'no entry': [], 'too many entries': many };
  }
  if (kind === 'decimal') {
    const sent = (value: number) => (isBody ? value : String(value));
    return {
      ...structures,
      ...(isBody && { 'digits in quotes': '10.5' }),
      'a word': 'ten',
      'a negative number': sent(-1),
      nothing: sent(0),
      'too many digits': sent(12345678901234.5),
    };
  }
  if (kind === 'protocolForm') return isBody ? { 'a list': [], 'a text': 'nonsense' } : {};
  if (kind === 'metadata' || kind === 'metadataPatch') {
    const manyKeys = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`k${index}`, 'v']));
    return { 'a text': 'nonsense', 'a list': [], 'a long value': { k: 'x'.repeat(501) }, '21 keys': manyKeys };
  }
  if (/^(text|longText|secretText)$/.test(kind)) {
    const tooLong = leaf.maxLength === undefined ? {} : { 'a long text': 'x'.repeat(leaf.maxLength + 1) };
    return { ...structures, ...(isBody && { 'a number': 42 }), 'a control character': 'a\u0000b', ...tooLong };
  }
  const words = WRONG_WORDS[kind];
  if (!words) throw new Error(`Say in test/support/sample-input.ts what no ${kind} can be`);
  return { ...structures, ...Object.fromEntries(words.map((word) => [`"${word}"`, word])) };
}

/** Where findings about a value stand: at the field itself or below it (the keys of metadata). */
export function isAbout(field: string, path: string): boolean {
  return field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[`);
}
