import { refuseCardNumbers } from '#kernel/card-number.ts';
import type { CommandContext } from '#kernel/context.ts';
import { violatedUnique } from '#kernel/database/database-errors.ts';
import { DomainError } from '#kernel/errors.ts';
import { mergeMetadata } from '#kernel/http/fields.ts';
import { type CustomerId, newId, type OrderId, type PaymentMethodId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Currency } from '#kernel/money.ts';
import type { OrdersDependencies } from '../dependencies.ts';
import { orderEvents } from '../events.ts';
import type { CaptureMoment, Order, OrderChanges, OrderItem } from '../order.ts';
import { decide, requireEditable } from '../order-decisions.ts';
import { type OrderAmounts, requireExactTotal, requireOneCurrency, requirePayable } from '../order-total.ts';
import { orderInsert } from '../orders.store.ts';
import { itemsOf, type NewOrderItem, productIdsOf, requireCustomer, requireMethodOf } from './item-checks.ts';
import type { OrderCommands } from './order-commands.ts';
import { type DetailsPatch, type DetailsSealer, detailsIn, type NewDetails } from './order-details.ts';

export interface NewOrder extends NewDetails {
  customerId: CustomerId;
  items: NewOrderItem[];
  /** Minor units; must be the sum of the items (ORD-09). */
  total: number;
  currency: Currency;
  paymentMethodId?: PaymentMethodId | null;
  captureOn?: CaptureMoment;
  /** Minor units beside the total (C-64); 0 unless given. */
  discountTotal?: number;
  taxTotal?: number;
  shippingTotal?: number;
  poNumber?: string | null;
  externalId?: string | null;
  metadata?: Record<string, string>;
}

/** Only the fields to change; null clears. `items` are replaced as a whole, `total` is then sent exact or left out. */
export interface OrderPatch extends DetailsPatch {
  items?: NewOrderItem[];
  total?: number;
  paymentMethodId?: PaymentMethodId | null;
  captureOn?: CaptureMoment;
  discountTotal?: number;
  taxTotal?: number;
  shippingTotal?: number;
  poNumber?: string | null;
  externalId?: string | null;
  metadata?: Record<string, string | null> | null;
}

/** Making and editing drafts. */
export interface OrderDrafts {
  /**
   * Two round trips: what the other modules know in parallel, then one flight with row, items, event and idempotency
   * key. Errors: `validation` (amounts, currency, unknown or inactive product, customer, payment method, address, card
   * number), `duplicate` (external id).
   */
  createOrder(context: CommandContext, input: NewOrder): Promise<Order>;
  /**
   * Errors: `not_found`, `invalid_state` (not a draft), `validation`, `duplicate` (external id), `gone` (notes or
   * addresses of an erased customer), `precondition_failed`, `resource_locked`.
   */
  updateOrder(context: CommandContext, id: OrderId, patch: OrderPatch): Promise<Order>;
}

