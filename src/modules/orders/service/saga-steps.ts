import type { Clock } from '#kernel/clock.ts';
import { type CommandContext, innerContext } from '#kernel/context.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import { DomainError, type ErrorKind } from '#kernel/errors.ts';
import type { Json } from '#kernel/events/event.ts';
import type { OrderId, PaymentId, ProductId } from '#kernel/ids.ts';
import type { SagaStep } from '#kernel/saga/saga.ts';
import type { ApprovalRule } from '../approvals/approval-rule.ts';
import type { OrdersDependencies } from '../dependencies.ts';
import type { Order } from '../order.ts';
import { amountToTake } from '../order-total.ts';
import type { LineQuantity } from '../shipments.ts';
import type { OrderCommands } from './order-commands.ts';

export interface SagaParts extends OrdersDependencies {
  commands: OrderCommands;
  /** The organisation's rules about who must approve what. */
  approvalRules(tenant: Tenant): Promise<readonly ApprovalRule[]>;
  clock: Clock;
}

/** A line for the warehouse, with its place in the order so that a refusal can name it. */
export type StockLine = { productId: ProductId; quantity: number; index: number };

/** What every saga about an order remembers; `version` is the order as its first step found it. */
export type OrderSagaState = {
  orderId: OrderId;
  paymentId: PaymentId | null;
  version: number;
  stock: StockLine[];
  /** What a capture takes: all of what is held, but for pieces that were canceled meanwhile. */
  amountToTake: number;
  [key: string]: Json;
};

export function initialState(orderId: OrderId): OrderSagaState {
  return { orderId, paymentId: null, version: 0, stock: [], amountToTake: 0 };
}

/**
 * The first step of every saga. It runs while this saga is the only one about the order, so what it checks stays true
 * for the other sagas; `check` refuses, or adds what the later steps need.
 */
export function openOrder<State extends OrderSagaState>(
  { commands }: SagaParts,
  check: (order: Order, state: State, context: CommandContext) => Partial<State> | Promise<Partial<State>>,
): SagaStep<State> {
  return {
    name: 'open-order',
    async run(state, context) {
      const order = await commands.get(context.tenant, state.orderId);
      expectVersion(context, 'order', order.version);
      return {
        version: order.version,
        paymentId: order.paymentId,
        stock: stockLines(order),
        amountToTake: amountToTake(order),
        ...(await check(order, state, context)),
      };
    },
  };
}

/** What the warehouse has to do with an order, or with these pieces of it. */
export function stockLines(order: Order, part?: readonly LineQuantity[]): StockLine[] {
  const quantities = part && new Map(part.map(({ line, quantity }) => [line, quantity]));
  return order.items.flatMap(({ line, productId, quantity: whole, tracksStock }, index) => {
    const quantity = quantities ? (quantities.get(line) ?? 0) : whole;
    return tracksStock && quantity > 0 ? [{ productId, quantity, index }] : [];
  });
}

/** A line as the warehouse knows it. */
export function pieces({ productId, quantity }: StockLine): Pick<StockLine, 'productId' | 'quantity'> {
  return { productId, quantity };
}

/** Takes the money that is held and notes it on the order; a declined capture is noted too and refused. */
export async function captureAndNote(parts: SagaParts, context: CommandContext, state: OrderSagaState): Promise<void> {
  const { commands, payments, clock } = parts;
  const paymentId = state.paymentId!;
  const payment = await notingFailure(parts, context, state.orderId, paymentId, () =>
    payments.capture(innerContext(context), paymentId, state.amountToTake),
  );
  // A bank transfer is still on its way; its event will be noted when it has settled.
  if (payment.status === 'processing') return;
  const at = clock.now().toISOString();
  const note = { type: 'note-payment' as const, paymentId, became: 'captured' as const, at };
  await commands.change(innerContext(context), state.orderId, note);
}

/** Runs a payment step; a declined payment becomes the order's payment status before the refusal goes on. */
export async function notingFailure<Result>(
  { commands, clock }: SagaParts,
  context: CommandContext,
  orderId: OrderId,
  paymentId: PaymentId,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DomainError && ['payment_failed', 'insufficient_funds', 'upstream'].includes(error.kind)) {
      const code = error.details[0]?.code ?? error.kind;
      const at = clock.now().toISOString();
      const note = { type: 'note-payment-failure' as const, paymentId, code, at };
      await commands.change(innerContext(context), orderId, note);
    }
    throw error;
  }
}

/** Refusals that do not say whether the money went back; only an answer that is certain may end the saga. */
const UNCERTAIN: readonly ErrorKind[] = ['resource_locked', 'upstream', 'timeout', 'idempotency_running'];

/** The saga stays open and asks for the same refund again, so that none is ever made twice. */
export function goOnLater(error: unknown): never {
  if (!(error instanceof DomainError) || !UNCERTAIN.includes(error.kind)) throw error;
  const message = 'The refund is under way; what became of it will show in the order.';
  throw new DomainError('unavailable', message, { retryAfterSeconds: 30, cause: error });
}

/** Parcels that wait hold nothing of an order any more that was canceled. */
export function unpackStep<State extends OrderSagaState>({ parcels }: SagaParts): SagaStep<State> {
  return {
    name: 'unpack-parcels',
    async run({ orderId }, context) {
      await parcels().unpackParcels(innerContext(context), orderId);
      return undefined;
    },
  };
}
