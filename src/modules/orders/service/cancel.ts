import { innerContext } from '#kernel/context.ts';
import type { SagaDefinition } from '#kernel/saga/saga.ts';
import type { Order } from '../order.ts';
import { requireCancelable } from '../order-decisions.ts';
import { type OrderSagaState, openOrder, type SagaParts, unpackStep } from './saga-steps.ts';

export type CancelState = OrderSagaState & { reason: string | null };

/**
 * draft, confirmed or processing → canceled; stock goes back, a held payment is released, a captured one refunded in
 * full (ORD-18..21, ORD-29..31). The first change is final, so there is nothing to compensate: the rest goes forward.
 */
export function cancelSaga(parts: SagaParts): SagaDefinition<CancelState, Order> {
  const { commands, inventory, payments, parcels, clock } = parts;
  return {
    name: 'order.cancel',
    steps: [
      openOrder(parts, async (order, _state, { tenant }) => {
        requireCancelable(order);
        if (order.status === 'processing') await parcels().requireNoneLeaving(tenant, order.id);
        // A draft has no payment; it may hold stock.
        return order.status === 'draft' ? { paymentId: null } : {};
      }),
      {
        name: 'cancel-order',
        async run({ orderId, reason }, context) {
          const at = clock.now().toISOString();
          await commands.change(innerContext(context), orderId, { type: 'cancel', reason, at });
          return undefined;
        },
      },
      {
        name: 'release-stock',
        async run({ orderId, stock }, context) {
          if (stock.length > 0) await inventory.release(innerContext(context), orderId);
          return undefined;
        },
      },
      {
        name: 'reverse-payment',
        async run({ orderId, paymentId }, context) {
          if (!paymentId) return undefined;
          const { outcome } = await payments.reverse(innerContext(context), paymentId);
          if (outcome !== 'released' && outcome !== 'refunded') return undefined;
          const at = clock.now().toISOString();
          const note = { type: 'note-payment' as const, paymentId, became: outcome, at };
          await commands.change(innerContext(context), orderId, note);
          return undefined;
        },
      },
      unpackStep(parts),
    ],
    outcome: ({ orderId }, context) => commands.get(context.tenant, orderId),
  };
}
