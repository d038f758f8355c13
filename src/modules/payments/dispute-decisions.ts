import { DomainError, notFound } from '#kernel/errors.ts';
import type { Dispute, DisputeId, DisputeStatus, Payment, PaymentFact } from './payment.ts';
import type { ProcessorDispute } from './processor.ts';

/** What the processor says of a dispute, and evidence against it. */
export type DisputeCommand =
  | { type: 'record-dispute'; disputeId: DisputeId; dispute: ProcessorDispute; at: string }
  | { type: 'answer-dispute'; disputeId: DisputeId; newsAt: string | null; at: string };

/** A dispute only goes forward, so that news which arrive late or twice change nothing. */
const RANK: Readonly<Record<DisputeStatus, number>> = { needs_response: 0, under_review: 1, won: 2, lost: 2 };

/** Errors: `not_found`, `invalid_state` (decided already). */
export function decideDispute(command: DisputeCommand, payment: Payment): PaymentFact[] {
  return command.type === 'record-dispute' ? decideNews(command, payment) : decideAnswer(command, payment);
}

function decideNews(
  { disputeId, dispute: news, at }: Extract<DisputeCommand, { type: 'record-dispute' }>,
  payment: Payment,
): PaymentFact[] {
  const known = payment.disputes.find((each) => each.processorId === news.processorId);
  if (known) return forward(known.id, known.status, news, at);
  if (payment.status !== 'succeeded' && payment.status !== 'refunded') return [];
  const dispute: Dispute = {
    id: disputeId,
    processorId: news.processorId,
    amount: news.amount,
    feeAmount: news.feeAmount,
    reason: news.reason,
    status: 'needs_response',
    evidenceDueAt: news.evidenceDueAt,
    evidenceSubmittedAt: null,
    openedAt: news.openedAt,
    updatedAt: at,
  };
  const opened: PaymentFact = { type: 'payment.dispute_opened', at, dispute, newsAt: news.newsAt };
  return [opened, ...forward(disputeId, 'needs_response', news, at)];
}

function forward(disputeId: DisputeId, from: DisputeStatus, news: ProcessorDispute, at: string): PaymentFact[] {
  if (RANK[news.status] <= RANK[from]) return [];
  if (news.status === 'under_review') {
    return [{ type: 'payment.dispute_answered', at, disputeId, newsAt: news.newsAt }];
  }
  return [{ type: news.status === 'won' ? 'payment.dispute_won' : 'payment.dispute_lost', at, disputeId }];
}

function decideAnswer(
  { disputeId, newsAt, at }: Extract<DisputeCommand, { type: 'answer-dispute' }>,
  payment: Payment,
): PaymentFact[] {
  const dispute = payment.disputes.find((each) => each.id === disputeId);
  if (!dispute) throw notFound('dispute', disputeId);
  return dispute.status === 'needs_response' ? [{ type: 'payment.dispute_answered', at, disputeId, newsAt }] : [];
}

/** Errors: `invalid_state` when evidence was handed in before, or the dispute is decided. */
export function requireAnswerable(dispute: Dispute): void {
  if (dispute.status === 'needs_response') return;
  const message = `Evidence is taken while a dispute needs a response; this one is ${dispute.status}.`;
  throw new DomainError('invalid_state', message);
}
