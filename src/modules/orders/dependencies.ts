import type { Catalog } from '#modules/catalog/index.ts';
import type { Customers } from '#modules/customers/index.ts';
import type { Inventory } from '#modules/inventory/index.ts';
import type { Payments } from '#modules/payments/index.ts';
import type { OrderParcels } from '#modules/shipping/index.ts';

/** What orders needs of other modules. */
export interface OrdersDependencies {
  catalog: Pick<Catalog, 'getProducts' | 'resolvePrices'>;
  customers: Pick<Customers, 'getCustomerTerms' | 'partiesOf' | 'findBuyer'>;
  inventory: Pick<
    Inventory,
    'reserve' | 'hold' | 'unreserve' | 'release' | 'requireThere' | 'commit' | 'returned' | 'getSettings'
  >;
  payments: Pick<Payments, 'authorize' | 'capture' | 'reverse' | 'getPayment' | 'refundPayment'> & {
    methods: Pick<Payments['methods'], 'get'>;
  };
  /** Made later, because shipping needs the orders itself; by the time an order is shipped it is there. */
  parcels: () => OrderParcels;
}
