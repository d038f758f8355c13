import type { Resources } from '#modules/bulk/index.ts';
import type { Catalog } from '#modules/catalog/index.ts';
import type { Customers } from '#modules/customers/index.ts';
import type { Identity } from '#modules/identity/index.ts';
import type { Inventory } from '#modules/inventory/index.ts';
import type { Orders } from '#modules/orders/index.ts';
import { customerResource } from './customers.ts';
import { orderResource } from './orders.ts';
import { priceResource } from './prices.ts';
import { productResource } from './products.ts';
import { stockResource } from './stock.ts';
import { userResource } from './users.ts';

/** The modules that files go to and come from. */
export interface BulkModules {
  catalog: Pick<Catalog, 'importBatch' | 'importNew' | 'importKeysOf' | 'importPrices' | 'listProducts' | 'findPrices'>;
  customers: Pick<Customers, 'importBatch' | 'listCustomers'>;
  identity: Pick<Identity, 'imports' | 'listUsers'>;
  inventory: Pick<Inventory, 'importBatch' | 'listLevels'>;
  orders: Pick<Orders, 'importBatch' | 'listOrders'>;
}

/** Everything that can be imported and exported, by the name that clients send. */
export function bulkResources({ catalog, customers, identity, inventory, orders }: BulkModules): Resources {
  return {
    customers: customerResource(customers),
    orders: orderResource(orders),
    prices: priceResource(catalog),
    products: productResource(catalog),
    stock: stockResource(inventory),
    users: userResource(identity),
  };
}

/** What can be imported, and exported. */
export const RESOURCES = ['customers', 'orders', 'prices', 'products', 'stock', 'users'] as const;
