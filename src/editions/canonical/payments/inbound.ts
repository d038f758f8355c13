import { Type } from 'typebox';
import { type Operation, ok, operation } from '#kernel/http/operation.ts';
import type { Payments } from '#modules/payments/index.ts';

/** /inbound/payments: news of payment processors. */
export function inboundPaymentOperations({ stripeNews }: Payments): Operation[] {
  const stripe = operation({
    id: 'inbound.payments_stripe',
    method: 'POST',
    path: '/inbound/payments/stripe',
    summary: 'News from Stripe',
    description:
      'Enter this address at Stripe as a webhook endpoint for payment_intent.*, charge.dispute.* and refund.*, and its secret as STRIPE_WEBHOOK_SECRET. Stripe signs each message; a message is only a hint to ask Stripe what is true now, so repeated, late and swapped ones are harmless.',
    access: { public: 'the signature of the processor over the message is the proof (C-09)' },
    inboundSource: 'stripe',
    responses: {
      200: { description: 'Taken, or known already.', schema: Type.Object({ received: Type.Literal(true) }) },
    },
    errors: ['not_found'],
    async handle({ http }) {
      const signature = http.header('stripe-signature') ?? '';
      const { requestId, traceparent } = http;
      await stripeNews.receive({ body: http.rawBody ?? '', signature, requestId, traceparent });
      return ok({ received: true });
    },
  });
  return [stripe];
}
