import { type CommandContext, innerContext } from '#kernel/context.ts';
import { DomainError } from '#kernel/errors.ts';
import { type CustomerId, newId, type PaymentId, type PaymentMethodId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';
import type { SagaDefinition } from '#kernel/saga/saga.ts';
import { requireApproved } from '../approvals/approval-rule.ts';
import { requireWithinLimit } from '../approvals/spending-limit.ts';
import type { CaptureMoment, Order } from '../order.ts';
import { requireStatus } from '../order-decisions.ts';
import { amountDue } from '../order-total.ts';
import { notingFailure, type OrderSagaState, openOrder, pieces, type SagaParts, type StockLine } from './saga-steps.ts';

export type ConfirmState = OrderSagaState & {
  /** Made when the saga starts, so that a repeated step means the same payment. */
  paymentId: PaymentId;
  customerId: CustomerId;
  methodId: PaymentMethodId | null;
  /** What is authorised: the grand total. */
  amount: number;
  currency: Currency;
  captureOn: CaptureMoment;
  isCaptured: boolean;
};

/** draft → confirmed: stock reserved, payment authorised (ORD-25..28, STK-07); all of it or nothing (ARC-14, ARC-15). */
export function confirmSaga(parts: SagaParts): SagaDefinition<ConfirmState, Order> {
  const { commands, inventory, payments, approvalRules, clock } = parts;

  async function authorize(state: ConfirmState, context: CommandContext): Promise<undefined> {
    const { orderId, paymentId, customerId, methodId, amount, currency } = state;
    const request = { orderId, paymentId, customerId, methodId, amount, currency };
    await notingFailure(parts, context, orderId, paymentId, () => payments.authorize(innerContext(context), request));
  }

  async function capture(state: ConfirmState, context: CommandContext): Promise<Partial<ConfirmState> | undefined> {
    if (state.captureOn !== 'confirm') return undefined;
    const { orderId, paymentId } = state;
    const payment = await notingFailure(parts, context, orderId, paymentId, () =>
      payments.capture(innerContext(context), paymentId),
    );
    return { isCaptured: payment.status === 'succeeded' };
  }

  return {
    name: 'order.confirm',
    steps: [
      openOrder<ConfirmState>(parts, async (order, _state, context) => {
        requireStatus(order, 'draft', 'confirmed');
        requireApproved(order, await approvalRules(context.tenant));
        await requireWithinLimit(parts, context, order);
        const { customerId, paymentMethodId: methodId, currency, captureOn } = order;
        const amount = amountDue(order);
        // A declined payment of an earlier attempt is not this attempt's.
        return { paymentId: newId('pay', clock.nowMs()), customerId, methodId, amount, currency, captureOn };
      }),
      {
        name: 'reserve-stock',
        async run({ orderId, stock }, context) {
          if (stock.length === 0) return undefined;
          await inventory.reserve(innerContext(context), { orderId, items: stock.map(pieces) }).catch((error) => {
            throw inOrderLines(error, stock);
          });
          return undefined;
        },
        async compensate({ orderId, stock }, context) {
          if (stock.length > 0) await inventory.unreserve(innerContext(context), orderId);
        },
      },
      {
        name: 'authorize-payment',
        run: authorize,
        async compensate({ paymentId }, context) {
          await payments.reverse(innerContext(context), paymentId);
        },
      },
      { name: 'capture-payment', run: capture },
      {
        name: 'confirm-order',
        async run({ orderId, paymentId, isCaptured, version }, context) {
          const paymentStatus = isCaptured ? 'captured' : 'authorized';
          const at = clock.now().toISOString();
          await commands.change(innerContext(context), orderId, {
            type: 'confirm',
            paymentId,
            paymentStatus,
            version,
            at,
          });
          return undefined;
        },
      },
    ],
    outcome: ({ orderId }, context) => commands.get(context.tenant, orderId),
  };
}

/** The warehouse saw only the physical items; its refusal is told in the order's own lines. */
function inOrderLines(error: unknown, stock: readonly StockLine[]): unknown {
  if (!(error instanceof DomainError) || error.kind !== 'insufficient_stock') return error;
  const details = error.details.map((detail) => {
    const field = detail.field.replace(/\[(\d+)\]/, (_match, position) => `[${stock[Number(position)]?.index}]`);
    return { ...detail, field };
  });
  return new DomainError('insufficient_stock', error.message, { details, cause: error });
}
