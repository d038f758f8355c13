import { Type } from 'typebox';
import { enumOf, id, listOf, nonNegativeInteger, object, optional, text, timestamp } from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import {
  COUNT_STATUSES,
  type CountLine,
  differenceOf,
  type Inventory,
  type StockCount,
} from '#modules/inventory/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { idView, orNull, Timestamp } from '../common/shapes.ts';

const NewCount = object({
  warehouse_id: optional(id('whs', { description: 'The default warehouse unless given.' })),
  product_ids: optional(
    listOf(id('prd'), { min: 1, unique: true, description: 'Everything that the warehouse ever held unless given.' }),
  ),
});
const pieces = (description: string) => nonNegativeInteger({ max: 1_000_000_000, description });
const Entries = object({
  entries: listOf(
    object({
      product_id: id('prd'),
      counted: pieces('Sound pieces on the shelf, whether they are promised to somebody or not.'),
      damaged: optional(pieces('Damaged pieces; leave it out when nobody looked at them.')),
      counted_at: optional(timestamp({ description: 'When it was counted; now unless given.' })),
    }),
    { min: 1, description: 'Each product once; what was entered of it before is replaced.' },
  ),
});
const Recount = object({
  product_ids: optional(listOf(id('prd'), { min: 1, unique: true, description: 'All that differ unless given.' })),
});
const Approval = object({ note: optional(text({ max: 1000, multiline: true })) });
const Rejection = object({ note: text({ max: 1000, multiline: true, description: 'Why.', example: 'Wrong aisle.' }) });
const CountId = object({ id: id('cnt') });
const CountQuery = object({
  ...pageQuery,
  status: optional(enumOf(COUNT_STATUSES)),
  warehouse_id: optional(id('whs')),
});
const LineQuery = object(pageQuery);

const Actor = Type.String({ description: 'The id of the person, or of the client or key that acted for itself.' });
const CountView = Type.Object(
  {
    id: idView('cnt'),
    warehouse_id: idView('whs'),
    status: Type.Enum([...COUNT_STATUSES]),
    round: Type.Integer({ description: '1, and one more with each recount.' }),
    product_count: Type.Integer(),
    counted_count: Type.Integer(),
    discrepancy_count: Type.Integer({ description: 'Products whose numbers differ from the ledger.' }),
    started_by: Actor,
    decided_by: orNull(Actor),
    note: orNull(Type.String()),
    created_at: Timestamp,
    submitted_at: orNull(Timestamp),
    decided_at: orNull(Timestamp),
    updated_at: Timestamp,
  },
  { $id: 'StockCount' },
);
const Pieces = orNull(Type.Integer());
const LineView = Type.Object(
  {
    product_id: idView('prd'),
    level_id: idView('lvl'),
    expected: orNull(Type.Integer({ description: 'Available and reserved pieces at the moment of counting.' })),
    counted: Pieces,
    difference: Pieces,
    expected_damaged: Pieces,
    counted_damaged: Pieces,
    damaged_difference: Pieces,
    counted_at: orNull(Timestamp),
    counted_by: orNull(Actor),
  },
  { $id: 'StockCountLine' },
);

function countView(count: StockCount) {
  return {
    id: count.id,
    warehouse_id: count.warehouseId,
    status: count.status,
    round: count.round,
    product_count: count.lines,
    counted_count: count.counted,
    discrepancy_count: count.discrepancies,
    started_by: count.startedBy,
    decided_by: count.decidedBy,
    note: count.note,
    created_at: count.createdAt,
    submitted_at: count.submittedAt,
    decided_at: count.decidedAt,
    updated_at: count.updatedAt,
  };
}

function lineView(line: CountLine) {
  const { sound, damaged } = differenceOf(line);
  return {
    product_id: line.productId,
    level_id: line.levelId,
    expected: line.expected,
    counted: line.counted,
    difference: line.counted === null ? null : sound,
    expected_damaged: line.expectedDamaged,
    counted_damaged: line.countedDamaged,
    damaged_difference: line.countedDamaged === null ? null : damaged,
    counted_at: line.countedAt,
    counted_by: line.countedBy,
  };
}

/** /inventory/count and /inventory/counts: cycle counts (STK-12..14). */
export function countOperations(inventory: Inventory, cursors: CursorCodec): Operation[] {
  return [...countingOperations(inventory), ...decidingOperations(inventory), ...readingOperations(inventory, cursors)];
}

