import { locateIn } from '#kernel/database/list.ts';
import type { SchemaSource } from '#kernel/database/migrations.ts';
import type { Module, ModuleKit } from '#kernel/module.ts';
import type { Catalog } from '#modules/catalog/index.ts';
import { type AlertDependencies, LOW_STOCK_MAIL_JOB, lowStockMail } from './alerts/low-stock-mail.ts';
import { createInventoryService, type Inventory } from './inventory.service.ts';
import { reservationJobs } from './reservations/jobs.ts';
import { planVerification, VERIFY_JOB, verifyJob } from './verification/verification.ts';

export {
  COUNT_STATUSES,
  type CountLine,
  differenceOf,
  type StockCount,
} from './counts/count.ts';
export { INVENTORY_EVENTS } from './events.ts';
export type { Inventory } from './inventory.service.ts';
export * from './settings/settings.ts';
export * from './stock.ts';
export type { LevelHealth } from './verification/verification.ts';

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

/** The alerts are left out where nobody could be told, as in tests of other modules. */
export function createInventory(kit: ModuleKit, catalog: Catalog, alerts?: AlertDependencies): Module<Inventory> {
  const { database, clock, log } = kit;
  return {
    service: createInventoryService(kit, catalog),
    jobs: {
      ...reservationJobs(kit),
      [VERIFY_JOB]: verifyJob(database, clock, log),
      ...(alerts && { [LOW_STOCK_MAIL_JOB]: lowStockMail({ database, catalog, log }, alerts) }),
    },
    start: () => planVerification(database, clock),
    locate: {
      whs: locateIn(database, 'inventory.warehouses'),
      cnt: locateIn(database, 'inventory.counts'),
      trf: locateIn(database, 'inventory.transfers'),
      lvl: locateIn(database, 'inventory.levels'),
    },
  };
}
