import { DAY_MS, MINUTE_MS } from '#kernel/clock.ts';
import type { ProcessorDispute, ProcessorResult } from '../processor.ts';
import type { Operation } from './operations.store.ts';
import { TEST_TOKENS } from './test-tokens.ts';

/** A disputed charge is objected to a minute later; a week is left for evidence; the bank decides one day after it. */
export const FIRST_NEWS_MS = MINUTE_MS;
const EVIDENCE_MS = 7 * DAY_MS;
const DECISION_MS = DAY_MS;
const FEE_AMOUNT = 1_500;

/** The dispute about what was taken, as it is at an instant; null when there is none (yet). */
export function disputeOf(
  taken: Operation | undefined,
  family: readonly Operation[],
  nowMs: number,
): ProcessorDispute | null {
  if (!taken || !TEST_TOKENS[taken.result.token]?.dispute) return null;
  const openedMs = Date.parse(taken.createdAt) + FIRST_NEWS_MS;
  if (openedMs > nowMs) return null;
  let amount = taken.amount;
  for (const each of family) {
    const isBack = each.kind === 'refund' && each.result.result.status !== 'failed';
    if (isBack && Date.parse(each.createdAt) < openedMs) amount -= each.amount;
  }
  if (amount === 0) return null;
  return {
    processorId: `dispute_${taken.transactionId}`,
    amount,
    feeAmount: FEE_AMOUNT,
    reason: 'fraudulent',
    openedAt: new Date(openedMs).toISOString(),
    ...stateOf(openedMs + EVIDENCE_MS, family, nowMs),
  };
}

function stateOf(
  dueMs: number,
  family: readonly Operation[],
  nowMs: number,
): Pick<ProcessorDispute, 'status' | 'evidenceDueAt' | 'newsAt'> {
  const evidenceDueAt = new Date(dueMs).toISOString();
  const evidence = family.find((each) => each.kind === 'evidence' && Date.parse(each.createdAt) < dueMs);
  if (!evidence) return { status: nowMs < dueMs ? 'needs_response' : 'lost', evidenceDueAt, newsAt: evidenceDueAt };
  const decidedMs = Date.parse(evidence.createdAt) + DECISION_MS;
  const decision = evidence.result.result.status === 'succeeded' ? 'won' : 'lost';
  return {
    status: nowMs < decidedMs ? 'under_review' : decision,
    evidenceDueAt,
    newsAt: new Date(decidedMs).toISOString(),
  };
}

/** Evidence that contains `winning_evidence` wins, all other loses; its text is not kept. */
export function answerOf(transactionId: string, evidence: string): ProcessorResult {
  if (evidence.includes('winning_evidence')) return { status: 'succeeded', transactionId };
  return {
    status: 'failed',
    transactionId,
    code: 'evidence_rejected',
    message: 'The bank did not accept the evidence.',
  };
}
