import { type Static, Type } from 'typebox';
import {
  currency,
  enumOf,
  id,
  listOf,
  metadata,
  money,
  object,
  optional,
  patchOf,
  quantity,
  text,
  timestamp,
} from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import { amountDue, type LineToPrice, type Orders, QUOTE_STATUSES, type SeenQuote } from '#modules/orders/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { CurrencyCode, idView, MetadataView, MinorUnits, orNull, Timestamp } from '../common/shapes.ts';
import { amountBeside } from './order-shapes.ts';
import { PricedLineView, pricedLineView } from './priced-lines.ts';

const NewQuote = object({
  customer_id: id('cus'),
  currency: currency(),
  items: listOf(
    object({
      product_id: id('prd'),
      quantity: quantity(),
      unit_price: optional(money({ description: "The catalogue's price for this customer unless given." })),
    }),
    { min: 1 },
  ),
  discount_total: amountBeside('What is taken off the total.'),
  tax_total: amountBeside('Tax on top of the total.'),
  shipping_total: amountBeside('Shipping on top of the total.'),
  po_number: optional(text({ max: 100, description: "The customer's purchase order number." })),
  valid_until: optional(timestamp({ description: 'Until when the prices hold; 30 days unless given.' })),
  metadata: optional(metadata()),
});
const QuotePatch = patchOf(NewQuote, { omit: ['customer_id', 'currency'] });
const QuoteId = object({ id: id('quo') });
const Acceptance = object({
  po_number: optional(text({ max: 100, description: "The customer's purchase order number, for the order." })),
});
const QuoteQuery = object({
  ...pageQuery,
  customer_id: optional(id('cus')),
  status: optional(enumOf(QUOTE_STATUSES)),
});
const QuoteView = Type.Object(
  {
    id: idView('quo'),
    customer_id: idView('cus'),
    status: Type.Enum([...QUOTE_STATUSES], { description: '`expired` by the clock, once `valid_until` is past.' }),
    items: Type.Array(PricedLineView),
    total: MinorUnits,
    discount_total: Type.Integer(),
    tax_total: Type.Integer(),
    shipping_total: Type.Integer(),
    grand_total: MinorUnits,
    currency: CurrencyCode,
    po_number: orNull(Type.String()),
    valid_until: Timestamp,
    order_id: orNull(idView('ord')),
    metadata: MetadataView,
    sent_at: orNull(Timestamp),
    accepted_at: orNull(Timestamp),
    declined_at: orNull(Timestamp),
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'Quote' },
);

export function quoteView(quote: SeenQuote) {
  return {
    id: quote.id,
    customer_id: quote.customerId,
    status: quote.status,
    items: quote.items.map((line) => pricedLineView(line, quote.currency)),
    total: quote.total,
    discount_total: quote.discountTotal,
    tax_total: quote.taxTotal,
    shipping_total: quote.shippingTotal,
    grand_total: amountDue(quote),
    currency: quote.currency,
    po_number: quote.poNumber,
    valid_until: quote.validUntil,
    order_id: quote.orderId,
    metadata: quote.metadata,
    sent_at: quote.sentAt,
    accepted_at: quote.acceptedAt,
    declined_at: quote.declinedAt,
    created_at: quote.createdAt,
    updated_at: quote.updatedAt,
  };
}

function lineInput(line: { product_id: LineToPrice['productId']; quantity: number; unit_price?: number }): LineToPrice {
  return { productId: line.product_id, quantity: line.quantity, unitPrice: line.unit_price };
}

/** What a new quote and a patch have in common; a field that was not sent stays undefined. */
function fieldsOf(body: Static<typeof NewQuote> | Static<typeof QuotePatch>) {
  return {
    discountTotal: body.discount_total,
    taxTotal: body.tax_total,
    shippingTotal: body.shipping_total,
    poNumber: body.po_number,
    validUntil: body.valid_until,
  };
}

const access = { scope: 'orders:write' };
const changed = { 200: { description: 'The quote after the change.', schema: QuoteView } };
const refusals = ['invalid_state', 'precondition_failed', 'resource_locked'] as const;

