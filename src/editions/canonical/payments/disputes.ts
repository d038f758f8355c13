import { enumOf, id, longText, object, optional } from '#kernel/http/fields.ts';
import { type Operation, ok, operation } from '#kernel/http/operation.ts';
import { DISPUTE_STATUSES, type Payments } from '#modules/payments/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { DisputeView, disputeView } from './payment-views.ts';

const DisputeId = object({ id: id('dsp') });
const DisputeQuery = object({
  ...pageQuery,
  payment_id: optional(id('pay')),
  status: optional(enumOf(DISPUTE_STATUSES)),
});
const Evidence = object({
  evidence: longText({
    max: 20_000,
    description: 'What speaks against the dispute; handed to the processor and not kept. Never a card number.',
  }),
});

/** /disputes: what customers object to at their banks. */
export function disputeOperations({ disputes }: Payments, cursors: CursorCodec): Operation[] {
  const list = operation({
    id: 'disputes.list',
    method: 'GET',
    path: '/disputes',
    summary: 'List disputes',
    description: 'Newest first. The disputed amount is taken back until the dispute is won; its fee stays in any case.',
    access: { scope: 'payments:read' },
    query: DisputeQuery,
    responses: { 200: { description: 'A page of disputes.', schema: pageOf(DisputeView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('disputes.list', query);
      const filter = { paymentId: query.payment_id, status: query.status };
      const page = await disputes.list(tenant, filter, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, disputeView);
    },
  });

  const get = operation({
    id: 'disputes.get',
    method: 'GET',
    path: '/disputes/:id',
    summary: 'Get a dispute',
    description: 'One dispute, with the day until which evidence is taken.',
    access: { scope: 'payments:read' },
    params: DisputeId,
    responses: { 200: { description: 'The dispute.', schema: DisputeView } },
    errors: [],
    handle: async ({ tenant, params }) => ok(disputeView(await disputes.get(tenant, params.id))),
  });

  const answer = operation({
    id: 'disputes.submit_evidence',
    method: 'POST',
    path: '/disputes/:id/evidence',
    summary: 'Answer a dispute',
    description: 'Hands evidence to the bank, once. The simulator lets evidence win that contains `winning_evidence`.',
    access: { scope: 'payments:write' },
    params: DisputeId,
    body: Evidence,
    responses: { 200: { description: 'The dispute, under review.', schema: DisputeView } },
    errors: ['invalid_state', 'resource_locked'],
    handle: async ({ context, params, body }) =>
      ok(disputeView(await disputes.answer(context, params.id, body.evidence))),
  });

  return [list, get, answer];
}
