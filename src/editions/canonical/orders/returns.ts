import { Type } from 'typebox';
import {
  enumOf,
  id,
  listOf,
  nonNegativeInteger,
  object,
  optional,
  positiveInteger,
  quantity,
  withDefault,
} from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import {
  type OrderReturn,
  type Orders,
  PIECE_CONDITIONS,
  RETURN_REASONS,
  RETURN_RESOLUTIONS,
  RETURN_STATUSES,
} from '#modules/orders/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { idView, MinorUnits, orNull, Timestamp } from '../common/shapes.ts';

const Pieces = { line: positiveInteger({ description: 'The line of the order.' }), quantity: quantity() };
const NewReturn = object({
  order_id: id('ord'),
  items: listOf(object(Pieces), { min: 1 }),
  reason: enumOf(RETURN_REASONS),
  resolution: withDefault(
    enumOf(RETURN_RESOLUTIONS, { description: 'An exchange refunds too, and makes a draft of the same lines.' }),
    'refund',
  ),
});
const Receipt = object({
  items: optional(
    listOf(object({ ...Pieces, condition: withDefault(enumOf(PIECE_CONDITIONS), 'restock') }), {
      description: 'What arrived, by condition; everything that was announced, to be sold again, unless given.',
    }),
  ),
});
const Settlement = object({
  amount: optional(
    nonNegativeInteger({
      description:
        "Minor units; the share of what arrived in the order's total, discount and tax unless given. " +
        'With what was given for earlier pieces at most the share of all of them and the shipping. 0 gives nothing back.',
    }),
  ),
});
const ReturnId = object({ id: id('rtn') });
const ReturnQuery = object({
  ...pageQuery,
  order_id: optional(id('ord')),
  customer_id: optional(id('cus')),
  status: optional(enumOf(RETURN_STATUSES)),
});
const ReturnView = Type.Object(
  {
    id: idView('rtn'),
    order_id: idView('ord'),
    customer_id: idView('cus'),
    status: Type.Enum([...RETURN_STATUSES]),
    reason: Type.Enum([...RETURN_REASONS]),
    resolution: Type.Enum([...RETURN_RESOLUTIONS]),
    items: Type.Array(
      Type.Object({
        line: Type.Integer(),
        quantity: Type.Integer(),
        product_id: idView('prd'),
        unit_price: MinorUnits,
      }),
    ),
    received: Type.Array(
      Type.Object({ line: Type.Integer(), quantity: Type.Integer(), condition: Type.Enum([...PIECE_CONDITIONS]) }),
    ),
    refund_amount: orNull(Type.Integer()),
    refund_id: orNull(idView('ref')),
    replacement_order_id: orNull(idView('ord')),
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'Return' },
);

export function returnView(found: OrderReturn) {
  return {
    id: found.id,
    order_id: found.orderId,
    customer_id: found.customerId,
    status: found.status,
    reason: found.reason,
    resolution: found.resolution,
    items: found.items.map(({ line, quantity: pieces, productId, unitPrice }) => ({
      line,
      quantity: pieces,
      product_id: productId,
      unit_price: unitPrice,
    })),
    received: found.received,
    refund_amount: found.refundAmount,
    refund_id: found.refundId,
    replacement_order_id: found.replacementOrderId,
    created_at: found.createdAt,
    updated_at: found.updatedAt,
  };
}

const access = { scope: 'orders:write' };
const changed = { 200: { description: 'The return after the change.', schema: ReturnView } };
const refusals = ['invalid_state', 'precondition_failed', 'resource_locked'] as const;

/** /returns: goods that come back, from the request to money or replacement (G-34). */
export function returnOperations(orders: Orders, cursors: CursorCodec): Operation[] {
  const request = operation({
    id: 'returns.create',
    method: 'POST',
    path: '/returns',
    summary: 'Ask for a return',
    description: 'Never more than was shipped and is not back or announced already.',
    access,
    body: NewReturn,
    responses: { 201: { description: 'The return, requested.', schema: ReturnView } },
    errors: ['not_found', 'invalid_state', 'resource_locked'],
    async handle({ context, body }) {
      const { order_id: orderId, items, reason, resolution } = body;
      const made = await orders.requestReturn(context, { orderId, items, reason, resolution });
      return created(returnView(made), '/returns', made.version);
    },
  });

  const get = operation({
    id: 'returns.get',
    method: 'GET',
    path: '/returns/:id',
    summary: 'Get a return',
    description: 'One return, with what arrived and what was given for it.',
    access: { scope: 'orders:read' },
    params: ReturnId,
    responses: { 200: { description: 'The return.', schema: ReturnView } },
    errors: [],
    async handle({ tenant, params }) {
      const found = await orders.getReturn(tenant, params.id);
      return ok(returnView(found), found.version);
    },
  });

  const list = operation({
    id: 'returns.list',
    method: 'GET',
    path: '/returns',
    summary: 'List returns',
    description: 'Newest first. Filters combine.',
    access: { scope: 'orders:read' },
    query: ReturnQuery,
    responses: { 200: { description: 'A page of returns.', schema: pageOf(ReturnView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('returns.list', query);
      const filter = { orderId: query.order_id, customerId: query.customer_id, status: query.status };
      const page = await orders.listReturns(tenant, filter, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, returnView);
    },
  });

  return [request, list, get, ...decisionOperations(orders), ...goodsOperations(orders)];
}

function decisionOperations(orders: Orders): Operation[] {
  const approve = operation({
    id: 'returns.approve',
    method: 'POST',
    path: '/returns/:id/approve',
    summary: 'Approve a return',
    description: 'requested → approved: the customer may send the goods.',
    access,
    params: ReturnId,
    responses: changed,
    errors: refusals,
    async handle({ context, params }) {
      const after = await orders.approveReturn(context, params.id);
      return ok(returnView(after), after.version);
    },
  });

  const reject = operation({
    id: 'returns.reject',
    method: 'POST',
    path: '/returns/:id/reject',
    summary: 'Reject a return',
    description: 'Until the goods are here; the pieces can be announced again.',
    access,
    params: ReturnId,
    responses: changed,
    errors: refusals,
    async handle({ context, params }) {
      const after = await orders.rejectReturn(context, params.id);
      return ok(returnView(after), after.version);
    },
  });

  return [approve, reject];
}

function goodsOperations(orders: Orders): Operation[] {
  const receive = operation({
    id: 'returns.receive',
    method: 'POST',
    path: '/returns/:id/receive',
    summary: 'Receive the goods of a return',
    description:
      'approved → received: the pieces are in stock again, or damaged, and the order counts them as returned.',
    access,
    params: ReturnId,
    body: Receipt,
    responses: changed,
    errors: refusals,
    async handle({ context, params, body }) {
      const after = await orders.receiveReturn(context, params.id, body.items);
      return ok(returnView(after), after.version);
    },
  });

  const settle = operation({
    id: 'returns.settle',
    method: 'POST',
    path: '/returns/:id/settle',
    summary: 'Refund or exchange a return',
    description:
      'received → refunded or exchanged: the money goes back to where it came from; an exchange makes a draft besides, or neither happens.',
    access: { scope: 'payments:write' },
    params: ReturnId,
    body: Settlement,
    responses: changed,
    errors: [...refusals, 'payment_failed', 'insufficient_funds', 'upstream'],
    async handle({ context, params, body }) {
      const after = await orders.settleReturn(context, params.id, body.amount);
      return ok(returnView(after), after.version);
    },
  });

  return [receive, settle];
}
