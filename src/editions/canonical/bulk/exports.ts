import { Type } from 'typebox';
import { enumOf, id, object, optional, text, withDefault } from '#kernel/http/fields.ts';
import { type Operation, ok, operation } from '#kernel/http/operation.ts';
import { type Bulk, FORMATS, TRANSFER_STATUSES } from '#modules/bulk/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { accepted, fileAnswer } from './imports.ts';
import { requireResourceScope } from './resource-scope.ts';
import { RESOURCES } from './resources/index.ts';
import { ExportView, exportView, JobView, jobView } from './views.ts';

const filter = (description: string) => optional(text({ max: 64, description }));
const NewExport = object({
  resource: enumOf(RESOURCES, { description: 'What to export.' }),
  format: withDefault(enumOf(FORMATS, { description: '`csv` unless given.' }), 'csv'),
  filters: optional(
    object({
      category: filter('Of products.'),
      collection: filter('Of products.'),
      customer_id: filter('Of orders.'),
      product_id: filter('Of stock and prices.'),
      role: filter('Of users.'),
      type: filter('Of customers.'),
      status: filter('Of customers, orders and users.'),
    }),
  ),
});
const ExportId = object({ id: id('exp') });
const ExportQuery = object({
  ...pageQuery,
  resource: optional(enumOf(RESOURCES)),
  status: optional(enumOf(TRANSFER_STATUSES)),
});

/** /exports. */
export function exportOperations(bulk: Bulk, cursors: CursorCodec): Operation[] {
  return [startOperation(bulk), listOperation(bulk, cursors), ...singleOperations(bulk)];
}

function startOperation(bulk: Bulk): Operation {
  return operation({
    id: 'exports.start',
    method: 'POST',
    path: '/exports',
    summary: 'Export a resource',
    description:
      'Answers with the job that writes the file. What an export writes, an import reads. In CSV a text that a spreadsheet would run as a formula has an apostrophe in front. Needs the scope to read the resource too.',
    access: { scope: 'exports:write' },
    body: NewExport,
    responses: { 202: { description: 'The job; read its progress at /jobs/:id.', schema: JobView } },
    errors: [],
    async handle({ context, body, principal }) {
      const { resource, format, filters = {} } = body;
      requireResourceScope(bulk, principal, resource, 'read');
      return accepted(jobView(await bulk.startExport(context, { resource, format, filters: { ...filters } })));
    },
  });
}

function listOperation(bulk: Bulk, cursors: CursorCodec): Operation {
  return operation({
    id: 'exports.list',
    method: 'GET',
    path: '/exports',
    summary: 'List exports',
    description: 'Newest first, each with its progress.',
    access: { scope: 'exports:read' },
    query: ExportQuery,
    responses: { 200: { description: 'A page of exports.', schema: pageOf(ExportView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('exports.list', query);
      const wanted = { resource: query.resource, status: query.status };
      const page = await bulk.listExports(tenant, wanted, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, exportView);
    },
  });
}

function singleOperations(bulk: Bulk): Operation[] {
  const get = operation({
    id: 'exports.get',
    method: 'GET',
    path: '/exports/:id',
    summary: 'Get an export',
    description: 'One export with its progress.',
    access: { scope: 'exports:read' },
    params: ExportId,
    responses: { 200: { description: 'The export.', schema: ExportView } },
    errors: [],
    handle: async ({ tenant, params }) => ok(exportView(await bulk.getExport(tenant, params.id))),
  });

  const download = operation({
    id: 'exports.download',
    method: 'GET',
    path: '/exports/:id/download',
    summary: 'Download an export',
    description: 'The file, until 30 days after the export ended. Needs the scope to read the resource too.',
    access: { scope: 'exports:read' },
    params: ExportId,
    responses: { 200: { description: 'The file.', schema: Type.String(), contentType: 'text/csv' } },
    errors: ['invalid_state', 'gone'],
    async handle({ tenant, params, principal }) {
      const transfer = await bulk.getExport(tenant, params.id);
      requireResourceScope(bulk, principal, transfer.resource, 'read');
      return fileAnswer(transfer.id, transfer.format, bulk.exportFile(transfer));
    },
  });

  return [get, download];
}
