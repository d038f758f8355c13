import type { Cache } from '#kernel/cache/cache.ts';
import type { Sealing } from '#kernel/crypto/sealing.ts';
import type { SchemaSource } from '#kernel/database/migrations.ts';
import type { CircuitBreakers } from '#kernel/resilience/circuit-breaker.ts';
import { type Catalog, catalogSchema, createCatalog } from '#modules/catalog/index.ts';
import { type Customers, createCustomers, customersSchema } from '#modules/customers/index.ts';
import { createInventory, type Inventory, inventorySchema } from '#modules/inventory/index.ts';
import type { PlatformOptions } from './assembly.ts';
import type { Runtime } from './runtime.ts';

/** Every module's schema, in the order of migration. */
export const SCHEMAS: readonly SchemaSource[] = [catalogSchema, customersSchema, inventorySchema];

/** The modules as the editions see them. */
export interface Modules {
  catalog: Catalog;
  customers: Customers;
  inventory: Inventory;
}

export interface ModuleOptions extends PlatformOptions {
  runtime: Runtime;
  breakers: CircuitBreakers;
  cache: Cache;
  sealing: Sealing;
}

/** Makes the modules and hands each the others it needs. */
export function createModules({ runtime }: ModuleOptions): Modules {
  const catalog = runtime.add('catalog', createCatalog(runtime.kit('catalog')));
  const customers = runtime.add('customers', createCustomers(runtime.kit('customers')));
  const inventory = runtime.add('inventory', createInventory(runtime.kit('inventory'), catalog));
  return { catalog, customers, inventory };
}