/** /quotes: offers with fixed prices that become orders (G-33). */
export function quoteOperations(orders: Orders, cursors: CursorCodec): Operation[] {
  const create = operation({
    id: 'quotes.create',
    method: 'POST',
    path: '/quotes',
    summary: 'Create a quote',
    description: 'A draft of an offer. Lines without unit_price get the price that the customer has in the catalogue.',
    access,
    body: NewQuote,
    responses: { 201: { description: 'The draft.', schema: QuoteView } },
    errors: [],
    async handle({ context, body }) {
      const { customer_id: customerId, items, metadata: labels } = body;
      const priced = { items: items.map(lineInput), currency: body.currency };
      const quote = await orders.createQuote(context, { ...fieldsOf(body), customerId, ...priced, metadata: labels });
      return created(quoteView(quote), '/quotes', quote.version);
    },
  });

  const list = operation({
    id: 'quotes.list',
    method: 'GET',
    path: '/quotes',
    summary: 'List quotes',
    description: 'Newest first. Filters combine.',
    access: { scope: 'orders:read' },
    query: QuoteQuery,
    responses: { 200: { description: 'A page of quotes.', schema: pageOf(QuoteView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('quotes.list', query);
      const filter = { customerId: query.customer_id, status: query.status };
      const page = await orders.listQuotes(tenant, filter, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, quoteView);
    },
  });

  const get = operation({
    id: 'quotes.get',
    method: 'GET',
    path: '/quotes/:id',
    summary: 'Get a quote',
    description: 'One quote with its prices.',
    access: { scope: 'orders:read' },
    params: QuoteId,
    responses: { 200: { description: 'The quote.', schema: QuoteView } },
    errors: [],
    async handle({ tenant, params }) {
      const quote = await orders.getQuote(tenant, params.id);
      return ok(quoteView(quote), quote.version);
    },
  });

  const update = operation({
    id: 'quotes.update',
    method: 'PATCH',
    path: '/quotes/:id',
    summary: 'Change a draft of a quote',
    description: 'A merge patch; items are replaced as a whole and priced anew. A sent quote does not change.',
    access,
    params: QuoteId,
    body: QuotePatch,
    responses: changed,
    errors: refusals,
    async handle({ context, params, body }) {
      const items = body.items?.map(lineInput);
      const quote = await orders.updateQuote(context, params.id, { ...fieldsOf(body), items, metadata: body.metadata });
      return ok(quoteView(quote), quote.version);
    },
  });

  return [create, list, get, update, ...answerOperations(orders)];
}

function answerOperations(orders: Orders): Operation[] {
  const send = operation({
    id: 'quotes.send',
    method: 'POST',
    path: '/quotes/:id/send',
    summary: 'Send a quote',
    description: 'draft → sent: its prices hold until `valid_until`, and nothing about it changes any more.',
    access,
    params: QuoteId,
    responses: changed,
    errors: refusals,
    async handle({ context, params }) {
      const quote = await orders.sendQuote(context, params.id);
      return ok(quoteView(quote), quote.version);
    },
  });

  const accept = operation({
    id: 'quotes.accept',
    method: 'POST',
    path: '/quotes/:id/accept',
    summary: 'Accept a quote',
    description: 'sent → accepted: makes the draft of the order with the offered prices, once; confirm it to go on.',
    access,
    params: QuoteId,
    body: Acceptance,
    responses: changed,
    errors: refusals,
    async handle({ context, params, body }) {
      const quote = await orders.acceptQuote(context, params.id, body.po_number);
      return ok(quoteView(quote), quote.version);
    },
  });

  const decline = operation({
    id: 'quotes.decline',
    method: 'POST',
    path: '/quotes/:id/decline',
    summary: 'Decline a quote',
    description: 'sent → declined: the customer does not want it.',
    access,
    params: QuoteId,
    responses: changed,
    errors: refusals,
    async handle({ context, params }) {
      const quote = await orders.declineQuote(context, params.id);
      return ok(quoteView(quote), quote.version);
    },
  });

  return [send, accept, decline];
}
