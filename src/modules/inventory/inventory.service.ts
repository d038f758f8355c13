import type { CommandContext } from '#kernel/context.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import { invalidField, notFound } from '#kernel/errors.ts';
import type { StoredEvent } from '#kernel/events/event.ts';
import type { OrderId, ProductId, StockCountId, StockLevelId, StockTransferId, WarehouseId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Catalog } from '#modules/catalog/index.ts';
import type { CountEntry, CountFilter, CountLine, NewCount, StockCount } from './counts/count.ts';
import { counts } from './counts/counts.service.ts';
import { productsIn } from './events.ts';
import { adjustments } from './levels/adjustments.service.ts';
import { imports } from './levels/import.service.ts';
import * as levels from './levels/levels.store.ts';
import * as movements from './levels/movements.store.ts';
import { transfers } from './levels/transfers.service.ts';
import { reservations } from './reservations/reservations.service.ts';
import { settings } from './settings/settings.service.ts';
import type { InventorySettings, InventorySettingsPatch } from './settings/settings.ts';
import type {
  Adjustment,
  AdjustmentFilter,
  CommitRequest,
  ImportOutcome,
  ImportRow,
  LevelFilter,
  LevelMismatch,
  Movement,
  MovementFilter,
  NewAdjustment,
  NewTransfer,
  NewWarehouse,
  ProductStock,
  Reservation,
  ReservationRequest,
  ReturnRequest,
  StockLevel,
  StockLine,
  Transfer,
  TransferFilter,
  Warehouse,
  WarehousePatch,
} from './stock.ts';
import { type LevelHealth, levelHealth } from './verification/verification.ts';
import { warehouses } from './warehouses/warehouses.service.ts';

/** Stock of physical products. Each method names the errors it may raise. */
export interface Inventory {
  /** The first one of an organisation and mode is its default. Errors: `duplicate` (name). */
  createWarehouse(context: CommandContext, input: NewWarehouse): Promise<Warehouse>;
  /** Errors: `not_found`. */
  getWarehouse(scope: Scope, id: WarehouseId): Promise<Warehouse>;
  /** Open ones; with `archived` also those that are closed. */
  listWarehouses(scope: Scope, filter: { archived?: boolean }, page: PageRequest): Promise<Page<Warehouse>>;
  /** Errors: `not_found`, `gone`, `duplicate` (name), `validation` (the default steps down only for another). */
  updateWarehouse(context: CommandContext, id: WarehouseId, patch: WarehousePatch): Promise<Warehouse>;
  /** Closes it for good. Errors: `not_found`, `gone`, `invalid_state` (the default one, or one that holds stock). */
  archiveWarehouse(context: CommandContext, id: WarehouseId): Promise<Warehouse>;

