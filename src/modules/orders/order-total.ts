import { invalidField } from '#kernel/errors.ts';
import { type Currency, multiplyMoney, sumMoney } from '#kernel/money.ts';
import type { Order } from './order.ts';

/** A line as the caller prices it; amounts in minor units. */
export interface PricedLine {
  quantity: number;
  unitPrice: number;
  /** The order's currency when absent. */
  currency?: Currency | null;
}

/** Σ quantity × unit price, exactly. Errors: `validation` when a line or the sum passes 2^53 (ORD-09). */
export function totalOf(lines: readonly PricedLine[]): number {
  const amounts = lines.map((line, index) => {
    const amount = multiplyMoney(line.unitPrice, line.quantity);
    if (amount !== null) return amount;
    const message = 'quantity × unit_price is too large to be kept exactly; split the item over several orders.';
    throw invalidField(`items[${index}].unit_price`, 'too_large', message);
  });
  const total = sumMoney(amounts);
  if (total !== null) return total;
  throw invalidField('total', 'too_large', 'The sum of the items is too large to be kept exactly; split the order.');
}

/** Errors: `validation` with the right total in the message (ORD-09). */
export function requireExactTotal(sent: number, lines: readonly PricedLine[]): number {
  const expected = totalOf(lines);
  if (sent === expected) return expected;
  const message = `total must be ${expected}, the sum of quantity × unit_price over the items; you sent ${sent}.`;
  throw invalidField('total', 'total_mismatch', message);
}

/** Errors: `validation` for the first line in another currency than the order (ORD-12). */
export function requireOneCurrency(currency: Currency, lines: readonly PricedLine[]): void {
  const index = lines.findIndex((line) => line.currency && line.currency !== currency);
  if (index === -1) return;
  const message = `The order is in ${currency} and this item in ${lines[index]!.currency}; make one order per currency.`;
  throw invalidField(`items[${index}].currency`, 'mixed_currencies', message);
}

/** The amounts of an order, minor units of its currency. */
export interface OrderAmounts {
  total: number;
  discountTotal: number;
  taxTotal: number;
  shippingTotal: number;
}

/** What the customer owes: the total of the items less the discount, plus tax and shipping. This is what is authorised. */
export function amountDue({ total, discountTotal, taxTotal, shippingTotal }: OrderAmounts): number {
  return total - discountTotal + taxTotal + shippingTotal;
}

/** What is to be taken, or was: what is due, less the share of pieces that were canceled before they were paid. */
export function amountToTake(order: OrderAmounts & Pick<Order, 'restCanceled'>): number {
  return amountDue(order) - (order.restCanceled?.untaken ?? 0);
}

/** Errors: `validation` when the discount is more than the total, nothing is left to pay, or a sum passes 2^53. */
export function requirePayable(amounts: OrderAmounts): void {
  const { total, discountTotal, taxTotal, shippingTotal } = amounts;
  if (discountTotal > total) {
    const message = `The discount cannot be more than the total of the items, ${total}; you sent ${discountTotal}.`;
    throw invalidField('discount_total', 'too_large', message);
  }
  if (sumMoney([total - discountTotal, taxTotal, shippingTotal]) === null) {
    throw invalidField('tax_total', 'too_large', 'The grand total is too large to be kept exactly; split the order.');
  }
  if (amountDue(amounts) > 0) return;
  throw invalidField(
    'discount_total',
    'too_large',
    'Something must be left to pay: the grand total must be at least 1.',
  );
}
