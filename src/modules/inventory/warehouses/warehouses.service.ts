import type { CommandContext } from '#kernel/context.ts';
import { violatedUnique } from '#kernel/database/database-errors.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import type { WriteTransaction } from '#kernel/database/write-path.ts';
import { DomainError, invalidField, notFound } from '#kernel/errors.ts';
import { newId, type WarehouseId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { warehouseEvent } from '../events.ts';
import type { Inventory } from '../inventory.service.ts';
import type { NewWarehouse, Warehouse, WarehousePatch } from '../stock.ts';
import * as store from './warehouses.store.ts';

/** The name of a default warehouse that nobody made by hand. */
const FIRST_NAME = 'Main warehouse';

type Part = 'createWarehouse' | 'getWarehouse' | 'listWarehouses' | 'updateWarehouse' | 'archiveWarehouse';

export function warehouses(kit: ModuleKit): Pick<Inventory, Part> {
  const { database, writes, clock } = kit;
  return {
    async getWarehouse(scope, id) {
      const warehouse = await store.warehouseFind(database, scope, id);
      if (!warehouse) throw notFound('warehouse', id);
      return warehouse;
    },

    listWarehouses: (scope, filter, page) => store.warehousesList(database, scope, filter, page),

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

    updateWarehouse: (context, id, patch) => update(kit, context, id, patch).catch(refuseDuplicate),
    archiveWarehouse: (context, id) => archive(kit, context, id),
  };
}

function update({ writes, clock }: ModuleKit, context: CommandContext, id: WarehouseId, patch: WarehousePatch) {
  const { tenant } = context;
  return writes.run(context, async (tx) => {
    const now = clock.now();
    const former = await lockDefault(tx, tenant);
    const current = await openWarehouse(tx, tenant, id);
    expectVersion(context, 'warehouse', current.version);
    if (patch.isDefault === false && current.isDefault) {
      const message = 'One warehouse is always the default; make another one the default instead.';
      throw invalidField('default', 'not_allowed', message);
    }
    const wanted = {
      ...current,
      name: patch.name ?? current.name,
      isDefault: patch.isDefault ?? current.isDefault,
      priority: patch.priority ?? current.priority,
      version: current.version + 1,
      updatedAt: now.toISOString(),
    };
    if (wanted.isDefault && former && former.id !== id) stepDown(tx, tenant, former, now);
    tx.add(store.warehouseUpdate(tenant, wanted));
    tx.append(warehouseEvent('warehouse.updated', wanted));
    return wanted;
  });
}

/** Stock that is about to come in holds the row, so either it is here before the look or it is refused after it. */
function archive({ writes, clock }: ModuleKit, context: CommandContext, id: WarehouseId): Promise<Warehouse> {
  const { tenant } = context;
  return writes.run(context, async (tx) => {
    const current = await openWarehouse(tx, tenant, id);
    expectVersion(context, 'warehouse', current.version);
    if (current.isDefault) {
      throw new DomainError('invalid_state', 'The default warehouse stays open; make another one the default first.');
    }
    if ((await tx.query(store.warehouseContents(tenant, id))).length > 0) {
      throw new DomainError(
        'invalid_state',
        'There is stock in this warehouse; transfer it, or adjust it to zero first.',
      );
    }
    const at = clock.now().toISOString();
    const archived = { ...current, archivedAt: at, version: current.version + 1, updatedAt: at };
    tx.add(store.warehouseUpdate(tenant, archived));
    tx.append(warehouseEvent('warehouse.archived', archived));
    return archived;
  });
}

/** Errors: `not_found`, `gone` (archived). */
async function openWarehouse(tx: WriteTransaction, tenant: Tenant, id: WarehouseId): Promise<Warehouse> {
  const [row] = await tx.query(store.warehouseLock(tenant, id));
  if (!row) throw notFound('warehouse', id);
  const warehouse = store.toWarehouse(row);
  if (warehouse.archivedAt) throw warehouseGone(id);
  return warehouse;
}

export function warehouseGone(id: string): DomainError {
  return new DomainError('gone', `The warehouse ${id} is archived; name another one.`);
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
  tx.add(store.warehouseUpdate(tenant, former));
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
    archivedAt: null,
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
