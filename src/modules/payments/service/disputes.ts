import { createHash } from 'node:crypto';
import { refuseCardNumbers } from '#kernel/card-number.ts';
import { type CommandContext, innerContext } from '#kernel/context.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope } from '#kernel/database/tenant.ts';
import { notFound } from '#kernel/errors.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { requireAnswerable } from '../dispute-decisions.ts';
import * as store from '../disputes.store.ts';
import type { DisputeId } from '../payment.ts';
import type { ChargeParts } from './charge.ts';
import { refreshPayment } from './refresh.ts';

/** What customers object to at their banks. */
export interface Disputes {
  /** Errors: `not_found`. */
  get(scope: Scope, id: DisputeId): Promise<store.DisputeRecord>;
  list(scope: Scope, filter: store.DisputeFilter, page: PageRequest): Promise<Page<store.DisputeRecord>>;
  /**
   * Hands evidence to the processor, once; it is not kept here. The same request again finds what it did, also when its
   * process died before it could answer. Errors: `not_found`, `invalid_state` (answered or decided), `validation` (a card
   * number), `unavailable` (repeat).
   */
  answer(context: CommandContext, id: DisputeId, evidence: string): Promise<store.DisputeRecord>;
}

export function createDisputes({ database, writes, clock }: ModuleKit, parts: ChargeParts): Disputes {
  const { commands, calls } = parts;

  async function get(scope: Scope, id: DisputeId): Promise<store.DisputeRecord> {
    const dispute = await store.disputeFind(database, scope, id);
    if (!dispute) throw notFound('dispute', id);
    return dispute;
  }

  return {
    get,
    list: (scope, filter, page) => store.disputesList(database, scope, filter, page),

    answer: (context, id, evidence) =>
      writes.orStored(context, async () => {
        refuseCardNumbers({ evidence });
        await handIn(innerContext(context), id, evidence, requestOf(context));
        const answered = await get(context.tenant, id);
        return writes.store(context, { statements: [], events: [], result: answered });
      }),
  };

  async function wasHandedInBy(id: DisputeId, scope: Scope, request: Buffer | null): Promise<boolean> {
    return request !== null && (await store.evidenceIsOf(database, scope, id, request));
  }

  async function handIn(
    context: CommandContext,
    id: DisputeId,
    evidence: string,
    request: Buffer | null,
  ): Promise<void> {
    const { tenant } = context;
    const { paymentId, processorId } = await get(tenant, id);
    // The bank may have decided meanwhile, and we were not told yet.
    const payment = await refreshPayment(parts, context, paymentId);
    const dispute = payment.disputes.find((each) => each.id === id)!;
    if (dispute.status !== 'needs_response' && (await wasHandedInBy(id, tenant, request))) return;
    requireAnswerable(dispute);
    // Noted before the processor hears it: afterwards nobody could tell whose evidence it has.
    await writes.store(context, { statements: [store.evidenceRequestNote(id, request)], events: [], result: null });
    const transactionId = payment.transactionId!;
    const call = { tenant, idempotencyKey: `${id}:evidence`, transactionId, processorId, evidence };
    const known = await calls.ask(tenant, async (processor) => {
      await processor.answerDispute(call);
      return processor.disputes(tenant, transactionId);
    });
    const newsAt = known.find((each) => each.processorId === processorId)?.newsAt ?? null;
    const at = clock.now().toISOString();
    await commands.change(context, paymentId, { type: 'answer-dispute', disputeId: id, newsAt, at });
  }
}

/** Tells a request from every other: its idempotency key and what it was used for. Null without a key. */
function requestOf({ idempotency }: CommandContext): Buffer | null {
  return idempotency ? createHash('sha256').update(idempotency.fingerprint).update(idempotency.key).digest() : null;
}
