import { refuseCardNumbers } from '#kernel/card-number.ts';
import type { CommandContext } from '#kernel/context.ts';
import { mergeMetadata } from '#kernel/http/fields.ts';
import { type CustomerId, newId, type OrderId, type PaymentMethodId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Currency } from '#kernel/money.ts';
import type { OrdersDependencies } from '../dependencies.ts';
import { orderEvents } from '../events.ts';
import type { CaptureMoment, Order, OrderChanges, OrderItem } from '../order.ts';
import { decide, requireEditable } from '../order-decisions.ts';
import { requireExactTotal, requireOneCurrency } from '../order-total.ts';
import { orderInsert } from '../orders.store.ts';
import { itemsOf, type NewOrderItem, productIdsOf, requireCustomer, requireMethodOf } from './item-checks.ts';
import type { OrderCommands } from './order-commands.ts';

export interface NewOrder {
  customerId: CustomerId;
  items: NewOrderItem[];
  /** Minor units; must be the sum of the items (ORD-09). */
  total: number;
  currency: Currency;
  paymentMethodId?: PaymentMethodId | null;
  captureOn?: CaptureMoment;
  poNumber?: string | null;
  metadata?: Record<string, string>;
}

/** Only the fields to change; null clears. `items` are replaced as a whole, `total` is then sent exact or left out. */
export interface OrderPatch {
  items?: NewOrderItem[];
  total?: number;
  paymentMethodId?: PaymentMethodId | null;
  captureOn?: CaptureMoment;
  poNumber?: string | null;
  metadata?: Record<string, string | null> | null;
}

/** Making and editing drafts. */
export interface OrderDrafts {
  /**
   * Two round trips: what the other modules know in parallel, then one flight with row, items, event and idempotency
   * key. Errors: `validation` (total, currency, unknown or inactive product, customer, payment method, card number).
   */
  createOrder(context: CommandContext, input: NewOrder): Promise<Order>;
  /** Errors: `not_found`, `invalid_state` (not a draft), `validation`, `precondition_failed`, `resource_locked`. */
  updateOrder(context: CommandContext, id: OrderId, patch: OrderPatch): Promise<Order>;
}

export function createOrderDrafts(
  { writes, clock }: ModuleKit,
  { catalog, customers, payments }: OrdersDependencies,
  commands: OrderCommands,
): OrderDrafts {
  async function insertOrder(context: CommandContext, input: NewOrder): Promise<Order> {
    const { tenant } = context;
    const { customerId, paymentMethodId } = input;
    const [products] = await inOrder([
      catalog.getProducts(tenant, productIdsOf(input.items)),
      requireCustomer(customers, tenant, customerId),
      paymentMethodId ? requireMethodOf(payments.methods, tenant, paymentMethodId, customerId) : undefined,
    ]);
    const now = clock.now();
    const items = itemsOf(input.items, products, now.getTime());
    const order = draftOf(input, items, newId('ord', now.getTime()), now.toISOString());
    const { events } = orderEvents({ status: 'none' }, decide({ type: 'create', order }, { status: 'none' }));
    return writes.store(context, { statements: orderInsert(tenant, order), events, result: order });
  }

  async function replacedItems(context: CommandContext, order: Order, lines: NewOrderItem[]): Promise<OrderItem[]> {
    requireOneCurrency(order.currency, lines);
    return itemsOf(lines, await catalog.getProducts(context.tenant, productIdsOf(lines)), clock.nowMs());
  }

  return {
    async createOrder(context, input) {
      refuseCardNumbers({ po_number: input.poNumber, metadata: input.metadata });
      requireOneCurrency(input.currency, input.items);
      requireExactTotal(input.total, input.items);
      return writes.orStored(context, () => insertOrder(context, input));
    },

    async updateOrder(context, id, patch) {
      refuseCardNumbers({ po_number: patch.poNumber, metadata: patch.metadata });
      return writes.orStored(context, async () => {
        const current = await commands.get(context.tenant, id);
        requireEditable(current);
        const { items: lines, metadata, paymentMethodId, ...rest } = patch;
        const [items] = await inOrder([
          lines ? replacedItems(context, current, lines) : undefined,
          paymentMethodId
            ? requireMethodOf(payments.methods, context.tenant, paymentMethodId, current.customerId)
            : undefined,
        ]);
        return commands.change(context, id, (order) => {
          const changes: OrderChanges = { ...rest };
          if (items) changes.items = items;
          if (paymentMethodId !== undefined) changes.paymentMethodId = paymentMethodId;
          if (metadata !== undefined) changes.metadata = mergeMetadata(order.metadata, metadata);
          return { type: 'change', changes, at: clock.now().toISOString() };
        });
      });
    },
  };
}

/** Waits for all at once; of several refusals the first listed is thrown, so that equal requests get equal answers. */
async function inOrder<const Work extends readonly unknown[]>(work: Work) {
  await Promise.allSettled(work);
  return Promise.all(work);
}

function draftOf(input: NewOrder, items: OrderItem[], id: OrderId, at: string): Order {
  return {
    id,
    version: 1,
    customerId: input.customerId,
    status: 'draft',
    paymentStatus: 'none',
    paymentId: null,
    paymentMethodId: input.paymentMethodId ?? null,
    captureOn: input.captureOn ?? 'ship',
    items,
    total: input.total,
    currency: input.currency,
    poNumber: input.poNumber ?? null,
    shipments: [],
    cancelReason: null,
    metadata: input.metadata ?? {},
    confirmedAt: null,
    shippedAt: null,
    deliveredAt: null,
    canceledAt: null,
    createdAt: at,
    updatedAt: at,
  };
}
