import type { TUnsafe } from 'typebox';
import { ID_PREFIXES, type Id, type IdPrefix, isId } from '#kernel/ids.ts';
import { CURRENCIES, type Currency, enabledCurrencies } from '#kernel/money.ts';
import { refuse } from './refusal.ts';
import { type FieldOptions, type FieldRule, leaf, type Normalise, wrongType } from './schema.ts';
import { tokenNormaliser } from './text.ts';

/** Officially assigned codes of ISO 3166-1 alpha-2. */
const COUNTRY_CODES = `
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD
CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF
GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN
KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI
SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI
VN VU WF WS YE YT ZA ZM ZW`;
export const COUNTRIES: readonly string[] = COUNTRY_CODES.trim().split(/\s+/);

export interface EnumOptions<Value extends string> extends FieldOptions {
  /** Other spellings and what they mean, for example `{ cancelled: 'canceled' }` (C-45); they are not documented. */
  aliases?: Readonly<Record<string, Value>>;
}

/** One of a few lower-case words, read in any case (VAL-16), kept in lower case (VAL-17). */
export function enumOf<const Value extends string>(
  values: readonly Value[],
  options: EnumOptions<Value> = {},
): TUnsafe<Value> {
  for (const value of values) {
    if (value !== value.toLowerCase()) throw new Error(`Enum values are lower case (VAL-17): ${value}`);
  }
  const known = new Map<string, string>([...values.map((value) => [value, value] as const)]);
  for (const [alias, value] of Object.entries(options.aliases ?? {})) known.set(alias.toLowerCase(), value);
  const normalise = wordNormaliser(known, (word) => word.toLowerCase(), `Send one of: ${values.join(', ')}.`);
  return leaf({ kind: 'enumOf', normaliser: () => normalise }, { type: 'string', enum: [...values] }, options);
}

/** Looks a word up as it stands first: clients that send the stored form pay for nothing else. */
function wordNormaliser(
  known: ReadonlyMap<string, string>,
  fold: (word: string) => string,
  message: string,
): Normalise {
  return (value) => {
    if (typeof value !== 'string') return refuse('type', message);
    const exact = known.get(value);
    if (exact !== undefined) return exact;
    const word = value.trim();
    if (word === '') return null;
    return known.get(fold(word)) ?? refuse('not_allowed', message);
  };
}

/** An enabled currency by its ISO 4217 code, read in any case, kept in upper case (C-43, C-44). */
export function currency(options: FieldOptions = {}): TUnsafe<Currency> {
  const rule: FieldRule = {
    kind: 'currency',
    // Both are asked for when the program has read its settings, which is after this field was made.
    normaliser: () => currencyNormaliser(enabledCurrencies(), `Send one of: ${enabledCurrencies().join(', ')}.`),
    values: enabledCurrencies,
  };
  return leaf(rule, { type: 'string', enum: [], description: 'An ISO 4217 code.' }, options);
}

/** Any active currency of ISO 4217, read and kept in the same way. */
export function anyCurrency(options: FieldOptions = {}): TUnsafe<Currency> {
  const message = 'Send the three-letter ISO 4217 code of a currency, for example USD.';
  const normalise = currencyNormaliser(Object.keys(CURRENCIES), message);
  const keywords = { type: 'string', pattern: '^[A-Z]{3}$', examples: ['USD'], description: 'An ISO 4217 code.' };
  return leaf({ kind: 'currency', normaliser: () => normalise }, keywords, options);
}

function currencyNormaliser(codes: readonly string[], message: string): Normalise {
  return wordNormaliser(new Map(codes.map((code) => [code, code])), (word) => word.toUpperCase(), message);
}

/** A country by its ISO 3166-1 alpha-2 code, read in any case, kept in upper case (C-44). */
export function country(options: FieldOptions = {}): TUnsafe<string> {
  const known = new Map(COUNTRIES.map((code) => [code, code]));
  const message = 'Send the two-letter ISO 3166-1 code of a country, for example US.';
  const normalise = wordNormaliser(known, (word) => word.toUpperCase(), message);
  return leaf(
    { kind: 'country', normaliser: () => normalise },
    { type: 'string', pattern: '^[A-Z]{2}$', description: 'An ISO 3166-1 alpha-2 code.', examples: ['US'] },
    options,
  );
}

/** The id of an object of one of these kinds, checked by form only. A malformed one has the code `format`. */
export function id<const Prefix extends IdPrefix>(prefix: Prefix, options: FieldOptions = {}): TUnsafe<Id<Prefix>> {
  const message = `Send the id of ${article(ID_PREFIXES[prefix])}: ${prefix}_ and 26 characters.`;
  const readTrimmed = tokenNormaliser((text) => (isId(prefix, text) ? text : refuse('format', message)));
  const normalise: Normalise = (value) => {
    if (isId(prefix, value)) return value;
    return typeof value === 'string' ? readTrimmed(value) : wrongType(value, message);
  };
  return leaf(
    { kind: 'id', normaliser: () => normalise },
    {
      type: 'string',
      pattern: `^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`,
      examples: [`${prefix}_01h455vb4pex5vsknk084sn02q`],
    },
    options,
  );
}

function article(noun: string): string {
  return /^(?:[aeio]|API)/i.test(noun) ? `an ${noun}` : `a ${noun}`;
}
