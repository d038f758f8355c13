import { systemContext } from '#kernel/context.ts';
import { newId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Webhook } from '../endpoints/endpoint.ts';
import { endpointLock, endpointUpdate, toWebhook } from '../endpoints/endpoints.store.ts';
import { endpointEvent } from '../events.ts';
import type { ContractOf } from '../messages/delivery-contract.ts';
import { type Attempt, pauseAfter } from './delivery.ts';
import { type ClaimedDelivery, queueFinish, queuePostpone } from './queue.store.ts';

/** The job that tells the people of the organisation; its payload is `{webhook_id}`. */
export const FAILING_MAIL_JOB = 'webhooks.failing_mail';

/**
 * Records what became of a call: done, again later, or given up. A claimer whose lease ended meanwhile records nothing,
 * because the delivery is somebody else's by now.
 */
export function createRecorder(
  kit: ModuleKit,
  contractOf: ContractOf,
): (delivery: ClaimedDelivery, attempt: Attempt) => Promise<void> {
  const { database, writes, clock } = kit;

  /** Stores the end of the delivery and, with it, whether the endpoint turns failing or recovers. */
  function finish(delivery: ClaimedDelivery, attempt: Attempt): Promise<void> {
    const { tenant, webhookId, traceparent } = delivery;
    const succeeded = attempt.error === null;
    const context = systemContext('webhooks.deliver', tenant, { requestId: newId('req', clock.nowMs()), traceparent });
    return writes.run(context, async (tx) => {
      const now = clock.now().toISOString();
      const [recorded, found] = await tx.run([
        queueFinish(delivery, succeeded ? 'succeeded' : 'failed', attempt, now),
        endpointLock(tenant, webhookId),
      ]);
      const row = found!.rows[0];
      if (recorded!.rowCount === 0 || !row) return;
      const webhook = toWebhook(row);
      // A success of an endpoint that is well, or one more failure of one that is known to fail: nothing to tell.
      if (succeeded === (webhook.failingSince === null)) return;
      const failingSince = succeeded ? null : now;
      const changed: Webhook = { ...webhook, version: webhook.version + 1, failingSince, updatedAt: now };
      tx.add(endpointUpdate(tenant, changed));
      tx.append(endpointEvent(succeeded ? 'webhook.recovered' : 'webhook.failing', changed));
      if (!succeeded) tx.enqueue({ kind: FAILING_MAIL_JOB, payload: { webhook_id: webhookId, failing_since: now } });
    });
  }

  return async (delivery, attempt) => {
    if (attempt.error === null) {
      if (delivery.isFailing) return finish(delivery, attempt);
      await database.flight(delivery.tenant, [queueFinish(delivery, 'succeeded', attempt, clock.now().toISOString())]);
      return;
    }
    const contract = contractOf(delivery.contract);
    const pauseMs = pauseAfter(delivery.kind, attempt.number, contract.retryDelaysMs);
    if (pauseMs !== null) {
      const next = new Date(clock.nowMs() + pauseMs).toISOString();
      await database.flight(delivery.tenant, [queuePostpone(delivery, attempt, next)]);
      return;
    }
    if (delivery.kind === 'test' || !contract.marksFailing) {
      await database.flight(delivery.tenant, [queueFinish(delivery, 'failed', attempt, clock.now().toISOString())]);
      return;
    }
    return finish(delivery, attempt);
  };
}
