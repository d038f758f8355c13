import type { OrganizationId, WebhookId } from '#kernel/ids.ts';
import type { Job, JobHandler } from '#kernel/jobs/worker.ts';
import type { ModuleLog } from '#kernel/module.ts';
import type { Endpoints } from '../endpoints/endpoints.service.ts';

/** One mail, as the notifications module takes it. */
export interface OutgoingMail {
  to: string;
  subject: string;
  text: string;
  purpose: string;
  orgId: OrganizationId;
  livemode: boolean;
  /** The same key is sent once. */
  key: string;
}

/** What the mail needs of other modules. */
export interface FailingMailDependencies {
  /** The addresses of the organisation's owner and admins. */
  recipients(orgId: OrganizationId): Promise<readonly string[]>;
  sendMail(mail: OutgoingMail): Promise<unknown>;
}

/** Tells the organisation's owner and admins that an endpoint fails (WHK-14). A repeated job sends nobody a second mail. */
export function createFailingMail(
  endpoints: Endpoints,
  log: ModuleLog,
  { recipients, sendMail }: FailingMailDependencies,
): JobHandler {
  return async (job: Job) => {
    const { orgId, livemode } = job.tenant;
    const webhookId = job.payload.webhook_id as WebhookId;
    const webhook = await endpoints.getWebhook(job.tenant, webhookId).catch(() => null);
    // Deleted meanwhile: there is nothing left to repair.
    if (!webhook) return;
    const addresses = await recipients(orgId);
    if (addresses.length === 0)
      log.warn({ webhook_id: webhookId, org_id: orgId }, 'Nobody to tell of a failing webhook');
    const text = [
      `Deliveries to your webhook endpoint ${webhook.url} fail: an event was given up after the first attempt and five retries.`,
      '',
      `Webhook: ${webhookId} (${livemode ? 'live' : 'test'} mode)`,
      `Failing since: ${job.payload.failing_since}`,
      '',
      `What each attempt met is listed at GET /webhooks/${webhookId}/deliveries.`,
      `Once the endpoint answers 2xx again, try it with POST /webhooks/${webhookId}/test and send the lost events again with`,
      `POST /webhooks/${webhookId}/deliveries/<delivery>/replay. The first success makes the endpoint active again.`,
    ].join('\n');
    for (const [index, to] of addresses.entries()) {
      const subject = 'Your webhook endpoint is failing';
      await sendMail({ to, subject, text, purpose: 'webhook_failing', orgId, livemode, key: `${job.id}:${index}` });
    }
  };
}
