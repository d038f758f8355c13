import { Type } from 'typebox';
import { calendarDate, currency, enumOf, id, money, object, optional, text, timestamp } from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import { ORDER_STATUSES, type Orders } from '#modules/orders/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { approvalOperations } from './approvals.ts';
import { previewOperation } from './order-preview.ts';
import { NewOrder, newOrderInput, OrderPatch, orderPatchInput } from './order-shapes.ts';
import { transitionOperations } from './order-transitions.ts';
import { OrderEventView, OrderView, orderEventView, orderView } from './order-views.ts';
import { quoteOperations } from './quotes.ts';
import { returnOperations } from './returns.ts';

const OrderId = object({ id: id('ord') });
const OrderQuery = object({
  ...pageQuery,
  customer_id: optional(id('cus')),
  status: optional(enumOf(ORDER_STATUSES, { aliases: { cancelled: 'canceled' } })),
  created_after: optional(calendarDate({ description: 'Created at this time or later.' })),
  created_before: optional(calendarDate({ description: 'Created before this time.' })),
  min_total: optional(
    money({ description: 'Total at least this many minor units; add `currency` to compare like with like.' }),
  ),
  currency: optional(currency()),
  po_number: optional(text({ max: 100 })),
  external_id: optional(text({ max: 100 })),
});
const AsOfQuery = object({
  as_of: optional(timestamp({ description: 'Shows the order as it was at this instant, from its events.' })),
});

/** What to do instead of a method that a path does not have (ORD-32). */
export const orderMethodHints: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '/orders/:id': { DELETE: 'Orders are never deleted; use POST /orders/:id/cancel.' },
};

/** /orders: drafts, lists, reading, history; the transitions are in order-transitions.ts. */
export function orderOperations(orders: Orders, cursors: CursorCodec): Operation[] {
  const create = operation({
    id: 'orders.create',
    method: 'POST',
    path: '/orders',
    summary: 'Create an order',
    description: 'Makes a draft. Nothing is reserved and nothing is charged before it is confirmed.',
    access: { scope: 'orders:write' },
    body: NewOrder,
    responses: { 201: { description: 'The draft.', schema: OrderView } },
    errors: ['duplicate'],
    async handle({ context, body }) {
      const order = await orders.createOrder(context, newOrderInput(body));
      return created(orderView(order), '/orders', order.version);
    },
  });

  const list = operation({
    id: 'orders.list',
    method: 'GET',
    path: '/orders',
    summary: 'List orders',
    description: 'Newest first, with their items. Filters combine.',
    access: { scope: 'orders:read' },
    query: OrderQuery,
    responses: { 200: { description: 'A page of orders.', schema: pageOf(OrderView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('orders.list', query);
      const filter = {
        customerId: query.customer_id,
        status: query.status,
        createdAfter: query.created_after,
        createdBefore: query.created_before,
        minTotal: query.min_total,
        currency: query.currency,
        poNumber: query.po_number,
        externalId: query.external_id,
      };
      const page = await orders.listOrders(tenant, filter, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, orderView);
    },
  });

  const get = operation({
    id: 'orders.get',
    method: 'GET',
    path: '/orders/:id',
    summary: 'Get an order',
    description: 'One order with its items; with `as_of` as it was then.',
    access: { scope: 'orders:read' },
    params: OrderId,
    query: AsOfQuery,
    responses: { 200: { description: 'The order.', schema: OrderView } },
    errors: [],
    async handle({ tenant, params, query }) {
      const order = query.as_of
        ? await orders.getOrderAsOf(tenant, params.id, query.as_of)
        : await orders.getOrder(tenant, params.id);
      return ok(orderView(order), order.version);
    },
  });

  return [
    create,
    list,
    get,
    updateOperation(orders),
    historyOperation(orders),
    ...transitionOperations(orders),
    ...approvalOperations(orders, cursors),
    previewOperation(orders),
    ...quoteOperations(orders, cursors),
    ...returnOperations(orders, cursors),
  ];
}

function updateOperation(orders: Orders): Operation {
  return operation({
    id: 'orders.update',
    method: 'PATCH',
    path: '/orders/:id',
    summary: 'Change a draft',
    description:
      'A merge patch of a draft; items are replaced as a whole, and `total` is then sent exact or left out. Orders that are confirmed do not change.',
    access: { scope: 'orders:write' },
    params: OrderId,
    body: OrderPatch,
    responses: { 200: { description: 'The changed draft.', schema: OrderView } },
    errors: ['invalid_state', 'duplicate', 'gone', 'precondition_failed', 'resource_locked'],
    async handle({ context, params, body }) {
      const order = await orders.updateOrder(context, params.id, orderPatchInput(body));
      return ok(orderView(order), order.version);
    },
  });
}

function historyOperation(orders: Orders): Operation {
  return operation({
    id: 'orders.history',
    method: 'GET',
    path: '/orders/:id/history',
    summary: 'Read the history of an order',
    description: 'Every change since the order was created, oldest first: who, when, what, and the order afterwards.',
    access: { scope: 'orders:read' },
    params: OrderId,
    responses: { 200: { description: 'All events.', schema: Type.Object({ data: Type.Array(OrderEventView) }) } },
    errors: [],
    async handle({ tenant, params }) {
      return ok({ data: (await orders.orderHistory(tenant, params.id)).map(orderEventView) });
    },
  });
}
