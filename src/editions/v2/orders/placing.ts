import { type CommandContext, innerContext } from '#kernel/context.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { DomainError, type ErrorKind, invalidField, notFound, wrongReference } from '#kernel/errors.ts';
import type { CustomerId, ProductId, UserId } from '#kernel/ids.ts';
import { type Currency, multiplyMoney, sumMoney } from '#kernel/money.ts';
import type { Catalog, Product } from '#modules/catalog/index.ts';
import type { Customers } from '#modules/customers/index.ts';
import type { Identity } from '#modules/identity/index.ts';
import type { Inventory } from '#modules/inventory/index.ts';
import type { NewOrder, Orders, OrderWithDetails } from '#modules/orders/index.ts';

/** The modules that an order of this edition goes through. */
export interface PlacingModules {
  identity: Identity;
  customers: Customers;
  catalog: Catalog;
  inventory: Inventory;
  orders: Orders;
}

export interface Basket extends Pick<NewOrder, 'paymentMethodId' | 'shippingAddress' | 'metadata'> {
  userId: UserId;
  items: { productId: ProductId; quantity: number }[];
  currency?: Currency | null;
}

/** Why an order that was received waits for its payment: the client sees `pending`, and `payment.failed` as an event. */
const STAYS_PENDING: readonly ErrorKind[] = [
  'payment_failed',
  'insufficient_funds',
  'invalid_state',
  'resource_locked',
  'upstream',
  'unavailable',
];

/** Why an order is cancelled whose goods somebody else took between our look at the stock and its reservation. */
const LOST_RACE = 'insufficient_stock';

/**
 * Makes a draft at today's prices and submits it at once (C-61): with its payment authorised it is confirmed, else it
 * stays pending. Errors: `validation` (user, product, amount), `invalid_state` (no price in the currency),
 * `insufficient_stock`, which leaves no open order behind.
 */
export async function placeOrder(
  modules: PlacingModules,
  context: CommandContext,
  basket: Basket,
): Promise<OrderWithDetails> {
  // A repeated request may find its order anywhere in its life, and by now too little stock for another one.
  const order = (await modules.orders.repeatedOrder(context)) ?? (await draft(modules, context, basket));
  if (order.status === 'canceled' && order.cancelReason === LOST_RACE) throw lostRace();
  if (order.status !== 'draft' || order.paymentStatus !== 'none') return order;
  return submit(modules, innerContext(context), order);
}

async function draft(modules: PlacingModules, context: CommandContext, basket: Basket): Promise<OrderWithDetails> {
  const { customers, orders } = modules;
  const { tenant } = context;
  const customerId = await customerOf(modules, context, basket.userId);
  const priced = await price(modules, tenant, customerId, basket);
  const address = basket.shippingAddress ?? (await customers.getCustomer(tenant, customerId)).shippingAddress;
  const { paymentMethodId, metadata } = basket;
  const input: NewOrder = { ...priced, customerId, shippingAddress: address, paymentMethodId, metadata };
  return orders.createOrder(context, input);
}

async function submit({ orders }: PlacingModules, context: CommandContext, { id }: OrderWithDetails) {
  try {
    return await orders.confirmOrder(context, id);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    if (error.kind === 'insufficient_stock') {
      await orders.cancelOrder(context, id, LOST_RACE);
      throw lostRace();
    }
    if (!STAYS_PENDING.includes(error.kind)) throw error;
    return orders.getOrder(context.tenant, id);
  }
}

function lostRace(): DomainError {
  const message =
    'Somebody else just took what was left. The order is cancelled and nothing was charged; order less, or later.';
  return new DomainError('insufficient_stock', message, {
    details: [{ field: 'items', code: 'insufficient_stock', message }],
  });
}

async function customerOf({ identity, customers }: PlacingModules, context: CommandContext, userId: UserId) {
  const user = await identity.getUser(context.tenant, userId).catch(wrongReference('user_id'));
  if (user.status === 'archived') throw invalidField('user_id', 'not_found', notFound('user', userId).message);
  return customers.customerOfUser(context, user.id, user);
}

type Priced = Pick<NewOrder, 'items' | 'total' | 'currency'>;

/** The basket with what the products cost in the currency of the order, else in that of the first one (C-64, C-66). */
async function price(
  { catalog, inventory }: PlacingModules,
  tenant: Tenant,
  customerId: CustomerId,
  { items, currency: asked }: Basket,
): Promise<Priced> {
  const found = await catalog.getProducts(tenant, [...new Set(items.map(({ productId }) => productId))]);
  const products = items.map(({ productId }, index) => {
    const product = found.find(({ id, archivedAt }) => id === productId && archivedAt === null);
    if (product) return product;
    throw invalidField(`items[${index}].product_id`, 'not_found', notFound('product', productId).message);
  });
  const currency = asked ?? products[0]!.currency;
  const prices = await catalog.resolvePrices(tenant, { currency, customerId, lines: items });
  const lines = items.map((item, index) => {
    const unitPrice = prices[index]?.unitAmount;
    if (unitPrice !== undefined) return { ...item, unitPrice };
    throw noPrice(products[index]!, currency, index);
  });
  const total = sumMoney(lines.map(({ quantity, unitPrice }) => multiplyMoney(unitPrice, quantity) ?? Number.NaN));
  if (total === null) throw invalidField('items', 'too_large', 'The total is larger than any amount we can hold.');
  await requireStock(inventory, tenant, products, items);
  return { items: lines, total, currency };
}

function noPrice({ name }: Product, currency: Currency, index: number): DomainError {
  const message = `${name} has no price in ${currency}; choose another currency, or add a price to the product.`;
  const details = [{ field: `items[${index}].product_id`, code: 'not_allowed', message }];
  return new DomainError('invalid_state', message, { details });
}

/** Says at once that there is too little, before anything is stored, unless the organisation promises more than there is. */
async function requireStock(
  inventory: Inventory,
  tenant: Tenant,
  products: readonly Product[],
  items: Basket['items'],
): Promise<void> {
  const tracked = products.filter(({ tracksStock }) => tracksStock).map(({ id }) => id);
  if (tracked.length === 0) return;
  const levels = await inventory.stockOf(tenant, [...new Set(tracked)]);
  const left = new Map(levels.map(({ productId, available }) => [productId, available]));
  for (const [index, { productId, quantity }] of items.entries()) {
    if (!tracked.includes(productId)) continue;
    const available = left.get(productId) ?? 0;
    left.set(productId, available - quantity);
    if (available >= quantity) continue;
    if ((await inventory.getSettings(tenant)).backorder === 'allow') return;
    const message = `Only ${Math.max(0, available)} of ${products[index]!.name} are available.`;
    const details = [{ field: `items[${index}].quantity`, code: 'insufficient_stock', message }];
    throw new DomainError('insufficient_stock', message, { details });
  }
}
