import { Type } from 'typebox';
import type { Currency } from '#kernel/money.ts';
import { calculationOf, type PricedLine } from '#modules/orders/index.ts';
import { idView, MinorUnits, orNull } from '../common/shapes.ts';

/** A line of a preview or a quote, with where its price comes from. */
export const PricedLineView = Type.Object(
  {
    line: Type.Integer(),
    product_id: idView('prd'),
    quantity: Type.Integer(),
    unit_price: MinorUnits,
    amount: MinorUnits,
    source: Type.Enum(['given', 'contract', 'list'], {
      description: "The caller's price, the customer's contract price, or everybody's.",
    }),
    price_id: orNull(idView('pri')),
    calculation: Type.String({ examples: ['3 × 19.99 USD = 59.97 USD'] }),
  },
  { $id: 'PricedLine' },
);

export function pricedLineView(line: PricedLine, currency: Currency) {
  return {
    line: line.line,
    product_id: line.productId,
    quantity: line.quantity,
    unit_price: line.unitPrice,
    amount: line.amount,
    source: line.source,
    price_id: line.priceId,
    calculation: calculationOf(line, currency),
  };
}