  /**
   * Adds to or takes from what is available (STK-03..06). Errors: `not_found` (product, warehouse), `validation` (zero,
   * a sign that does not fit the reason, a product without stock), `insufficient_stock`.
   */
  adjust(context: CommandContext, input: NewAdjustment): Promise<Adjustment>;
  /**
   * Makes what is available in all warehouses together `total`, by a correction in the default one; null when it is so
   * already. Of two at once the later one counts. Errors: as `adjust` (the other warehouses alone have more).
   */
  setTotal(
    context: CommandContext,
    input: Pick<NewAdjustment, 'productId' | 'referenceId' | 'note'> & { total: number },
  ): Promise<Adjustment | null>;
  /** Errors: `not_found`. */
  getLevel(scope: Scope, id: StockLevelId): Promise<StockLevel>;
  /**
   * With `asOf`, quantities as they were at that instant; the reorder points are today's. Errors: `validation` (an
   * instant that is not past).
   */
  listLevels(scope: Scope, filter: LevelFilter & { asOf?: string }, page: PageRequest): Promise<Page<StockLevel>>;
  listAdjustments(scope: Scope, filter: AdjustmentFilter, page: PageRequest): Promise<Page<Adjustment>>;
  listMovements(scope: Scope, filter: MovementFilter, page: PageRequest): Promise<Page<Movement>>;
  /**
   * Moves available stock between two warehouses: two adjustments for each item that sum to zero, in one transaction
   * (STK-11). Errors: `validation` (same warehouse, a product twice, a quantity), `insufficient_stock`, `not_found` and
   * `gone` (warehouse).
   */
  transfer(context: CommandContext, input: NewTransfer): Promise<Transfer>;
  /** Errors: `not_found`. */
  getTransfer(scope: Scope, id: StockTransferId): Promise<Transfer>;
  listTransfers(scope: Scope, filter: TransferFilter, page: PageRequest): Promise<Page<Transfer>>;
  /**
   * Sets or changes what is available, row by row in one transaction: sound rows count, the others are told with their
   * index. At most 1,000 rows. A context with an idempotency key makes a repeated batch give the first outcome again.
   * With `dryRun` nothing is stored.
   */
  importBatch(
    context: CommandContext,
    rows: readonly ImportRow[],
    options?: { dryRun?: boolean },
  ): Promise<ImportOutcome>;
  /** Errors: `not_found`, `precondition_failed`. */
  setReorderPoint(context: CommandContext, id: StockLevelId, reorderPoint: number | null): Promise<StockLevel>;
  getSettings(tenant: Tenant): Promise<InventorySettings>;
  /** Errors: `precondition_failed`. */
  updateSettings(context: CommandContext, patch: InventorySettingsPatch): Promise<InventorySettings>;
  /** Totals over warehouses for each of `productIds`, zeros for one without stock (C-74). */
  stockOf(tenant: Tenant, productIds: readonly ProductId[]): Promise<ProductStock[]>;
  /** Whose quantities an event of this module may have changed. */
  productsIn(event: Pick<StoredEvent, 'type' | 'data'>): ProductId[];

  /**
   * Promises stock to an order: all items or none, from the default warehouse first, then by priority, split when one
   * has too little (STK-07, STK-08). With backorders allowed, what is not there is promised and given to the order as it
   * comes in (G-35). Asking again for the same order gives the same reservation; after a release it
   * makes a new one. Errors: `insufficient_stock` with `items[n].product_id` and what is available for each short item,
   * `invalid_state` (the order holds a reservation of other items).
   */
  reserve(context: CommandContext, request: ReservationRequest): Promise<Reservation>;
  /**
   * The same for a draft, until the time of the organisation's setting is over; null when that is 0. Asking again
   * prolongs it, other items take its place, and `reserve` makes it last. Errors: `insufficient_stock`.
   */
  hold(context: CommandContext, request: ReservationRequest): Promise<Reservation | null>;
  /** Takes back a `reserve`: the order is a draft again, which holds its stock for the time of the setting, or nothing. */
  unreserve(context: CommandContext, orderId: OrderId): Promise<void>;
  /**
   * Gives back what an order has reserved and what has not left; null when the order never had a reservation, so that a
   * compensation may always call it, and more than once. With `keep` these pieces stay reserved and only the others are
   * given back. Errors: `invalid_state` (all of it has left).
   */
  release(context: CommandContext, orderId: OrderId, keep?: readonly StockLine[]): Promise<Reservation | null>;
  /**
   * Before money is taken for pieces that are about to leave: takes what came in for them, so that `commit` finds them
   * there. Errors: `insufficient_stock` (what is to leave is on backorder).
   */
  requireThere(context: CommandContext, orderId: OrderId, lines: readonly StockLine[]): Promise<void>;
  /**
   * Reserved stock has left the house: the lines of one shipment, or all that is left. The same shipment again has no
   * second effect. The reservation is `committed` when nothing is left. Errors: `invalid_state` (released, never
   * reserved, more than is left, or the shipment's reference was used for other lines), `validation` (a quantity),
   * `insufficient_stock` (what is to leave is on backorder).
   */
  commit(context: CommandContext, orderId: OrderId, request?: CommitRequest): Promise<Reservation>;
  /**
   * Goods of an order came back: to what is available, or damaged. The same reference again has no second effect.
   * Errors: `invalid_state` (more than left and is not back, or the reference was used for other lines), `validation` (a
   * quantity), `not_found` (warehouse).
   */
  returned(context: CommandContext, request: ReturnRequest): Promise<void>;

