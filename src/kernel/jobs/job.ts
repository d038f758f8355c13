import type { Clock } from '../clock.ts';
import { insertMany } from '../database/statement.ts';
import type { Tenant } from '../database/tenant.ts';
import type { Json } from '../events/event.ts';
import { newId } from '../ids.ts';

/** Work to do at `runAt` (now when absent). `kind` names the handler; the payload is plain data. */
export interface NewJob {
  kind: string;
  payload: Record<string, Json>;
  runAt?: Date;
}

/** The columns of a new row of `<schema>.jobs`. */
export function jobRow(tenant: Tenant, job: NewJob, clock: Clock) {
  const now = clock.now();
  return {
    id: newId('job', now.getTime()),
    kind: job.kind,
    org_id: tenant.orgId,
    livemode: tenant.livemode,
    payload: JSON.stringify(job.payload),
    run_at: (job.runAt ?? now).toISOString(),
    created_at: now.toISOString(),
  };
}

/** The statement that stores rows of `jobRow` in `<schema>.jobs`. */
export function jobInsert(schema: string) {
  return insertMany(`${schema}.jobs`, {
    id: 'text',
    kind: 'text',
    org_id: 'text',
    livemode: 'boolean',
    payload: 'jsonb',
    run_at: 'timestamptz',
    created_at: 'timestamptz',
  });
}
