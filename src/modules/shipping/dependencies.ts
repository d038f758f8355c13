import type { Catalog } from '#modules/catalog/index.ts';
import type { Customers } from '#modules/customers/index.ts';
import type { Inventory } from '#modules/inventory/index.ts';
import type { Notifications } from '#modules/notifications/index.ts';
import type { Orders } from '#modules/orders/index.ts';

/** What shipping needs of other modules. */
export interface ShippingDependencies {
  orders: Pick<Orders, 'getOrder' | 'requireShippable' | 'shipOrder' | 'deliverOrder'>;
  catalog: Pick<Catalog, 'getProducts'>;
  customers: Pick<Customers, 'getCustomer'>;
  inventory: Pick<Inventory, 'getWarehouse'>;
  notifications: Pick<Notifications, 'send'>;
}