  /**
   * Opens a count of a warehouse's products (STK-12). Errors: `not_found` (warehouse, product), `gone`, `validation` (a
   * product without stock), `invalid_state` (nothing to count, or a product is in an open count already).
   */
  startCount(context: CommandContext, input: NewCount): Promise<StockCount>;
  /**
   * Notes what was found; what was entered of a product before is replaced. Errors: `not_found`, `invalid_state` (not
   * open), `validation` (a product that is not part of it, a quantity, an instant), `precondition_failed`.
   */
  enterCount(context: CommandContext, id: StockCountId, entries: readonly CountEntry[]): Promise<StockCount>;
  /** Errors: `not_found`, `invalid_state` (not open, or not all is counted), `precondition_failed`. */
  submitCount(context: CommandContext, id: StockCountId): Promise<StockCount>;
  /** Opens a submitted count again for these products, or for all that differ. Errors: as with `submitCount`. */
  recount(context: CommandContext, id: StockCountId, productIds?: readonly ProductId[]): Promise<StockCount>;
  /** Errors: as with `submitCount`. */
  cancelCount(context: CommandContext, id: StockCountId): Promise<StockCount>;
  /**
   * Applies the differences to stock (STK-14). Errors: as with `submitCount`, and `forbidden` (the caller counted),
   * `insufficient_stock` (what is missing is promised to orders).
   */
  approveCount(context: CommandContext, id: StockCountId, note?: string | null): Promise<StockCount>;
  /** Ends it without an effect. Errors: as with `submitCount`. */
  rejectCount(context: CommandContext, id: StockCountId, note: string): Promise<StockCount>;
  /** Errors: `not_found`. */
  getCount(scope: Scope, id: StockCountId): Promise<StockCount>;
  listCounts(scope: Scope, filter: CountFilter, page: PageRequest): Promise<Page<StockCount>>;
  /** In the order of level ids. Errors: `not_found`. */
  listCountLines(scope: Scope, id: StockCountId, page: PageRequest): Promise<Page<CountLine>>;

  /** Compares every level of every organisation with the sum of its movements; gives up to 20 that differ. */
  verifyLevels(): Promise<LevelMismatch[]>;
  /** What the continuous check knows of all organisations, in two small reads. */
  levelHealth(): Promise<LevelHealth>;
}

export function createInventoryService(kit: ModuleKit, catalog: Catalog): Inventory {
  const { database } = kit;
  return {
    ...warehouses(kit),
    ...adjustments(kit, catalog),
    ...transfers(kit),
    ...imports(kit, catalog),
    ...counts(kit, catalog),
    ...reservations(kit),
    ...settings(kit),

    async getLevel(scope, id) {
      const level = await levels.levelFind(database, scope, id);
      if (!level) throw notFound('stock level', id);
      return level;
    },
    async listLevels(scope, { asOf, ...filter }, page) {
      if (!asOf) return levels.levelsList(database, scope, filter, page);
      if (Date.parse(asOf) > kit.clock.nowMs()) {
        throw invalidField('as_of', 'too_large', 'Nobody knows the stock of the future; send a past instant.');
      }
      return levels.levelsListAsOf(database, scope, { ...filter, asOf }, page);
    },
    listAdjustments: (scope, filter, page) => movements.adjustmentsList(database, scope, filter, page),
    listMovements: (scope, filter, page) => movements.movementsList(database, scope, filter, page),
    levelHealth: () => levelHealth(database),
    verifyLevels: () => levels.levelMismatches(database),

    productsIn,
    async stockOf(tenant, productIds) {
      const found = await levels.stockTotals(database, tenant, productIds);
      const none = { available: 0, reserved: 0, damaged: 0 };
      return productIds.map(
        (productId) => found.find((stock) => stock.productId === productId) ?? { productId, ...none },
      );
    },
  };
}
