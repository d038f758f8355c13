import { violatedUnique } from '#kernel/database/database-errors.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { DomainError, notFound } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { warehouseEvent } from '../events.ts';
import type { Inventory } from '../inventory.service.ts';
import type { NewWarehouse, Warehouse } from '../stock.ts';
import * as store from './warehouses.store.ts';

/** The name of a default warehouse that nobody made by hand. */
const FIRST_NAME = 'Main warehouse';

export function warehouses(kit: ModuleKit): Pick<Inventory, 'createWarehouse' | 'getWarehouse' | 'listWarehouses'> {
  const { database, writes, clock } = kit;
  return {
    async getWarehouse(scope, id) {
      const warehouse = await store.warehouseFind(database, scope, id);
      if (!warehouse) throw notFound('warehouse', id);
      return warehouse;
    },

    listWarehouses: (scope, page) => store.warehousesList(database, scope, page),

    createWarehouse(context, input) {
      const { tenant } = context;
      const created = writes.run(context, async (tx) => {
        const now = clock.now();
        const current = await lockDefault(tx, tenant);
        const warehouse = newWarehouse({ ...input, isDefault: input.isDefault || !current }, now);
        if (current && warehouse.isDefault) stepDown(tx, tenant, current, now);
        tx.add(store.warehouseInsert(tenant, warehouse));
        tx.append(warehouseEvent('warehouse.created', warehouse));
        return warehouse;
      });
      return created.catch(refuseDuplicate);
    },
  };
}

/** Makes the default warehouse unless there is one by now, and stores it at once for the statements that follow. */
export async function ensureDefaultWarehouse(tx: WriteTransaction, tenant: Tenant, now: Date): Promise<void> {
  if (await lockDefault(tx, tenant)) return;
  const warehouse = newWarehouse({ name: FIRST_NAME, isDefault: true }, now);
  await tx.query(store.warehouseInsert(tenant, warehouse));
  tx.append(warehouseEvent('warehouse.created', warehouse));
}

async function lockDefault(tx: WriteTransaction, tenant: Tenant): Promise<Warehouse | null> {
  const [, found] = await tx.run([store.warehousesLock(tenant), store.warehouseFindDefault(tenant)]);
  const [row] = found!.rows;
  return row ? store.toWarehouse(row) : null;
}

function stepDown(tx: WriteTransaction, tenant: Tenant, current: Warehouse, now: Date): void {
  const former = { ...current, isDefault: false, version: current.version + 1, updatedAt: now.toISOString() };
  tx.add(store.warehouseUpdateDefault(tenant, former));
  tx.append(warehouseEvent('warehouse.updated', former));
}

function newWarehouse(input: NewWarehouse, now: Date): Warehouse {
  const createdAt = now.toISOString();
  return {
    id: newId('whs', now.getTime()),
    version: 1,
    name: input.name,
    isDefault: input.isDefault ?? false,
    priority: input.priority ?? 0,
    createdAt,
    updatedAt: createdAt,
  };
}

function refuseDuplicate(error: unknown): never {
  if (violatedUnique(error) !== 'warehouses_name_key') throw error;
  throw new DomainError('duplicate', 'A warehouse with this name exists; use it, or choose another name.', {
    cause: error,
  });
}
