import { Type } from 'typebox';
import { boolean, id, nonNegativeInteger, object, text, withDefault } from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import type { Inventory, Warehouse } from '#modules/inventory/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { idView, Timestamp } from '../common/shapes.ts';

const NewWarehouse = object({
  name: text({ example: 'Harbour' }),
  default: withDefault(
    boolean({ description: 'Takes the place of the default warehouse. Your first one is it in any case.' }),
    false,
  ),
  priority: withDefault(
    nonNegativeInteger({
      max: 1_000_000,
      description: 'Orders take stock from lower numbers first, after the default warehouse.',
    }),
    0,
  ),
});
const WarehouseId = object({ id: id('whs') });
const WarehouseQuery = object(pageQuery);

const WarehouseView = Type.Object(
  {
    id: idView('whs'),
    name: Type.String(),
    default: Type.Boolean(),
    priority: Type.Integer(),
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'Warehouse' },
);

function warehouseView(warehouse: Warehouse) {
  return {
    id: warehouse.id,
    name: warehouse.name,
    default: warehouse.isDefault,
    priority: warehouse.priority,
    created_at: warehouse.createdAt,
    updated_at: warehouse.updatedAt,
  };
}

/** /warehouses: where stock lies (G-37). */
export function warehouseOperations(inventory: Inventory, cursors: CursorCodec): Operation[] {
  const create = operation({
    id: 'warehouses.create',
    method: 'POST',
    path: '/warehouses',
    summary: 'Create a warehouse',
    description: 'Without any warehouse of yours, the first adjustment makes "Main warehouse".',
    access: { scope: 'inventory:write' },
    body: NewWarehouse,
    responses: { 201: { description: 'The new warehouse.', schema: WarehouseView } },
    errors: ['duplicate', 'resource_locked'],
    async handle({ context, body }) {
      const input = { name: body.name, isDefault: body.default, priority: body.priority };
      const warehouse = await inventory.createWarehouse(context, input);
      return created(warehouseView(warehouse), '/warehouses', warehouse.version);
    },
  });

  const list = operation({
    id: 'warehouses.list',
    method: 'GET',
    path: '/warehouses',
    summary: 'List warehouses',
    description: 'Newest first; exactly one is the default.',
    access: { scope: 'inventory:read' },
    query: WarehouseQuery,
    responses: { 200: { description: 'A page of warehouses.', schema: pageOf(WarehouseView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('warehouses.list', query);
      const page = await inventory.listWarehouses(tenant, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, warehouseView);
    },
  });

  const get = operation({
    id: 'warehouses.get',
    method: 'GET',
    path: '/warehouses/:id',
    summary: 'Get a warehouse',
    description: 'One warehouse of yours.',
    access: { scope: 'inventory:read' },
    params: WarehouseId,
    responses: { 200: { description: 'The warehouse.', schema: WarehouseView } },
    errors: [],
    async handle({ tenant, params }) {
      const warehouse = await inventory.getWarehouse(tenant, params.id);
      return ok(warehouseView(warehouse), warehouse.version);
    },
  });

  return [create, list, get];
}
