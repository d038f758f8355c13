import type {
  OrderId,
  ProductId,
  StockAdjustmentId,
  StockLevelId,
  StockMovementId,
  StockReservationId,
  StockTransferId,
  WarehouseId,
} from '#kernel/ids.ts';

export interface Warehouse {
  id: WarehouseId;
  version: number;
  name: string;
  /** The one that stands for "no warehouse named" and that reservations use first. */
  isDefault: boolean;
  /** Reservations take from lower numbers first, after the default warehouse (G-37). */
  priority: number;
  /** Since when it is closed: it holds nothing, and nothing comes in. */
  archivedAt: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface NewWarehouse {
  name: string;
  isDefault?: boolean;
  priority?: number;
}

export type WarehousePatch = Partial<NewWarehouse>;

/** Three quantities of one product in one warehouse; each is the sum of its movements. */
export interface Quantities {
  /** Can be sold. */
  available: number;
  /** Promised to confirmed orders. */
  reserved: number;
  /** There, but cannot be sold. */
  damaged: number;
}

export interface StockLevel extends Quantities {
  id: StockLevelId;
  version: number;
  productId: ProductId;
  warehouseId: WarehouseId;
  /** Below this many available pieces stock counts as low (STK-09, STK-10); null means never. */
  reorderPoint: number | null;
  createdAt: string;
  updatedAt: string;
}

export const MOVEMENT_KINDS = ['adjustment', 'reservation', 'release', 'commit', 'return'] as const;
export type MovementKind = (typeof MOVEMENT_KINDS)[number];

export const ADJUSTMENT_REASONS = ['restock', 'damage', 'loss', 'correction', 'return', 'opening'] as const;
export type AdjustmentReason = (typeof ADJUSTMENT_REASONS)[number];
/** Why an adjustment was recorded: what people may give, and what other work of this module gives. */
export const RECORDED_REASONS = [...ADJUSTMENT_REASONS, 'transfer', 'count'] as const;
export type RecordedReason = (typeof RECORDED_REASONS)[number];

/** One signed row of the stock ledger; never changed, never deleted. */
export interface Movement {
  id: StockMovementId;
  levelId: StockLevelId;
  productId: ProductId;
  warehouseId: WarehouseId;
  kind: MovementKind;
  /** How much each quantity of the level changed. */
  change: Quantities;
  /** The adjustment or reservation this belongs to. */
  causeId: StockAdjustmentId | StockReservationId;
  /** The caller's reference of an adjustment, else the order's id. */
  referenceId: string;
  createdAt: string;
}

export interface NewAdjustment {
  productId: ProductId;
  /** The default warehouse when absent. */
  warehouseId?: WarehouseId | null;
  /** Pieces; not zero (STK-06). */
  quantityChange: number;
  reason: AdjustmentReason;
  referenceId: string;
  note?: string | null;
}

export interface Adjustment {
  id: StockAdjustmentId;
  productId: ProductId;
  warehouseId: WarehouseId;
  /** Of what is available. */
  quantityChange: number;
  damagedChange: number;
  reason: RecordedReason;
  referenceId: string;
  note: string | null;
  createdAt: string;
}

export interface NewTransfer {
  fromWarehouseId: WarehouseId;
  toWarehouseId: WarehouseId;
  /** Each product once. */
  items: readonly StockLine[];
  referenceId?: string | null;
  note?: string | null;
}

/** Stock that went from one warehouse to another, at one instant. */
export interface Transfer {
  id: StockTransferId;
  fromWarehouseId: WarehouseId;
  toWarehouseId: WarehouseId;
  items: TransferItem[];
  referenceId: string | null;
  note: string | null;
  createdAt: string;
}

export interface TransferItem extends StockLine {
  /** The two adjustments that sum to zero. */
  takenBy: StockAdjustmentId;
  addedBy: StockAdjustmentId;
}

/** What one product has in all warehouses together. */
export interface ProductStock extends Quantities {
  productId: ProductId;
}

export interface ReservationRequest {
  orderId: OrderId;
  /** In the order's own sequence: refusals name `items[n]`. Leave out products that do not track stock. */
  items: readonly { productId: ProductId; quantity: number }[];
}

export type ReservationStatus = 'reserved' | 'released' | 'committed';

/** From which warehouse how many pieces come. */
export interface Allocation {
  levelId: StockLevelId;
  productId: ProductId;
  warehouseId: WarehouseId;
  quantity: number;
  /** How many of them have left the house; the rest is still reserved, or was given back with the release. */
  committed: number;
  /** How many of those that left came back. */
  returned: number;
}

/** Pieces of one product that leave or come back. */
export interface StockLine {
  productId: ProductId;
  quantity: number;
}

/** A part of an order that leaves the house. */
export interface CommitRequest {
  /** The shipment's id, or any reference of the caller; the same one again has no second effect. */
  shipment: string;
  /** Everything that is left unless given. Leave out products that do not track stock. */
  lines?: readonly StockLine[];
}

export const RETURN_CONDITIONS = ['restock', 'damaged'] as const;
export type ReturnCondition = (typeof RETURN_CONDITIONS)[number];

export interface ReturnLine extends StockLine {
  /** Whether the pieces can be sold again. */
  condition: ReturnCondition;
}

/** Goods of an order that came back. */
export interface ReturnRequest {
  orderId: OrderId;
  /** The return's id, or any reference of the caller; the same one again has no second effect. */
  reference: string;
  lines: readonly ReturnLine[];
  /** Where they are now; the warehouses they left from unless given. */
  warehouseId?: WarehouseId | null;
}

export interface Reservation {
  id: StockReservationId;
  version: number;
  orderId: OrderId;
  status: ReservationStatus;
  allocations: Allocation[];
  /** What is promised and not there yet; none unless the organisation allows backorders. */
  backordered: StockLine[];
  /** When a draft's hold ends; null when it stays until the order ends. */
  expiresAt: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface LevelFilter {
  productId?: ProductId;
  warehouseId?: WarehouseId;
}

export interface TransferFilter {
  fromWarehouseId?: WarehouseId;
  toWarehouseId?: WarehouseId;
}

export interface AdjustmentFilter extends LevelFilter {
  reason?: RecordedReason;
  referenceId?: string;
}

export interface MovementFilter extends LevelFilter {
  kind?: MovementKind;
  referenceId?: string;
  createdFrom?: string;
  createdTo?: string;
}

/** One row of an import; the caller has found the product. */
export interface ImportRow {
  productId: ProductId;
  /** A warehouse by its id or its name; the default one when absent. */
  warehouse?: string | null;
  /** `set` makes this many available, `adjust` adds or takes them. */
  mode: 'set' | 'adjust';
  quantity: number;
  /** The import's own, such as its id. */
  referenceId: string;
}

/** Why a row was left out; `row` is its index in the batch. */
export interface ImportRowError {
  row: number;
  column: 'product' | 'warehouse' | 'quantity';
  code: string;
  message: string;
}

export interface ImportOutcome {
  /** Rows that stock agrees with now, whether it had to change or not. */
  applied: number;
  /** Those of them for which it had to change. */
  changed: number;
  errors: ImportRowError[];
}

/** A level that is not the sum of its movements; there must never be one. */
export interface LevelMismatch {
  levelId: StockLevelId;
  level: Quantities;
  movements: Quantities;
}
