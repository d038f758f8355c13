import type { CommandContext } from '#kernel/context.ts';
import { violatedUnique } from '#kernel/database/database-errors.ts';
import type { Scope } from '#kernel/database/tenant.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { notFound } from '#kernel/errors.ts';
import type { StoredEvent } from '#kernel/events/event.ts';
import type { PaymentId } from '#kernel/ids.ts';
import type { NewJob } from '#kernel/jobs/job.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { factOf, paymentEvents } from '../events.ts';
import { fold, type Payment, type PaymentFact } from '../payment.ts';
import { decide, type PaymentCommand } from '../payment-decisions.ts';
import * as store from '../payments.store.ts';

export const SETTLE_JOB = 'payments.settle';

/** Load, fold, decide, append, project: the only way a payment changes. */
export interface PaymentCommands {
  /** Errors: `not_found`. */
  get(scope: Scope, id: PaymentId): Promise<Payment>;
  find(scope: Scope, id: PaymentId): Promise<Payment | null>;
  /** Stores a new payment; `isNew` is false when an earlier run of the same saga stored it. */
  create(context: CommandContext, payment: Payment): Promise<{ payment: Payment; isNew: boolean }>;
  /** Decides on the newest state under a lock. Errors: `not_found`, those of `decide`, `resource_locked`. */
  change(context: CommandContext, id: PaymentId, command: PaymentCommand, also?: AlsoDo): Promise<Payment>;
  /** The events of a payment, oldest first (ARC-05). Errors: `not_found`. */
  history(scope: Scope, id: PaymentId): Promise<StoredEvent[]>;
}

/** What else belongs into the transaction of a change; called only when something changes. */
export type AlsoDo = (tx: WriteTransaction, after: Payment, before: Payment) => void;

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
      const statements = [store.paymentInsert(context.tenant, state as Payment)];
      try {
        return { payment: await writes.store(context, { statements, events, result: payment }), isNew: true };
      } catch (error) {
        if (violatedUnique(error) !== 'payments_pkey') throw error;
        return { payment: await get(context.tenant, payment.id), isNew: false };
      }
    },

    change: (context, id, command, also) =>
      writes.run(context, async (tx) => {
        const [, stream] = await tx.run(store.paymentLock(id));
        const before = fold(stream!.rows.map(asFact));
        if (before.status === 'none') throw notFound('payment', id);
        const facts = decide(command, before);
        if (facts.length === 0) return before;
        const { events, state } = paymentEvents(before, facts);
        const after = state as Payment;
        tx.append(...events);
        tx.add(store.paymentUpdate(after));
        const job = settlementOf(context, after);
        if (job && before.status !== 'processing') tx.enqueue(job);
        also?.(tx, after, before);
        return after;
      }),

    async history(scope, id) {
      const payment = await get(scope, id);
      return streamEvents(await database.read(scope, store.paymentEventsFind(payment.id)));
    },
  };
}

/** A processing payment is asked about again when it should be certain. */
function settlementOf({ requestId, traceparent }: CommandContext, payment: Payment): NewJob | null {
  if (payment.status !== 'processing' || !payment.settlesAt) return null;
  const payload = { payment_id: payment.id, request_id: requestId, traceparent };
  return { kind: SETTLE_JOB, payload, runAt: new Date(payment.settlesAt) };
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
