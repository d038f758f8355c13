import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { DomainError, notFound } from '#kernel/errors.ts';
import {
  anyCurrency,
  country,
  enumOf,
  id,
  listOf,
  metadata,
  object,
  optional,
  quantity,
  text,
} from '#kernel/http/fields.ts';
import { created, type Operation, ok, operation } from '#kernel/http/operation.ts';
import type { OrderId, UserId } from '#kernel/ids.ts';
import type { Order, OrderWithDetails } from '#modules/orders/index.ts';
import { type PageQuery, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { NOT_CANCELLABLE } from '../render.ts';
import { domainStatusOf, OrderView, orderView, V2_STATUSES } from './order-views.ts';
import { type PlacingModules, placeOrder } from './placing.ts';

const Address = object({
  line1: text({ example: '123 Main Street' }),
  line2: optional(text()),
  city: text({ example: 'Paris' }),
  state: optional(text()),
  postal_code: text({ max: 32, example: '75001' }),
  country: country(),
});
const NewOrder = object({
  user_id: id('usr'),
  items: listOf(object({ product_id: id('prd'), quantity: quantity() }), { min: 1 }),
  shipping_address: optional(Address),
  currency: optional(anyCurrency({ description: "The first product's currency unless given." })),
  payment_method_id: optional(id('pmt', { description: "What to charge; else the user's default, else on account." })),
  metadata: metadata(),
});
const OrderPath = object({ order_id: id('ord') });
const status = optional(enumOf(V2_STATUSES, { aliases: { canceled: 'cancelled' } }));
const OrderQuery = object({ ...pageQuery, user_id: optional(id('usr')), status });
const Cancellation = object({ reason: optional(text({ max: 500, example: 'customer_request' })) });

/** /v2/orders, and the older list below /v2/users. */
export function orderOperations(modules: PlacingModules): Operation[] {
  const { orders, customers } = modules;

  const create = operation({
    id: 'v2.orders.create',
    method: 'POST',
    path: '/v2/orders',
    summary: 'Create an order',
    description:
      'At the prices of your catalogue. It is confirmed when its payment is authorised, else it stays pending.',
    access: { scope: 'orders:write' },
    body: NewOrder,
    responses: { 201: { description: 'The order.', schema: OrderView } },
    errors: ['invalid_state', 'insufficient_stock'],
    async handle({ context, body }) {
      const { user_id: userId, items, shipping_address: address, payment_method_id: paymentMethodId, ...rest } = body;
      const order = await placeOrder(modules, context, {
        ...rest,
        userId,
        paymentMethodId,
        items: items.map((item) => ({ productId: item.product_id, quantity: item.quantity })),
        shippingAddress: address && { ...address, postalCode: address.postal_code },
      });
      return created(orderView(order, userId), '/v2/orders', order.version);
    },
  });

  const list = operation({
    id: 'v2.orders.list',
    method: 'GET',
    path: '/v2/orders',
    summary: 'List orders',
    description: 'The orders of your account, or of one user, newest first unless told otherwise.',
    access: { scope: 'orders:read' },
    query: OrderQuery,
    responses: { 200: { description: 'A page of orders.', schema: pageOf(OrderView) } },
    errors: [],
    async handle({ tenant, query }) {
      return answerList(modules, tenant as Tenant, query);
    },
  });

  const get = operation({
    id: 'v2.orders.get',
    method: 'GET',
    path: '/v2/orders/:order_id',
    summary: 'Get an order',
    description: 'One order of your account.',
    access: { scope: 'orders:read' },
    params: OrderPath,
    responses: { 200: { description: 'The order.', schema: OrderView } },
    errors: [],
    async handle({ tenant, params }) {
      const order = await orders.getOrder(tenant, params.order_id);
      const users = await customers.usersOfCustomers(tenant as Tenant, [order.customerId]);
      return ok(orderView(order, users[order.customerId]), order.version);
    },
  });

  return [create, list, get, cancelOperation(modules), ordersOfUserOperation(modules)];
}

function cancelOperation({ orders, customers }: PlacingModules): Operation {
  return operation({
    id: 'v2.orders.cancel',
    method: 'POST',
    path: '/v2/orders/:order_id/cancel',
    summary: 'Cancel an order',
    description: 'While it is pending or confirmed. What was paid is refunded, what was reserved is free again.',
    access: { scope: 'orders:write' },
    params: OrderPath,
    body: Cancellation,
    responses: { 200: { description: 'The cancelled order.', schema: OrderView } },
    errors: [
      'invalid_state',
      'precondition_failed',
      'resource_locked',
      'payment_failed',
      'insufficient_funds',
      'upstream',
    ],
    async handle({ context, params, body }) {
      const before = await orders.getOrder(context.tenant, params.order_id);
      requireCancellable(before, context.idempotency !== undefined);
      // The gate holds for this version: an order that goes into processing meanwhile is not cancelled.
      const version = context.expectedVersion ?? before.version;
      const order = await orders
        .cancelOrder({ ...context, expectedVersion: version }, before.id, body.reason ?? null)
        .catch((error) => refuseMoved(error, context.expectedVersion, before.id));
      const users = await customers.usersOfCustomers(context.tenant, [order.customerId]);
      return ok(orderView(order, users[order.customerId]), order.version);
    },
  });
}

/** An order that is cancelled already is left to the module, which knows whether this is the same request again. */
function requireCancellable({ status: current, id: orderId }: Order, mayBeRepeated: boolean): void {
  if (current === 'draft' || current === 'confirmed' || (current === 'canceled' && mayBeRepeated)) return;
  throw notCancellable(orderId);
}

function refuseMoved(error: unknown, expectedByClient: number | undefined, orderId: OrderId): never {
  const isKind = (kind: string) => error instanceof DomainError && error.kind === kind;
  const hasMoved = isKind('precondition_failed') && expectedByClient === undefined;
  throw hasMoved || isKind('invalid_state') ? notCancellable(orderId, error) : error;
}

function notCancellable(orderId: OrderId, cause?: unknown): DomainError {
  const message = `The order ${orderId} can no longer be cancelled; contact support.`;
  return new DomainError('invalid_state', message, {
    cause,
    details: [{ field: 'order_id', code: NOT_CANCELLABLE, message }],
  });
}

function ordersOfUserOperation(modules: PlacingModules): Operation {
  return operation({
    id: 'v2.users.orders',
    method: 'GET',
    path: '/v2/users/:user_id/orders',
    summary: "List a user's orders",
    description: 'Use GET /v2/orders?user_id= instead.',
    access: { scope: 'orders:read' },
    params: object({ user_id: id('usr') }),
    query: object(pageQuery),
    responses: { 200: { description: 'A page of orders.', schema: pageOf(OrderView) } },
    errors: [],
    deprecated: { since: '2024-09-15', sunset: '2027-09-15', guide: '/docs' },
    async handle({ tenant, params, query }) {
      const user = await modules.identity.getUser(tenant, params.user_id);
      if (user.status === 'archived') throw notFound('user', user.id);
      return answerList(modules, tenant as Tenant, { ...query, user_id: user.id });
    },
  });
}

interface OrderListQuery extends PageQuery {
  user_id?: UserId | null;
  status?: (typeof V2_STATUSES)[number] | null;
}

async function answerList({ orders, customers }: PlacingModules, tenant: Tenant, query: OrderListQuery) {
  const page = await ordersOf({ orders, customers }, tenant, query, pageRequest(query));
  const users = await customers.usersOfCustomers(tenant, [...new Set(page.items.map((order) => order.customerId))]);
  return pageAnswer(
    query,
    page,
    page.items.map((order) => orderView(order, users[order.customerId])),
  );
}

async function ordersOf(
  { orders, customers }: Pick<PlacingModules, 'orders' | 'customers'>,
  tenant: Tenant,
  { user_id, status: wanted }: OrderListQuery,
  request: PageRequest,
): Promise<Page<OrderWithDetails>> {
  const customerId = user_id ? await customers.findCustomerOfUser(tenant, user_id) : undefined;
  if (customerId === null) return { items: [], hasMore: false, hasPrevious: false, totalCount: 0 };
  const filter = { customerId, ...(wanted && { status: domainStatusOf(wanted) }) };
  return orders.listOrders(tenant, filter, request);
}