function countingOperations(inventory: Inventory): Operation[] {
  const start = operation({
    id: 'stock_counts.create',
    method: 'POST',
    path: '/inventory/count',
    summary: 'Start a cycle count',
    description:
      'Opens a count of a warehouse, of all its products or of some. A product is in one open count at most.',
    access: { scope: 'inventory:write' },
    body: NewCount,
    responses: { 201: { description: 'The open count.', schema: CountView } },
    errors: ['not_found', 'gone', 'invalid_state', 'resource_locked'],
    async handle({ context, body }) {
      const input = { warehouseId: body.warehouse_id, productIds: body.product_ids };
      const count = await inventory.startCount(context, input);
      return created(countView(count), '/inventory/counts', count.version);
    },
  });

  const enter = operation({
    ...stepOf('enter', 'entries', 'Enter what was counted'),
    description:
      'Notes what was found and compares it with the ledger as of the moment of counting, so that sales during a count make no false difference. Stock does not change.',
    access: { scope: 'inventory:write' },
    body: Entries,
    async handle({ context, params, body }) {
      const entries = body.entries.map((entry) => ({
        productId: entry.product_id,
        counted: entry.counted,
        damaged: entry.damaged,
        countedAt: entry.counted_at,
      }));
      return answer(await inventory.enterCount(context, params.id, entries));
    },
  });

  const submit = operation({
    ...stepOf('submit', 'submit', 'Submit a count for approval'),
    description: 'Every product must be counted. Differences are recorded with the event; stock does not change yet.',
    access: { scope: 'inventory:write' },
    handle: async ({ context, params }) => answer(await inventory.submitCount(context, params.id)),
  });

  const recount = operation({
    ...stepOf('recount', 'recount', 'Ask for a recount'),
    description: 'Opens a submitted count again and forgets the numbers of the products that are to be counted again.',
    access: { scope: 'inventory:write' },
    body: Recount,
    handle: async ({ context, params, body }) =>
      answer(await inventory.recount(context, params.id, body.product_ids ?? undefined)),
  });

  const cancel = operation({
    ...stepOf('cancel', 'cancel', 'Cancel a count'),
    description: 'Ends an open count without any effect on stock.',
    access: { scope: 'inventory:write' },
    handle: async ({ context, params }) => answer(await inventory.cancelCount(context, params.id)),
  });

  return [start, enter, submit, recount, cancel];
}

function decidingOperations(inventory: Inventory): Operation[] {
  const approve = operation({
    ...stepOf('approve', 'approve', 'Approve a count'),
    description:
      'Makes an adjustment with the reason `count` for each difference. Who entered numbers of this count cannot approve it.',
    access: { scope: 'inventory:approve' },
    body: Approval,
    errors: ['invalid_state', 'gone', 'insufficient_stock', 'precondition_failed', 'resource_locked'],
    handle: async ({ context, params, body }) => answer(await inventory.approveCount(context, params.id, body.note)),
  });

  const reject = operation({
    ...stepOf('reject', 'reject', 'Reject a count'),
    description: 'Ends a submitted count without any effect on stock; its numbers stay readable.',
    access: { scope: 'inventory:approve' },
    body: Rejection,
    handle: async ({ context, params, body }) => answer(await inventory.rejectCount(context, params.id, body.note)),
  });

  return [approve, reject];
}

/** What the steps of a count have in common. */
function stepOf(name: string, path: string, summary: string) {
  return {
    id: `stock_counts.${name}`,
    method: 'POST' as const,
    path: `/inventory/counts/:id/${path}`,
    summary,
    params: CountId,
    responses: { 200: { description: 'The count after it.', schema: CountView } },
    errors: ['invalid_state', 'precondition_failed', 'resource_locked'] as const,
  };
}

function answer(count: StockCount) {
  return ok(countView(count), count.version);
}

function readingOperations(inventory: Inventory, cursors: CursorCodec): Operation[] {
  const list = operation({
    id: 'stock_counts.list',
    method: 'GET',
    path: '/inventory/counts',
    summary: 'List cycle counts',
    description: 'Counts of every status, newest first.',
    access: { scope: 'inventory:read' },
    query: CountQuery,
    responses: { 200: { description: 'A page of counts.', schema: pageOf(CountView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('stock_counts.list', query);
      const filter = { status: query.status, warehouseId: query.warehouse_id };
      const page = await inventory.listCounts(tenant, filter, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, countView);
    },
  });

  const get = operation({
    id: 'stock_counts.get',
    method: 'GET',
    path: '/inventory/counts/:id',
    summary: 'Get a cycle count',
    description: 'One count with the number of its differences.',
    access: { scope: 'inventory:read' },
    params: CountId,
    responses: { 200: { description: 'The count.', schema: CountView } },
    errors: [],
    handle: async ({ tenant, params }) => answer(await inventory.getCount(tenant, params.id)),
  });

  const lines = operation({
    id: 'stock_counts.lines',
    method: 'GET',
    path: '/inventory/counts/:id/lines',
    summary: 'List the products of a count',
    description: 'What was found of each product, and what the ledger had at that moment; matches stay as evidence.',
    access: { scope: 'inventory:read' },
    params: CountId,
    query: LineQuery,
    responses: { 200: { description: 'A page of products.', schema: pageOf(LineView) } },
    errors: [],
    async handle({ tenant, params, query }) {
      const name = listName(`stock_counts.lines.${params.id}`, query);
      const page = await inventory.listCountLines(tenant, params.id, pageRequest(cursors, name, query));
      const items = page.items.map((line) => ({ ...line, id: line.levelId }));
      return pageAnswer(cursors, name, { ...page, items }, lineView);
    },
  });

  return [list, get, lines];
}