export function createOrderDrafts(
  { writes, clock }: ModuleKit,
  { catalog, customers, payments }: OrdersDependencies,
  commands: OrderCommands,
  details: DetailsSealer,
): OrderDrafts {
  async function insertOrder(context: CommandContext, input: NewOrder): Promise<Order> {
    const { tenant } = context;
    const { customerId, paymentMethodId } = input;
    const [products] = await inOrder([
      catalog.getProducts(tenant, productIdsOf(input.items)),
      requireCustomer(customers, tenant, customerId),
      paymentMethodId ? requireMethodOf({ customers, payments }, tenant, paymentMethodId, customerId) : undefined,
    ]);
    const now = clock.now();
    const items = itemsOf(input.items, products, now.getTime());
    const id = newId('ord', now.getTime());
    const { sealedDetails, statements } = details.create(tenant, id, input);
    const order = draftOf(input, { id, items, sealedDetails, at: now.toISOString() });
    const { events } = orderEvents({ status: 'none' }, decide({ type: 'create', order }, { status: 'none' }));
    return writes.store(context, { statements: [...orderInsert(tenant, order), ...statements], events, result: order });
  }

  async function replacedItems(context: CommandContext, order: Order, lines: NewOrderItem[]): Promise<OrderItem[]> {
    requireOneCurrency(order.currency, lines);
    return itemsOf(lines, await catalog.getProducts(context.tenant, productIdsOf(lines)), clock.nowMs());
  }

  async function changeDraft(context: CommandContext, id: OrderId, patch: OrderPatch): Promise<Order> {
    const { tenant } = context;
    const current = await commands.get(tenant, id);
    requireEditable(current);
    const { items: lines, metadata, paymentMethodId, notes, shippingAddress, billingAddress, ...rest } = patch;
    const [items] = await inOrder([
      lines ? replacedItems(context, current, lines) : undefined,
      paymentMethodId
        ? requireMethodOf({ customers, payments }, tenant, paymentMethodId, current.customerId)
        : undefined,
    ]);
    return commands.changeAlone(context, id, async (order, tx) => {
      const changes: OrderChanges = { ...rest };
      if (items) changes.items = items;
      if (paymentMethodId !== undefined) changes.paymentMethodId = paymentMethodId;
      if (metadata !== undefined) changes.metadata = mergeMetadata(order.metadata, metadata);
      const changed = detailsIn(patch);
      if (changed.length > 0) {
        const sealed = await details.patch(tx, tenant, order, { notes, shippingAddress, billingAddress });
        changes.sealedDetails = sealed.sealedDetails;
        tx.add(...sealed.statements);
      }
      return { type: 'change', changes, details: changed, at: clock.now().toISOString() };
    });
  }

  return {
    async createOrder(context, input) {
      refuseCardNumbers(textsOf(input));
      requireOneCurrency(input.currency, input.items);
      const total = requireExactTotal(input.total, input.items);
      requirePayable({ ...amountsOf(input), total });
      return writes.orStored(context, () => insertOrder(context, input)).catch(refuseDuplicate);
    },

    async updateOrder(context, id, patch) {
      refuseCardNumbers(textsOf(patch));
      return writes.orStored(context, () => changeDraft(context, id, patch)).catch(refuseDuplicate);
    },
  };
}

/** Everything that people write into an order by hand. */
function textsOf({ poNumber, externalId, notes, metadata, shippingAddress, billingAddress }: NewOrder | OrderPatch) {
  return {
    po_number: poNumber,
    external_id: externalId,
    notes,
    metadata,
    shipping_address: shippingAddress,
    billing_address: billingAddress,
  };
}

/** The amounts beside the total that an input names, or nothing of them. */
export function amountsOf({
  discountTotal = 0,
  taxTotal = 0,
  shippingTotal = 0,
}: Partial<Omit<OrderAmounts, 'total'>>) {
  return { discountTotal, taxTotal, shippingTotal };
}

/** Errors: `duplicate` when another order of the organisation has this external id. */
function refuseDuplicate(error: unknown): never {
  if (violatedUnique(error) !== 'orders_external_id_key') throw error;
  const message = 'Another order has this external_id; update that one, or choose another value.';
  const details = [{ field: 'external_id', code: 'duplicate', message }];
  throw new DomainError('duplicate', message, { details, cause: error });
}

/** Waits for all at once; of several refusals the first listed is thrown, so that equal requests get equal answers. */
async function inOrder<const Work extends readonly unknown[]>(work: Work) {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** A draft as it begins; `total` was checked against the items. */
export function draftOf(
  input: Omit<NewOrder, 'items'>,
  made: Pick<Order, 'id' | 'items' | 'sealedDetails'> & { at: string },
): Order {
  const { id, items, sealedDetails, at } = made;
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
    ...amountsOf(input),
    currency: input.currency,
    poNumber: input.poNumber ?? null,
    externalId: input.externalId ?? null,
    sealedDetails,
    shipments: [],
    approval: null,
    restCanceled: null,
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
