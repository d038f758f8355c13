import { Type } from 'typebox';
import { enumOf, id, object, optional, positiveInteger, text } from '#kernel/http/fields.ts';
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
const Verification = object({
  first_deposit: positiveInteger({ description: "In the currency's smallest unit.", example: 32 }),
  second_deposit: positiveInteger({ description: "In the currency's smallest unit.", example: 45 }),
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
    expired: Type.Boolean({ description: 'A card is charged until the end of the month that is printed on it.' }),
    verification: Type.Enum(['not_required', 'pending', 'verified', 'failed'], {
      description: 'A `pending` bank account is verified with POST /payment-methods/:id/verify before it is charged.',
    }),
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

function methodView(method: PaymentMethod, expired: boolean) {
  return {
    id: method.id,
    customer_id: method.customerId,
    type: method.type,
    brand: method.brand,
    last4: method.last4,
    exp_month: method.expMonth,
    exp_year: method.expYear,
    fingerprint: method.fingerprint,
    expired,
    verification: method.verification,
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
  const view = viewOf(methods);
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
      return created(view(method), '/payment-methods', method.version);
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
      return pageAnswer(cursors, name, page, view);
    },
  });

  return [types, attach, list, ...singleMethodOperations(methods)];
}

function viewOf(methods: Payments['methods']) {
  return (method: PaymentMethod) => methodView(method, methods.isExpired(method));
}

function singleMethodOperations(methods: Payments['methods']): Operation[] {
  const view = viewOf(methods);
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
      return ok(view(method), method.version);
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
      return ok(view(method), method.version);
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
      return ok(view(method), method.version);
    },
  });

  return [get, setDefault, verifyOperation(methods), detach];
}

function verifyOperation(methods: Payments['methods']): Operation {
  return operation({
    id: 'payment_methods.verify',
    method: 'POST',
    path: '/payment-methods/:id/verify',
    summary: 'Verify a bank account',
    description:
      'By the amounts of the two small deposits that the processor made to the account. The third wrong answer ends it.',
    access: { scope: 'payment_methods:write' },
    params: PaymentMethodId,
    body: Verification,
    responses: { 200: { description: 'The verified account.', schema: PaymentMethodView } },
    errors: ['gone', 'invalid_state', 'precondition_failed', 'resource_locked'],
    handle: async ({ context, params, body }) => {
      const method = await methods.verify(context, params.id, [body.first_deposit, body.second_deposit]);
      return ok(viewOf(methods)(method), method.version);
    },
  });
}
