import { innerContext } from '#kernel/context.ts';
import { DomainError } from '#kernel/errors.ts';
import type { SagaDefinition } from '#kernel/saga/saga.ts';
import type { Order } from '../order.ts';
import { requireStatus } from '../order-decisions.ts';
import { linesToShip, nextReference, type ShipmentRequest } from '../shipments.ts';
import { captureAndNote, type OrderSagaState, openOrder, pieces, type SagaParts, stockLines } from './saga-steps.ts';

export type ShipState = OrderSagaState & {
  shipment: ShipmentRequest;
  capturesNow: boolean;
  /** The shipment was there already: a request that is repeated under its reference finds everything done. */
  isDone: boolean;
};

/**
 * processing → shipped, in one shipment or several (G-01, G-39, C-68). The whole amount is taken with the first shipment
 * if shipping is when it is taken (C-62); of the reserved stock what is in this shipment leaves the house.
 */
export function shipSaga(parts: SagaParts): SagaDefinition<ShipState, Order> {
  const { commands, inventory, clock } = parts;
  return {
    name: 'order.ship',
    steps: [
      openOrder<ShipState>(parts, (order, { shipment }) => {
        if (order.shipments.some(({ reference }) => reference === shipment.reference)) return { isDone: true };
        requireStatus(order, 'processing', 'shipped');
        requirePayment(order);
        const items = linesToShip(order, shipment.items);
        return {
          // From here on it has a name and a content, so that a repeated step means the same shipment.
          shipment: { ...shipment, reference: shipment.reference ?? nextReference(order), items },
          stock: stockLines(order, items),
          capturesNow: order.captureOn === 'ship' && order.paymentStatus === 'authorized',
        };
      }),
      {
        name: 'capture-payment',
        async run(state, context) {
          if (!state.capturesNow) return undefined;
          // What waits for stock is not paid before it can leave.
          await inventory.requireThere(innerContext(context), state.orderId, state.stock.map(pieces));
          await captureAndNote(parts, context, state);
          return undefined;
        },
      },
      {
        name: 'commit-stock',
        async run({ orderId, shipment, stock, isDone }, context) {
          if (stock.length === 0 || isDone) return undefined;
          const request = { shipment: shipment.reference!, lines: stock.map(pieces) };
          await inventory.commit(innerContext(context), orderId, request);
          return undefined;
        },
      },
      {
        name: 'ship-order',
        async run({ orderId, shipment, isDone }, context) {
          const at = clock.now().toISOString();
          if (!isDone) await commands.change(innerContext(context), orderId, { type: 'ship', shipment, at });
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
