import type { Sealing } from '#kernel/crypto/sealing.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { NewJob } from '#kernel/jobs/job.ts';
import type { Job, JobHandler } from '#kernel/jobs/worker.ts';

/** One mail to one person. `purpose` is for the outbox and statistics, such as `email_verification`. */
export interface OutgoingMail {
  to: string;
  subject: string;
  text: string;
  purpose: string;
}

/** Gives a mail to whoever delivers it; resolves when that is durable. Called twice for one mail, with the same key. */
export type SendMail = (mail: OutgoingMail & { key: string }, tenant: Tenant) => Promise<void>;

export const SEND_MAIL_JOB = 'identity.send-mail';
export const MAIL_CONTEXT = 'identity.jobs.mail';

/** A mail as a job of the transaction that decided it. Address and token are sealed: the job's row shows nothing. */
export function mailJob(sealing: Sealing, tenant: Tenant, mail: OutgoingMail): NewJob {
  const sealed = sealing.sealForOrganization(tenant.orgId, JSON.stringify(mail), MAIL_CONTEXT);
  return { kind: SEND_MAIL_JOB, payload: { mail: sealed.toString('base64'), purpose: mail.purpose } };
}

/** Opens and sends; a failure runs again later by the rules of jobs. */
export function sendMailHandler(sealing: Sealing, sendMail: SendMail): JobHandler {
  return async (job: Job) => {
    const sealed = Buffer.from(job.payload.mail as string, 'base64');
    const mail = JSON.parse(sealing.openForOrganization(job.tenant.orgId, sealed, MAIL_CONTEXT)) as OutgoingMail;
    await sendMail({ ...mail, key: job.id }, job.tenant);
  };
}
