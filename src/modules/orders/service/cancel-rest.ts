import { randomUUID } from 'node:crypto';
import { innerContext } from '#kernel/context.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { DomainError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { SagaDefinition } from '#kernel/saga/saga.ts';
import type { Payment } from '#modules/payments/index.ts';
import type { Order } from '../order.ts';
import { requireRestCancelable } from '../order-decisions.ts';
import { type RefundId, refundLimit, refundShare, requireAtMost, settledWorth } from '../returns/return.ts';
import { returnsOfOrder, toReturn } from '../returns/returns.store.ts';
import { type LineQuantity, linesLeft, linesToCancel, linesWithout } from '../shipments.ts';
import {
  goOnLater,
  type OrderSagaState,
  openOrder,
  pieces,
  type SagaParts,
  type StockLine,
  stockLines,
  unpackStep,
} from './saga-steps.ts';

export type CancelRestState = OrderSagaState & {
  reason: string | null;
  /** The pieces that the caller picked; null for all that is left. */
  items: LineQuantity[] | null;
  /** What stays reserved. */
  keep: StockLine[];
  /** Made when the saga starts, so that a repeated step means the same cancellation. */
  reference: string;
  /** What the caller wants to give back; after the first step the money of the rest. */
  amount: number | null;
  /** Made when the saga starts, so that a repeated step means the same refund. */
  refundId: RefundId | null;
};

/**
 * processing → shipped or delivered, for an order that left in part: what is left never leaves; or processing still, when
 * pieces were picked and others are left. The refund comes first,
 * because it alone may be refused, and then nothing has happened; from there on the saga only goes forward.
 */
export function cancelRestSaga(parts: SagaParts & { kit: ModuleKit }): SagaDefinition<CancelRestState, Order> {
  const { commands, inventory, payments, parcels, clock } = parts;
  return {
    name: 'order.cancel-rest',
    steps: [
      openOrder<CancelRestState>(parts, async (order, { amount: wanted, items: asked }, { tenant }) => {
        requireRestCancelable(order);
        await parcels().requireNoneLeaving(tenant, order.id);
        const items = linesToCancel(order, asked);
        const stock = stockLines(order, items);
        const keep = stockLines(order, linesWithout(linesLeft(order.items), items));
        const what = { items, stock, keep, reference: randomUUID() };
        const { share, limit } = await shareOf(parts, tenant, order, items);
        if (wanted !== null) requireAtMost(limit, wanted, 'the rest');
        if (order.paymentStatus !== 'captured' && order.paymentStatus !== 'refunded') {
          await requireNoTransfer(parts, tenant, order);
          return { ...what, amount: share, refundId: null };
        }
        const amount = wanted ?? Math.min(share, await refundable(parts, tenant, order));
        return { ...what, amount, refundId: amount > 0 ? newId('ref', clock.nowMs()) : null };
      }),
      {
        name: 'refund-payment',
        async run({ orderId, paymentId, refundId, amount }, context) {
          if (refundId === null) return undefined;
          const request = { amount, refundId, reason: `Rest of ${orderId}` };
          await payments.refundPayment(innerContext(context), paymentId!, request).catch(goOnLater);
          return undefined;
        },
      },
      {
        name: 'cancel-rest',
        async run({ orderId, reason, items, reference, amount, refundId }, context) {
          const at = clock.now().toISOString();
          const command = { type: 'cancel-rest' as const, items, reference, reason, amount: amount!, refundId, at };
          await commands.change(innerContext(context), orderId, command);
          return undefined;
        },
      },
      {
        name: 'release-stock',
        async run({ orderId, stock, keep = [] }, context) {
          if (stock.length > 0) await inventory.release(innerContext(context), orderId, keep.map(pieces));
          return undefined;
        },
      },
      unpackStep(parts),
    ],
    outcome: ({ orderId }, context) => commands.get(context.tenant, orderId),
  };
}

/**
 * The share of pieces in total − discount + tax, cut like the refunds of returns, so that all of them add up; and
 * the most that may be given back for it, which has the shipping besides.
 */
async function shareOf({ kit }: { kit: ModuleKit }, tenant: Tenant, order: Order, items: readonly LineQuantity[]) {
  const returns = (await kit.database.read(tenant, returnsOfOrder(order.id))).map(toReturn);
  const prices = new Map(order.items.map(({ line, unitPrice }) => [line, unitPrice]));
  const worth = items.reduce((sum, { line, quantity }) => sum + quantity * prices.get(line)!, 0);
  return { share: refundShare(order, settledWorth(order, returns), worth), limit: refundLimit(order, returns, worth) };
}

/** What the merchant gave back by hand before cannot be given back again. */
async function refundable({ payments }: SagaParts, tenant: Tenant, { paymentId }: Order): Promise<number> {
  const { capturedAmount, disputedAmount, refunds } = await payments.getPayment(tenant, paymentId!);
  const given = refunds.reduce((sum, { status, amount }) => sum + (status === 'failed' ? 0 : amount), 0);
  return Math.max(0, capturedAmount - disputedAmount - given);
}

/** Money that is on its way is neither held nor taken. Errors: `invalid_state`. */
async function requireNoTransfer({ payments }: SagaParts, tenant: Tenant, { paymentId }: Order): Promise<void> {
  if (!paymentId) return;
  const { status }: Payment = await payments.getPayment(tenant, paymentId);
  if (status !== 'processing') return;
  const message = 'The bank transfer of this order is under way; cancel the rest when it has settled.';
  throw new DomainError('invalid_state', message);
}
