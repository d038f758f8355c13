import type { Payment, PaymentEventType, PaymentFact, PaymentState, Refund } from './payment.ts';

/** The state after one more fact. Pure: the same facts always give the same payment. */
export function evolve(state: PaymentState, fact: PaymentFact): Payment {
  if (fact.type === 'payment.created') return { ...LATER_FIELDS, ...fact.payment };
  if (state.status === 'none') throw new Error(`The stream of a payment begins with ${fact.type}`);
  const next = { ...state, version: state.version + 1, updatedAt: fact.at };
  switch (fact.type) {
    case 'payment.refund_requested':
    case 'payment.refund_processing':
    case 'payment.refunded':
    case 'payment.refund_failed':
      return evolveRefund(next, fact);
    case 'payment.dispute_opened':
    case 'payment.dispute_answered':
    case 'payment.dispute_won':
    case 'payment.dispute_lost':
      return evolveDispute(next, fact);
    default:
      return evolveMoney(next, fact);
  }
}

/** What payments of older logs were created without. */
const LATER_FIELDS = { returnUrl: null, disputedAmount: 0, disputeFeeAmount: 0, disputes: [] };

type FactOf<Type extends PaymentEventType> = Extract<PaymentFact, { type: Type }>;
type RefundFact = FactOf<
  'payment.refund_requested' | 'payment.refund_processing' | 'payment.refunded' | 'payment.refund_failed'
>;
type DisputeFact = FactOf<
  'payment.dispute_opened' | 'payment.dispute_answered' | 'payment.dispute_won' | 'payment.dispute_lost'
>;
type MoneyFact = Exclude<PaymentFact, RefundFact | DisputeFact | { type: 'payment.created' }>;

function evolveMoney(next: Payment, fact: MoneyFact): Payment {
  switch (fact.type) {
    case 'payment.authorized':
      return { ...next, status: 'authorized', transactionId: known(next, fact), nextAction: null };
    case 'payment.requires_action':
      return { ...next, status: 'requires_action', transactionId: known(next, fact), nextAction: fact.nextAction };
    case 'payment.processing':
      return {
        ...next,
        status: 'processing',
        transactionId: known(next, fact),
        nextAction: null,
        settlesAt: fact.settlesAt,
      };
    case 'payment.succeeded':
      return {
        ...next,
        status: 'succeeded',
        transactionId: known(next, fact),
        capturedAmount: fact.amount ?? next.amount,
        feeAmount: fact.feeAmount,
        nextAction: null,
        settlesAt: null,
      };
    case 'payment.failed':
      return {
        ...next,
        status: 'failed',
        transactionId: known(next, fact),
        failure: fact.failure,
        nextAction: null,
        settlesAt: null,
      };
    case 'payment.canceled':
      return { ...next, status: 'canceled', nextAction: null, settlesAt: null };
    default:
      return fact satisfies never;
  }
}

function evolveRefund(next: Payment, fact: RefundFact): Payment {
  switch (fact.type) {
    case 'payment.refund_requested':
      return { ...next, refunds: [...next.refunds, requested(fact)] };
    case 'payment.refund_processing':
      return { ...next, refunds: changed(next.refunds, fact.refundId, { updatedAt: fact.at }) };
    case 'payment.refunded': {
      const refunds = changed(next.refunds, fact.refundId, { status: 'succeeded', updatedAt: fact.at });
      return afterRefund({ ...next, refunds });
    }
    case 'payment.refund_failed': {
      const { failure } = fact;
      return {
        ...next,
        refunds: changed(next.refunds, fact.refundId, { status: 'failed', failure, updatedAt: fact.at }),
      };
    }
    default:
      return fact satisfies never;
  }
}

function evolveDispute(next: Payment, fact: DisputeFact): Payment {
  switch (fact.type) {
    case 'payment.dispute_opened':
      return afterDispute({ ...next, disputes: [...next.disputes, fact.dispute] });
    case 'payment.dispute_answered': {
      const answered = { status: 'under_review' as const, evidenceSubmittedAt: fact.at, updatedAt: fact.at };
      return afterDispute({ ...next, disputes: changed(next.disputes, fact.disputeId, answered) });
    }
    case 'payment.dispute_won':
    case 'payment.dispute_lost': {
      const status = fact.type === 'payment.dispute_won' ? 'won' : 'lost';
      return afterDispute({
        ...next,
        disputes: changed(next.disputes, fact.disputeId, { status, updatedAt: fact.at }),
      });
    }
    default:
      return fact satisfies never;
  }
}

export function fold(facts: readonly PaymentFact[]): PaymentState {
  return facts.reduce<PaymentState>(evolve, { status: 'none' });
}

/** The first transaction names the payment at the processor; captures and refunds refer to it. */
function known(state: Payment, fact: { transactionId: string | null }): string | null {
  return state.transactionId ?? fact.transactionId;
}

function requested({ refundId, amount, reason, lines = [], at }: FactOf<'payment.refund_requested'>): Refund {
  const times = { createdAt: at, updatedAt: at };
  return { id: refundId, amount, reason, lines, status: 'pending', failure: null, ...times };
}

function changed<Item extends { id: string }>(items: readonly Item[], id: string, change: Partial<Item>): Item[] {
  return items.map((item) => (item.id === id ? { ...item, ...change } : item));
}

function afterRefund(payment: Payment): Payment {
  let refundedAmount = 0;
  for (const refund of payment.refunds) if (refund.status === 'succeeded') refundedAmount += refund.amount;
  const status = refundedAmount === payment.capturedAmount ? 'refunded' : payment.status;
  return { ...payment, refundedAmount, status };
}

function afterDispute(payment: Payment): Payment {
  let disputedAmount = 0;
  let disputeFeeAmount = 0;
  for (const { status, amount, feeAmount } of payment.disputes) {
    if (status !== 'won') disputedAmount += amount;
    disputeFeeAmount += feeAmount;
  }
  return { ...payment, disputedAmount, disputeFeeAmount };
}
