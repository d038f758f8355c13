import { Type } from 'typebox';
import { invalidField } from '#kernel/errors.ts';
import type { Json, StoredEvent } from '#kernel/events/event.ts';
import { currency, enumOf, id, metadata, money, object, optional, text } from '#kernel/http/fields.ts';
import { type Operation, ok, operation } from '#kernel/http/operation.ts';
import type { PaymentMethodId } from '#kernel/ids.ts';
import {
  PAYMENT_METHOD_TYPES,
  PAYMENT_STATUSES,
  type Payment,
  type PaymentPublicEvent,
  type Payments,
  publicEventsOf,
} from '#modules/payments/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { CurrencyCode, idView, MetadataView, MinorUnits, orNull, Timestamp } from '../common/shapes.ts';

const NewPayment = object({
  amount: money(),
  currency: currency(),
  method_id: optional(id('pmt', { description: 'Required; `payment_method_id` is the same field.' })),
  payment_method_id: optional(id('pmt', { description: 'Another name of `method_id`.' })),
  description: text({ max: 500, description: 'What is paid for.', example: 'Workshop on 3 May' }),
  customer_id: optional(id('cus', { description: "Whose method it must be; the method's owner when absent." })),
  metadata: optional(metadata()),
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

const RefundView = Type.Object(
  {
    id: idView('ref'),
    amount: MinorUnits,
    reason: orNull(Type.String()),
    status: Type.Enum(['pending', 'succeeded', 'failed']),
    created_at: Timestamp,
  },
  { $id: 'Refund' },
);
const PaymentView = Type.Object(
  {
    id: idView('pay'),
    transaction_id: orNull(Type.String({ description: "The processor's name for it." })),
    status: Type.Enum([...PAYMENT_STATUSES]),
    amount: MinorUnits,
    currency: CurrencyCode,
    captured_amount: MinorUnits,
    refunded_amount: MinorUnits,
    fee_amount: MinorUnits,
    method_type: Type.Enum([...PAYMENT_METHOD_TYPES, 'on_account']),
    method_id: orNull(idView('pmt')),
    customer_id: orNull(idView('cus')),
    order_id: orNull(idView('ord')),
    description: Type.String(),
    failure: orNull(Type.Object({ code: Type.String({ examples: ['card_declined'] }), message: Type.String() })),
    next_action: orNull(Type.Object({ type: Type.Literal('redirect_to_url'), url: Type.String() })),
    settles_at: orNull(Timestamp),
    refunds: Type.Array(RefundView),
    metadata: MetadataView,
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'Payment' },
);
const PaymentEventView = Type.Object(
  {
    id: idView('evt'),
    type: Type.String({ examples: ['payment.succeeded'] }),
    version: Type.Integer(),
    created_at: Timestamp,
    actor: Type.Object({ kind: Type.String(), id: Type.String() }),
    request_id: Type.String(),
    previous_status: orNull(Type.Enum([...PAYMENT_STATUSES])),
    payment: PaymentView,
  },
  { $id: 'PaymentEvent' },
);

function paymentView(payment: Payment) {
  return {
    id: payment.id,
    transaction_id: payment.transactionId,
    status: payment.status,
    amount: payment.amount,
    currency: payment.currency,
    captured_amount: payment.capturedAmount,
    refunded_amount: payment.refundedAmount,
    fee_amount: payment.feeAmount,
    method_type: payment.methodType,
    method_id: payment.methodId,
    customer_id: payment.customerId,
    order_id: payment.orderId,
    description: payment.description,
    failure: payment.failure,
    next_action: payment.nextAction,
    settles_at: payment.settlesAt,
    refunds: payment.refunds.map(({ createdAt, ...refund }) => ({ ...refund, created_at: createdAt })),
    metadata: payment.metadata,
    created_at: payment.createdAt,
    updated_at: payment.updatedAt,
  };
}

function paymentIn({ data }: StoredEvent): Payment {
  return data.payment as unknown as Payment;
}

function paymentEventView(event: StoredEvent) {
  const { kind, id: actorId } = event.metadata.actor;
  return {
    id: event.id,
    type: event.type,
    version: event.streamVersion,
    created_at: event.occurredAt,
    actor: { kind, id: actorId },
    request_id: event.metadata.request_id,
    previous_status: event.data.previous_status as Payment['status'] | null,
    payment: paymentView(paymentIn(event)),
  };
}

/** What webhook endpoints get for an event of the payments module: the payment as the API shows it. */
export function paymentPublicEvents(event: StoredEvent): { type: PaymentPublicEvent; data: Json }[] {
  return publicEventsOf(event).map((type) => ({ type, data: { payment: paymentView(paymentIn(event)) } }));
}

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

  return [createOperation(payments), list, get, refundOperation(payments), history];
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
      200: { description: 'The money is taken.', schema: PaymentView },
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
      });
      const status = payment.status === 'succeeded' ? 200 : 202;
      return { status, body: paymentView(payment), version: payment.version };
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
