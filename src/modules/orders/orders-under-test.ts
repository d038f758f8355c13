import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { statement } from '#kernel/database/statement.ts';
import { everyTenant, type Tenant } from '#kernel/database/tenant.ts';
import type { CustomerId, OrderId, ProductId } from '#kernel/ids.ts';
import { createCircuitBreakers } from '#kernel/resilience/circuit-breaker.ts';
import type { BoundaryHook } from '#kernel/saga/saga.ts';
import { catalogSchema, createCatalog, type NewProduct } from '#modules/catalog/index.ts';
import { createCustomers, customersSchema, type NewCustomer } from '#modules/customers/index.ts';
import { createInventory, type Inventory, inventorySchema } from '#modules/inventory/index.ts';
import { createNotifications, notificationsSchema } from '#modules/notifications/index.ts';
import { createPayments, type Payments, paymentsSchema } from '#modules/payments/index.ts';
import { createShipping, type Shipping, shippingSchema } from '#modules/shipping/index.ts';
import { testContext, testKits, testTenant } from '#test/support/module.ts';
import { factOf } from './events.ts';
import { createOrders, type NewOrder, type Order, type Orders, ordersSchema, owedFor } from './index.ts';
import { fold } from './order.ts';
import { createOpenOrders } from './service/open-orders.ts';

const SCHEMAS = [
  catalogSchema,
  customersSchema,
  inventorySchema,
  paymentsSchema,
  ordersSchema,
  shippingSchema,
  notificationsSchema,
];

/** Orders with all the modules they need over real PostgreSQL, and the steps that their tests share. */
export async function ordersUnderTest(options: { boundary?: BoundaryHook } = {}) {
  const kits = await testKits(SCHEMAS, { boundary: options.boundary });
  const customers = createCustomers(kits.kit('customers'), { isUser: async () => true, readOrder: owedFor }).service;
  const catalog = createCatalog(kits.kit('catalog'), {
    customers,
    orders: createOpenOrders(kits.kit('orders').database),
  }).service;
  const inventory = createInventory(kits.kit('inventory'), catalog).service;
  const breaker = createCircuitBreakers({ clock: kits.clock }).for('payment_processor');
  const paymentsKit = kits.kit('payments');
  const paymentsModule = createPayments(paymentsKit, { customers, breaker: () => breaker });
  const payments = paymentsModule.service;
  const kit = kits.kit('orders');
  const mails = { dataDirectory: kits.directory, from: 'shop@test.example' };
  const notifications = createNotifications(kits.kit('notifications'), mails).service;
  const module = createOrders(kit, { catalog, customers, inventory, payments, parcels: () => shipping });
  const orders = module.service;
  const shippingModule = createShipping(kits.kit('shipping'), { orders, catalog, customers, inventory, notifications });
  const shipping: Shipping = shippingModule.service;

  async function aProduct(tenant: Tenant, pieces: number, more: Partial<NewProduct> = {}): Promise<ProductId> {
    const context = testContext(tenant);
    const input = { name: 'Bolt', description: 'M8', category: 'hardware' as const, active: true, price: 1000 };
    const { id } = await catalog.createProduct(context, { ...input, ...more });
    const restock = { productId: id, quantityChange: pieces, reason: 'restock' as const, referenceId: 'PO-1' };
    if (pieces > 0) await inventory.adjust(context, restock);
    return id;
  }

  async function aCustomer(
    tenant: Tenant,
    token: string | null,
    terms: Partial<NewCustomer> = {},
  ): Promise<CustomerId> {
    const context = testContext(tenant);
    const { id } = await customers.createCustomer(context, { type: 'company', name: 'Ada Ltd', ...terms });
    const type = token?.startsWith('tok_bank') ? 'bank_transfer' : 'card';
    if (token) await payments.methods.attach(testContext(tenant), { customerId: id, type, token });
    return id;
  }

  const modules = { catalog, customers, inventory, payments, orders, shipping, aProduct, aCustomer };
  return {
    kits,
    kit,
    ...modules,

    /** What the sweeps of both modules do after a crash; answers how many sagas of orders were taken over. */
    async recover() {
      await paymentsKit.sagas.recover();
      return kit.sagas.recover();
    },

    aShop: (options: ShopOptions = {}) => aShop(modules, options),

    /** Consumers, then the jobs of the modules, by the clock of the test. */
    async settle() {
      await kits.worker('payments', paymentsModule.jobs!).runDue();
      await kits.deliver([...module.consumers!, ...shippingModule.consumers!]);
      await kits.worker('orders', module.jobs!).runDue();
      await kits.worker('shipping', shippingModule.jobs!).runDue();
    },

    foldedAndStored: () => foldedAndStored(kit.database, orders),
  };
}

interface ShopModules {
  inventory: Inventory;
  payments: Payments;
  orders: Orders;
  aProduct(tenant: Tenant, pieces: number): Promise<ProductId>;
  aCustomer(tenant: Tenant, token: string | null, terms: Partial<NewCustomer>): Promise<CustomerId>;
}

/** A tenant with a customer who pays by `token`, and a product of which `pieces` are in stock. */
async function aShop({ inventory, payments, orders, aProduct, aCustomer }: ShopModules, options: ShopOptions) {
  const { token = 'tok_visa', pieces = 10, ...terms } = options;
  const tenant = testTenant();
  const customerId = await aCustomer(tenant, token, terms);
  const productId = await aProduct(tenant, pieces);
  const order = (quantity = 2, more: Partial<NewOrder> = {}): NewOrder => ({
    customerId,
    items: [{ productId, quantity, unitPrice: 1000 }],
    total: quantity * 1000,
    currency: 'USD',
    ...more,
  });
  return {
    tenant,
    customerId,
    productId,
    order,
    context: () => testContext(tenant),
    draft: (quantity = 2, more: Partial<NewOrder> = {}) =>
      orders.createOrder(testContext(tenant), order(quantity, more)),
    async stock() {
      const { available, reserved } = (await inventory.stockOf(tenant, [productId]))[0]!;
      return { available, reserved };
    },
    paymentsOf: async (id: OrderId) => (await payments.listPayments(tenant, { orderId: id }, { limit: 100 })).items,
  };
}

/** Every order as its events make it, and as its row and items say. */
async function foldedAndStored(database: ModuleDatabase, orders: Orders): Promise<{ folded: Order; stored: Order }[]> {
  const rows = await database.read(
    everyTenant,
    statement(`select stream_id, type, data, org_id, livemode from orders.events where stream_id like 'ord!_%' escape '!'
      order by stream_id, stream_version`),
  );
  const streams = Map.groupBy(rows, (row) => row.stream_id as OrderId);
  return Promise.all(
    [...streams].map(async ([id, events]) => {
      const facts = events.map((row) => factOf(row as { type: string; data: Record<string, unknown> }));
      const tenant = { orgId: events[0]!.org_id, livemode: events[0]!.livemode };
      // What is opened to be read is not part of the fold.
      const { notes: _n, shippingAddress: _s, billingAddress: _b, ...stored } = await orders.getOrder(tenant, id);
      return { folded: fold(facts) as Order, stored };
    }),
  );
}

interface ShopOptions extends Partial<NewCustomer> {
  token?: string | null;
  pieces?: number;
}
