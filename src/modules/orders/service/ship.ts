import { innerContext } from '#kernel/context.ts';
import { DomainError } from '#kernel/errors.ts';
import type { SagaDefinition } from '#kernel/saga/saga.ts';
import type { Order, OrderShipment } from '../order.ts';
import { requireStatus } from '../order-decisions.ts';
import { captureAndNote, type OrderSagaState, openOrder, type SagaParts } from './saga-steps.ts';

export type ShipState = OrderSagaState & { shipment: OrderShipment; capturesNow: boolean };

/** processing → shipped (G-01, C-68): the money is taken if that is when (C-62), the reserved stock leaves the house. */
export function shipSaga(parts: SagaParts): SagaDefinition<ShipState, Order> {
  const { commands, inventory, clock } = parts;
  return {
    name: 'order.ship',
    steps: [
      openOrder(parts, (order) => {
        requireStatus(order, 'processing', 'shipped');
        requirePayment(order);
        return { capturesNow: order.captureOn === 'ship' && order.paymentStatus === 'authorized' };
      }),
      {
        name: 'capture-payment',
        async run(state, context) {
          if (state.capturesNow) await captureAndNote(parts, context, state);
          return undefined;
        },
      },
      {
        name: 'commit-stock',
        async run({ orderId, stock }, context) {
          if (stock.length > 0) await inventory.commit(innerContext(context), orderId);
          return undefined;
        },
      },
      {
        name: 'ship-order',
        async run({ orderId, shipment }, context) {
          const at = clock.now().toISOString();
          await commands.change(innerContext(context), orderId, { type: 'ship', shipment, at });
          return undefined;
        },
      },
    ],
    outcome: ({ orderId }, context) => commands.get(context.tenant, orderId),
  };
}

/** Takes the money of an order whose merchant does that by hand, or earlier than planned (C-62). */
export function captureSaga(parts: SagaParts): SagaDefinition<OrderSagaState, Order> {
  return {
    name: 'order.capture',
    steps: [
      openOrder(parts, (order) => {
        requirePayment(order);
        if (order.paymentStatus === 'authorized') return {};
        const message = `Only an authorized payment can be captured; the payment status is ${order.paymentStatus}.`;
        throw new DomainError('invalid_state', message);
      }),
      {
        name: 'capture-payment',
        async run(state, context) {
          await captureAndNote(parts, context, state);
          return undefined;
        },
      },
    ],
    outcome: ({ orderId }, context) => parts.commands.get(context.tenant, orderId),
  };
}

function requirePayment(order: Order): void {
  if (order.paymentStatus !== 'failed') return;
  throw new DomainError('invalid_state', 'The payment of this order failed; cancel it and make a new order.');
}
