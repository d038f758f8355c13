import { Type } from 'typebox';
import { enumOf, id, object } from '#kernel/http/fields.ts';
import { type Operation, operation } from '#kernel/http/operation.ts';
import { CARRIERS, type Shipping } from '#modules/shipping/index.ts';

const Received = Type.Object({ received: Type.Boolean() }, { $id: 'CarrierNewsReceived' });

/** /inbound/carriers: where carriers tell what became of parcels. */
export function inboundOperations(shipping: Shipping): Operation[] {
  const receive = operation({
    id: 'carrier_news.receive',
    method: 'POST',
    path: '/inbound/carriers/:carrier',
    summary: 'Take in what a carrier tells',
    description:
      'For carriers, with a signature instead of a credential: `X-Signature: t=<Unix seconds>,mac=<hex HMAC-SHA256 of "t.body" under the secret of the account>`, not older than 5 minutes. News count once by their id and may come in any order. What concerns no shipment is answered in the same way. The body has the shape of the carrier; for custom it is event_id, tracking_number, status, occurred_at, description and location.',
    access: { public: 'Carriers have no credential of ours; their signature is checked instead (C-06).' },
    inboundSource: 'carrier',
    params: object({ carrier: enumOf(CARRIERS) }),
    query: object({ account: id('cac', { description: 'The carrier account whose secret signs.' }) }),
    responses: { 202: { description: 'Taken in.', schema: Received } },
    errors: ['unauthenticated', 'validation', 'payload_too_large', 'unsupported_media_type'],
    async handle({ params, query, http }) {
      await shipping.receiveNews({
        carrier: params.carrier,
        accountId: query.account,
        signature: http.header('x-signature'),
        body: http.rawBody ?? '',
        requestId: http.requestId,
        traceparent: http.traceparent,
      });
      return { status: 202, body: { received: true } };
    },
  });

  return [receive];
}
