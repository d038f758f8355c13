import { refuseCardNumbers } from '#kernel/card-number.ts';
import type { CommandContext } from '#kernel/context.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { WritePath } from '#kernel/database/write-path.ts';
import type { StoredEvent } from '#kernel/events/event.ts';
import type { CustomerId, OrderId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { SagaDefinition } from '#kernel/saga/saga.ts';
import { rulesOf } from '../approvals/approval-rules.store.ts';
import {
  type ApprovalRules,
  type Approvals,
  createApprovalRules,
  createApprovals,
} from '../approvals/approvals.service.ts';
import type { OrdersDependencies } from '../dependencies.ts';
import { createOrderImport, type OrderImport } from '../import/import.ts';
import type { Order } from '../order.ts';
import type { OrderCommand } from '../order-decisions.ts';
import * as store from '../orders.store.ts';
import { createQuotes, type Quotes } from '../quotes/quotes.service.ts';
import { createReturns, type Returns } from '../returns/returns.service.ts';
import type { LineQuantity, ShipmentRequest } from '../shipments.ts';
import { cancelSaga } from './cancel.ts';
import { type CancelRestState, cancelRestSaga } from './cancel-rest.ts';
import { type ConfirmState, confirmSaga } from './confirm.ts';
import { createOrderDrafts, type OrderDrafts } from './drafts.ts';
import { createOpenOrders, type OpenOrders } from './open-orders.ts';
import { createOrderCommands, type OrderCommands } from './order-commands.ts';
import { createDetailsSealer, erasureOf, type OrderWithDetails } from './order-details.ts';
import { createPricing, type OrderPreview, type OrderToPreview } from './pricing.ts';
import { initialState, type OrderSagaState, type SagaParts } from './saga-steps.ts';
import { captureSaga, type ShipState, shipSaga, toShip } from './ship.ts';

/** The same methods, but what they answer can be read: notes and addresses are opened. */
type Opened<Methods> = {
  [Name in keyof Methods]: Methods[Name] extends (...input: infer Input) => Promise<Order>
    ? (...input: Input) => Promise<OrderWithDetails>
    : Methods[Name];
};

/**
 * Orders and their life (ORD). Besides the errors named, every method that takes an id may raise `not_found`, and every
 * method that changes something `precondition_failed` (stale If-Match) and `resource_locked` (C-31).
 */
export interface Orders
  extends Opened<OrderDrafts & Approvals>,
    ApprovalRules,
    Quotes,
    Returns,
    OrderImport,
    OpenOrders {
  getOrder(scope: Scope, id: OrderId): Promise<OrderWithDetails>;
  /**
   * The order, as it is now, that an earlier request with the same idempotency key made, or null. Errors:
   * `idempotency_mismatch`, `idempotency_running`.
   */
  repeatedOrder(context: CommandContext): Promise<OrderWithDetails | null>;
  /** As it was at an instant (ISO 8601 UTC), folded from its events (G-61). */
  getOrderAsOf(scope: Scope, id: OrderId, at: string): Promise<OrderWithDetails>;
  listOrders(scope: Scope, filter: store.OrderFilter, page: PageRequest): Promise<Page<OrderWithDetails>>;
  /** Every event of the order, oldest first (ARC-05). */
  orderHistory(scope: Scope, id: OrderId): Promise<StoredEvent[]>;
  /**
   * Reserves the stock, authorises the payment, confirms; or leaves everything as it was. Errors: `invalid_state` (not a
   * draft), `insufficient_stock`, `payment_failed`, `insufficient_funds`, `upstream`, `unavailable` (goes on by itself).
   */
  confirmOrder(context: CommandContext, id: OrderId): Promise<OrderWithDetails>;
  /** Gives stock and money back. Errors: `invalid_state` (shipped, delivered, canceled), `unavailable`. */
  cancelOrder(context: CommandContext, id: OrderId, reason: string | null): Promise<OrderWithDetails>;
  /**
   * Cancels what is left of an order that left in part: its stock and its share of the money go back, and the order is
   * complete with what left. `items` picks pieces, and the others still leave; `amount` gives back less or more. Errors: `invalid_state`, `validation` (more than was paid),
   * `payment_failed` (the refund is declined; then nothing happened), `unavailable`.
   */
  cancelRest(
    context: CommandContext,
    id: OrderId,
    input: { reason?: string | null; amount?: number | null; items?: LineQuantity[] | null },
  ): Promise<OrderWithDetails>;
  /** confirmed → processing. Errors: `invalid_state`. */
  processOrder(context: CommandContext, id: OrderId): Promise<OrderWithDetails>;
  /**
   * processing → shipped once everything has left (G-39); the first shipment takes the money for `capture_on: ship`. A
   * reference that was shipped before changes nothing. Errors: `invalid_state`, `validation` (lines), as `captureOrder`.
   */
  shipOrder(context: CommandContext, id: OrderId, shipment: ShipmentRequest): Promise<OrderWithDetails>;
  /**
   * shipped → delivered; with the reference of a shipment that one arrived, and the last one completes the order. Errors:
   * `invalid_state`, `validation` (no such shipment).
   */
  deliverOrder(context: CommandContext, id: OrderId, reference?: string | null): Promise<OrderWithDetails>;
  /** What an order would be, with nothing stored (G-15). Errors: `validation`. */
  previewOrder(tenant: Tenant, input: OrderToPreview): Promise<OrderPreview>;
  /** Takes the money that is held. Errors: `invalid_state`, `payment_failed`, `insufficient_funds`, `unavailable`. */
  captureOrder(context: CommandContext, id: OrderId): Promise<OrderWithDetails>;
  /** Destroys the keys of notes and addresses of all orders of a customer: part of the customer's erasure (C-89). */
  eraseDetails(context: CommandContext, customerId: CustomerId): Promise<void>;
}

export function createOrdersService(
  kit: ModuleKit,
  dependencies: OrdersDependencies,
  commands: OrderCommands = createOrderCommands(kit),
): Orders {
  const { database, writes, sagas, clock } = kit;
  const approvalRules: SagaParts['approvalRules'] = (tenant) => rulesOf(database, tenant);
  const parts: SagaParts = { ...dependencies, commands, approvalRules, clock };
  const { confirm, cancel, cancelRest, ship, capture } = registered(kit, parts);
  const details = createDetailsSealer(kit);
  const drafts = createOrderDrafts(kit, dependencies, commands, details);
  const approvals = createApprovals(kit, commands);
  const pricing = createPricing(dependencies, approvalRules, () => clock.nowMs());
  const opened = async (context: CommandContext, order: Promise<Order>) => details.open(context.tenant, await order);

  /** A saga about an order of this tenant; its first step checks the rest, under the saga's exclusion. */
  async function run<State extends OrderSagaState>(
    definition: SagaDefinition<State, Order>,
    context: CommandContext,
    id: OrderId,
    more: Omit<State, keyof OrderSagaState>,
  ): Promise<OrderWithDetails> {
    // The exclusion is by id alone, so an order of somebody else must not even be locked for a moment.
    await commands.requireExisting(context.tenant, id);
    return opened(context, sagas.run(definition, context, id, { ...initialState(id), ...more } as State));
  }

  const at = () => clock.now().toISOString();
  function change(context: CommandContext, id: OrderId, command: OrderCommand): Promise<OrderWithDetails> {
    return opened(
      context,
      writes.orStored(context, () => commands.changeAlone(context, id, command)),
    );
  }

  return {
    ...createOpenOrders(database),
    ...createOrderImport(kit, dependencies),
    ...createApprovalRules(kit),
    ...createQuotes(kit, dependencies, pricing),
    ...createReturns({ ...parts, kit }),
    previewOrder: pricing.preview,
    approveOrder: (context, id) => opened(context, approvals.approveOrder(context, id)),
    async rejectOrder(context, id, reason) {
      refuseCardNumbers({ reason });
      return opened(context, approvals.rejectOrder(context, id, reason));
    },
    createOrder: (context, input) => opened(context, drafts.createOrder(context, input)),
    updateOrder: (context, id, patch) => opened(context, drafts.updateOrder(context, id, patch)),
    getOrder: async (scope, id) => details.open(scope, await commands.get(scope, id)),
    getOrderAsOf: async (scope, id, at) => details.open(scope, await commands.getAsOf(scope, id, at)),
    async repeatedOrder(context) {
      const id = await orderOfKey(writes, context);
      return id && details.open(context.tenant, await commands.get(context.tenant, id));
    },
    orderHistory: commands.history,
    async listOrders(scope, filter, page) {
      const found = await store.ordersList(database, scope, await widened(dependencies, scope, filter), page);
      return { ...found, items: await details.openAll(scope, found.items) };
    },
    confirmOrder: (context, id) => run(confirm, context, id, { isCaptured: false } as ConfirmState),
    async cancelOrder(context, id, reason) {
      refuseCardNumbers({ reason });
      return run(cancel, context, id, { reason });
    },
    async cancelRest(context, id, { reason = null, amount = null, items = null }) {
      refuseCardNumbers({ reason });
      return run<CancelRestState>(cancelRest, context, id, { reason, amount, items, refundId: null });
    },
    async shipOrder(context, id, shipment) {
      const { carrier, trackingNumber: tracking_number, reference } = shipment;
      refuseCardNumbers({ carrier, tracking_number, reference });
      return run<ShipState>(ship, context, id, toShip(shipment));
    },
    captureOrder: (context, id) => run(capture, context, id, {}),
    eraseDetails: (context, customerId) => erase(writes, context, customerId),
    processOrder: (context, id) => change(context, id, { type: 'start-processing', at: at() }),
    deliverOrder: (context, id, reference) => change(context, id, { type: 'deliver', reference, at: at() }),
  };
}

async function erase(writes: WritePath, context: CommandContext, customerId: CustomerId): Promise<void> {
  const erasure = erasureOf(context.tenant, customerId);
  await writes.store(context, { statements: [erasure], events: [], result: null });
}

/** The order that an earlier request with this idempotency key made. */
async function orderOfKey(writes: WritePath, context: CommandContext): Promise<OrderId | null> {
  const made = context.idempotency && (await writes.stored<Order>(context));
  return made ? made.result.id : null;
}

/** The sagas about orders, known to whoever takes them over after a crash. */
function registered(kit: ModuleKit, parts: SagaParts) {
  const definitions = {
    confirm: confirmSaga(parts),
    cancel: cancelSaga(parts),
    cancelRest: cancelRestSaga({ ...parts, kit }),
    ship: shipSaga(parts),
    capture: captureSaga(parts),
  };
  for (const saga of Object.values(definitions)) kit.sagas.register(saga as SagaDefinition<never, Order>);
  return definitions;
}

/** The filter with whoever was merged with its customer. */
async function widened({ customers }: OrdersDependencies, scope: Scope, filter: store.OrderFilter) {
  const { customerId } = filter;
  return { ...filter, customerIds: customerId && (await customers.partiesOf(scope, customerId)) };
}
