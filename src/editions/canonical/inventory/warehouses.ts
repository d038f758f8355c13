import { Type } from 'typebox';
import { boolean, id, nonNegativeInteger, object, patchOf, text, withDefault } from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import type { Inventory, Warehouse } from '#modules/inventory/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { idView, orNull, Timestamp } from '../common/shapes.ts';

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
const WarehouseQuery = object({
  ...pageQuery,
  archived: withDefault(boolean({ description: 'Also those that are archived.' }), false),
});
const WarehousePatch = patchOf(NewWarehouse);

const WarehouseView = Type.Object(
  {
    id: idView('whs'),
    name: Type.String(),
    default: Type.Boolean(),
    priority: Type.Integer(),
    archived_at: orNull(Timestamp),
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
    archived_at: warehouse.archivedAt,
    created_at: warehouse.createdAt,
    updated_at: warehouse.updatedAt,
  };
}

/** /warehouses: where stock lies (G-37). */
export function warehouseOperations(inventory: Inventory, cursors: CursorCodec): Operation[] {
  return [...readingOperations(inventory, cursors), ...changingOperations(inventory)];
}

function changingOperations(inventory: Inventory): Operation[] {
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

  const update = operation({
    id: 'warehouses.update',
    method: 'PATCH',
    path: '/warehouses/:id',
    summary: 'Change a warehouse',
    description: 'Its name, its place in the order of allocation, or which one is the default.',
    access: { scope: 'inventory:write' },
    params: WarehouseId,
    body: WarehousePatch,
    responses: { 200: { description: 'The changed warehouse.', schema: WarehouseView } },
    errors: ['duplicate', 'gone', 'precondition_failed', 'resource_locked'],
    async handle({ context, params, body }) {
      const patch = { name: body.name, isDefault: body.default, priority: body.priority };
      const warehouse = await inventory.updateWarehouse(context, params.id, patch);
      return ok(warehouseView(warehouse), warehouse.version);
    },
  });

  const archive = operation({
    id: 'warehouses.archive',
    method: 'DELETE',
    path: '/warehouses/:id',
    summary: 'Archive a warehouse',
    description: 'Closes a warehouse that holds nothing and is not the default. Its movements stay readable.',
    access: { scope: 'inventory:write' },
    params: WarehouseId,
    responses: { 200: { description: 'The archived warehouse.', schema: WarehouseView } },
    errors: ['gone', 'invalid_state', 'precondition_failed', 'resource_locked'],
    async handle({ context, params }) {
      const warehouse = await inventory.archiveWarehouse(context, params.id);
      return ok(warehouseView(warehouse), warehouse.version);
    },
  });

  return [create, update, archive];
}

function readingOperations(inventory: Inventory, cursors: CursorCodec): Operation[] {
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
      const filter = { archived: query.archived };
      const page = await inventory.listWarehouses(tenant, filter, pageRequest(cursors, name, query));
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

  return [list, get];
}
