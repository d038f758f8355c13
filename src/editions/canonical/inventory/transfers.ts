import { Type } from 'typebox';
import { id, listOf, object, optional, positiveInteger, text } from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import type { Inventory, Transfer } from '#modules/inventory/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { idView, orNull, Timestamp } from '../common/shapes.ts';

const NewTransfer = object({
  from_warehouse_id: id('whs'),
  to_warehouse_id: id('whs'),
  items: listOf(object({ product_id: id('prd'), quantity: positiveInteger({ max: 1_000_000, example: 5 }) }), {
    min: 1,
    description: 'Each product once.',
  }),
  reference_id: optional(text({ description: 'Your own reference.', example: 'MOVE-12' })),
  note: optional(text({ max: 1000, multiline: true })),
});
const TransferId = object({ id: id('trf') });
const TransferQuery = object({
  ...pageQuery,
  from_warehouse_id: optional(id('whs')),
  to_warehouse_id: optional(id('whs')),
});

const TransferView = Type.Object(
  {
    id: idView('trf'),
    from_warehouse_id: idView('whs'),
    to_warehouse_id: idView('whs'),
    items: Type.Array(
      Type.Object({
        product_id: idView('prd'),
        quantity: Type.Integer(),
        adjustment_ids: Type.Array(idView('adj'), { description: 'The one that takes and the one that adds.' }),
      }),
    ),
    reference_id: orNull(Type.String()),
    note: orNull(Type.String()),
    created_at: Timestamp,
  },
  { $id: 'StockTransfer' },
);

function transferView(transfer: Transfer) {
  return {
    id: transfer.id,
    from_warehouse_id: transfer.fromWarehouseId,
    to_warehouse_id: transfer.toWarehouseId,
    items: transfer.items.map(({ productId, quantity, takenBy, addedBy }) => ({
      product_id: productId,
      quantity,
      adjustment_ids: [takenBy, addedBy],
    })),
    reference_id: transfer.referenceId,
    note: transfer.note,
    created_at: transfer.createdAt,
  };
}

/** /inventory/transfers: stock that goes from one warehouse to another (STK-11). */
export function transferOperations(inventory: Inventory, cursors: CursorCodec): Operation[] {
  const create = operation({
    id: 'stock_transfers.create',
    method: 'POST',
    path: '/inventory/transfers',
    summary: 'Transfer stock between warehouses',
    description:
      'Takes and adds in one step: two adjustments for each item, with the reason `transfer` and the id of this transfer as their reference, which sum to zero. All items move or none.',
    access: { scope: 'inventory:write' },
    body: NewTransfer,
    responses: { 201: { description: 'The transfer.', schema: TransferView } },
    errors: ['not_found', 'gone', 'insufficient_stock', 'resource_locked'],
    async handle({ context, body }) {
      const transfer = await inventory.transfer(context, {
        fromWarehouseId: body.from_warehouse_id,
        toWarehouseId: body.to_warehouse_id,
        items: body.items.map(({ product_id: productId, quantity }) => ({ productId, quantity })),
        referenceId: body.reference_id,
        note: body.note,
      });
      return created(transferView(transfer), '/inventory/transfers');
    },
  });

  const list = operation({
    id: 'stock_transfers.list',
    method: 'GET',
    path: '/inventory/transfers',
    summary: 'List stock transfers',
    description: 'Stock that went from one warehouse to another, newest first.',
    access: { scope: 'inventory:read' },
    query: TransferQuery,
    responses: { 200: { description: 'A page of transfers.', schema: pageOf(TransferView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('stock_transfers.list', query);
      const filter = { fromWarehouseId: query.from_warehouse_id, toWarehouseId: query.to_warehouse_id };
      const page = await inventory.listTransfers(tenant, filter, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, transferView);
    },
  });

  const get = operation({
    id: 'stock_transfers.get',
    method: 'GET',
    path: '/inventory/transfers/:id',
    summary: 'Get a stock transfer',
    description: 'One transfer of your organisation.',
    access: { scope: 'inventory:read' },
    params: TransferId,
    responses: { 200: { description: 'The transfer.', schema: TransferView } },
    errors: [],
    async handle({ tenant, params }) {
      return ok(transferView(await inventory.getTransfer(tenant, params.id)));
    },
  });

  return [create, list, get];
}
