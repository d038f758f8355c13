import { refuseCardNumbers } from '#kernel/card-number.ts';
import type { CommandContext } from '#kernel/context.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope } from '#kernel/database/tenant.ts';
import type { StoredEvent } from '#kernel/events/event.ts';
import type { OrderId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { SagaDefinition } from '#kernel/saga/saga.ts';
import type { OrdersDependencies } from '../dependencies.ts';
import type { Order } from '../order.ts';
import type { OrderCommand } from '../order-decisions.ts';
import * as store from '../orders.store.ts';
import type { ShipmentRequest } from '../shipments.ts';
import { cancelSaga } from './cancel.ts';
import { type ConfirmState, confirmSaga } from './confirm.ts';
import { createOrderDrafts, type OrderDrafts } from './drafts.ts';
import { createOrderCommands, type OrderCommands } from './order-commands.ts';
import { initialState, type OrderSagaState, type SagaParts } from './saga-steps.ts';
import { captureSaga, shipSaga } from './ship.ts';

/**
 * Orders and their life (ORD). Besides the errors named, every method that takes an id may raise `not_found`, and every
 * method that changes something `precondition_failed` (stale If-Match) and `resource_locked` (C-31).
 */
export interface Orders extends OrderDrafts {
  getOrder(scope: Scope, id: OrderId): Promise<Order>;
  /** As it was at an instant (ISO 8601 UTC), folded from its events (G-61). */
  getOrderAsOf(scope: Scope, id: OrderId, at: string): Promise<Order>;
  listOrders(scope: Scope, filter: store.OrderFilter, page: PageRequest): Promise<Page<Order>>;
  /** Every event of the order, oldest first (ARC-05). */
  orderHistory(scope: Scope, id: OrderId): Promise<StoredEvent[]>;
  /**
   * Reserves the stock, authorises the payment, confirms; or leaves everything as it was. Errors: `invalid_state` (not a
   * draft), `insufficient_stock`, `payment_failed`, `insufficient_funds`, `upstream`, `unavailable` (goes on by itself).
   */
  confirmOrder(context: CommandContext, id: OrderId): Promise<Order>;
  /** Gives stock and money back. Errors: `invalid_state` (shipped, delivered, canceled), `unavailable`. */
  cancelOrder(context: CommandContext, id: OrderId, reason: string | null): Promise<Order>;
  /** confirmed → processing. Errors: `invalid_state`. */
  processOrder(context: CommandContext, id: OrderId): Promise<Order>;
  /**
   * processing → shipped once everything has left (G-39); the first shipment takes the money for `capture_on: ship`. A
   * reference that was shipped before changes nothing. Errors: `invalid_state`, `validation` (lines), as `captureOrder`.
   */
  shipOrder(context: CommandContext, id: OrderId, shipment: ShipmentRequest): Promise<Order>;
  /**
   * shipped → delivered; with the reference of a shipment that one arrived, and the last one completes the order. Errors:
   * `invalid_state`, `validation` (no such shipment).
   */
  deliverOrder(context: CommandContext, id: OrderId, reference?: string | null): Promise<Order>;
  /** Takes the money that is held. Errors: `invalid_state`, `payment_failed`, `insufficient_funds`, `unavailable`. */
  captureOrder(context: CommandContext, id: OrderId): Promise<Order>;
}

export function createOrdersService(
  kit: ModuleKit,
  dependencies: OrdersDependencies,
  commands: OrderCommands = createOrderCommands(kit),
): Orders {
  const { database, writes, sagas, clock } = kit;
  const parts: SagaParts = { ...dependencies, commands, clock };
  const confirm = confirmSaga(parts);
  const cancel = cancelSaga(parts);
  const ship = shipSaga(parts);
  const capture = captureSaga(parts);
  for (const definition of [confirm, cancel, ship, capture]) sagas.register(definition as SagaDefinition<never, Order>);

  /** A saga about an order of this tenant; its first step checks the rest, under the saga's exclusion. */
  async function run<State extends OrderSagaState>(
    definition: SagaDefinition<State, Order>,
    context: CommandContext,
    id: OrderId,
    more: Omit<State, keyof OrderSagaState>,
  ): Promise<Order> {
    // The exclusion is by id alone, so an order of somebody else must not even be locked for a moment.
    await commands.requireExisting(context.tenant, id);
    return sagas.run(definition, context, id, { ...initialState(id), ...more } as State);
  }

  const at = () => clock.now().toISOString();
  function change(context: CommandContext, id: OrderId, command: OrderCommand): Promise<Order> {
    return writes.orStored(context, () => commands.change(context, id, command));
  }

  return {
    ...createOrderDrafts(kit, dependencies, commands),
    getOrder: commands.get,
    getOrderAsOf: commands.getAsOf,
    orderHistory: commands.history,
    listOrders: (scope, filter, page) => store.ordersList(database, scope, filter, page),
    confirmOrder: (context, id) => run(confirm, context, id, { isCaptured: false } as ConfirmState),
    async cancelOrder(context, id, reason) {
      refuseCardNumbers({ reason });
      return run(cancel, context, id, { reason });
    },
    async shipOrder(context, id, shipment) {
      const { carrier, trackingNumber: tracking_number, reference } = shipment;
      refuseCardNumbers({ carrier, tracking_number, reference });
      return run(ship, context, id, { shipment, capturesNow: false, isDone: false });
    },
    captureOrder: (context, id) => run(capture, context, id, {}),
    processOrder: (context, id) => change(context, id, { type: 'start-processing', at: at() }),
    deliverOrder: (context, id, reference) => change(context, id, { type: 'deliver', reference, at: at() }),
  };
}
