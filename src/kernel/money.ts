import { CURRENCIES, type Currency } from './currencies.ts';

export { CURRENCIES, type Currency } from './currencies.ts';

/**
 * Money is an integer of minor units with its ISO 4217 currency. No float ever holds an amount: input is checked to be
 * a safe integer, sums go through `addMoney`/`sumMoney`, which refuse to leave the safe range.
 */
export interface Money {
  /** Minor units (cents; yen for JPY), a safe integer. */
  amount: number;
  currency: Currency;
}

let enabled: readonly Currency[] = ['USD', 'EUR', 'GBP', 'CAD', 'AUD', 'JPY'];

/** The currencies that the canonical contract takes (C-43); an edition may take any that we know the digits of. */
export function enabledCurrencies(): readonly Currency[] {
  return enabled;
}

/** Sets them for this process, before the operations are compiled: what was refused at one moment must not count at the next. */
export function enableCurrencies(currencies: readonly Currency[]): void {
  enabled = currencies;
}

/** quantity × unit price in minor units, or null when the product leaves the safe integer range. */
export function multiplyMoney(unitAmount: number, quantity: number): number | null {
  const product = unitAmount * quantity;
  return Number.isSafeInteger(product) ? product : null;
}

/** The sum of amounts in minor units, or null when it leaves the safe integer range. */
export function sumMoney(amounts: readonly number[]): number | null {
  let sum = 0;
  for (const amount of amounts) {
    sum += amount;
    if (!Number.isSafeInteger(sum)) return null;
  }
  return sum;
}

/** "12.34 USD" for messages and documents; exact, by the currency's exponent. */
export function formatMoney(money: Money): string {
  const exponent = CURRENCIES[money.currency];
  const digits = String(Math.abs(money.amount)).padStart(exponent + 1, '0');
  const sign = money.amount < 0 ? '-' : '';
  if (exponent === 0) return `${sign}${digits} ${money.currency}`;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)} ${money.currency}`;
}
