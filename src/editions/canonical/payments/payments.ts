import { Type } from 'typebox';
import { invalidField } from '#kernel/errors.ts';
import { currency, enumOf, id, metadata, money, object, optional, text, url } from '#kernel/http/fields.ts';
import { type Operation, ok, operation } from '#kernel/http/operation.ts';
import type { PaymentMethodId } from '#kernel/ids.ts';
import { PAYMENT_STATUSES, type Payments } from '#modules/payments/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { CAPTURE_METHODS, PaymentEventView, PaymentView, paymentEventView, paymentView } from './payment-views.ts';

const NewPayment = object({
  amount: money(),
  currency: currency(),
  method_id: optional(id('pmt', { description: 'Required; `payment_method_id` is the same field.' })),
  payment_method_id: optional(id('pmt', { description: 'Another name of `method_id`.' })),
  description: text({ max: 500, description: 'What is paid for.', example: 'Workshop on 3 May' }),
  customer_id: optional(id('cus', { description: "Whose method it must be; the method's owner when absent." })),
  capture_method: optional(
    enumOf(CAPTURE_METHODS, { description: '`manual` holds the money until POST /payments/:id/capture.' }),
  ),
  return_url: optional(
    url({ description: "Where the customer's browser goes after an authentication.", https: true, loopbackHttp: true }),
  ),
  metadata: optional(metadata()),
});
const Capture = object({
  amount: optional(money({ description: 'All that is held when absent; a smaller amount lets the rest go.' })),
});
const NewRefund = object({
  amount: optional(money({ description: 'All that remains when absent.' })),
  reason: optional(text({ max: 500 })),
});
const PaymentId = object({ id: id('pay') });
const PaymentQuery = object({
  ...pageQuery,
  customer_id: optional(id('cus')),
  order_id: optional(id('ord')),
  status: optional(enumOf(PAYMENT_STATUSES, { aliases: { cancelled: 'canceled' } })),
});

/** `method_id` under either of its names (C-81). */
function methodIdOf(body: { method_id?: PaymentMethodId; payment_method_id?: PaymentMethodId }): PaymentMethodId {
  const { method_id: methodId, payment_method_id: alias } = body;
  if (methodId && alias && methodId !== alias) {
    throw invalidField('payment_method_id', 'not_allowed', 'Send method_id alone; the two names differ.');
  }
  const found = methodId ?? alias;
  if (!found) throw invalidField('method_id', 'required', 'Send the payment method to charge.');
  return found;
}

