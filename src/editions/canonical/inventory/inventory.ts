import { Type } from 'typebox';
import type { Json, StoredEvent } from '#kernel/events/event.ts';
import {
  enumOf,
  id,
  integer,
  nonNegativeInteger,
  nullable,
  object,
  optional,
  text,
  timestamp,
} from '#kernel/http/fields.ts';
import { type Operation, ok, operation } from '#kernel/http/operation.ts';
import {
  ADJUSTMENT_REASONS,
  type Adjustment,
  type Inventory,
  MOVEMENT_KINDS,
  type Movement,
  RECORDED_REASONS,
  type StockLevel,
} from '#modules/inventory/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { idView, orNull, Timestamp } from '../common/shapes.ts';

type InventoryPublicEvent = 'product.low_stock' | 'product.out_of_stock';

const MOST_PIECES = 1_000_000;

const NewAdjustment = object({
  product_id: id('prd', { description: 'A product of the category hardware.' }),
  warehouse_id: optional(id('whs', { description: 'The default warehouse unless given.' })),
  quantity_change: integer({
    min: -MOST_PIECES,
    max: MOST_PIECES,
    description: 'Pieces to add, or to take when negative; never zero.',
    example: 25,
  }),
  reason: enumOf(ADJUSTMENT_REASONS, {
    description: '`restock`, `return` and `opening` add; `damage` and `loss` take; `correction` does either.',
  }),
  reference_id: text({ description: 'Your own reference, such as a purchase order.', example: 'PO-2026-118' }),
  note: optional(text({ max: 1000, multiline: true })),
});
const place = { product_id: optional(id('prd')), warehouse_id: optional(id('whs')) };
const LevelQuery = object({
  ...pageQuery,
  ...place,
  as_of: optional(
    timestamp({ description: 'Quantities as they were at this past instant; reorder points are of today.' }),
  ),
});
const AdjustmentQuery = object({
  ...pageQuery,
  ...place,
  reason: optional(enumOf(RECORDED_REASONS)),
  reference_id: optional(text()),
});
const MovementQuery = object({
  ...pageQuery,
  ...place,
  kind: optional(enumOf(MOVEMENT_KINDS)),
  reference_id: optional(text({ description: 'The reference of an adjustment, or the id of an order or transfer.' })),
  created_from: optional(timestamp({ description: 'At this instant or later.' })),
  created_to: optional(timestamp({ description: 'At this instant or earlier.' })),
});
const LevelId = object({ id: id('lvl') });
const LevelPatch = object({
  reorder_point: nullable(
    nonNegativeInteger({
      max: MOST_PIECES,
      description: 'Below this many available pieces stock is low; null: never.',
    }),
  ),
});

const Pieces = Type.Integer();
const LevelView = Type.Object(
  {
    id: idView('lvl'),
    product_id: idView('prd'),
    warehouse_id: idView('whs'),
    available: Type.Integer({ description: 'Can be sold.' }),
    reserved: Type.Integer({ description: 'Promised to confirmed orders.' }),
    damaged: Type.Integer({ description: 'There, but cannot be sold.' }),
    reorder_point: orNull(Pieces),
    created_at: Timestamp,
    updated_at: Timestamp,
  },
  { $id: 'StockLevel' },
);
const AdjustmentView = Type.Object(
  {
    id: idView('adj'),
    product_id: idView('prd'),
    warehouse_id: idView('whs'),
    quantity_change: Type.Integer({ description: 'Of what is available.' }),
    damaged_change: Pieces,
    reason: Type.Enum([...RECORDED_REASONS]),
    reference_id: Type.String(),
    note: orNull(Type.String()),
    created_at: Timestamp,
  },
  { $id: 'StockAdjustment' },
);
const MovementView = Type.Object(
  {
    id: idView('mov'),
    product_id: idView('prd'),
    warehouse_id: idView('whs'),
    kind: Type.Enum([...MOVEMENT_KINDS]),
    available_change: Pieces,
    reserved_change: Pieces,
    damaged_change: Pieces,
    cause_id: Type.String({ description: 'The adjustment or reservation it belongs to.' }),
    reference_id: Type.String(),
    created_at: Timestamp,
  },
  { $id: 'StockMovement' },
);

function levelView(level: StockLevel) {
  return {
    id: level.id,
    product_id: level.productId,
    warehouse_id: level.warehouseId,
    available: level.available,
    reserved: level.reserved,
    damaged: level.damaged,
    reorder_point: level.reorderPoint,
    created_at: level.createdAt,
    updated_at: level.updatedAt,
  };
}

/** What webhook endpoints get for an event of the inventory module. */
export function inventoryPublicEvents({ type, data }: StoredEvent): { type: InventoryPublicEvent; data: Json }[] {
  if (type === 'stock.low') {
    const level = levelView(data.level as unknown as StockLevel);
    return [{ type: 'product.low_stock', data: { product_id: level.product_id, level } }];
  }
  if (type === 'stock.depleted') {
    const { product_id, warehouse_id } = data;
    return [{ type: 'product.out_of_stock', data: { product_id: product_id!, warehouse_id: warehouse_id! } }];
  }
  return [];
}

