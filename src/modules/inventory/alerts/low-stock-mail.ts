import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import type { OrganizationId, ProductId, StockLevelId } from '#kernel/ids.ts';
import type { NewJob } from '#kernel/jobs/job.ts';
import type { Job, JobHandler } from '#kernel/jobs/worker.ts';
import type { ModuleLog } from '#kernel/module.ts';
import type { Catalog } from '#modules/catalog/index.ts';
import { levelFind } from '../levels/levels.store.ts';
import type { StockLevel } from '../stock.ts';
import { warehouseFind } from '../warehouses/warehouses.store.ts';

export const LOW_STOCK_MAIL_JOB = 'inventory.low_stock_mail';

/** One mail, as the notifications module takes it. */
export interface OutgoingMail {
  to: string;
  subject: string;
  text: string;
  purpose: string;
  orgId: OrganizationId;
  livemode: boolean;
  /** The same key is sent once. */
  key: string;
}

/** What the alert needs of other modules. */
export interface AlertDependencies {
  /** The addresses of the organisation's owner and admins. */
  recipients(orgId: OrganizationId): Promise<readonly string[]>;
  sendMail(mail: OutgoingMail): Promise<unknown>;
}

/** Stored in the transaction that makes stock low, so there is one for each crossing (STK-09). */
export function lowStockJob({ id, available, reorderPoint }: StockLevel): NewJob {
  return { kind: LOW_STOCK_MAIL_JOB, payload: { level_id: id, available, reorder_point: reorderPoint } };
}

/** Tells the organisation's owner and admins that stock fell below its reorder point. A repeated job mails nobody twice. */
export function lowStockMail(
  parts: { database: ModuleDatabase; catalog: Pick<Catalog, 'getProduct'>; log: ModuleLog },
  { recipients, sendMail }: AlertDependencies,
): JobHandler {
  const { database, catalog, log } = parts;
  return async (job: Job) => {
    const { orgId, livemode } = job.tenant;
    const level = await levelFind(database, job.tenant, job.payload.level_id as StockLevelId);
    if (!level) return;
    const product = await catalog.getProduct(job.tenant, level.productId as ProductId);
    const warehouse = await warehouseFind(database, job.tenant, level.warehouseId);
    const addresses = await recipients(orgId);
    if (addresses.length === 0) log.warn({ org_id: orgId }, 'Nobody to tell of low stock');
    const subject = `Low stock: ${product.name}`;
    const text = [
      `${product.name} (${product.sku}) fell below its reorder point in the warehouse "${warehouse!.name}":`,
      `${job.payload.available} available, reorder point ${job.payload.reorder_point}.`,
      '',
      `Product: ${product.id} (${livemode ? 'live' : 'test'} mode)`,
      `Level: GET /inventory/levels/${level.id}`,
    ].join('\n');
    for (const [index, to] of addresses.entries()) {
      await sendMail({ to, subject, text, purpose: 'low_stock', orgId, livemode, key: `${job.id}:${index}` });
    }
  };
}