/** /payments: one-time charges and refunds. */
export function paymentOperations(payments: Payments, cursors: CursorCodec): Operation[] {
  const list = operation({
    id: 'payments.list',
    method: 'GET',
    path: '/payments',
    summary: 'List payments',
    description: 'Newest first, also those that failed.',
    access: { scope: 'payments:read' },
    query: PaymentQuery,
    responses: { 200: { description: 'A page of payments.', schema: pageOf(PaymentView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('payments.list', query);
      const filter = { customerId: query.customer_id, orderId: query.order_id, status: query.status };
      const page = await payments.listPayments(tenant, filter, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, paymentView);
    },
  });

  const get = operation({
    id: 'payments.get',
    method: 'GET',
    path: '/payments/:id',
    summary: 'Get a payment',
    description: 'One payment with its refunds.',
    access: { scope: 'payments:read' },
    params: PaymentId,
    responses: { 200: { description: 'The payment.', schema: PaymentView } },
    errors: [],
    async handle({ tenant, params }) {
      const payment = await payments.getPayment(tenant, params.id);
      return ok(paymentView(payment), payment.version);
    },
  });

  const history = operation({
    id: 'payments.history',
    method: 'GET',
    path: '/payments/:id/history',
    summary: 'Read the history of a payment',
    description: 'Everything that happened to the payment, oldest first: who, when, and the payment afterwards.',
    access: { scope: 'payments:read' },
    params: PaymentId,
    responses: { 200: { description: 'All events.', schema: Type.Object({ data: Type.Array(PaymentEventView) }) } },
    errors: [],
    async handle({ tenant, params }) {
      return ok({ data: (await payments.paymentHistory(tenant, params.id)).map(paymentEventView) });
    },
  });

  return [
    createOperation(payments),
    list,
    get,
    captureOperation(payments),
    voidOperation(payments),
    refundOperation(payments),
    history,
  ];
}

function createOperation(payments: Payments): Operation {
  return operation({
    id: 'payments.create',
    method: 'POST',
    path: '/payments',
    summary: 'Charge a payment method',
    description:
      'Synchronous: the answer holds the outcome. Cards and wallets succeed or fail at once; a bank transfer is `processing`, and 3-D Secure is `requires_action` with a `next_action`.',
    access: { scope: 'payments:write' },
    body: NewPayment,
    responses: {
      200: { description: 'The money is taken, or held with `capture_method: manual`.', schema: PaymentView },
      202: { description: 'Not decided yet; a webhook will tell, and GET /payments/:id.', schema: PaymentView },
    },
    errors: ['invalid_state', 'payment_failed', 'insufficient_funds', 'upstream'],
    async handle({ context, body }) {
      const payment = await payments.createPayment(context, {
        amount: body.amount,
        currency: body.currency,
        methodId: methodIdOf(body),
        description: body.description,
        customerId: body.customer_id,
        metadata: body.metadata,
        intent: body.capture_method === 'manual' ? 'authorization' : 'charge',
        returnUrl: body.return_url,
      });
      const status = payment.status === 'succeeded' || payment.status === 'authorized' ? 200 : 202;
      return { status, body: paymentView(payment), version: payment.version };
    },
  });
}

function captureOperation(payments: Payments): Operation {
  return operation({
    id: 'payments.capture',
    method: 'POST',
    path: '/payments/:id/capture',
    summary: 'Capture a held payment',
    description:
      'Takes what is held, once: all of it, or a smaller `amount`, which lets the rest go. A bank transfer is `processing` until it settles. What an order holds is taken with POST /orders/:id/capture.',
    access: { scope: 'payments:write' },
    params: PaymentId,
    body: Capture,
    responses: { 200: { description: 'The captured payment.', schema: PaymentView } },
    errors: [
      'invalid_state',
      'payment_failed',
      'insufficient_funds',
      'upstream',
      'precondition_failed',
      'resource_locked',
    ],
    async handle({ context, params, body }) {
      const payment = await payments.capturePayment(context, params.id, body);
      return ok(paymentView(payment), payment.version);
    },
  });
}

function voidOperation(payments: Payments): Operation {
  return operation({
    id: 'payments.void',
    method: 'POST',
    path: '/payments/:id/void',
    summary: 'Release a held payment',
    description:
      'Lets go of what is held, or stops a transfer on its way; nothing is taken. What was taken is refunded instead.',
    access: { scope: 'payments:write' },
    params: PaymentId,
    responses: { 200: { description: 'The payment, canceled.', schema: PaymentView } },
    errors: ['invalid_state', 'precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      const payment = await payments.voidPayment(context, params.id);
      return ok(paymentView(payment), payment.version);
    },
  });
}

function refundOperation(payments: Payments): Operation {
  return operation({
    id: 'payments.refund',
    method: 'POST',
    path: '/payments/:id/refund',
    summary: 'Refund a payment',
    description: 'Without `amount` all that remains; several partial refunds add up to what was captured at most.',
    access: { scope: 'payments:write' },
    params: PaymentId,
    body: NewRefund,
    responses: { 200: { description: 'The payment with the refund.', schema: PaymentView } },
    errors: ['invalid_state', 'payment_failed', 'resource_locked'],
    async handle({ context, params, body }) {
      const payment = await payments.refundPayment(context, params.id, body);
      return ok(paymentView(payment), payment.version);
    },
  });
}
