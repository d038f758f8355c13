import { innerContext } from '#kernel/context.ts';
import { DomainError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { SagaDefinition, SagaStep } from '#kernel/saga/saga.ts';
import type { ShipmentId } from '#modules/shipping/index.ts';
import type { Order } from '../order.ts';
import { requirePayment, requireStatus } from '../order-decisions.ts';
import { linesToShip, type ShipmentRequest } from '../shipments.ts';
import { captureAndNote, type OrderSagaState, openOrder, pieces, type SagaParts, stockLines } from './saga-steps.ts';

export type ShipState = OrderSagaState & {
  shipment: ShipmentRequest;
  /** The parcel to make, for an order that is shipped by hand; null when the carrier told of one that is there. */
  parcelId: ShipmentId | null;
  /** Whether this saga made it. */
  isPackedHere: boolean;
  capturesNow: boolean;
  /** The shipment was there already: a request that is repeated under its reference finds everything done. */
  isDone: boolean;
};

/** What the saga begins with. */
export function toShip(shipment: ShipmentRequest): Omit<ShipState, keyof OrderSagaState> {
  return { shipment, parcelId: null, isPackedHere: false, capturesNow: false, isDone: false };
}

/**
 * processing → shipped, in one shipment or several (G-01, G-39, C-68). The whole amount is taken with the first shipment
 * if shipping is when it is taken (C-62); of the reserved stock what is in this shipment leaves the house. Whoever ships
 * by hand gets a parcel in the shipping module; when the carrier's news ship the order, the parcel is there already.
 */
export function shipSaga(parts: SagaParts): SagaDefinition<ShipState, Order> {
  const { commands, inventory, parcels, clock } = parts;
  return {
    name: 'order.ship',
    steps: [
      openOrder<ShipState>(parts, (order, { shipment }) => {
        if (order.shipments.some(({ reference }) => reference === shipment.reference)) return { isDone: true };
        requireStatus(order, 'processing', 'shipped');
        requirePayment(order);
        if (shipment.items) linesToShip(order, shipment.items);
        return {
          // From here on it has an id, so that a repeated step means the same parcel.
          parcelId: shipment.shipmentId ? null : newId('shp', clock.nowMs()),
          capturesNow: order.captureOn === 'ship' && order.paymentStatus === 'authorized',
        };
      }),
      packStep(parts),
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
          const named = { ...shipment, reference: shipment.reference! };
          if (!isDone) await commands.change(innerContext(context), orderId, { type: 'ship', shipment: named, at });
          return undefined;
        },
      },
      {
        name: 'hand-over-parcel',
        async run({ parcelId }, context) {
          if (parcelId) await parcels().handOverParcel(innerContext(context), parcelId);
          return undefined;
        },
      },
    ],
    outcome: ({ orderId }, context) => commands.get(context.tenant, orderId),
  };
}

/** What leaves gets its parcel before money or stock move: what cannot be packed must not be paid. */
function packStep({ commands, parcels }: SagaParts): SagaStep<ShipState> {
  return {
    name: 'pack-parcel',
    async run({ orderId, parcelId, shipment, isDone }, context) {
      if (isDone) return undefined;
      const { carrier, trackingNumber, reference = null, items = null } = shipment;
      const request = { orderId, carrier, trackingNumber, reference, items };
      const packed = parcelId
        ? await parcels().packParcel(innerContext(context), { ...request, shipmentId: parcelId })
        : null;
      const order = await commands.get(context.tenant, orderId);
      const lines = linesToShip(order, packed?.items ?? items);
      return {
        shipment: { ...shipment, reference: packed?.reference ?? reference, items: lines },
        parcelId: packed?.shipmentId ?? null,
        isPackedHere: packed?.isNew ?? false,
        stock: stockLines(order, lines),
      };
    },
    async compensate({ parcelId, isPackedHere }, context) {
      if (parcelId && isPackedHere) await parcels().unpackParcel(innerContext(context), parcelId);
    },
  };
}

/** Takes the money of an order whose merchant does that by hand, or earlier than planned (C-62). */
export function captureSaga(parts: SagaParts): SagaDefinition<OrderSagaState, Order> {
  return {
    name: 'order.capture',
    steps: [
      openOrder(parts, (order) => {
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
