import type { CommandContext } from '#kernel/context.ts';
import { DomainError } from '#kernel/errors.ts';
import type { UserId } from '#kernel/ids.ts';
import { formatMoney } from '#kernel/money.ts';
import type { OrdersDependencies } from '../dependencies.ts';
import type { Order } from '../order.ts';
import { amountDue } from '../order-total.ts';

/**
 * A buyer of the customer confirms up to their own limit for one order; above it, or in another currency, somebody else
 * approves the order first (G-03). Who is no contact of the customer has no such limit. Errors: `invalid_state`.
 */
export async function requireWithinLimit(
  { customers }: Pick<OrdersDependencies, 'customers'>,
  { tenant, actor: { userId } }: Pick<CommandContext, 'tenant' | 'actor'>,
  order: Order,
): Promise<void> {
  if (userId === undefined || order.approval?.decision === 'approved') return;
  const buyer = await customers.findBuyer(tenant, order.customerId, userId as UserId);
  if (buyer === null || buyer.spendingLimit === null) return;
  const { currency } = await customers.getCustomerTerms(tenant, order.customerId);
  if (currency === order.currency && amountDue(order) <= buyer.spendingLimit) return;
  const limit = formatMoney({ amount: buyer.spendingLimit, currency });
  const message = `Your limit for one order is ${limit}: somebody else must approve it with POST /orders/${order.id}/approve before you confirm it.`;
  throw new DomainError('invalid_state', message, {
    details: [{ field: 'approval', code: 'approval_required', message }],
  });
}