function adjustmentView(adjustment: Adjustment) {
  return {
    id: adjustment.id,
    product_id: adjustment.productId,
    warehouse_id: adjustment.warehouseId,
    quantity_change: adjustment.quantityChange,
    damaged_change: adjustment.damagedChange,
    reason: adjustment.reason,
    reference_id: adjustment.referenceId,
    note: adjustment.note,
    created_at: adjustment.createdAt,
  };
}

function movementView(movement: Movement) {
  return {
    id: movement.id,
    product_id: movement.productId,
    warehouse_id: movement.warehouseId,
    kind: movement.kind,
    available_change: movement.change.available,
    reserved_change: movement.change.reserved,
    damaged_change: movement.change.damaged,
    cause_id: movement.causeId,
    reference_id: movement.referenceId,
    created_at: movement.createdAt,
  };
}

/** /inventory: what is in stock, and how it came there. */
export function inventoryOperations(inventory: Inventory, cursors: CursorCodec): Operation[] {
  return [...levelOperations(inventory, cursors), ...ledgerOperations(inventory, cursors)];
}

function levelOperations(inventory: Inventory, cursors: CursorCodec): Operation[] {
  const list = operation({
    id: 'stock_levels.list',
    method: 'GET',
    path: '/inventory/levels',
    summary: 'List stock levels',
    description: 'One level for each product and warehouse, now or as of a past instant.',
    access: { scope: 'inventory:read' },
    query: LevelQuery,
    responses: { 200: { description: 'A page of levels.', schema: pageOf(LevelView) } },
    errors: ['validation'],
    async handle({ tenant, query }) {
      const name = listName('stock_levels.list', query);
      const filter = { productId: query.product_id, warehouseId: query.warehouse_id, asOf: query.as_of };
      const page = await inventory.listLevels(tenant, filter, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, levelView);
    },
  });

  const get = operation({
    id: 'stock_levels.get',
    method: 'GET',
    path: '/inventory/levels/:id',
    summary: 'Get a stock level',
    description: 'What one product has in one warehouse.',
    access: { scope: 'inventory:read' },
    params: LevelId,
    responses: { 200: { description: 'The level.', schema: LevelView } },
    errors: [],
    async handle({ tenant, params }) {
      const level = await inventory.getLevel(tenant, params.id);
      return ok(levelView(level), level.version);
    },
  });

  const update = operation({
    id: 'stock_levels.update',
    method: 'PATCH',
    path: '/inventory/levels/:id',
    summary: 'Set a reorder point',
    description: 'Per product and warehouse. Quantities change by adjustments only.',
    access: { scope: 'inventory:write' },
    params: LevelId,
    body: LevelPatch,
    responses: { 200: { description: 'The changed level.', schema: LevelView } },
    errors: ['precondition_failed', 'resource_locked'],
    async handle({ context, params, body }) {
      const level = await inventory.setReorderPoint(context, params.id, body.reorder_point);
      return ok(levelView(level), level.version);
    },
  });

  return [list, get, update];
}

function ledgerOperations(inventory: Inventory, cursors: CursorCodec): Operation[] {
  const adjust = operation({
    id: 'inventory.adjust',
    method: 'POST',
    path: '/inventory/adjust',
    summary: 'Adjust stock',
    description: 'Adds to or takes from what is available of a product in one warehouse, and records why.',
    access: { scope: 'inventory:write' },
    body: NewAdjustment,
    responses: { 201: { description: 'The recorded adjustment.', schema: AdjustmentView } },
    errors: ['not_found', 'gone', 'insufficient_stock', 'resource_locked'],
    async handle({ context, body }) {
      const adjustment = await inventory.adjust(context, {
        productId: body.product_id,
        warehouseId: body.warehouse_id,
        quantityChange: body.quantity_change,
        reason: body.reason,
        referenceId: body.reference_id,
        note: body.note,
      });
      return { status: 201, body: adjustmentView(adjustment) };
    },
  });

  const adjustments = operation({
    id: 'stock_adjustments.list',
    method: 'GET',
    path: '/inventory/adjustments',
    summary: 'List stock adjustments',
    description: 'What was added or taken by hand, newest first.',
    access: { scope: 'inventory:read' },
    query: AdjustmentQuery,
    responses: { 200: { description: 'A page of adjustments.', schema: pageOf(AdjustmentView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('stock_adjustments.list', query);
      const filter = {
        productId: query.product_id,
        warehouseId: query.warehouse_id,
        reason: query.reason,
        referenceId: query.reference_id,
      };
      const page = await inventory.listAdjustments(tenant, filter, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, adjustmentView);
    },
  });

  const movements = operation({
    id: 'stock_movements.list',
    method: 'GET',
    path: '/inventory/movements',
    summary: 'List stock movements',
    description:
      'The ledger of stock: adjustments, reservations, releases, goods that left and came back. A level is its sum.',
    access: { scope: 'inventory:read' },
    query: MovementQuery,
    responses: { 200: { description: 'A page of movements.', schema: pageOf(MovementView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('stock_movements.list', query);
      const filter = {
        productId: query.product_id,
        warehouseId: query.warehouse_id,
        kind: query.kind,
        referenceId: query.reference_id,
        createdFrom: query.created_from,
        createdTo: query.created_to,
      };
      const page = await inventory.listMovements(tenant, filter, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, movementView);
    },
  });

  return [adjust, adjustments, movements];
}
