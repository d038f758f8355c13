import { id, nonNegativeInteger, object, optional, text } from '#kernel/http/fields.ts';
import type { ProductId } from '#kernel/ids.ts';
import type { Resource } from '#modules/bulk/index.ts';
import type { Inventory, StockLevel } from '#modules/inventory/index.ts';
import { pagesOf } from './export-pages.ts';
import { rowShape } from './row-shape.ts';

const StockRow = object({
  product_id: id('prd'),
  warehouse: optional(text({ max: 255 })),
  quantity: nonNegativeInteger({ max: 1_000_000_000 }),
});

interface Row {
  productId: ProductId;
  warehouse: string | undefined;
  quantity: number;
}

/** Columns as the module names them, for people who sent others. */
const COLUMNS: Readonly<Record<string, string>> = { product: 'product_id' };

/** How many are available of each product in each warehouse. A row says what is, not what is added: it may come twice. */
export function stockResource(inventory: Pick<Inventory, 'importBatch' | 'listLevels'>): Resource {
  const shape = rowShape(
    StockRow,
    ({ product_id: productId, warehouse, quantity }): Row => ({ productId, warehouse, quantity }),
  );
  return {
    readScope: 'inventory:read',
    isPersonal: false,
    writeScope: 'inventory:write',
    import: {
      ...shape,
      async store(context, rows, { dryRun, importId }) {
        const named = (rows as Row[]).map((row) => ({ ...row, mode: 'set' as const, referenceId: importId }));
        const { applied, changed, errors } = await inventory.importBatch(context, named, { dryRun });
        const findings = errors.map((error) => ({ ...error, column: COLUMNS[error.column] ?? error.column }));
        return { created: 0, updated: changed, unchanged: applied - changed, findings };
      },
    },
    export: {
      columns: [...shape.columns, 'reserved', 'damaged'],
      filters: ['product_id'],
      page: pagesOf(
        (tenant, { product_id }, page) =>
          inventory.listLevels(tenant, { productId: product_id as ProductId | undefined }, page),
        recordOf,
      ),
    },
  };
}

function recordOf(level: StockLevel) {
  return {
    product_id: level.productId,
    warehouse: level.warehouseId,
    quantity: level.available,
    reserved: level.reserved,
    damaged: level.damaged,
  };
}
