import type { Customers } from '#modules/customers/index.ts';
import type { Inventory } from '#modules/inventory/index.ts';
import type { OpenOrders } from '#modules/orders/index.ts';

/** What the catalogue needs of other modules. */
export interface CatalogDependencies {
  /** Whose contract prices they are; a merged customer's count for the one it was merged into. */
  customers: Pick<Customers, 'getCustomerTerms'>;
  /** What still needs a product keeps it from being archived. */
  orders: Pick<OpenOrders, 'openOrdersWith'>;
  /**
   * Asked when its events come: it is made after the catalogue, which it asks in turn. Without one no product is marked as
   * in stock.
   */
  inventory?(): Pick<Inventory, 'productsIn' | 'stockOf'>;
}
