import { type TSchema, Type } from 'typebox';
import { DomainError } from '#kernel/errors.ts';
import { CURRENCIES, type Currency } from '#kernel/money.ts';

/** An amount in the currency's main unit, with exactly the digits that the currency has (C-40). */
export const DecimalView: TSchema = Type.Number({ examples: [49.99] });

/** JSON of this runtime can print a number by its text; TypeScript does not know it yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** Minor units as the number 49.90 (not 49.9): made from digits, no float is on the way. */
export function decimalOf(minorUnits: number, currency: Currency): number {
  return rawJSON(decimalText(minorUnits, currency)) as number;
}

function decimalText(minorUnits: number, currency: Currency): string {
  const exponent = CURRENCIES[currency];
  const digits = String(minorUnits).padStart(exponent + 1, '0');
  return exponent === 0 ? digits : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/**
 * The minor units of a decimal that the field type `decimal` has read. Errors: `validation` (more digits than the
 * currency has, or more than a safe integer).
 */
export function minorUnitsOf(decimal: string, currency: Currency, field: string): number {
  const exponent = CURRENCIES[currency];
  const [whole = '', fraction = ''] = decimal.split('.');
  const digits = fraction.replace(/0+$/, '');
  if (digits.length > exponent) {
    const message = `An amount in ${currency} has ${exponent} digits after the point at most.`;
    throw new DomainError('validation', message, { details: [{ field, code: 'format', message }] });
  }
  const minorUnits = Number(whole + digits.padEnd(exponent, '0'));
  if (Number.isSafeInteger(minorUnits)) return minorUnits;
  const message = `An amount in ${currency} can be ${decimalText(Number.MAX_SAFE_INTEGER, currency)} at most.`;
  throw new DomainError('validation', message, { details: [{ field, code: 'too_large', message }] });
}

/** The least minor units that are at least this decimal, for an inclusive lower bound. */
export function atLeastMinorUnits(decimal: string, currency: Currency): number {
  const { floor, isExact } = rounded(decimal, currency);
  return isExact ? floor : floor + 1;
}

/** The most minor units that are at most this decimal, for an inclusive upper bound. */
export function atMostMinorUnits(decimal: string, currency: Currency): number {
  return rounded(decimal, currency).floor;
}

function rounded(decimal: string, currency: Currency): { floor: number; isExact: boolean } {
  const exponent = CURRENCIES[currency];
  const [whole = '', fraction = ''] = decimal.split('.');
  const kept = fraction.slice(0, exponent).padEnd(exponent, '0');
  return { floor: Number(whole + kept), isExact: /^0*$/.test(fraction.slice(exponent)) };
}
