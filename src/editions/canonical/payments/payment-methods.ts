import { Type } from 'typebox';
import { enumOf, id, object, optional, text } from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import {
  PAYMENT_METHOD_TERMS,
  PAYMENT_METHOD_TYPES,
  type PaymentMethod,
  type PaymentMethodTerms,
  type Payments,
} from '#modules/payments/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { idView, MinorUnits, orNull, Timestamp } from '../common/shapes.ts';

const NewPaymentMethod = object({
  customer_id: id('cus'),
  type: enumOf(PAYMENT_METHOD_TYPES),
  token: text({
    max: 255,
    description:
      'A token of the payment processor, never a card number. The simulator knows tok_visa, tok_mastercard, tok_declined, tok_insufficient_funds, tok_bank_ok, tok_wallet_ok and others.',
    example: 'tok_visa',
  }),
});
const PaymentMethodId = object({ id: id('pmt') });
const PaymentMethodQuery = object({ ...pageQuery, customer_id: optional(id('cus')) });

const PaymentMethodView = Type.Object(
  {
    id: idView('pmt'),
    customer_id: idView('cus'),
    type: Type.Enum([...PAYMENT_METHOD_TYPES]),
    brand: Type.String({ examples: ['visa'] }),
    last4: Type.String({ examples: ['4242'] }),
    exp_month: orNull(Type.Integer()),
    exp_year: orNull(Type.Integer()),
    fingerprint: Type.String({ description: 'The same for every token of the same card or account.' }),
    default: Type.Boolean(),
    status: Type.Enum(['attached', 'detached']),
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'PaymentMethod' },
);
const TermsView = Type.Object(
  {
    type: Type.Enum([...PAYMENT_METHOD_TYPES]),
    processing_seconds: Type.Integer({ description: 'From the charge until the money is certain.' }),
    fee: Type.Object({
      percent: Type.String({ description: 'Of the amount, as a decimal number.', examples: ['2.90'] }),
      fixed_amount: MinorUnits,
      maximum_amount: orNull(MinorUnits),
    }),
  },
  { $id: 'PaymentMethodType' },
);

function methodView(method: PaymentMethod) {
  return {
    id: method.id,
    customer_id: method.customerId,
    type: method.type,
    brand: method.brand,
    last4: method.last4,
    exp_month: method.expMonth,
    exp_year: method.expYear,
    fingerprint: method.fingerprint,
    default: method.isDefault,
    status: method.status,
    created_at: method.createdAt,
    updated_at: method.updatedAt,
  };
}

function termsView({ type, processingSeconds, fee }: PaymentMethodTerms) {
  const digits = String(fee.basisPoints).padStart(3, '0');
  const percent = `${digits.slice(0, -2)}.${digits.slice(-2)}`;
  const rates = { percent, fixed_amount: fee.fixedAmount, maximum_amount: fee.maximumAmount };
  return { type, processing_seconds: processingSeconds, fee: rates };
}

/** /payment-methods: what customers pay with, and what each type costs. */
export function paymentMethodOperations({ methods }: Payments, cursors: CursorCodec): Operation[] {
  const types = operation({
    id: 'payment_methods.types',
    method: 'GET',
    path: '/payment-methods/types',
    summary: 'List the types of payment methods',
    description: 'How long each type takes until the money is certain, and the fee that is booked on a payment.',
    access: { scope: 'payment_methods:read' },
    responses: { 200: { description: 'All types.', schema: Type.Object({ data: Type.Array(TermsView) }) } },
    errors: [],
    handle: () => ok({ data: PAYMENT_METHOD_TERMS.map(termsView) }),
  });

  const attach = operation({
    id: 'payment_methods.create',
    method: 'POST',
    path: '/payment-methods',
    summary: 'Attach a payment method to a customer',
    description: 'Takes a token of the processor. The first method of a customer becomes the default.',
    access: { scope: 'payment_methods:write' },
    body: NewPaymentMethod,
    responses: { 201: { description: 'The attached method.', schema: PaymentMethodView } },
    errors: ['resource_locked'],
    async handle({ context, body }) {
      const input = { customerId: body.customer_id, type: body.type, token: body.token };
      const method = await methods.attach(context, input);
      return created(methodView(method), '/payment-methods', method.version);
    },
  });

  const list = operation({
    id: 'payment_methods.list',
    method: 'GET',
    path: '/payment-methods',
    summary: 'List payment methods',
    description: 'The attached methods, newest first.',
    access: { scope: 'payment_methods:read' },
    query: PaymentMethodQuery,
    responses: { 200: { description: 'A page of methods.', schema: pageOf(PaymentMethodView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('payment_methods.list', query);
      const page = await methods.list(tenant, { customerId: query.customer_id }, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, methodView);
    },
  });

  return [types, attach, list, ...singleMethodOperations(methods)];
}

function singleMethodOperations(methods: Payments['methods']): Operation[] {
  const get = operation({
    id: 'payment_methods.get',
    method: 'GET',
    path: '/payment-methods/:id',
    summary: 'Get a payment method',
    description: 'One method, also when it was detached.',
    access: { scope: 'payment_methods:read' },
    params: PaymentMethodId,
    responses: { 200: { description: 'The method.', schema: PaymentMethodView } },
    errors: [],
    async handle({ tenant, params }) {
      const method = await methods.get(tenant, params.id);
      return ok(methodView(method), method.version);
    },
  });

  const setDefault = operation({
    id: 'payment_methods.set_default',
    method: 'POST',
    path: '/payment-methods/:id/set-default',
    summary: 'Make a payment method the default',
    description: 'Orders and invoices that name no method use the default of their customer.',
    access: { scope: 'payment_methods:write' },
    params: PaymentMethodId,
    responses: { 200: { description: 'The default method.', schema: PaymentMethodView } },
    errors: ['gone', 'precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      const method = await methods.setDefault(context, params.id);
      return ok(methodView(method), method.version);
    },
  });

  const detach = operation({
    id: 'payment_methods.delete',
    method: 'DELETE',
    path: '/payment-methods/:id',
    summary: 'Detach a payment method',
    description: 'It cannot be charged any more; payments that used it keep naming it.',
    access: { scope: 'payment_methods:write' },
    params: PaymentMethodId,
    responses: { 200: { description: 'The detached method.', schema: PaymentMethodView } },
    errors: ['gone', 'precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      const method = await methods.detach(context, params.id);
      return ok(methodView(method), method.version);
    },
  });

  return [get, setDefault, detach];
}
