import { DomainError, type ErrorDetail, invalidField } from '#kernel/errors.ts';
import { type Currency, multiplyMoney, sumMoney } from '#kernel/money.ts';

/** Members of the customs union of the EU, and Monaco, which belongs to it: between them there is no border for goods. */
export const CUSTOMS_UNION: ReadonlySet<string> = new Set(
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MC MT NL PL PT RO SE SI SK'.split(' '),
);

/** Whether goods cross a customs border on this way. */
export function isInternational(from: string, to: string): boolean {
  return from !== to && !(CUSTOMS_UNION.has(from) && CUSTOMS_UNION.has(to));
}

export const CUSTOMS_CONTENTS = ['sale', 'gift', 'sample', 'return', 'repair'] as const;
export type CustomsContents = (typeof CUSTOMS_CONTENTS)[number];

/** Goods of one kind, as the office at the border wants to know them. */
export type CustomsItem = {
  description: string;
  /** Digits of the Harmonized System alone: 6 that all countries share, up to 10 with a country's own. */
  hsCode: string;
  quantity: number;
  /** Of one piece, in minor units of the declaration's currency. */
  unitValue: number;
  /** Where it was made. */
  originCountry: string;
};

export type NewCustoms = { contents: CustomsContents; currency: Currency; items: CustomsItem[] };

/** A declaration in one currency. */
export type Customs = NewCustoms & {
  /** Σ quantity × unit value. */
  totalValue: number;
};

const HS_CODE = /^\d{6,10}$/;

/** The digits of an HS code, which people part by dots and blanks. Chapters are 01 to 97; 98 and 99 are countries' own. */
function plainHsCode(code: string): string | null {
  const digits = code.replace(/[ .]/g, '');
  return HS_CODE.test(digits) && !digits.startsWith('00') ? digits : null;
}

/** A declaration with plain codes and its total. Errors: `validation` for codes and for a total past 2^53. */
export function customsOf({ contents, currency, items }: NewCustoms): Customs {
  const details: ErrorDetail[] = [];
  const plain = items.map((item, index) => {
    const hsCode = plainHsCode(item.hsCode);
    if (hsCode !== null) return { ...item, hsCode };
    const message = 'Send an HS code of 6 to 10 digits, for example 7318.15.';
    details.push({ field: `customs.items[${index}].hs_code`, code: 'format', message });
    return item;
  });
  if (details.length > 0) throw new DomainError('validation', details[0]!.message, { details });
  const values = items.map(({ quantity, unitValue }) => multiplyMoney(unitValue, quantity));
  const totalValue = values.includes(null) ? null : sumMoney(values as number[]);
  if (totalValue === null) {
    throw invalidField('customs.items', 'too_large', 'The declared values together are larger than 2^53 − 1.');
  }
  return { contents, currency, items: plain, totalValue };
}

/**
 * Refuses goods that cross a border undeclared (SHP-14, SHP-15), and a declaration of more or fewer pieces than travel.
 * A side whose country is not known counts as the other one's: without both addresses there is no label either.
 */
export function checkCustoms(
  customs: Customs | null,
  { from, to, pieces }: { from: string | null; to: string | null; pieces: number },
): void {
  if (!customs) {
    if (!from || !to || !isInternational(from, to)) return;
    const message = `From ${from} to ${to} goods cross a customs border: declare each with HS code, value and origin, or set code and origin on the products.`;
    throw invalidField('customs', 'required', message);
  }
  const declared = customs.items.reduce((sum, { quantity }) => sum + quantity, 0);
  if (declared === pieces) return;
  const message = `The shipment holds ${pieces} pieces of goods, but ${declared} are declared.`;
  throw invalidField('customs.items', 'not_allowed', message);
}
