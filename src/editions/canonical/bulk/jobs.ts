import { enumOf, id, object, optional } from '#kernel/http/fields.ts';
import { type Operation, ok, operation } from '#kernel/http/operation.ts';
import { type Bulk, TRANSFER_STATUSES } from '#modules/bulk/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { requireResourceScope, requireScope } from './resource-scope.ts';
import { JobView, jobView } from './views.ts';

const JobId = object({ id: id('job') });
const JobQuery = object({
  ...pageQuery,
  kind: optional(enumOf(['import', 'export'])),
  status: optional(enumOf(TRANSFER_STATUSES)),
});

/** /jobs (G-60). */
export function jobOperations(bulk: Bulk, cursors: CursorCodec): Operation[] {
  const list = operation({
    id: 'jobs.list',
    method: 'GET',
    path: '/jobs',
    summary: 'List jobs',
    description: 'Imports and exports of your organisation with their progress, newest first.',
    access: { scope: 'jobs:read' },
    query: JobQuery,
    responses: { 200: { description: 'A page of jobs.', schema: pageOf(JobView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('jobs.list', query);
      const page = await bulk.listJobs(
        tenant,
        { kind: query.kind, status: query.status },
        pageRequest(cursors, name, query),
      );
      const items = page.items.map(jobView);
      return pageAnswer(cursors, name, { ...page, items }, (job) => job);
    },
  });

  const get = operation({
    id: 'jobs.get',
    method: 'GET',
    path: '/jobs/:id',
    summary: 'Get a job',
    description: 'One job with its progress: rows, bytes and percent.',
    access: { scope: 'jobs:read' },
    params: JobId,
    responses: { 200: { description: 'The job.', schema: JobView } },
    errors: [],
    handle: async ({ tenant, params }) => ok(jobView(await bulk.getJob(tenant, params.id))),
  });

  return [list, get, cancelOperation(bulk), retryOperation(bulk)];
}

function cancelOperation(bulk: Bulk): Operation {
  return operation({
    id: 'jobs.cancel',
    method: 'POST',
    path: '/jobs/:id/cancel',
    summary: 'Cancel a job',
    description:
      'A waiting job ends at once, a running one behind the batch it is at (`canceling` until then). What was stored stays; `retry` goes on from there.',
    access: { scope: 'jobs:write' },
    params: JobId,
    responses: { 200: { description: 'The job.', schema: JobView } },
    errors: ['invalid_state', 'resource_locked'],
    async handle({ context, params, principal }) {
      const { kind } = await bulk.getJob(context.tenant, params.id);
      requireScope(principal, `${kind}s:write`, 'this job');
      return ok(jobView(await bulk.cancelJob(context, params.id)));
    },
  });
}

function retryOperation(bulk: Bulk): Operation {
  return operation({
    id: 'jobs.retry',
    method: 'POST',
    path: '/jobs/:id/retry',
    summary: 'Retry a job',
    description: 'A job that failed or was canceled goes on where it stopped. Needs the same scopes as starting it.',
    access: { scope: 'jobs:write' },
    params: JobId,
    responses: { 200: { description: 'The job.', schema: JobView } },
    errors: ['invalid_state', 'gone', 'resource_locked'],
    async handle({ context, params, principal }) {
      const { kind, resource } = await bulk.getJob(context.tenant, params.id);
      requireScope(principal, `${kind}s:write`, 'this job');
      requireResourceScope(bulk, principal, resource, kind === 'import' ? 'write' : 'read');
      return ok(jobView(await bulk.retryJob(context, params.id)));
    },
  });
}
