import type { CommandContext } from '#kernel/context.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { OrderId, ProductId, StockLevelId, WarehouseId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Catalog } from '#modules/catalog/index.ts';
import type {
  Adjustment,
  AdjustmentReason,
  Movement,
  MovementKind,
  NewAdjustment,
  NewWarehouse,
  ProductStock,
  Quantities,
  Reservation,
  ReservationRequest,
  StockLevel,
  Warehouse,
} from './stock.ts';

export interface LevelFilter {
  productId?: ProductId;
  warehouseId?: WarehouseId;
}

export interface AdjustmentFilter extends LevelFilter {
  reason?: AdjustmentReason;
  referenceId?: string;
}

export interface MovementFilter extends LevelFilter {
  kind?: MovementKind;
  referenceId?: string;
}

/** A level that is not the sum of its movements; there must never be one. */
export interface LevelMismatch {
  levelId: StockLevelId;
  level: Quantities;
  movements: Quantities;
}

/** Stock of physical products. Each method names the errors it may raise. */
export interface Inventory {
  /** The first one of an organisation and mode is its default. Errors: `duplicate` (name). */
  createWarehouse(context: CommandContext, input: NewWarehouse): Promise<Warehouse>;
  /** Errors: `not_found`. */
  getWarehouse(scope: Scope, id: WarehouseId): Promise<Warehouse>;
  listWarehouses(scope: Scope, page: PageRequest): Promise<Page<Warehouse>>;

  /**
   * Adds to or takes from what is available (STK-03..06). Errors: `not_found` (product, warehouse), `validation` (zero,
   * a sign that does not fit the reason, a product without stock), `insufficient_stock`.
   */
  adjustStock(context: CommandContext, input: NewAdjustment): Promise<Adjustment>;
  /** Errors: `not_found`. */
  getLevel(scope: Scope, id: StockLevelId): Promise<StockLevel>;
  listLevels(scope: Scope, filter: LevelFilter, page: PageRequest): Promise<Page<StockLevel>>;
  listAdjustments(scope: Scope, filter: AdjustmentFilter, page: PageRequest): Promise<Page<Adjustment>>;
  listMovements(scope: Scope, filter: MovementFilter, page: PageRequest): Promise<Page<Movement>>;
  /** Errors: `not_found`, `precondition_failed`. */
  setReorderPoint(context: CommandContext, id: StockLevelId, reorderPoint: number | null): Promise<StockLevel>;
  /** Totals over warehouses for each of `productIds`, zeros for one without stock (C-74). */
  stockOf(tenant: Tenant, productIds: readonly ProductId[]): Promise<ProductStock[]>;

  /**
   * Promises stock to an order: all items or none, from the default warehouse first, then by priority, split when one
   * has too little (STK-07, STK-08). Asking again for the same order gives the same reservation; after a release it
   * makes a new one. Errors: `insufficient_stock` with `items[n].quantity` and what is available for each short item,
   * `invalid_state` (the order holds a reservation of other items).
   */
  reserve(context: CommandContext, request: ReservationRequest): Promise<Reservation>;
  /**
   * Gives an order's reserved stock back; null when the order never had a reservation, so that a compensation may always
   * call it, and more than once. Errors: `invalid_state` (committed).
   */
  release(context: CommandContext, orderId: OrderId): Promise<Reservation | null>;
  /**
   * The reserved stock has left the house; may be repeated. Errors: `invalid_state` (released, or never reserved).
   */
  commit(context: CommandContext, orderId: OrderId): Promise<Reservation>;

  /** Compares every level of every organisation with the sum of its movements; gives up to 20 that differ. */
  verifyLevels(): Promise<LevelMismatch[]>;
}

/** The machine behind the interface. */
export function createInventoryService(_kit: ModuleKit, _catalog: Catalog): Inventory {
  throw new Error('inventory is being built');
}
