import type { Static } from 'typebox';
import {
  currency,
  enumOf,
  id,
  listOf,
  longText,
  metadata,
  money,
  nonNegativeInteger,
  object,
  optional,
  patchOf,
  quantity,
  refusedField,
  text,
  withDefault,
} from '#kernel/http/fields.ts';
import {
  CAPTURE_MOMENTS,
  type NewOrderItem as NewItem,
  type NewOrder as NewOrderInput,
  type OrderPatch as OrderPatchInput,
} from '#modules/orders/index.ts';
import { addressInput, NewAddress } from '../common/addresses.ts';

/** An amount that stands beside the total of the items (C-64). */
export function amountBeside(description: string) {
  return withDefault(nonNegativeInteger({ description: `${description} Minor units; 0 unless given.` }), 0);
}

export const NewOrderItem = object({
  product_id: id('prd'),
  quantity: quantity(),
  unit_price: money(),
  currency: optional(currency({ description: 'The order has one currency; another one here is refused.' })),
});
export const NewOrder = object({
  customer_id: id('cus'),
  items: listOf(NewOrderItem, { min: 1 }),
  total: money({ description: 'Exactly the sum of quantity × unit_price over the items, in minor units.' }),
  currency: currency(),
  payment_method_id: optional(
    id('pmt', { description: "What to charge; else the customer's default method, else on account." }),
  ),
  capture_on: withDefault(
    enumOf(CAPTURE_MOMENTS, { description: 'When the money is taken; `ship` unless given.' }),
    'ship',
  ),
  discount_total: amountBeside('What is taken off the total.'),
  tax_total: amountBeside('Tax on top of the total.'),
  shipping_total: amountBeside('Shipping on top of the total.'),
  po_number: optional(text({ max: 100, description: "The customer's purchase order number." })),
  external_id: optional(text({ max: 100, description: 'Your own id of the order; unique in your organisation.' })),
  notes: optional(longText({ description: 'Kept encrypted, and not part of events.' })),
  shipping_address: optional(NewAddress),
  billing_address: optional(NewAddress),
  metadata: optional(metadata()),
});
export const OrderPatch = object({
  ...patchOf(NewOrder, { omit: ['customer_id', 'currency'] }).properties,
  status: refusedField(
    'The status has its own routes: POST /orders/:id/confirm, /process, /ship, /deliver and /cancel.',
  ),
});

type ItemBody = Static<typeof NewOrderItem>;
type AddressBody = Static<typeof NewAddress>;

/** The service's form of a new order. */
export function newOrderInput(body: Static<typeof NewOrder>): NewOrderInput {
  const { items, total, currency, shipping_address, billing_address } = body;
  return {
    ...fieldsOf(body),
    customerId: body.customer_id,
    items: items.map(itemInput),
    total,
    currency,
    metadata: body.metadata,
    shippingAddress: shipping_address && addressInput(shipping_address as AddressBody),
    billingAddress: billing_address && addressInput(billing_address as AddressBody),
  };
}

export function orderPatchInput(body: Static<typeof OrderPatch>): OrderPatchInput {
  const { items, total, shipping_address, billing_address } = body;
  return {
    ...fieldsOf(body),
    items: items?.map(itemInput),
    total,
    metadata: body.metadata,
    shippingAddress: shipping_address && addressInput(shipping_address),
    billingAddress: billing_address && addressInput(billing_address),
  };
}

/** What a new order and a patch have in common; a field that was not sent stays undefined. */
function fieldsOf(body: Static<typeof NewOrder> | Static<typeof OrderPatch>) {
  return {
    paymentMethodId: body.payment_method_id,
    captureOn: body.capture_on,
    discountTotal: body.discount_total,
    taxTotal: body.tax_total,
    shippingTotal: body.shipping_total,
    poNumber: body.po_number,
    externalId: body.external_id,
    notes: body.notes,
  };
}

function itemInput(item: ItemBody): NewItem {
  const { product_id: productId, quantity: pieces, unit_price: unitPrice } = item;
  return { productId, quantity: pieces, unitPrice, currency: item.currency };
}
