import type { Row } from '#kernel/database/connection.ts';
import { atLeast, atMost, equals, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { insertMany, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { Adjustment, AdjustmentFilter, LevelFilter, Movement, MovementFilter, RecordedReason } from '../stock.ts';

export interface MovementRow extends Movement {
  reason: RecordedReason | null;
  note: string | null;
}

const insertMovements = insertMany('inventory.movements', {
  id: 'text',
  org_id: 'text',
  livemode: 'boolean',
  level_id: 'text',
  product_id: 'text',
  warehouse_id: 'text',
  kind: 'text',
  reason: 'text',
  available_change: 'bigint',
  reserved_change: 'bigint',
  damaged_change: 'bigint',
  cause_id: 'text',
  reference_id: 'text',
  note: 'text',
  created_at: 'timestamptz',
});

/** Only adjustments, by their own ids. */
export async function adjustmentsList(
  database: ModuleDatabase,
  scope: Scope,
  filter: AdjustmentFilter,
  page: PageRequest,
): Promise<Page<Adjustment>> {
  const conditions = [
    equals('kind', 'adjustment'),
    ...placeOf(filter),
    equals('reason', filter.reason),
    equals('reference_id', filter.referenceId),
  ];
  const query = { from: 'inventory.movements', columns: '*', conditions, page, id: 'cause_id' };
  return mapPage(await listPage(database, scope, query), toAdjustment);
}

export async function movementsList(
  database: ModuleDatabase,
  scope: Scope,
  filter: MovementFilter,
  page: PageRequest,
): Promise<Page<Movement>> {
  const conditions = [
    ...placeOf(filter),
    equals('kind', filter.kind),
    equals('reference_id', filter.referenceId),
    atLeast('created_at', filter.createdFrom),
    atMost('created_at', filter.createdTo),
  ];
  const query = { from: 'inventory.movements', columns: '*', conditions, page };
  return mapPage(await listPage(database, scope, query), toMovement);
}

export function movementsInsert(tenant: Tenant, movements: readonly MovementRow[]): Statement {
  return insertMovements(
    movements.map((movement) => ({
      id: movement.id,
      org_id: tenant.orgId,
      livemode: tenant.livemode,
      level_id: movement.levelId,
      product_id: movement.productId,
      warehouse_id: movement.warehouseId,
      kind: movement.kind,
      reason: movement.reason,
      available_change: movement.change.available,
      reserved_change: movement.change.reserved,
      damaged_change: movement.change.damaged,
      cause_id: movement.causeId,
      reference_id: movement.referenceId,
      note: movement.note,
      created_at: movement.createdAt,
    })),
  );
}

function placeOf(filter: LevelFilter) {
  return [equals('product_id', filter.productId), equals('warehouse_id', filter.warehouseId)];
}

function toAdjustment(row: Row): Adjustment {
  return {
    id: row.cause_id,
    productId: row.product_id,
    warehouseId: row.warehouse_id,
    quantityChange: row.available_change,
    damagedChange: row.damaged_change,
    reason: row.reason,
    referenceId: row.reference_id,
    note: row.note,
    createdAt: row.created_at,
  };
}

function toMovement(row: Row): Movement {
  return {
    id: row.id,
    levelId: row.level_id,
    productId: row.product_id,
    warehouseId: row.warehouse_id,
    kind: row.kind,
    change: { available: row.available_change, reserved: row.reserved_change, damaged: row.damaged_change },
    causeId: row.cause_id,
    referenceId: row.reference_id,
    createdAt: row.created_at,
  };
}
