import { enumOf, id, listOf, money, object, optional, positiveInteger, text } from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import { type Payments, REFUND_STATUSES } from '#modules/payments/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { RefundView, refundView } from './payment-views.ts';

const lineReference = text({
  max: 100,
  description: 'What the line is to you.',
  example: 'itm_01m85bzpp3e00a29fhn388ttws',
});
const NewRefund = object({
  payment_id: id('pay'),
  amount: optional(money({ description: 'All that remains when absent, or the sum of the lines.' })),
  reason: optional(text({ max: 500, example: 'Arrived damaged' })),
  lines: optional(
    listOf(object({ reference: lineReference, quantity: positiveInteger(), amount: money() }), {
      max: 100,
      description: 'What the refund is for, line by line of an order; their amounts add up to the refund.',
    }),
  ),
});
const RefundId = object({ id: id('ref') });
const RefundQuery = object({
  ...pageQuery,
  payment_id: optional(id('pay')),
  customer_id: optional(id('cus')),
  order_id: optional(id('ord')),
  status: optional(enumOf(REFUND_STATUSES)),
});

/** /refunds: what was given back, as objects. */
export function refundOperations(payments: Payments, cursors: CursorCodec): Operation[] {
  const create = operation({
    id: 'refunds.create',
    method: 'POST',
    path: '/refunds',
    summary: 'Refund a payment',
    description:
      'As POST /payments/:id/refund, and answers the refund. It is `pending` where the processor takes its time; several partial refunds add up to what was captured at most.',
    access: { scope: 'payments:write' },
    body: NewRefund,
    responses: { 201: { description: 'The refund.', schema: RefundView } },
    errors: ['not_found', 'invalid_state', 'payment_failed', 'resource_locked'],
    async handle({ context, body }) {
      const { payment_id, amount, reason, lines } = body;
      return created(
        refundView(await payments.createRefund(context, payment_id, { amount, reason, lines })),
        '/refunds',
      );
    },
  });

  const list = operation({
    id: 'refunds.list',
    method: 'GET',
    path: '/refunds',
    summary: 'List refunds',
    description: 'Newest first, also those that failed.',
    access: { scope: 'payments:read' },
    query: RefundQuery,
    responses: { 200: { description: 'A page of refunds.', schema: pageOf(RefundView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('refunds.list', query);
      const { payment_id, customer_id, order_id, status } = query;
      const filter = { paymentId: payment_id, customerId: customer_id, orderId: order_id, status };
      const page = await payments.listRefunds(tenant, filter, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, refundView);
    },
  });

  const get = operation({
    id: 'refunds.get',
    method: 'GET',
    path: '/refunds/:id',
    summary: 'Get a refund',
    description: 'One refund, with the reason of the processor when it failed.',
    access: { scope: 'payments:read' },
    params: RefundId,
    responses: { 200: { description: 'The refund.', schema: RefundView } },
    errors: [],
    handle: async ({ tenant, params }) => ok(refundView(await payments.getRefund(tenant, params.id))),
  });

  return [create, list, get];
}
