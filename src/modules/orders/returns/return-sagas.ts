import { type CommandContext, innerContext } from '#kernel/context.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import { DomainError, notFound } from '#kernel/errors.ts';
import type { Json } from '#kernel/events/event.ts';
import { newId, type OrderId, type PaymentId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { SagaDefinition, SagaStep } from '#kernel/saga/saga.ts';

import { orderEvents } from '../events.ts';
import type { Order, OrderItem } from '../order.ts';
import { decide } from '../order-decisions.ts';
import { orderInsert } from '../orders.store.ts';
import { draftOf } from '../service/drafts.ts';
import { itemsOf } from '../service/item-checks.ts';
import { goOnLater, type SagaParts } from '../service/saga-steps.ts';
import {
  changedReturn,
  type OrderReturn,
  type ReceivedPieces,
  type RefundId,
  type ReturnId,
  receivedPieces,
  refundLimit,
  refundShare,
  requireAtMost,
  requireReturnStatus,
  returnEvent,
  settledWorth,
  sumByLine,
  worthOf,
} from './return.ts';
import { returnFind, returnLock, returnsOfOrder, returnUpdate, toReturn } from './returns.store.ts';

export interface ReturnParts extends SagaParts {
  kit: ModuleKit;
}

export type ReceiveState = {
  orderId: OrderId;
  returnId: ReturnId;
  /** What the caller says; after the first step what is booked. */
  received: ReceivedPieces[] | null;
  stock: { line: number; quantity: number; condition: ReceivedPieces['condition']; productId: string }[];
  [key: string]: Json;
};

export type SettleState = {
  orderId: OrderId;
  returnId: ReturnId;
  paymentId: PaymentId | null;
  /** Made when the saga starts, so that a repeated step means the same refund. */
  refundId: RefundId | null;
  /** The draft of an exchange that will be made: its id and what is in it. */
  replacement: { id: OrderId; items: OrderItem[] } | null;
  /** What the caller wants to give back; after the first step the amount that is. */
  amount: number | null;
  [key: string]: Json;
};

/** approved → received: the pieces are in the house again, sellable or damaged, and the order knows it (G-34). */
export function receiveSaga(parts: ReturnParts): SagaDefinition<ReceiveState, OrderReturn> {
  const { commands, inventory, clock } = parts;
  return {
    name: 'order.receive-return',
    steps: [
      openReturn<ReceiveState>(parts, async (current, state) => {
        requireReturnStatus(current, ['approved'], 'received');
        const received = receivedPieces(current, state.received);
        const byLine = new Map(current.items.map((item) => [item.line, item]));
        const stock = received
          .filter(({ line }) => byLine.get(line)!.tracksStock)
          .map((pieces) => ({ ...pieces, productId: byLine.get(pieces.line)!.productId }));
        return { received, stock };
      }),
      {
        name: 'return-stock',
        async run({ orderId, returnId, stock }, context) {
          const lines = stock.map(({ productId, quantity, condition }) => ({ productId, quantity, condition }));
          if (lines.length === 0) return undefined;
          await inventory.returned(innerContext(context), { orderId, reference: returnId, lines: lines as never });
          return undefined;
        },
      },
      {
        name: 'note-return',
        async run({ orderId, returnId, received }, context) {
          const at = clock.now();
          await commands.change(innerContext(context), orderId, async (_order, tx) => {
            const [row] = await tx.query(returnLock(returnId));
            const current = toReturn(row!);
            // A repeated step finds it done.
            if (current.status !== 'approved')
              return { type: 'note-return', returnId, items: [], at: at.toISOString() };
            const after = changedReturn(current, { status: 'received', received: received! }, at);
            tx.add(returnUpdate(after));
            tx.append(returnEvent('return.received', after));
            const items = [...sumByLine(received!)].map(([line, quantity]) => ({ line, quantity }));
            return { type: 'note-return', returnId, items, at: at.toISOString() };
          });
          return undefined;
        },
      },
    ],
    outcome: ({ returnId }, context) => readReturn(parts, context, returnId),
  };
}

/**
 * received → refunded or exchanged: the money for what arrived goes back; then, for an exchange, the draft of the same
 * lines is made in the transaction that closes the return. So nobody confirms a draft whose refund is declined later.
 */
export function settleSaga(parts: ReturnParts): SagaDefinition<SettleState, OrderReturn> {
  const { commands, payments } = parts;
  return {
    name: 'order.settle-return',
    steps: [
      openReturn<SettleState>(parts, async (current, state, context) => {
        requireReturnStatus(current, ['received'], 'settled');
        const order = await commands.get(context.tenant, current.orderId);
        const amount = await refundAmount(parts, context, order, current, state.amount);
        if (amount > 0) requireCaptured(order);
        return { paymentId: order.paymentId, amount, refundId: amount > 0 ? newId('ref', parts.clock.nowMs()) : null };
      }),
      {
        name: 'plan-replacement',
        async run({ returnId }, context) {
          const back = await readReturn(parts, context, returnId);
          // One whose refund failed later has its draft already.
          return back.resolution === 'exchange' && back.replacementOrderId === null
            ? { replacement: await planReplacement(parts, context, back) }
            : undefined;
        },
      },
      {
        name: 'refund-payment',
        async run({ paymentId, refundId, amount, returnId }, context) {
          if (refundId === null) return undefined;
          const request = { amount, refundId, reason: `Return ${returnId}` };
          await payments.refundPayment(innerContext(context), paymentId!, request).catch(goOnLater);
          return undefined;
        },
      },
      { name: 'close-return', run: (state, context) => closeReturn(parts, state, context) },
    ],
    outcome: ({ returnId }, context) => readReturn(parts, context, returnId),
  };
}

/** Errors: `validation` (a product that is not sold any more), while nothing was given back yet. */
async function planReplacement({ catalog, clock }: ReturnParts, { tenant }: CommandContext, back: OrderReturn) {
  const byLine = new Map(back.items.map((item) => [item.line, item]));
  const lines = [...sumByLine(back.received)].map(([line, quantity]) => {
    const { productId, unitPrice } = byLine.get(line)!;
    return { productId, quantity, unitPrice };
  });
  const products = await catalog.getProducts(tenant, [...new Set(lines.map(({ productId }) => productId))]);
  const now = clock.nowMs();
  return { id: newId('ord', now), items: itemsOf(lines, products, now) };
}

async function closeReturn(
  { kit, commands, clock }: ReturnParts,
  { orderId, returnId, amount, refundId, replacement }: SettleState,
  context: CommandContext,
): Promise<undefined> {
  const order = await commands.get(context.tenant, orderId);
  await kit.writes.run(innerContext(context), async (tx) => {
    const [row] = await tx.query(returnLock(returnId));
    const current = toReturn(row!);
    // A repeated step finds it done.
    if (current.status !== 'received') return;
    const now = clock.now();
    if (replacement) {
      const draft = replacementOf(order, current, replacement, now);
      const { events } = orderEvents({ status: 'none' }, decide({ type: 'create', order: draft }, { status: 'none' }));
      tx.add(...orderInsert(context.tenant, draft));
      tx.append(...events);
    }
    const status = current.resolution === 'refund' ? 'refunded' : 'exchanged';
    const settled = {
      status,
      refundAmount: amount,
      refundId,
      replacementOrderId: replacement?.id ?? current.replacementOrderId,
    } as const;
    const after = changedReturn(current, settled, now);
    tx.add(returnUpdate(after));
    tx.append(returnEvent(`return.${status}`, after));
  });
}

/** The draft of an exchange; the merchant confirms it like any other. */
function replacementOf(
  { id: orderId, customerId, currency, captureOn, poNumber, paymentMethodId }: Order,
  back: OrderReturn,
  planned: NonNullable<SettleState['replacement']>,
  now: Date,
): Order {
  const metadata = { exchange_for: orderId, return: back.id };
  const input = { customerId, currency, captureOn, poNumber, paymentMethodId, metadata, total: worthOf(back) };
  return draftOf(input, { ...planned, sealedDetails: null, at: now.toISOString() });
}

/**
 * The share of the pieces unless the caller says less, or more up to the limit. Errors: `validation`. More than was paid and
 * not given back, the payment refuses.
 */
async function refundAmount(
  { kit }: ReturnParts,
  { tenant }: CommandContext,
  order: Order,
  current: OrderReturn,
  wanted: number | null,
): Promise<number> {
  const returns = (await kit.database.read(tenant, returnsOfOrder(order.id))).map(toReturn);
  const worth = worthOf(current);
  const limit = refundLimit(order, returns, worth);
  if (wanted === null) return Math.min(limit, refundShare(order, settledWorth(order, returns), worth));
  requireAtMost(limit, wanted, 'this return');
  return wanted;
}

function requireCaptured({ paymentStatus }: Order): void {
  if (paymentStatus === 'captured') return;
  const message = `There is no money to give back: the payment status of the order is ${paymentStatus}. Settle it with amount 0, or after the money was taken.`;
  throw new DomainError('invalid_state', message);
}

/**
 * The first step of both: it runs while this is the only saga about the order, so what it checks stays true. It takes the
 * lock of the order once, so that a decision which did not see the saga yet is seen here.
 */
function openReturn<State extends { orderId: OrderId; returnId: ReturnId; [key: string]: Json }>(
  parts: ReturnParts,
  check: (current: OrderReturn, state: State, context: CommandContext) => Promise<Partial<State>>,
): SagaStep<State> {
  return {
    name: 'open-return',
    async run(state, context) {
      const current = await parts.kit.writes.run(innerContext(context), async (tx) => {
        await parts.commands.locked(tx, state.orderId);
        const [row] = await tx.query(returnLock(state.returnId));
        return toReturn(row!);
      });
      expectVersion(context, 'return', current.version);
      return check(current, state, context);
    },
  };
}

export async function readReturn({ kit }: ReturnParts, { tenant }: CommandContext, id: ReturnId): Promise<OrderReturn> {
  const found = await returnFind(kit.database, tenant, id);
  if (!found) throw notFound('return', id);
  return found;
}
