import { Type } from 'typebox';
import { COUNT_MAX } from '#kernel/database/list.ts';
import { boolean, enumOf, id, object, optional, withDefault } from '#kernel/http/fields.ts';
import { type Answer, type Operation, ok, operation } from '#kernel/http/operation.ts';
import { type Bulk, type Format, TRANSFER_STATUSES } from '#modules/bulk/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { orNull } from '../common/shapes.ts';
import { requireResourceScope } from './resource-scope.ts';
import { RESOURCES } from './resources/index.ts';
import { ImportView, importView, JobView, jobView } from './views.ts';

/** The largest file of one import. */
export const MAX_IMPORT_BYTES = 100 * 1024 * 1024;
const FORMAT_OF: Readonly<Record<string, Format>> = { 'text/csv': 'csv', 'application/x-ndjson': 'ndjson' };

const StartQuery = object({
  resource: enumOf(RESOURCES, { description: 'What the rows are.' }),
  dry_run: withDefault(boolean({ description: 'Checks every row and stores nothing.' }), false),
});
const ImportId = object({ id: id('imp') });
const ImportQuery = object({
  ...pageQuery,
  resource: optional(enumOf(RESOURCES)),
  status: optional(enumOf(TRANSFER_STATUSES)),
});
const FailedRowView = Type.Object({
  row: Type.Integer({ description: 'As a spreadsheet counts: the header of CSV is row 1.' }),
  errors: Type.Array(
    Type.Object({
      column: Type.String(),
      value: orNull(Type.String({ description: 'What was sent, at most 200 characters of it.' })),
      code: Type.String(),
      message: Type.String(),
    }),
  ),
});
/** /imports. */
export function importOperations(bulk: Bulk, cursors: CursorCodec): Operation[] {
  return [
    startOperation(bulk),
    listOperation(bulk, cursors),
    getOperation(bulk),
    ...failedRowOperations(bulk, cursors),
  ];
}

function startOperation(bulk: Bulk): Operation {
  return operation({
    id: 'imports.start',
    method: 'POST',
    path: '/imports',
    summary: 'Import a file',
    description:
      'Takes CSV or NDJSON of up to 100 MB, also packed with gzip, and answers with the job that works on it. Rows that break a rule are left out and told at /imports/:id/errors; the others are stored. The same file again changes nothing. Needs the scope to write the resource too.',
    access: { scope: 'imports:write' },
    query: StartQuery,
    upload: { contentTypes: Object.keys(FORMAT_OF), maxBytes: MAX_IMPORT_BYTES },
    timeoutMs: 300_000,
    responses: { 202: { description: 'The job; read its progress at /jobs/:id.', schema: JobView } },
    errors: ['validation'],
    async handle({ context, query, upload, principal }) {
      const { resource, dry_run: dryRun } = query;
      requireResourceScope(bulk, principal, resource, 'write');
      const input = { resource, dryRun, format: FORMAT_OF[upload.contentType]!, chunks: upload.chunks };
      return accepted(jobView(await bulk.startImport(context, input)));
    },
  });
}

/** 202 with a job and where its progress is read. */
export function accepted(job: { id: string }): Answer {
  return { status: 202, body: job, headers: { location: `/jobs/${job.id}` } };
}

function listOperation(bulk: Bulk, cursors: CursorCodec): Operation {
  return operation({
    id: 'imports.list',
    method: 'GET',
    path: '/imports',
    summary: 'List imports',
    description: 'Newest first, each with its progress.',
    access: { scope: 'imports:read' },
    query: ImportQuery,
    responses: { 200: { description: 'A page of imports.', schema: pageOf(ImportView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('imports.list', query);
      const filter = { resource: query.resource, status: query.status };
      const page = await bulk.listImports(tenant, filter, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, importView);
    },
  });
}

function getOperation(bulk: Bulk): Operation {
  return operation({
    id: 'imports.get',
    method: 'GET',
    path: '/imports/:id',
    summary: 'Get an import',
    description: 'One import with its progress, and warnings about columns that nobody reads.',
    access: { scope: 'imports:read' },
    params: ImportId,
    responses: { 200: { description: 'The import.', schema: ImportView } },
    errors: [],
    handle: async ({ tenant, params }) => ok(importView(await bulk.getImport(tenant, params.id))),
  });
}

function failedRowOperations(bulk: Bulk, cursors: CursorCodec): Operation[] {
  const list = operation({
    id: 'imports.errors',
    method: 'GET',
    path: '/imports/:id/errors',
    summary: 'List the rows that an import refused',
    description:
      'In the order of the file, each with column, value, code and message. Needs the scope to read the resource too.',
    access: { scope: 'imports:read' },
    params: ImportId,
    query: object(pageQuery),
    responses: { 200: { description: 'A page of refused rows.', schema: pageOf(FailedRowView) } },
    errors: [],
    async handle({ tenant, params, query, principal }) {
      const { resource, counts } = await bulk.getImport(tenant, params.id);
      requireResourceScope(bulk, principal, resource, 'read');
      const name = `imports.errors?${params.id}`;
      const after = query.cursor ? Number(cursors.decode(name, query.cursor)) : 0;
      const rows = await bulk.listFailedRows(tenant, params.id, after, query.limit + 1);
      const shown = rows.slice(0, query.limit);
      const more = rows.length > query.limit;
      return ok({
        data: shown.map(({ row, problems }) => ({ row, errors: problems })),
        has_more: more,
        next_cursor: more ? cursors.encode(name, String(shown.at(-1)!.row)) : null,
        prev_cursor: null,
        ...(query.include === 'total_count' && { total_count: Math.min(counts.failed, COUNT_MAX) }),
      });
    },
  });

  const download = operation({
    id: 'imports.failed_rows',
    method: 'GET',
    path: '/imports/:id/failed-rows',
    summary: 'Download the rows that an import refused',
    description:
      'In the format they were sent in, with what is wrong in further columns. Mend the rows and import the file as it is. Needs the scope to read the resource too.',
    access: { scope: 'imports:read' },
    params: ImportId,
    responses: { 200: { description: 'The file.', schema: Type.String(), contentType: 'text/csv' } },
    errors: ['gone'],
    async handle({ params, principal, context }) {
      const transfer = await bulk.getImport(context.tenant, params.id);
      requireResourceScope(bulk, principal, transfer.resource, 'read');
      const chunks = bulk.failedRowsFile(context.tenant, transfer);
      return fileAnswer(`${transfer.id}-failed-rows`, transfer.format, chunks);
    },
  });

  return [list, download];
}

/** A file to be kept, never shown: a browser must not take it for a page of ours. */
export function fileAnswer(name: string, format: Format, chunks: AsyncIterable<Buffer>): Answer {
  const contentType = format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson; charset=utf-8';
  return {
    status: 200,
    stream: { chunks, contentType },
    headers: {
      'content-disposition': `attachment; filename="${name}.${format}"`,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    },
  };
}
