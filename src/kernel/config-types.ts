import { CURRENCIES, type Currency } from './currencies.ts';
import { StartupError } from './startup-error.ts';

/** One setting: where it is documented, checked and given its default. */
export interface Setting<Value> {
  /** One line for the configuration reference. */
  meaning: string;
  /** What an operator may write, e.g. `a whole number from 0 to 65535`. */
  form: string;
  /** The text that counts when the variable is absent; undefined means "not set". */
  standard?: string;
  secret?: boolean;
  /** Throws any error when the text has not the form. */
  parse(text: string): Value;
}

export type Settings = Record<string, Setting<unknown>>;
export type ValuesOf<Table extends Settings> = {
  [Name in keyof Table]: Table[Name] extends Setting<infer Value> ? Value : never;
};

type Options = { meaning: string; standard?: string; secret?: boolean };

export function textSetting(options: Options & { standard: string }): Setting<string> {
  return { ...options, form: 'text', parse: (text) => text };
}

export function optionalText(options: Options): Setting<string | undefined> {
  return { ...options, form: 'text', parse: (text) => text };
}

export function wholeNumber(options: Options & { min: number; max: number; standard: string }): Setting<number> {
  const { min, max } = options;
  return {
    ...options,
    form: `a whole number from ${min} to ${max}`,
    parse(text) {
      const value = Number(text);
      if (!/^\d+$/.test(text) || value < min || value > max) throw new Error('out of range');
      return value;
    },
  };
}

export function fraction(options: Options & { standard: string }): Setting<number> {
  return {
    ...options,
    form: 'a number from 0 to 1',
    parse(text) {
      const value = Number(text);
      if (!/^\d*\.?\d+$/.test(text) || value > 1) throw new Error('out of range');
      return value;
    },
  };
}

export function oneOf<const Value extends string>(
  values: readonly Value[],
  options: Options & { standard: Value },
): Setting<Value> {
  return {
    ...options,
    form: `one of ${values.join(', ')}`,
    parse(text) {
      const value = text.toLowerCase() as Value;
      if (!values.includes(value)) throw new Error('unknown value');
      return value;
    },
  };
}

/** Comma-separated words. */
export function list(options: Options): Setting<string[]> {
  return {
    ...options,
    standard: options.standard ?? '',
    form: 'a comma-separated list',
    parse: (text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
  };
}

export function currencyList(options: Options & { standard: string }): Setting<Currency[]> {
  return {
    ...options,
    form: 'a comma-separated list of ISO 4217 codes with USD',
    parse(text) {
      const codes = text.split(',').map((code) => code.trim().toUpperCase());
      if (!codes.includes('USD') || !codes.every((code) => Object.hasOwn(CURRENCIES, code)))
        throw new Error('no such code');
      return [...new Set(codes)] as Currency[];
    },
  };
}

export function urlSetting(protocols: readonly string[], options: Options): Setting<URL | undefined> {
  return {
    ...options,
    form: `a URL starting with ${protocols.join(' or ')}//`,
    parse(text) {
      const url = new URL(text);
      if (!protocols.includes(url.protocol)) throw new Error('wrong protocol');
      return url;
    },
  };
}

/**
 * Reads every setting of `table` from `environment`. Errors: StartupError with one sentence that names the variable,
 * what it must be and, unless it is a secret, what it was.
 */
export function readSettings<Table extends Settings>(
  table: Table,
  environment: Record<string, string | undefined>,
): ValuesOf<Table> {
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(table)) {
    const given = environment[name]?.trim();
    const text = given ? given : setting.standard;
    if (text === undefined) continue;
    try {
      values[name] = setting.parse(text);
    } catch {
      const shown = setting.secret ? '' : ` (it is "${text}")`;
      throw new StartupError(`${name} must be ${setting.form}${shown}.`);
    }
  }
  return values as ValuesOf<Table>;
}
