import { locateIn } from '#kernel/database/list.ts';
import type { SchemaSource } from '#kernel/database/migrations.ts';
import type { Module, ModuleKit } from '#kernel/module.ts';
import type { Catalog } from '#modules/catalog/index.ts';
import { createInventoryService, type Inventory } from './inventory.service.ts';

export {
  COUNT_STATUSES,
  type CountLine,
  differenceOf,
  type StockCount,
} from './counts/count.ts';
export { INVENTORY_EVENTS } from './events.ts';
export type { Inventory } from './inventory.service.ts';
export * from './stock.ts';

export const inventorySchema: SchemaSource = {
  schema: 'inventory',
  directory: new URL('./migrations/', import.meta.url),
  personalData: {
    'warehouses.name': { open: 'Names a building, not a person.' },
    'transfers.note': { open: 'A remark on goods, as with movements.' },
    'counts.note': { open: 'Why a count was decided so; a remark on goods.' },
    'movements.note': { open: 'A remark on goods, which stays in the ledger with the movement that it explains.' },
  },
};

export function createInventory(kit: ModuleKit, catalog: Catalog): Module<Inventory> {
  return {
    service: createInventoryService(kit, catalog),
    locate: {
      whs: locateIn(kit.database, 'inventory.warehouses'),
      cnt: locateIn(kit.database, 'inventory.counts'),
      trf: locateIn(kit.database, 'inventory.transfers'),
      lvl: locateIn(kit.database, 'inventory.levels'),
    },
  };
}
