import type { CommandContext } from '#kernel/context.ts';
import { violatedUnique } from '#kernel/database/database-errors.ts';
import type { Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import { notFound } from '#kernel/errors.ts';
import type { StoredEvent } from '#kernel/events/event.ts';
import type { PaymentId } from '#kernel/ids.ts';
import type { NewJob } from '#kernel/jobs/job.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { accountMove, accountShareOf, tooMuchOf } from '../credit.store.ts';
import { disputeUpsert } from '../disputes.store.ts';
import { factOf, paymentEvents } from '../events.ts';
import type { Payment, PaymentFact } from '../payment.ts';
import { decide, type PaymentCommand } from '../payment-decisions.ts';
import { fold } from '../payment-evolution.ts';
import * as store from '../payments.store.ts';
import { refundUpsert } from '../refunds.store.ts';

/** Asks the processor what a payment is now, when there will be news that nobody tells us. */
export const REFRESH_JOB = 'payments.settle';

/** Load, fold, decide, append, project: the only way a payment changes. */
export interface PaymentCommands {
  /** Errors: `not_found`. */
  get(scope: Scope, id: PaymentId): Promise<Payment>;
  find(scope: Scope, id: PaymentId): Promise<Payment | null>;
  /**
   * Stores a new payment; `isNew` is false when an earlier run of the same saga stored it. Errors: `validation` when the
   * customer's payments would pass 2^53.
   */
  create(context: CommandContext, payment: Payment): Promise<{ payment: Payment; isNew: boolean }>;
  /** Decides on the newest state under a lock. Errors: `not_found`, those of `decide`, `resource_locked`. */
  change(context: CommandContext, id: PaymentId, command: PaymentCommand): Promise<Payment>;
  /** The events of a payment, oldest first (ARC-05). Errors: `not_found`. */
  history(scope: Scope, id: PaymentId): Promise<StoredEvent[]>;
}

export function createPaymentCommands(kit: ModuleKit): PaymentCommands {
  const { database, writes } = kit;
  const find = (scope: Scope, id: PaymentId) => store.paymentFind(database, scope, id);

  async function get(scope: Scope, id: PaymentId): Promise<Payment> {
    const payment = await find(scope, id);
    if (!payment) throw notFound('payment', id);
    return payment;
  }

  return {
    get,
    find,
    async create(context, payment) {
      const { events, state } = paymentEvents(
        { status: 'none' },
        decide({ type: 'create', payment }, { status: 'none' }),
      );
      const move = accountMove(context.tenant, { used: 0, open: 0 }, accountShareOf(payment), payment);
      const statements = [store.paymentInsert(context.tenant, state as Payment), ...move];
      try {
        return { payment: await writes.store(context, { statements, events, result: payment }), isNew: true };
      } catch (error) {
        if (violatedUnique(error) !== 'payments_pkey') throw tooMuchOf(error, payment);
        return { payment: await get(context.tenant, payment.id), isNew: false };
      }
    },

    change: (context, id, command) =>
      writes.run(context, async (tx) => {
        const [, stream] = await tx.run(store.paymentLock(id));
        const before = fold(stream!.rows.map(asFact));
        if (before.status === 'none') throw notFound('payment', id);
        const facts = decide(command, before);
        if (facts.length === 0) return before;
        const { events, state } = paymentEvents(before, facts);
        const after = state as Payment;
        tx.append(...events);
        tx.add(store.paymentUpdate(after), ...projections(context.tenant, before, after));
        tx.enqueue(...facts.flatMap((fact) => refreshAfter(context, id, fact)));
        return after;
      }),

    async history(scope, id) {
      const payment = await get(scope, id);
      return streamEvents(await database.read(scope, store.paymentEventsFind(payment.id)));
    },
  };
}

/** The rows of the refunds and disputes that changed, which are other objects then, and of what its customer's payments add up to. */
function projections(tenant: Tenant, before: Payment, after: Payment): Statement[] {
  const refunds = after.refunds.filter((each) => !before.refunds.includes(each));
  const disputes = after.disputes.filter((each) => !before.disputes.includes(each));
  return [
    ...accountMove(tenant, accountShareOf(before), accountShareOf(after), after),
    ...refunds.map((refund) => refundUpsert(tenant, after, refund)),
    ...disputes.map((dispute) => disputeUpsert(tenant, after, dispute)),
  ];
}

function refreshAfter(context: CommandContext, id: PaymentId, fact: PaymentFact): NewJob[] {
  const newsAt = newsOf(fact);
  return newsAt ? [refreshJob(context, id, new Date(newsAt))] : [];
}

/** Asks the processor about a payment at an instant. */
export function refreshJob({ requestId, traceparent }: CommandContext, id: PaymentId, runAt: Date): NewJob {
  return { kind: REFRESH_JOB, payload: { payment_id: id, request_id: requestId, traceparent }, runAt };
}

/** When a fact lets expect news that the processor does not tell by itself. */
function newsOf(fact: PaymentFact): string | null | undefined {
  switch (fact.type) {
    case 'payment.processing':
    case 'payment.refund_processing':
      return fact.settlesAt;
    case 'payment.requires_action':
      return fact.nextAction.expiresAt;
    case 'payment.succeeded':
    case 'payment.dispute_opened':
    case 'payment.dispute_answered':
      return fact.newsAt;
    default:
      return null;
  }
}

function asFact(row: Record<string, unknown>): PaymentFact {
  return factOf(row as { type: string; data: Record<string, unknown> });
}

function streamEvents(rows: readonly Record<string, unknown>[]): StoredEvent[] {
  return rows.map(
    (row) =>
      ({
        id: row.id,
        source: 'payments',
        type: row.type,
        streamId: row.stream_id,
        streamVersion: row.stream_version,
        tenant: { orgId: row.org_id, livemode: row.livemode },
        occurredAt: row.occurred_at,
        data: row.data,
        metadata: row.metadata,
      }) as StoredEvent,
  );
}
