import { Type } from 'typebox';
import { currency, id, listOf, money, object, optional, quantity } from '#kernel/http/fields.ts';
import { type Operation, ok, operation } from '#kernel/http/operation.ts';
import type { OrderPreview, Orders } from '#modules/orders/index.ts';
import { CurrencyCode, idView, MinorUnits } from '../common/shapes.ts';
import { amountBeside } from './order-shapes.ts';
import { PricedLineView, pricedLineView } from './priced-lines.ts';

const OrderToPreview = object({
  customer_id: id('cus'),
  currency: currency(),
  items: listOf(
    object({
      product_id: id('prd'),
      quantity: quantity(),
      unit_price: optional(money({ description: "The catalogue's price for this customer unless given." })),
      currency: optional(currency({ description: 'The order has one currency; another one here is refused.' })),
    }),
    { min: 1 },
  ),
  total: optional(money({ description: 'Checked when given: exactly the sum of quantity × unit_price.' })),
  discount_total: amountBeside('What is taken off the total.'),
  tax_total: amountBeside('Tax on top of the total.'),
  shipping_total: amountBeside('Shipping on top of the total.'),
});
const PreviewView = Type.Object(
  {
    customer_id: idView('cus'),
    currency: CurrencyCode,
    items: Type.Array(PricedLineView),
    total: MinorUnits,
    discount_total: Type.Integer(),
    tax_total: Type.Integer(),
    shipping_total: Type.Integer(),
    grand_total: MinorUnits,
    needs_approval: Type.Boolean({ description: 'Whether an approval rule is in the way of its confirmation.' }),
  },
  { $id: 'OrderPreview' },
);

function previewView(preview: OrderPreview) {
  return {
    customer_id: preview.customerId,
    currency: preview.currency,
    items: preview.items.map((line) => pricedLineView(line, preview.currency)),
    total: preview.total,
    discount_total: preview.discountTotal,
    tax_total: preview.taxTotal,
    shipping_total: preview.shippingTotal,
    grand_total: preview.grandTotal,
    needs_approval: preview.needsApproval,
  };
}

/** `POST /orders/preview`: the checks and sums of an order, with nothing stored (G-15). */
export function previewOperation(orders: Orders): Operation {
  return operation({
    id: 'orders.preview',
    method: 'POST',
    path: '/orders/preview',
    summary: 'Preview an order',
    description: 'Prices, checks and adds up like `POST /orders`, line by line, and stores nothing.',
    access: { scope: 'orders:write' },
    body: OrderToPreview,
    responses: { 200: { description: 'What the order would be.', schema: PreviewView } },
    errors: [],
    async handle({ context, body }) {
      const preview = await orders.previewOrder(context.tenant, {
        customerId: body.customer_id,
        currency: body.currency,
        items: body.items.map(({ product_id: productId, quantity: pieces, unit_price: unitPrice, currency: own }) => ({
          productId,
          quantity: pieces,
          unitPrice,
          currency: own,
        })),
        total: body.total,
        discountTotal: body.discount_total,
        taxTotal: body.tax_total,
        shippingTotal: body.shipping_total,
      });
      return ok(previewView(preview));
    },
  });
}
